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

	// UUID by which the guest knows its computer, such as that of a machine which is brought here. It cannot change once the virtual machine
	// exists. Default: one that follows from the namespace, the Wukong's name and the platform's salt.
	// +optional
	// +kubebuilder:validation:MaxLength=36
	// +kubebuilder:validation:Pattern=`^([0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12})?$`
	// +wukong:message="must be a UUID, such as 6a1a24a1-4061-4607-8bf4-a3963d0c5895"
	UUID string `json:"uuid,omitempty"`
}
