package check

import (
	"maps"
	"slices"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"

	"github.com/novasphere/function-wukong/fn"
	"github.com/novasphere/function-wukong/internal/kubevirt"
	"github.com/novasphere/function-wukong/internal/manifest"
)

// The apiVersion and kind of a Report.
const (
	APIVersion = manifest.ReportVersion
	Kind       = "Check"
)

// A Report is what a check says of a repository.
type Report struct {
	// APIVersion is manifest.ReportVersion, and Kind is Check.
	APIVersion string `json:"apiVersion"`
	Kind       string `json:"kind"`

	// Findings are the conflicts of the Wukongs, and what exceeds quotas and nodes.
	Findings []Finding `json:"findings"`

	// Namespaces are what the Wukongs of each namespace take, by name.
	Namespaces []Namespace `json:"namespaces"`

	// Nodes are what all Wukongs take of the nodes that are given together, by resource. Empty without nodes.
	Nodes []Share `json:"nodes,omitempty"`

	// VirtualMachines are the Wukongs in the order that they were given in, without those of a name that came before.
	VirtualMachines []VirtualMachine `json:"virtualMachines"`

	// Unknown is what was not given, with what follows from that, and how to find out.
	Unknown []string `json:"unknown,omitempty"`
}

// A Namespace is what the Wukongs of a namespace take.
type Namespace struct {
	// Name of the namespace.
	Name string `json:"name"`

	// VirtualMachines is their number, and Running that of those which are not halted. What pods request is counted for these.
	VirtualMachines int `json:"virtualMachines"`
	Running         int `json:"running"`

	// UnknownSize is the number of those whose CPU and memory are not known, because their instance type is not given, or not known. Requests and limits leave out theirs.
	UnknownSize int `json:"unknownSize,omitempty"`

	// Requests are what the pods request together, those among them that attach disks: CPU, memory with KubeVirt's overhead, ephemeral storage, huge pages and devices. Devices of the networks
	// that nadName names are left out, as only the cluster knows them, and so is what LimitRanges and webhooks of others add.
	Requests corev1.ResourceList `json:"requests"`

	// Limits are what the pods are limited to together. CPU and memory have limits where a quota takes them.
	Limits corev1.ResourceList `json:"limits"`

	// Storage is what the composed disks and the claims with state request, by StorageClass.
	Storage []Storage `json:"storage,omitempty"`

	// Objects are the numbers of objects that the Wukongs create, as quotas count them: count/virtualmachines.kubevirt.io.
	Objects map[corev1.ResourceName]int64 `json:"objects"`

	// Quotas are what they take of each ResourceQuota that is given.
	Quotas []Quota `json:"quotas,omitempty"`

	// Headroom is what is needed beside that for a time.
	Headroom Headroom `json:"headroom"`
}

// Storage is what disks request of a StorageClass.
type Storage struct {
	// Class is the name of the StorageClass; empty for the cluster's default, where that is not known.
	Class string `json:"class"`

	// Claims is the number of PersistentVolumeClaims.
	Claims int64 `json:"claims"`

	// Size is what they request together. A claim on a file system is larger than its disk by 6 %, CDI's default.
	Size resource.Quantity `json:"size"`

	// UnknownSizes is the number of those that are as large as what they are cloned from, of which the size is not given. Size leaves out theirs.
	UnknownSizes int64 `json:"unknownSizes,omitempty"`

	// Estimated reports that the volume mode of some is not known, and that these count as claims on a file system.
	Estimated bool `json:"estimated,omitempty"`
}

// Headroom is what the namespace needs for a time, beside what the Wukongs take.
type Headroom struct {
	// Migration is the most that a live migration takes of each resource: what the pods on the second node request, as cpu and memory, and are limited to,
	// as limits.cpu and limits.memory; their number, as pods; and a second claim for the state of TPM and EFI where only one node can attach the first one,
	// as persistentvolumeclaims and requests.storage. Empty where none migrates.
	Migration corev1.ResourceList `json:"migration,omitempty"`

	// Attachment is the most that KubeVirt takes of each resource, named as those of Migration, while it attaches or detaches a disk of a virtual machine
	// that runs: another pod with the disks that stay, or one for each disk whose import waits for a pod. Empty where no disk is attached so.
	Attachment corev1.ResourceList `json:"attachment,omitempty"`

	// Import is what the import of the largest disk takes: the pod that imports it, and a claim of its size beside that of the disk. Some images
	// take another one, as scratch space. Empty where nothing is imported.
	Import corev1.ResourceList `json:"import,omitempty"`
}

// A Quota is what the Wukongs take of a ResourceQuota.
type Quota struct {
	// Name of the ResourceQuota.
	Name string `json:"name"`

	// Shares of what it limits, by resource.
	Shares []Share `json:"shares"`
}

