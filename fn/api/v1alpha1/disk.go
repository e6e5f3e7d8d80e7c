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

// A DiskType is the kind of device that a disk is for the guest.
//
// +kubebuilder:validation:Enum="";disk;lun;cdrom
type DiskType string

// The types of disks.
const (
	// DiskTypeDisk is a disk that the guest reads and writes.
	DiskTypeDisk DiskType = "disk"

	// DiskTypeLUN is a SCSI device of the storage, to which the guest sends its own SCSI commands.
	DiskTypeLUN DiskType = "lun"

	// DiskTypeCDROM is a CD-ROM drive, with a medium or without one.
	DiskTypeCDROM DiskType = "cdrom"
)

// A DiskCache is how QEMU uses the memory of the node for a disk.
//
// +kubebuilder:validation:Enum="";none;writethrough;writeback
type DiskCache string

// The caches.
const (
	// DiskCacheNone leaves the memory of the node out.
	DiskCacheNone DiskCache = "none"

	// DiskCacheWriteThrough keeps what is read in the memory of the node, and ends a write once it is on the volume.
	DiskCacheWriteThrough DiskCache = "writethrough"

	// DiskCacheWriteBack also ends a write once it is in the memory of the node.
	DiskCacheWriteBack DiskCache = "writeback"
)

// A DiskIO is how QEMU reads and writes a volume.
//
// +kubebuilder:validation:Enum="";native;threads
type DiskIO string

// The ways to read and write.
const (
	// DiskIONative is asynchronous I/O of the node's kernel.
	DiskIONative DiskIO = "native"

	// DiskIOThreads is a pool of threads.
	DiskIOThreads DiskIO = "threads"
)

// An ImageKind is the kind of an object that a disk is cloned from.
//
// +kubebuilder:validation:Enum=DataSource;PersistentVolumeClaim;VolumeSnapshot;VirtualMachineSnapshot;Wukong
type ImageKind string

// The kinds of objects that disks are cloned from.
const (
	// ImageKindDataSource is a DataSource of CDI, which names the newest image of its kind.
	ImageKindDataSource ImageKind = "DataSource"

	// ImageKindClaim is a PersistentVolumeClaim.
	ImageKindClaim ImageKind = "PersistentVolumeClaim"

	// ImageKindSnapshot is a VolumeSnapshot.
	ImageKindSnapshot ImageKind = "VolumeSnapshot"

	// ImageKindVMSnapshot is a VirtualMachineSnapshot of KubeVirt, of which the volume of the same name is taken.
	ImageKindVMSnapshot ImageKind = "VirtualMachineSnapshot"

	// ImageKindWukong is another Wukong, of which the disk of the same name is taken.
	ImageKindWukong ImageKind = "Wukong"
)

// An ImageReference names an object in the cluster that a disk is cloned from. The disk is a copy: what becomes of the object later does not matter to it.
type ImageReference struct {
	// Kind is DataSource, for a golden image of CDI; PersistentVolumeClaim, which nothing may write to while it is cloned; VolumeSnapshot;
	// VirtualMachineSnapshot, for the volume in it that is called as this disk; or Wukong, for its disk that is called as this one, while its virtual
	// machine is stopped.
	Kind ImageKind `json:"kind"`

	// Name of the object.
	// +kubebuilder:validation:MinLength=1
	Name ObjectName `json:"name"`

	// Namespace of the object. Another one than the Wukong's must be one that the platform team shares. Default: that of the Wukong.
	// +optional
	Namespace OptionalLabel `json:"namespace,omitempty"`
}

// A BlockSize is the size of blocks that a disk shows to the guest, in bytes: powers of two.
type BlockSize struct {
	// Logical is the smallest block that the guest reads or writes. Bus sata has 512 alone.
	// +kubebuilder:validation:Minimum=512
	// +kubebuilder:validation:Maximum=2097152
	Logical int32 `json:"logical"`

	// Physical is the smallest block that the disk writes at once, of at least the logical size. Default: the logical one.
	// +optional
	// +kubebuilder:validation:Minimum=512
	// +kubebuilder:validation:Maximum=2097152
	Physical *int32 `json:"physical,omitempty"`
}

