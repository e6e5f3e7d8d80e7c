package storage

import (
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	"k8s.io/utils/ptr"
	cdiv1 "kubevirt.io/containerized-data-importer-api/pkg/apis/core/v1beta1"
)

// A volume has the properties of a disk's volume that the spec of a Wukong can name. A nil field of a DataVolume's volume is one that CDI's
// StorageProfile decides.
type volume struct {
	class       *string
	accessModes []corev1.PersistentVolumeAccessMode
	volumeMode  *corev1.PersistentVolumeMode
	size        resource.Quantity
}

// volumeOfClaim returns the volume that a claim requests. The default volume mode is Filesystem.
func volumeOfClaim(pvc *corev1.PersistentVolumeClaim) volume {
	s := &pvc.Spec
	mode := ptr.Deref(s.VolumeMode, corev1.PersistentVolumeFilesystem)
	return volume{class: s.StorageClassName, accessModes: s.AccessModes, volumeMode: &mode, size: s.Resources.Requests[corev1.ResourceStorage]}
}

// volumeOfDataVolume returns the volume that a DataVolume requests in its field storage. A DataVolume that somebody else created may have the
// field pvc instead.
func volumeOfDataVolume(dv *cdiv1.DataVolume) volume {
	if s := dv.Spec.Storage; s != nil {
		return volume{class: s.StorageClassName, accessModes: s.AccessModes, volumeMode: s.VolumeMode, size: s.Resources.Requests[corev1.ResourceStorage]}
	}
	if s := dv.Spec.PVC; s != nil {
		return volumeOfClaim(&corev1.PersistentVolumeClaim{Spec: *s})
	}
	return volume{}
}

// isBlock reports whether the guest gets the block device itself, instead of a file on a file system.
func (v volume) isBlock() bool {
	return v.volumeMode != nil && *v.volumeMode == corev1.PersistentVolumeBlock
}
