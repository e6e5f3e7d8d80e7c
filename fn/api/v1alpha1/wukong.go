package v1alpha1

import (
	"slices"

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
// +kubebuilder:printcolumn:name="CPU",type=integer,JSONPath=`.status.cpu`,priority=1,description="The number of CPUs that the guest has"
// +kubebuilder:printcolumn:name="MEMORY",type=string,JSONPath=`.status.memory`,priority=1,description="The memory that the guest has"
// +kubebuilder:printcolumn:name="AGENT",type=string,JSONPath=`.status.guestAgent`,priority=1,description="Whether the QEMU guest agent is connected"
// +kubebuilder:printcolumn:name="OS",type=string,JSONPath=`.status.guestOS`,priority=1,description="The operating system, as the guest calls it"
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
	// CPU is the number of virtual CPUs. Required unless an instancetype gives it, or a golden image names one. KubeVirt adds whole sockets while the virtual machine
	// runs, up to maxCPU. Fewer CPUs take a restart.
	// +optional
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=1024
	CPU *int32 `json:"cpu,omitempty"`

	// Memory of the guest, for example 8Gi, from 16Mi to 64Ti. Required unless an instancetype gives it, or a golden image names one. KubeVirt adds some while the
	// virtual machine runs, up to maxMemory, where it is at least 1Gi and a multiple of 2Mi. Less than at its start takes a restart.
	// +optional
	Memory *Quantity `json:"memory,omitempty"`

	// MaxCPU is the number of CPUs that the guest can grow to while it runs. A change needs a restart. Default: what KubeVirt plans for,
	// which is four times the CPUs of the start unless the platform team chose otherwise.
	// +optional
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=1024
	MaxCPU *int32 `json:"maxCPU,omitempty"`

	// MaxMemory is the memory that the guest can grow to while it runs, a multiple of 2Mi. A change needs a restart. Default: what KubeVirt
	// plans for, which is four times the memory of the start unless the platform team chose otherwise.
	// +optional
	MaxMemory *Quantity `json:"maxMemory,omitempty"`

	// CoresPerSocket is the number of CPUs in each socket. A change needs a restart. Default: 1, so that KubeVirt can add CPUs one by
	// one; with windows, or a preference for a client edition of it (windows.10, windows.11 and the like), which uses two sockets at most,
	// half of the CPUs, or all where their number is odd; else, with performance.dedicatedCpuPlacement and no preference, all of them.
	// +optional
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=1024
	CoresPerSocket *int32 `json:"coresPerSocket,omitempty"`

	// Architecture of the CPUs. It cannot change once the virtual machine exists. Default: the cluster's, which KubeVirt knows.
	// +optional
	Architecture Architecture `json:"architecture,omitempty"`

	// Instancetype is a KubeVirt instance type that gives CPU and memory. Default: without cpu and memory the one that the DataSource names which the
	// disk to boot from is cloned from, by its label instancetype.kubevirt.io/default-instancetype, when the virtual machine is made.
	// +optional
	Instancetype *InstancetypeReference `json:"instancetype,omitempty"`

	// Preference is a KubeVirt preference that chooses devices for an operating system. Default: the one that the DataSource names which the disk to
	// boot from is cloned from, by its label instancetype.kubevirt.io/default-preference, when the virtual machine is made; else none.
	// +optional
	Preference *PreferenceReference `json:"preference,omitempty"`

	// Firmware is what the guest finds on its computer before its disks: the bootloader and the computer's UUID.
	// +optional
	Firmware *Firmware `json:"firmware,omitempty"`

	// TPM is the guest's Trusted Platform Module. With Persistent it keeps its keys in a small claim that KubeVirt makes for the virtual
	// machine and deletes with it; with Volatile they are lost whenever the guest stops; None leaves out one that a preference chooses.
	// Default: the preference's choice, else None.
	// +optional
	TPM TPM `json:"tpm,omitempty"`

	// OSImage is the image of the disk to boot from where that names none: of the one with boot: true, else of the first disk
	// without an image. The forms are those of disks[].image.
	// +optional
	OSImage Image `json:"osImage,omitempty"`

	// OSImageFrom names something in the cluster, such as a golden image, that the disk to boot from is cloned from, in place of osImage.
	// +optional
	OSImageFrom *ImageReference `json:"osImageFrom,omitempty"`

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

	// Windows says, by being there, that the guest is Windows, also as windows: {}. Such a guest gets no cloud-init data, unless
	// cloudbaseInit is true. Default: the guest is another system, which reads cloud-init data.
	// +optional
	Windows *Windows `json:"windows,omitempty"`

	// PodNetwork says whether the first network interface is on the cluster's pod network, masqueraded. Default: false where a
	// network is primary, true where one is called default and says nothing else, and otherwise as the virtual machine has it; for
	// one that does not exist yet true, unless the platform team chose otherwise.
	// +optional
	PodNetwork *bool `json:"podNetwork,omitempty"`

	// Networks are further network interfaces, in the order in which the guest sees them.
	// +optional
	// +kubebuilder:validation:MaxItems=32
	Networks []Network `json:"networks,omitempty"`

	// Disks of the virtual machine, in the order in which the guest sees them. Default: with osImage or osImageFrom one disk called system; of the size
	// that the platform team chose, or of what is cloned.
	// +optional
	// +kubebuilder:validation:MaxItems=64
	Disks []Disk `json:"disks,omitempty"`

	// GPUs of the node, or parts of them, that the virtual machine takes for itself. The platform team lists the allowed ones. A change needs
	// a restart, and a virtual machine with a GPU cannot migrate live.
	// +optional
	// +kubebuilder:validation:MaxItems=32
	GPUs []Device `json:"gpus,omitempty"`

	// HostDevices are other devices of the node that the virtual machine takes for itself, of PCI or USB. They take KubeVirt's feature gate
	// HostDevices. The platform team lists the allowed ones. A change needs a restart, and a virtual machine with one cannot migrate live.
	// +optional
	// +kubebuilder:validation:MaxItems=32
	HostDevices []Device `json:"hostDevices,omitempty"`

	// Performance says how CPUs, memory and devices of the guest are backed by the node.
	// +optional
	Performance *Performance `json:"performance,omitempty"`

	// Devices are parts of the guest's computer beside its disks and networks.
	// +optional
	Devices *Devices `json:"devices,omitempty"`

	// ReadinessProbe asks the guest whether it is ready. Until it is, the Wukong is not Ready, and no Service sends to the virtual machine. A
	// change needs a restart. Default: ready as soon as the guest runs.
	// +optional
	ReadinessProbe *Probe `json:"readinessProbe,omitempty"`

	// LivenessProbe asks the guest whether it is alive. Kubernetes stops the virtual machine where it is not, and runStrategy says whether it
	// starts again. A change needs a restart. Default: none.
	// +optional
	LivenessProbe *Probe `json:"livenessProbe,omitempty"`

	// Snapshots says how many snapshots of the virtual machine are kept. Default: all of them.
	// +optional
	Snapshots *Snapshots `json:"snapshots,omitempty"`

	// Restore gives the disks what a snapshot of this virtual machine has. What they held since is deleted.
	// +optional
	Restore *Restore `json:"restore,omitempty"`

	// HighAvailability says where the virtual machine runs and what happens when it, or its node, stops.
	// +optional
	HighAvailability *HighAvailability `json:"highAvailability,omitempty"`

	// StartStrategy says when the virtual machine runs.
	// +optional
	StartStrategy *StartStrategy `json:"startStrategy,omitempty"`

	// Template is a part of the spec of a KubeVirt VirtualMachineInstance, for what no other field says, such as domain.features.hyperv. It may give the
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

// MayInferInstancetype reports whether the instance type may be that of a golden image: nothing says how large the virtual machine is, and a disk is
// cloned from a DataSource, which may name one.
func (s *WukongSpec) MayInferInstancetype() bool {
	return s.Instancetype == nil && s.CPU == nil && s.Memory == nil && s.MaxCPU == nil && s.MaxMemory == nil && s.CoresPerSocket == nil &&
		(s.OSImageFrom.IsDataSource() || slices.ContainsFunc(s.Disks, func(d Disk) bool { return d.ImageFrom.IsDataSource() }))
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

// An Architecture is that of a computer's CPUs, as Kubernetes calls it in the label kubernetes.io/arch.
//
// +kubebuilder:validation:Enum="";amd64;arm64
type Architecture string

// The architectures.
const (
	ArchitectureAMD64 Architecture = "amd64"
	ArchitectureARM64 Architecture = "arm64"
)

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
