package v1alpha1

// Snapshots says how many snapshots of a virtual machine are kept. It takes none: an Operation, a CronJob or kubectl does.
type Snapshots struct {
	// Keep is the number of snapshots that stay when a newer one is ready to use. Older ones are deleted with their data: those that are ready, called
	// NAME-NUMBER, and labelled as the ones that an Operation or the CronJob takes, of which the newer ones have each volume. A snapshot of an earlier
	// virtual machine of this name stays.
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=100
	Keep int32 `json:"keep"`
}

// Restore says from which snapshot the disks of a virtual machine are restored. Nothing else of it is: CPUs, memory and networks are what the Wukong says.
type Restore struct {
	// Snapshot is a VirtualMachineSnapshot of this virtual machine, in the same namespace. Each disk that is in it gets a new volume, made from it, when the
	// virtual machine is stopped and started the next time. Once it runs with that, the earlier volume is deleted, or retained by the disk's
	// deletionPolicy. To remove the field takes nothing back once the new volumes are asked for.
	// +kubebuilder:validation:MinLength=1
	Snapshot ObjectName `json:"snapshot"`

	// Attempt is another number to restore from the same snapshot once more. Default: 1.
	// +optional
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=1000000
	Attempt *int32 `json:"attempt,omitempty"`
}

// A SnapshotStatus is a snapshot of the virtual machine.
type SnapshotStatus struct {
	// Name of the VirtualMachineSnapshot.
	Name string `json:"name"`

	// Ready says whether it can be restored.
	// +optional
	Ready bool `json:"ready,omitempty"`

	// CreationTime is when it was taken, for example 2026-03-01T02:15:04Z.
	// +optional
	CreationTime string `json:"creationTime,omitempty"`

	// Error is what went wrong, as KubeVirt says it.
	// +optional
	Error string `json:"error,omitempty"`
}
