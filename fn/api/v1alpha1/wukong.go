package v1alpha1

import (
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
)

// A Wukong describes a virtual machine: its CPU and memory, its networks, its disks and its user.
//
// +kubebuilder:object:root=true
// +kubebuilder:subresource:status
// +kubebuilder:resource:shortName=wk
// +kubebuilder:printcolumn:name="PHASE",type=string,JSONPath=`.status.phase`,description="What the virtual machine is doing"
// +kubebuilder:printcolumn:name="NODE",type=string,JSONPath=`.status.nodeName`,description="The node that it runs on"
// +kubebuilder:printcolumn:name="IP",type=string,JSONPath=`.status.networks[0].ipAddress`,description="The address of its first network"
type Wukong struct {
	metav1.TypeMeta   `json:",inline"`
	metav1.ObjectMeta `json:"metadata,omitempty"`

	// Spec is the desired virtual machine.
	Spec WukongSpec `json:"spec"`

	// Status is the observed virtual machine.
	// +optional
	Status WukongStatus `json:"status,omitempty"`
}

// A WukongSpec is the desired virtual machine.
type WukongSpec struct {
	// CPU is the number of virtual CPUs. Required unless an instancetype gives it. Each is a socket of its own, so that KubeVirt can
	// add some while the virtual machine runs; with a preference for a client edition of Windows (windows.10, windows.11 and the like),
	// which uses two sockets at most, they are on two sockets, or on one where their number is odd.
	// +optional
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=1024
	CPU *int32 `json:"cpu,omitempty"`

	// Memory of the guest, for example 8Gi, from 16Mi to 64Ti. Required unless an instancetype gives it. KubeVirt can add some while
	// the virtual machine runs where it is at least 1Gi and a multiple of 2Mi.
	// +optional
	Memory *Quantity `json:"memory,omitempty"`

	// Instancetype is a KubeVirt instance type that gives CPU and memory.
	// +optional
	Instancetype *InstancetypeReference `json:"instancetype,omitempty"`

	// Preference is a KubeVirt preference that chooses devices for an operating system.
	// +optional
	Preference *PreferenceReference `json:"preference,omitempty"`

	// Firmware is what the guest finds on its computer before its disks: the bootloader and the computer's UUID.
	// +optional
	Firmware *Firmware `json:"firmware,omitempty"`

	// OSImage is the image of the disk to boot from where that names none: of the one with boot: true, else of the first disk
	// without an image. The forms are those of disks[].image.
	// +optional
	OSImage Image `json:"osImage,omitempty"`

	// SSHKeySecret is a Secret of the same namespace whose values are SSH public keys, and nothing else: KubeVirt brings all of
	// them into the guest's metadata. They reach cloudInitUser, or the default user of the image where there is none. At most
	// 51 characters, because KubeVirt makes a volume's name of it.
	// +optional
	SSHKeySecret CredentialSecretName `json:"sshKeySecret,omitempty"`

	// CloudInitUser is the user that the guest gets at its first boot.
	// +optional
	CloudInitUser *CloudInitUser `json:"cloudInitUser,omitempty"`

	// CloudInit is cloud-init configuration of your own, under what the other fields say.
	// +optional
	CloudInit *CloudInit `json:"cloudInit,omitempty"`

	// PodNetwork says whether the first network interface is on the cluster's pod network, masqueraded. Default: false where a
	// network is primary, true where one is called default and says nothing else, and otherwise as the virtual machine has it; for
	// one that does not exist yet true, unless the platform team chose otherwise.
	// +optional
	PodNetwork *bool `json:"podNetwork,omitempty"`

	// Networks are further network interfaces, in the order in which the guest sees them.
	// +optional
	// +kubebuilder:validation:MaxItems=32
	Networks []Network `json:"networks,omitempty"`

	// Disks of the virtual machine, in the order in which the guest sees them.
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=64
	Disks []Disk `json:"disks"`

	// GPUs of the node, or parts of them, that the virtual machine takes for itself. A change needs a restart, and a virtual machine with
	// a GPU cannot migrate live.
	// +optional
	// +kubebuilder:validation:MaxItems=32
	GPUs []GPU `json:"gpus,omitempty"`

	// HighAvailability says where the virtual machine runs and what happens when it, or its node, stops.
	// +optional
	HighAvailability *HighAvailability `json:"highAvailability,omitempty"`

	// StartStrategy says when the virtual machine runs.
	// +optional
	StartStrategy *StartStrategy `json:"startStrategy,omitempty"`

	// Template is a part of the spec of a KubeVirt VirtualMachineInstance, for what no other field says, such as domain.cpu.model. It may give the
	// paths that docs/template.md lists, of which the platform team allows none by default. Default: none.
	// +optional
	// +kubebuilder:pruning:PreserveUnknownFields
	Template *runtime.RawExtension `json:"template,omitempty"`

	// RestoreFromSnapshot has no effect: a snapshot is restored by a VirtualMachineRestore of KubeVirt. It is accepted for manifests of
	// the earlier operator.
	// +optional
	// +kubebuilder:validation:MaxLength=253
	RestoreFromSnapshot string `json:"restoreFromSnapshot,omitempty"`
}

// An InstancetypeReference names a KubeVirt instance type.
type InstancetypeReference struct {
	// Kind of the instance type. Default: VirtualMachineClusterInstancetype.
	// +optional
	// +kubebuilder:validation:Enum="";VirtualMachineInstancetype;VirtualMachineClusterInstancetype
	Kind string `json:"kind,omitempty"`

	// Name of the instance type.
	// +kubebuilder:validation:MinLength=1
	Name ObjectName `json:"name"`
}

// A PreferenceReference names a KubeVirt preference.
type PreferenceReference struct {
	// Kind of the preference. Default: VirtualMachineClusterPreference.
	// +optional
	// +kubebuilder:validation:Enum="";VirtualMachinePreference;VirtualMachineClusterPreference
	Kind string `json:"kind,omitempty"`

	// Name of the preference.
	// +kubebuilder:validation:MinLength=1
	Name ObjectName `json:"name"`
}