// A Share is what Wukongs take of a limited resource.
type Share struct {
	// Resource, as quotas and nodes name it.
	Resource corev1.ResourceName `json:"resource"`

	// Used is what the Wukongs take. Others may take some, too.
	Used resource.Quantity `json:"used"`

	// Hard is the limit.
	Hard resource.Quantity `json:"hard"`

	// Exceeded is how much more they take than the limit; nil for nothing.
	Exceeded *resource.Quantity `json:"exceeded,omitempty"`
}

// newShare returns the share of a resource.
func newShare(name corev1.ResourceName, used, hard resource.Quantity) Share {
	s := Share{Resource: name, Used: used, Hard: hard}
	if used.Cmp(hard) > 0 {
		over := used.DeepCopy()
		over.Sub(hard)
		s.Exceeded = &over
	}
	return s
}

// A VirtualMachine is what a check says of a Wukong.
type VirtualMachine struct {
	// Index of the Wukong in the list that was checked.
	Index int `json:"-"`

	// Wukong is its NAMESPACE/NAME.
	Wukong string `json:"wukong"`

	// Running reports that it is not halted.
	Running bool `json:"running"`

	// Requests and Limits are those of its pod. They lack CPU and memory, of which Unknown says so.
	Requests corev1.ResourceList `json:"requests"`
	Limits   corev1.ResourceList `json:"limits"`

	// UnknownSize reports that CPU and memory are not known, because the instance type is not given, or that of a golden image not known.
	UnknownSize bool `json:"unknownSize,omitempty"`

	// Attachment is the pod that attaches its disks while it runs; nil where no disk is attached so.
	Attachment *Pod `json:"attachment,omitempty"`

	// State is the claim in which KubeVirt keeps the state of its TPM and the variables of EFI; nil where neither persists.
	State *StateClaim `json:"state,omitempty"`

	// Drain is what a drain of its node does to it.
	Drain Drain `json:"drain"`
}

// A Pod is what a pod beside that of a virtual machine requests and is limited to.
type Pod struct {
	Requests corev1.ResourceList `json:"requests"`
	Limits   corev1.ResourceList `json:"limits"`
}

// A StateClaim is the PersistentVolumeClaim that KubeVirt makes for the state of a virtual machine.
type StateClaim struct {
	// Class is the name of the StorageClass; empty for the default one, where that is not known.
	Class string `json:"class"`

	// AccessModes of the claim.
	AccessModes []corev1.PersistentVolumeAccessMode `json:"accessModes"`

	// Size is what it requests.
	Size resource.Quantity `json:"size"`
}

// A Drain is what a drain of its node does to a virtual machine.
type Drain struct {
	// Verdict is NotRunning, MigratesLive, StartsElsewhere, StaysDown, WaitsForController, BlocksDrain or, where that is not known, Unknown.
	Verdict kubevirt.Verdict `json:"verdict"`

	// Best and Worst are what an unknown verdict may be.
	Best  kubevirt.Verdict `json:"best,omitempty"`
	Worst kubevirt.Verdict `json:"worst,omitempty"`

	// Reasons of the verdict, by field.
	Reasons []kubevirt.Reason `json:"reasons,omitempty"`
}

// VerdictUnknown is the verdict of a drain of which too little is known.
const VerdictUnknown kubevirt.Verdict = "Unknown"

// newDrain returns what a report says of a drain.
func newDrain(d kubevirt.Drain) Drain {
	out := Drain{Verdict: d.Verdict, Reasons: d.Reasons}
	if !d.Known() {
		out.Verdict, out.Best, out.Worst = VerdictUnknown, d.Verdict, d.Worst
	}
	return out
}

// Check returns what planned Wukongs do to each other, what a drain does to each, and what they take of the capacity of a cluster.
func Check(wukongs []fn.Planned, cluster Cluster) Report {
	r := newRepository(wukongs, cluster)
	drains := r.drains()
	out := Report{APIVersion: APIVersion, Kind: Kind, Namespaces: []Namespace{}, VirtualMachines: []VirtualMachine{}, Unknown: r.unknown()}
	var all []machine
	machines := map[string][]machine{}
	for _, g := range r.guests {
		m := r.newMachine(g, newDrain(drains[g.index]))
		out.VirtualMachines = append(out.VirtualMachines, m.VirtualMachine)
		machines[g.namespace()], all = append(machines[g.namespace()], m), append(all, m)
	}
	findings := append([]Finding{}, slices.Concat(r.conflicts(), r.profileFindings(), r.architectureFindings(), r.offerFindings(), r.stateFindings())...)
	for _, name := range slices.Sorted(maps.Keys(machines)) {
		ns, found := r.namespaceOf(name, machines[name])
		out.Namespaces = append(out.Namespaces, ns)
		findings = append(findings, found...)
	}
	shares, found := r.nodeShares(all)
	out.Nodes, out.Findings = shares, ordered(append(findings, found...))
	return out
}
