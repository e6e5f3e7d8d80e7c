package v1alpha1

// Devices are parts of the guest's computer beside its disks and networks (https://kubevirt.io/user-guide/compute/virtual_hardware/). A change takes effect
// when the virtual machine starts.
type Devices struct {
	// AutoattachGraphicsDevice says whether the guest has a screen, which virtctl vnc shows. With false it has no graphics card either, whatever the
	// platform chose. Default: the platform's choice, else the preference's, else true.
	// +optional
	AutoattachGraphicsDevice *bool `json:"autoattachGraphicsDevice,omitempty"`

	// Video is the model of the graphics card; on arm64 virtio or ramfb. It takes KubeVirt's feature gate VideoConfig, which 1.9 always has. Default:
	// the platform's choice, else KubeVirt's: vga, with EFI bochs, on arm64 virtio.
	// +optional
	// +kubebuilder:validation:Enum="";virtio;vga;bochs;cirrus;ramfb
	Video string `json:"video,omitempty"`

	// Tablet says whether the guest has a pointer that follows the one of who looks at its screen. Default: the platform's choice, else the
	// preference's, else false.
	// +optional
	Tablet *bool `json:"tablet,omitempty"`

	// LogSerialConsole says whether what the guest writes to its serial console is in the logs of its pod: kubectl logs POD -c guest-console-log. Default:
	// the platform's choice, else the cluster's, which is true.
	// +optional
	LogSerialConsole *bool `json:"logSerialConsole,omitempty"`

	// Watchdog is what happens to a guest that does not feed its watchdog (i6300esb) any more: reset, poweroff or shutdown. None leaves out the
	// one that the platform chose. There is none on arm64. Default: the platform's choice, else None.
	// +optional
	Watchdog Watchdog `json:"watchdog,omitempty"`

	// Sound is the model of the sound card: ich9 or ac97. None leaves out the one that the platform chose. There is none on arm64. Default: the
	// platform's choice, else None.
	// +optional
	Sound Sound `json:"sound,omitempty"`

	// Clock is the guest's clock at its start.
	// +optional
	Clock *Clock `json:"clock,omitempty"`
}

// A Watchdog is what happens to a guest that does not feed its watchdog.
//
// +kubebuilder:validation:Enum="";None;reset;poweroff;shutdown
type Watchdog string

// WatchdogNone is no watchdog.
const WatchdogNone Watchdog = "None"

// A Sound is the model of a sound card.
//
// +kubebuilder:validation:Enum="";None;ich9;ac97
type Sound string

// SoundNone is no sound card.
const SoundNone Sound = "None"

// A Clock is what the guest's clock shows. Linux expects UTC, which is the default, and Windows the local time.
type Clock struct {
	// Timezone of the clock, for example Europe/Berlin. Default: the platform's choice, else the preference's, else UTC.
	// +optional
	// +kubebuilder:validation:MaxLength=63
	// +kubebuilder:validation:Pattern=`^([A-Za-z][-A-Za-z0-9_+]*(/[A-Za-z0-9][-A-Za-z0-9_+]*)*)?$`
	// +wukong:message="must be the name of a time zone, such as Europe/Berlin"
	Timezone string `json:"timezone,omitempty"`

	// UTCOffsetSeconds is by how much the clock is ahead of UTC, in seconds. Default: none.
	// +optional
	// +kubebuilder:validation:Minimum=-86400
	// +kubebuilder:validation:Maximum=86400
	UTCOffsetSeconds *int32 `json:"utcOffsetSeconds,omitempty"`
}
