package v1alpha1

// A Phase says in one word what the virtual machine is doing.
//
// +kubebuilder:validation:Enum=Pending;Creating;Running;Stopped;Error
type Phase string

// The phases.
const (
	PhasePending  Phase = "Pending"
	PhaseCreating Phase = "Creating"
	PhaseRunning  Phase = "Running"
	PhaseStopped  Phase = "Stopped"
	PhaseError    Phase = "Error"
)

// A WukongStatus is the observed virtual machine. Crossplane adds the conditions, also to this schema.
type WukongStatus struct {
	// ObservedGeneration is the metadata.generation that this status is about. A claim has none, as Crossplane gives it the status of its
	// XWukong.
	// +optional
	ObservedGeneration int64 `json:"observedGeneration,omitempty"`

	// Phase says in one word what the virtual machine is doing.
	// +optional
	Phase Phase `json:"phase,omitempty"`

	// Message says in one sentence what it waits for, or what is wrong and what to do.
	// +optional
	Message string `json:"message,omitempty"`

	// VMName is the name of the KubeVirt VirtualMachine.
	// +optional
	VMName string `json:"vmName,omitempty"`

	// NodeName is the node that the virtual machine runs on.
	// +optional
	NodeName string `json:"nodeName,omitempty"`

	// CPU is the number of CPUs that the guest has now.
	// +optional
	CPU int32 `json:"cpu,omitempty"`

	// Memory is what the guest has now, for example 8Gi.
	// +optional
	Memory string `json:"memory,omitempty"`

	// GuestAgent says whether the QEMU guest agent in the guest is connected. Empty while no guest runs.
	// +optional
	GuestAgent GuestAgent `json:"guestAgent,omitempty"`

	// GuestOS is the operating system as the guest calls it, for example Debian GNU/Linux 12 (bookworm). The guest agent tells it.
	// +optional
	GuestOS string `json:"guestOS,omitempty"`

	// StatePVCName is the PersistentVolumeClaim in which KubeVirt keeps the variables of EFI and the state of the TPM. It goes with the
	// virtual machine.
	// +optional
	StatePVCName string `json:"statePVCName,omitempty"`

	// Networks are the network interfaces as the guest has them, the pod network first.
	// +optional
	Networks []NetworkStatus `json:"networks,omitempty"`

	// Volumes are the disks as they are stored.
	// +optional
	Volumes []VolumeStatus `json:"volumes,omitempty"`

	// Snapshots are the snapshots of the virtual machine, the newest first, at most 100. Empty where the spec does not say how many to keep.
	// +optional
	Snapshots []SnapshotStatus `json:"snapshots,omitempty"`
}

// A GuestAgent says whether the QEMU guest agent is connected.
//
// +kubebuilder:validation:Enum=Connected;NotConnected
type GuestAgent string

// The states of the guest agent.
const (
	GuestAgentConnected    GuestAgent = "Connected"
	GuestAgentNotConnected GuestAgent = "NotConnected"
)

// A NetworkStatus is a network interface as the guest has it.
type NetworkStatus struct {
	// Name of the network.
	Name string `json:"name"`

	// Interface is its name in the guest.
	// +optional
	Interface string `json:"interface,omitempty"`

	// IPAddress is its first address.
	// +optional
	IPAddress string `json:"ipAddress,omitempty"`

	// IPAddresses are all of its addresses.
	// +optional
	IPAddresses []string `json:"ipAddresses,omitempty"`

	// MACAddress is its hardware address.
	// +optional
	MACAddress string `json:"macAddress,omitempty"`

	// NADName is the NetworkAttachmentDefinition that it uses.
	// +optional
	NADName string `json:"nadName,omitempty"`
}

// A VolumeStatus is a disk as it is stored.
type VolumeStatus struct {
	// Name of the disk.
	Name string `json:"name"`

	// PVCName is its PersistentVolumeClaim.
	// +optional
	PVCName string `json:"pvcName,omitempty"`

	// Bound says whether the claim has a volume.
	// +optional
	Bound bool `json:"bound,omitempty"`

	// Size is the volume's real size.
	// +optional
	Size string `json:"size,omitempty"`

	// Progress of the import, or of the clone, for example 45.3%.
	// +optional
	Progress string `json:"progress,omitempty"`
}
