package v1alpha1

// A Bootloader is the firmware that starts the guest's operating system.
//
// +kubebuilder:validation:Enum="";BIOS;EFI
type Bootloader string

// The bootloaders.
const (
	// BootloaderBIOS is SeaBIOS.
	BootloaderBIOS Bootloader = "BIOS"

	// BootloaderEFI is OVMF, a UEFI firmware.
	BootloaderEFI Bootloader = "EFI"
)

// A Firmware is what the guest finds on its computer before its disks (https://kubevirt.io/user-guide/compute/virtual_hardware/).
type Firmware struct {
	// Bootloader is BIOS or EFI. An installed guest starts with the one that it was installed with. Default: the preference's choice, else
	// BIOS.
	// +optional
	Bootloader Bootloader `json:"bootloader,omitempty"`

	// SecureBoot lets the bootloader EFI start only what is signed, and gives the guest the system management mode that it takes. Default:
	// false.
	// +optional
	SecureBoot bool `json:"secureBoot,omitempty"`

	// Persistent keeps the variables of the bootloader EFI, such as the boot entries that an installer writes and the keys that an
	// administrator enrolls, in a small claim that KubeVirt makes for the virtual machine and deletes with it. Without it they are lost
	// whenever the guest stops. Default: what the virtual machine has; for one that does not exist yet true where it is installed from a
	// CD-ROM, else false.
	// +optional
	Persistent *bool `json:"persistent,omitempty"`

	// UUID by which the guest knows its computer, such as that of a machine which is brought here. It cannot change once the virtual machine
	// exists. Default: one that follows from the namespace, the Wukong's name and the platform's salt.
	// +optional
	// +kubebuilder:validation:MaxLength=36
	// +kubebuilder:validation:Pattern=`^([0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12})?$`
	// +wukong:message="must be a UUID, such as 6a1a24a1-4061-4607-8bf4-a3963d0c5895"
	UUID string `json:"uuid,omitempty"`
}

// A TPM is a Trusted Platform Module, by what it keeps (https://kubevirt.io/user-guide/compute/persistent_tpm_and_uefi_state/).
//
// +kubebuilder:validation:Enum="";None;Volatile;Persistent
type TPM string

// The kinds of TPM.
const (
	// TPMNone is no TPM.
	TPMNone TPM = "None"

	// TPMVolatile forgets everything when the guest stops.
	TPMVolatile TPM = "Volatile"

	// TPMPersistent keeps its state as long as the virtual machine exists.
	TPMPersistent TPM = "Persistent"
)