// A Disk of the virtual machine.
type Disk struct {
	// Name of the disk, unique within the Wukong. It is also the serial number that the guest sees, shortened to 20 characters: a
	// virtio disk data is /dev/disk/by-id/virtio-data, whatever its place in the list.
	Name Label `json:"name"`

	// Type is disk, lun for a SCSI device of the storage that is passed to the guest, or cdrom for a CD-ROM drive. A lun takes volumeMode Block,
	// or a claimName whose claim has that. The medium of a drive is what image, imageFrom, upload or claimName says; without any of them the drive
	// is empty. Another image is another medium, which takes the place of the earlier one. An existing disk cannot become a drive. Default: disk.
	// +optional
	Type DiskType `json:"type,omitempty"`

	// Size of the disk, for example 80Gi, from 1Mi to 1Ei. Required unless claimName or imageFrom is given; a CD-ROM drive takes one with the
	// image of a file and with upload alone. Default: with imageFrom the size of what is cloned.
	// +optional
	Size *Quantity `json:"size,omitempty"`

	// StorageClassName is the StorageClass. Default: the platform team's choice, else the cluster's default.
	// +optional
	StorageClassName ObjectName `json:"storageClassName,omitempty"`

	// Boot says whether the guest boots from this disk. Where that has no system yet, it boots from the first CD-ROM drive with a medium.
	// Default: the disk that osImage goes to, else the first disk with an image, else the first disk, else the first CD-ROM drive.
	// +optional
	Boot bool `json:"boot,omitempty"`

	// Image to import into the disk. Without it, imageFrom and upload the disk is empty. A CD-ROM drive takes that of a container as it is, without
	// a claim.
	// +optional
	Image Image `json:"image,omitempty"`

	// ImageSecret is a Secret of the same namespace with the credentials for the server of the image. It has the keys accessKeyId and secretKey, which
	// for http(s) and docker are the user and the password; for gs one file of credentials of a service account. For the container of a CD-ROM drive
	// it is of type kubernetes.io/dockerconfigjson instead, and a change needs a restart. Else it has no effect on a disk that exists.
	// +optional
	// +wukong:secret
	ImageSecret ObjectName `json:"imageSecret,omitempty"`

	// ImageCA is a ConfigMap of the same namespace with certificates, in PEM, of the authorities that the server of the image is trusted by. It has no
	// effect on a disk that exists.
	// +optional
	ImageCA ObjectName `json:"imageCA,omitempty"`

	// ImageChecksum is the checksum of the file that an image of http(s) names, as sha256:HEX or sha512:HEX. An import of another file fails. It takes
	// CDI 1.65, without which the virtual machine gets no such disk. It has no effect on a disk that exists.
	// +optional
	ImageChecksum ImageChecksum `json:"imageChecksum,omitempty"`

	// ImageFrom names something in the cluster that the disk is cloned from.
	// +optional
	ImageFrom *ImageReference `json:"imageFrom,omitempty"`

	// Upload makes the disk wait for an image that somebody uploads, as virtctl image-upload does. The status says the command.
	// +optional
	Upload bool `json:"upload,omitempty"`

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

	// Bus that the guest sees the disk on: virtio, sata, scsi or usb. A lun is on scsi alone, a CD-ROM drive cannot be on virtio, and on arm64
	// there are virtio and scsi alone. Default: for a lun scsi; else the preference's choice, else virtio; for a CD-ROM drive sata, on arm64
	// scsi.
	// +optional
	// +kubebuilder:validation:Enum="";virtio;sata;scsi;usb
	Bus string `json:"bus,omitempty"`

	// Cache is how the node's memory is used for the disk: none, writethrough, or writeback, which may lose what the guest wrote last when the
	// node fails. With none the virtual machine starts on storage with direct I/O alone. A change needs a restart. Default: the preference's
	// choice, else none where the storage has direct I/O, else writethrough.
	// +optional
	Cache DiskCache `json:"cache,omitempty"`

	// IO is native, for asynchronous I/O of the node's kernel, which takes cache none, or threads. A change needs a restart. Default: the
	// preference's choice, else native with cache none where the volume is a block device or all of its space is allocated, else threads.
	// +optional
	IO DiskIO `json:"io,omitempty"`

	// Shareable says that other virtual machines attach the volume of the disk, too, by claimName. Their guests need a file system, or a
	// cluster, that is made for that: two that know nothing of each other destroy each other's data. All of them say it, and cache is none. A
	// change needs a restart. Default: false.
	// +optional
	Shareable bool `json:"shareable,omitempty"`

	// BlockSize is the size of blocks that the disk shows to the guest. What is on a disk of another logical size is of no use any more. A
	// change needs a restart. Default: the preference's choice, else 512 bytes.
	// +optional
	BlockSize *BlockSize `json:"blockSize,omitempty"`

	// DedicatedIOThread gives the disk a thread of QEMU for itself, on bus virtio. A change needs a restart, and so does such a disk that is
	// added. Default: the preference's choice, else false.
	// +optional
	DedicatedIOThread bool `json:"dedicatedIOThread,omitempty"`

	// Reservation lets the guest reserve a lun for itself by SCSI persistent reservations, as clusters do. It takes KubeVirt's feature gate
	// PersistentReservation. Before KubeVirt 1.9 the virtual machine cannot migrate live. A change needs a restart, and so does such a lun that
	// is added. Default: false.
	// +optional
	Reservation bool `json:"reservation,omitempty"`

	// MigrateStorage lets the disk move: another storageClassName, accessModes or volumeMode than it has makes a copy of it, which the virtual machine
	// gets when it is stopped and started the next time. The earlier volume is deleted, or retained, once the virtual machine runs with the copy. A
	// shareable disk does not move. Default: false, with which these fields never change.
	// +optional
	MigrateStorage bool `json:"migrateStorage,omitempty"`

	// DeletionPolicy says what happens to the disk when it is removed from this list or the Wukong is deleted. Default: Delete.
	// +optional
	DeletionPolicy DeletionPolicy `json:"deletionPolicy,omitempty"`

	// Successor distinguishes the volume of the disk from its first one, and Awaited the one that it gets once nothing of its name exists. No manifest has
	// them: they follow from what exists, by package storage. Empty for the first volume, and for none.
	Successor, Awaited string `json:"-"`
}

