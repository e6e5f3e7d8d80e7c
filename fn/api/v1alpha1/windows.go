package v1alpha1

// The names of the CD-ROMs that a guest of Windows gets. No disk has one where the guest gets the CD-ROM.
const (
	// VolumeUnattend is that with the answers of unattendSecretRef.
	VolumeUnattend = "sysprep"

	// VolumeDrivers is that with drivers for virtio.
	VolumeDrivers = "virtio-drivers"
)

// A Windows says that the guest is Windows, and what it gets for that.
type Windows struct {
	// UnattendSecretRef is a Secret of the same namespace with answers for Windows Setup, or for sysprep, under the key autounattend.xml or
	// unattend.xml. The guest finds each of its keys as a file on a CD-ROM. Default: none, so that the installer asks.
	// +optional
	UnattendSecretRef *UnattendSecretReference `json:"unattendSecretRef,omitempty"`

	// Drivers attaches a CD-ROM with KubeVirt's drivers for virtio, which Windows lacks: its installer finds no disk and no network on virtio
	// without them. Its image is the platform team's, defaults.windowsDriversImage of the Input, as it was when the virtual machine got it.
	// Default: false.
	// +optional
	Drivers bool `json:"drivers,omitempty"`

	// CloudbaseInit says that cloudbase-init is in the guest, which gives it addresses, SSH keys and user data. It reads them from a
	// configuration drive. Default: false, so that a guest gets none of them.
	// +optional
	CloudbaseInit bool `json:"cloudbaseInit,omitempty"`
}

// An UnattendSecretReference refers to a Secret with answers for Windows Setup.
type UnattendSecretReference struct {
	// Name of the Secret. KubeVirt starts no virtual machine whose Secret has neither autounattend.xml nor unattend.xml.
	// +kubebuilder:validation:MinLength=1
	// +wukong:secret
	Name ObjectName `json:"name"`
}

// TakesSeed reports whether the guest reads what cloud-init, or cloudbase-init, is given.
func (s *WukongSpec) TakesSeed() bool { return s.Windows == nil || s.Windows.CloudbaseInit }

// UsesCloudbaseInit reports whether cloudbase-init reads what the guest is given.
func (s *WukongSpec) UsesCloudbaseInit() bool { return s.Windows != nil && s.Windows.CloudbaseInit }

// UnattendSecret returns the name of the Secret with answers for Windows Setup. Empty for none.
func (s *WukongSpec) UnattendSecret() ObjectName {
	if s.Windows == nil || s.Windows.UnattendSecretRef == nil {
		return ""
	}
	return s.Windows.UnattendSecretRef.Name
}

// AttachesDrivers reports whether the guest gets the CD-ROM with drivers for virtio.
func (s *WukongSpec) AttachesDrivers() bool { return s.Windows != nil && s.Windows.Drivers }
