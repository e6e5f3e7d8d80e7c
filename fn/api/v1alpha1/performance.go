package v1alpha1

import (
	"k8s.io/apimachinery/pkg/api/resource"
	"k8s.io/utils/ptr"
)

// A Performance says how the guest's CPUs, memory and devices are backed by the node (https://kubevirt.io/user-guide/compute/dedicated_cpu_resources/).
// All of it takes effect when the virtual machine starts.
type Performance struct {
	// CPUModel is what the guest sees as its CPU: host-model, host-passthrough, or a model such as Skylake-Server. With host-passthrough it has all
	// that the node's CPU has, and migrates between nodes with the same CPU alone; on arm64 it is the only one. KubeVirt refuses it beside an instance
	// type that has one. Default: the platform's choice, else the instance type's, else host-model.
	// +optional
	// +kubebuilder:validation:MaxLength=63
	// +kubebuilder:validation:Pattern=`^([A-Za-z0-9][-A-Za-z0-9_.]*)?$`
	// +wukong:message="must be host-model, host-passthrough or a model such as Skylake-Server"
	CPUModel string `json:"cpuModel,omitempty"`

	// CPUFeatures are features of the CPU beside those of its model, or without them.
	// +optional
	// +kubebuilder:validation:MaxItems=64
	CPUFeatures []CPUFeature `json:"cpuFeatures,omitempty"`

	// DedicatedCPUPlacement gives each CPU of the guest one of the node to itself, on a node whose kubelet has a static CPU manager. The pod then
	// requests whole CPUs. All CPUs are in one socket unless coresPerSocket says otherwise. KubeVirt refuses it beside an instance type that says it,
	// too, and false does not take back what an instance type says. Default: the platform's choice, else the instance type's, else false.
	// +optional
	DedicatedCPUPlacement *bool `json:"dedicatedCpuPlacement,omitempty"`

	// IsolateEmulatorThread gives what QEMU itself does one more CPU of the node, so that it takes no time of the guest's. Beside an instance type
	// that says it, too, it is as dedicatedCpuPlacement is. Default: the platform's choice, else the instance type's, else false.
	// +optional
	IsolateEmulatorThread *bool `json:"isolateEmulatorThread,omitempty"`

	// NUMA says which NUMA cells the guest has.
	// +optional
	NUMA *NUMA `json:"numa,omitempty"`

	// Hugepages back the guest's memory by large pages of the node, which must have them. No value takes back those that the platform or an instance
	// type chose. Default: the platform's choice, else the instance type's, else none.
	// +optional
	Hugepages *Hugepages `json:"hugepages,omitempty"`

	// IOThreadsPolicy says how the guest's disks share threads: one for all (shared), several by the number of CPUs (auto), or a pool of the size of
	// ioThreads (supplementalPool). Default: the platform's choice, else the instance type's, else QEMU's main thread for all disks without a
	// dedicatedIOThread.
	// +optional
	// +kubebuilder:validation:Enum="";shared;auto;supplementalPool
	IOThreadsPolicy string `json:"ioThreadsPolicy,omitempty"`

	// IOThreads is the pool of the policy supplementalPool.
	// +optional
	IOThreads *IOThreads `json:"ioThreads,omitempty"`

	// BlockMultiQueue gives each disk on virtio a queue for each CPU. Default: the platform's choice, else the preference's, else false.
	// +optional
	BlockMultiQueue *bool `json:"blockMultiQueue,omitempty"`

	// NetworkInterfaceMultiqueue gives each network interface on virtio a queue for each CPU. Default: the platform's choice, else the preference's,
	// else false.
	// +optional
	NetworkInterfaceMultiqueue *bool `json:"networkInterfaceMultiqueue,omitempty"`

	// Requests are the CPUs and the memory of a node that the pod asks for, and that the guest is sure to have. KubeVirt adds the memory of the pod's
	// own processes.
	// +optional
	Requests *PodResources `json:"requests,omitempty"`

	// Limits are the CPUs and the memory of a node that the guest cannot exceed. KubeVirt adds the memory of the pod's own processes, and
	// gives limits by itself where a ResourceQuota of the namespace asks for them.
	// +optional
	Limits *PodResources `json:"limits,omitempty"`
}