// IsDataSource reports whether the reference, which may be nil, names a DataSource.
func (r *ImageReference) IsDataSource() bool { return r != nil && r.Kind == ImageKindDataSource }

// IsCDROM reports whether the disk is a CD-ROM drive.
func (d *Disk) IsCDROM() bool { return d.Type == DiskTypeCDROM }

// IsLUN reports whether the disk is a SCSI device that is passed through.
func (d *Disk) IsLUN() bool { return d.Type == DiskTypeLUN }

// IsImported reports whether the disk has content from elsewhere that is copied into it: an image, a clone or an upload. CD-ROM drives take containers as
// they are.
func (d *Disk) IsImported() bool { return d.Image != "" || d.ImageFrom != nil || d.Upload }

// HasMedium reports whether a disk, or a CD-ROM drive, has content from elsewhere: an image, a clone, an upload, or an existing claim.
func (d *Disk) HasMedium() bool { return d.IsImported() || d.ClaimName != "" }

// InstallsFromCDROM reports whether a guest is installed from a CD-ROM drive, of a spec with its defaults: a drive has a medium, and the disk that the
// guest boots from, or the one that it would boot from without that drive, is empty.
func (s *WukongSpec) InstallsFromCDROM() bool {
	var system *Disk
	medium := false
	for i := range s.Disks {
		d := &s.Disks[i]
		switch {
		case d.IsCDROM():
			medium = medium || d.HasMedium()
		case system == nil, d.Boot, !system.Boot && !system.IsImported() && d.IsImported():
			system = d
		}
	}
	return medium && system != nil && !system.HasMedium()
}
