package kubevirt

import (
	"slices"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/utils/ptr"
	kubevirtv1 "kubevirt.io/api/core/v1"
	cdiv1 "kubevirt.io/containerized-data-importer-api/pkg/apis/core/v1beta1"

	"github.com/novasphere/function-wukong/input/v1beta1"
)

const (
	// StateLabel is the label of the claim with the state of a virtual machine, with its name, and begins the name of the volume in an instance's
	// status that holds it (PVCPrefix and IsBackendStorageVolume in pkg/storage/backend-storage).
	StateLabel = "persistent-state-for"

	// StateSize is what KubeVirt requests for such a claim (PVCSize there).
	StateSize = "10Mi"
)

// KeepsState reports whether KubeVirt keeps state of an instance in a claim: that of the TPM, or the variables of EFI (IsBackendStorageNeeded in
// pkg/storage/backend-storage). It makes the claim at the first start, and deletes it at the first start of the virtual machine without any state to
// keep.
func KeepsState(vmi *kubevirtv1.VirtualMachineInstance) bool {
	return isPersistent(vmi.Spec.Domain.Devices.TPM) || hasVariables(vmi.Spec.Domain.Firmware)
}

// StateAccessMode returns the access mode of a claim of state, by the StorageProfile of its class; nil for none (getAccessMode in
// pkg/storage/backend-storage). KubeVirt moves a guest with a claim that one node alone can attach with a second claim.
func StateAccessMode(in *v1beta1.Input, profile *cdiv1.StorageProfile) corev1.PersistentVolumeAccessMode {
	var modes []corev1.PersistentVolumeAccessMode
	if profile != nil {
		for _, s := range profile.Status.ClaimPropertySets {
			if s.VolumeMode != nil && *s.VolumeMode == corev1.PersistentVolumeFilesystem {
				modes = append(modes, s.AccessModes...)
			}
		}
	}
	switch {
	case slices.Contains(modes, corev1.ReadWriteMany):
		return corev1.ReadWriteMany
	case slices.Contains(modes, corev1.ReadWriteOnce):
		return corev1.ReadWriteOnce
	case ptr.Deref(in.Cluster.KubeVirt, v1beta1.KubeVirt{}).VMStateStorageClass != "":
		return corev1.ReadWriteMany
	default:
		return corev1.ReadWriteOnce
	}
}
