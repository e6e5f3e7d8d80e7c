package storage

import (
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	"k8s.io/utils/ptr"
	cdiv1 "kubevirt.io/containerized-data-importer-api/pkg/apis/core/v1beta1"
)

// A volume is what is known of the volume that holds a disk's data, or is to hold it. Of a DataVolume whose claim was not observed, what
// is nil is for CDI's StorageProfile to choose.
type volume struct {
	class *string
	modes []corev1.PersistentVolumeAccessMode
	mode  *corev1.PersistentVolumeMode
	size  resource.Quantity
}

// volumeOfClaim returns what a claim asks for. One that does not say its mode has a file system.
func volumeOfClaim(pvc *corev1.PersistentVolumeClaim) volume {
	s := &pvc.Spec
	mode := ptr.Deref(s.VolumeMode, corev1.PersistentVolumeFilesystem)
	return volume{class: s.StorageClassName, modes: s.AccessModes, mode: &mode, size: s.Resources.Requests[corev1.ResourceStorage]}
}

// volumeOfDataVolume returns what a DataVolume asks for in its storage, or else in its pvc, as somebody else may have written it.
func volumeOfDataVolume(dv *cdiv1.DataVolume) volume {
	if s := dv.Spec.Storage; s != nil {
		return volume{class: s.StorageClassName, modes: s.AccessModes, mode: s.VolumeMode, size: s.Resources.Requests[corev1.ResourceStorage]}
	}
	if s := dv.Spec.PVC; s != nil {
		return volumeOfClaim(&corev1.PersistentVolumeClaim{Spec: *s})
	}
	return volume{}
}

// isBlock reports whether the guest gets the volume as it is, and not a file in a file system on it.
func (v volume) isBlock() bool { return v.mode != nil && *v.mode == corev1.PersistentVolumeBlock }