// IsDedicated reports whether each CPU of the guest is to have one of the node to itself.
func (s *WukongSpec) IsDedicated() bool {
	return s.Performance != nil && s.Performance.DedicatedCPUPlacement != nil && *s.Performance.DedicatedCPUPlacement
}

// PodResources returns what the pod requests and is limited to; empty for nothing.
func (s *WukongSpec) PodResources() (requests, limits PodResources) {
	if s.Performance == nil {
		return requests, limits
	}
	return ptr.Deref(s.Performance.Requests, requests), ptr.Deref(s.Performance.Limits, limits)
}

// A CPUFeature is a feature of a CPU, such as vmx.
type CPUFeature struct {
	// Name of the feature, as libvirt calls it (https://libvirt.org/formatdomain.html#cpu-model-and-topology), for example vmx.
	// +kubebuilder:validation:MaxLength=63
	// +kubebuilder:validation:Pattern=`^[A-Za-z0-9][-A-Za-z0-9_.]*$`
	// +wukong:message="must be the name of a feature, such as vmx"
	Name string `json:"name"`

	// Policy says whether the guest has it: force and require do, optional where the node has it, disable does not, and forbid keeps the guest from
	// nodes that have it. Default: require.
	// +optional
	// +kubebuilder:validation:Enum="";force;require;optional;disable;forbid
	Policy string `json:"policy,omitempty"`
}

// A NUMA says which NUMA cells a guest has (https://kubevirt.io/user-guide/compute/numa/).
type NUMA struct {
	// GuestMappingPassthrough shows the guest the cells of the node that its CPUs and its memory are in. It takes dedicatedCpuPlacement and hugepages.
	// Memory cannot grow while such a guest runs. Beside an instance type that says it, too, it is as dedicatedCpuPlacement is. Default: the platform's
	// choice, else the instance type's, else false.
	// +optional
	GuestMappingPassthrough *bool `json:"guestMappingPassthrough,omitempty"`
}

// Hugepages are large pages of memory (https://kubevirt.io/user-guide/compute/hugepages/).
type Hugepages struct {
	// PageSize is 2Mi or 1Gi on amd64; others such as 512Mi on arm64. The guest's memory is a multiple of it.
	// +optional
	// +kubebuilder:validation:MaxLength=8
	// +kubebuilder:validation:Pattern=`^([1-9][0-9]{0,3}(Ki|Mi|Gi))?$`
	// +wukong:message="must be the size of a page, such as 2Mi or 1Gi"
	PageSize string `json:"pageSize,omitempty"`
}

// An IOThreads is a pool of threads for disks.
type IOThreads struct {
	// SupplementalPoolThreadCount is the number of threads. The pod requests a CPU for each as for one of the guest's.
	// +optional
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=256
	SupplementalPoolThreadCount *int32 `json:"supplementalPoolThreadCount,omitempty"`
}

// PodResources are CPUs and memory of a node.
type PodResources struct {
	// CPU is a number of CPUs, for example "2" or "500m". Default of a request: the limit, else one CPU of the node for ten of the guest, unless the
	// platform team chose otherwise. Default of a limit: none.
	// +optional
	CPU CPUQuantity `json:"cpu,omitempty"`

	// Memory, for example 4Gi, from 1Mi to 64Ti. Default of a request: the limit, else the memory of the guest, less what the platform team overcommits.
	// Default of a limit: none.
	// +optional
	Memory *Quantity `json:"memory,omitempty"`
}

// A CPUQuantity is a number of CPUs: whole ones such as 2, or thousandths of one such as 500m; or empty for none.
//
// +kubebuilder:validation:MaxLength=8
// +kubebuilder:validation:Pattern=`^([1-9][0-9]{0,3}|[1-9][0-9]{0,6}m)?$`
// +wukong:message="must be CPUs in quotes: whole ones such as \"2\", or thousandths such as \"500m\""
type CPUQuantity string

// Quantity returns the number of CPUs as Kubernetes has it; zero for none.
func (q CPUQuantity) Quantity() resource.Quantity {
	out, err := resource.ParseQuantity(string(q))
	if err != nil {
		return resource.Quantity{}
	}
	return out
}
