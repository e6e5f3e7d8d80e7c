package v1alpha1

import (
	corev1 "k8s.io/api/core/v1"
)

// A DeletionPolicy says what happens to a disk that is removed from the Wukong, or whose Wukong is deleted.
//
// +kubebuilder:validation:Enum="";Delete;Retain
type DeletionPolicy string

// The deletion policies.
const (
	// DeletionPolicyDelete deletes the disk and its data.
	DeletionPolicyDelete DeletionPolicy = "Delete"

	// DeletionPolicyRetain keeps the disk and its data. A disk of the same name in a Wukong of the same name finds it again.
	DeletionPolicyRetain DeletionPolicy = "Retain"
)

// A Disk of the virtual machine.
type Disk struct {
	// Name of the disk, unique within the Wukong. It is also the serial number that the guest sees, shortened to 20 characters: a
	// virtio disk data is /dev/disk/by-id/virtio-data, whatever its place in the list.
	Name Label `json:"name"`

	// Size of the disk, for example 80Gi, from 1Mi to 1Ei. Required unless claimName is given.
	// +optional
	Size *Quantity `json:"size,omitempty"`

	// StorageClassName is the StorageClass. Default: the platform team's choice, else the cluster's default.
	// +optional
	StorageClassName ObjectName `json:"storageClassName,omitempty"`

	// Boot says whether the guest boots from this disk. Default: the disk that osImage goes to, else the first disk with an
	// image, else the first disk.
	// +optional
	Boot bool `json:"boot,omitempty"`

	// Image to import into the disk. Without one, the disk is empty.
	// +optional
	Image Image `json:"image,omitempty"`

	// ClaimName is an existing PersistentVolumeClaim to attach. It is neither changed nor deleted.
	// +optional
	ClaimName ObjectName `json:"claimName,omitempty"`

	// AccessModes of the volume. Default: what CDI's StorageProfile of the StorageClass says.
	// +optional
	// +kubebuilder:validation:MaxItems=4
	// +kubebuilder:validation:items:Enum=ReadWriteOnce;ReadOnlyMany;ReadWriteMany;ReadWriteOncePod
	AccessModes []corev1.PersistentVolumeAccessMode `json:"accessModes,omitempty"`

	// VolumeMode is Filesystem or Block. Default: what CDI's StorageProfile of the StorageClass says.
	// +optional
	// +kubebuilder:validation:Enum="";Filesystem;Block
	VolumeMode *corev1.PersistentVolumeMode `json:"volumeMode,omitempty"`

	// Bus that the guest sees the disk on: virtio, sata, scsi or usb. Default: virtio, unless a preference chooses.
	// +optional
	// +kubebuilder:validation:Enum="";virtio;sata;scsi;usb
	Bus string `json:"bus,omitempty"`

	// DeletionPolicy says what happens to the disk when it is removed from this list or the Wukong is deleted. Default: Delete.
	// +optional
	DeletionPolicy DeletionPolicy `json:"deletionPolicy,omitempty"`
}
