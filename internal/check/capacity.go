package check

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	kubevirtv1 "kubevirt.io/api/core/v1"

	"github.com/novasphere/function-wukong/internal/kubevirt"
	"github.com/novasphere/function-wukong/internal/manifest"
	"github.com/novasphere/function-wukong/internal/network"
	"github.com/novasphere/function-wukong/internal/storage"
)

// A machine is a virtual machine of a report, with the guest behind it.
type machine struct {
	VirtualMachine
	guest *guest

	// pods is the number of its pods while it runs, and requests and limits are theirs together. Of the pod that attaches disks those limits count that
	// the other one has, too.
	pods             int64
	requests, limits corev1.ResourceList

	// state is the claim with its state; nil for none.
	state *volume

	// waiting is the number of its disks that are attached while it runs and whose import waits for a pod.
	waiting int64
}

// newMachine returns the virtual machine of a guest, with what its pod requests.
func (r *repository) newMachine(g *guest, d Drain) machine {
	l := kubevirt.NewLauncher(r.instance(g), r.settings(g))
	out := VirtualMachine{
		Index: g.index, Wukong: g.name, Running: g.runs, Requests: l.Requests(), Limits: l.Limits(), Drain: d,
		UnknownSize: g.Wukong.Spec.CPU == nil && r.cluster.instancetype(g) == nil,
	}
	if out.UnknownSize {
		for _, name := range []corev1.ResourceName{corev1.ResourceCPU, corev1.ResourceMemory} {
			delete(out.Requests, name)
			delete(out.Limits, name)
		}
	}
	m := machine{guest: g, pods: 1, requests: maps.Clone(out.Requests), limits: maps.Clone(out.Limits), state: r.state(g)}
	if a := kubevirt.Attachment(r.instance(g)); a != nil {
		out.Attachment = &Pod{Requests: a.Requests, Limits: a.Limits}
		m.pods, m.waiting = 2, r.waiting(g)
		kubevirt.AddResources(m.requests, a.Requests)
		for name, q := range m.limits {
			// A large quantity is a pointer, which the pod has, too.
			sum := q.DeepCopy()
			sum.Add(a.Limits[name])
			m.limits[name] = sum
		}
	}
	if m.state != nil {
		out.State = &StateClaim{Class: m.state.class, AccessModes: m.state.AccessModes, Size: m.state.size}
	}
	m.VirtualMachine = out
	return m
}

// migration returns what a live migration of the machine takes, as Headroom names it.
func (m machine) migration() corev1.ResourceList {
	out := maps.Clone(m.requests)
	addLimits(out, m.limits)
	out[corev1.ResourcePods] = *resource.NewQuantity(m.pods, resource.DecimalSI)
	if m.state == nil || storage.IsShared(m.state.AccessModes) {
		return out
	}
	one := *resource.NewQuantity(1, resource.DecimalSI)
	out[corev1.ResourcePersistentVolumeClaims], out[corev1.ResourceRequestsStorage] = one, m.state.size
	if class := m.state.class; class != "" {
		out[corev1.ResourceName(class+classSuffix+"persistentvolumeclaims")] = one
		out[corev1.ResourceName(class+classSuffix+"requests.storage")] = m.state.size
	}
	return out
}

// attachment returns what attaching or detaching a disk of the machine takes, as Headroom names it.
func (m machine) attachment() corev1.ResourceList {
	out := corev1.ResourceList{}
	if m.Attachment == nil {
		return out
	}
	pods := max(m.waiting, 1)
	for range pods {
		kubevirt.AddResources(out, m.Attachment.Requests)
		addLimits(out, m.Attachment.Limits)
	}
	out[corev1.ResourcePods] = *resource.NewQuantity(pods, resource.DecimalSI)
	return out
}

// addLimits adds the limits of CPU and memory, as quotas name them.
func addLimits(to, limits corev1.ResourceList) {
	for _, name := range []corev1.ResourceName{corev1.ResourceCPU, corev1.ResourceMemory} {
		if q, limited := limits[name]; limited {
			kubevirt.AddResources(to, corev1.ResourceList{"limits." + name: q})
		}
	}
}

// settings returns what the pod of a guest depends on.
func (r *repository) settings(g *guest) kubevirt.Settings {
	return kubevirt.Settings{
		Input: g.Input, Architecture: r.nodes.architecture(), Networks: network.Devices(g.Resources),
		LimitCPU: r.isLimited(g.namespace(), corev1.ResourceLimitsCPU), LimitMemory: r.isLimited(g.namespace(), corev1.ResourceLimitsMemory),
		MemoryLimitRatio: r.memoryLimitRatio(g.namespace()),
	}
}

// isLimited reports whether a quota of a namespace limits a resource (doesVMIRequireAutoResourceLimits in pkg/virt-controller/services/template.go of
// KubeVirt).
func (r *repository) isLimited(namespace string, name corev1.ResourceName) bool {
	for _, q := range r.cluster.quotas[namespace] {
		if _, ok := q.Spec.Hard[name]; ok {
			return true
		}
	}
	return false
}

// memoryLimitRatio returns by what KubeVirt multiplies the memory request of a pod to get its limit (getMemoryLimitsRatio in
// pkg/virt-controller/services/renderresources.go).
func (r *repository) memoryLimitRatio(namespace string) float64 {
	ns := r.cluster.namespaces[namespace]
	if ns == nil {
		return kubevirt.DefaultMemoryLimitRatio
	}
	ratio, err := strconv.ParseFloat(ns.Labels[kubevirtv1.AutoMemoryLimitsRatioLabel], 64)
	if err != nil || ratio < 1 {
		return kubevirt.DefaultMemoryLimitRatio
	}
	return ratio
}

// architecture returns the architecture that all nodes have; amd64 where they differ, or are not known.
func (n *nodes) architecture() string {
	const usual = "amd64"
	var out string
	for i := range n.all {
		a := n.all[i].Labels[corev1.LabelArchStable]
		if out != "" && a != out {
			return usual
		}
		out = a
	}
	return cmp.Or(out, usual)
}

// namespaceOf returns what the machines of a namespace take, with what exceeds its quotas.
func (r *repository) namespaceOf(name string, machines []machine) (Namespace, []Finding) {
	out := Namespace{
		Name: name, VirtualMachines: len(machines), Requests: corev1.ResourceList{}, Limits: corev1.ResourceList{}, Objects: map[corev1.ResourceName]int64{},
		Headroom: Headroom{Migration: corev1.ResourceList{}, Attachment: corev1.ResourceList{}, Import: corev1.ResourceList{}},
	}
	out.Objects[countPods] = 0
	classes := map[string]*Storage{}
	for _, m := range machines {
		r.addStorage(classes, m, &out)
		addObjects(out.Objects, m)
		if m.UnknownSize {
			out.UnknownSize++
		}
		if !m.Running {
			continue
		}
		out.Running++
		out.Objects[countPods] += m.pods
		kubevirt.AddResources(out.Requests, m.requests)
		kubevirt.AddResources(out.Limits, m.limits)
		if m.Drain.Verdict == kubevirt.VerdictMigrates || m.Drain.Best == kubevirt.VerdictMigrates {
			kubevirt.RaiseResources(out.Headroom.Migration, m.migration())
		}
		kubevirt.RaiseResources(out.Headroom.Attachment, m.attachment())
	}
	out.Objects[countInstances] = int64(out.Running)
	for _, class := range slices.Sorted(maps.Keys(classes)) {
		out.Storage = append(out.Storage, *classes[class])
	}
	findings := r.quotas(&out)
	return out, findings
}

// addStorage adds the composed disks of a machine, and its state, to the storage of their classes.
func (r *repository) addStorage(to map[string]*Storage, m machine, ns *Namespace) {
	volumes := r.volumes(m.guest)
	if m.state != nil {
		volumes = append(slices.Clip(volumes), *m.state)
	}
	for _, v := range volumes {
		if !v.Composed {
			continue
		}
		s := to[v.class]
		if s == nil {
			s = &Storage{Class: v.class, Size: *resource.NewQuantity(0, resource.BinarySI)}
			to[v.class] = s
		}
		s.Claims++
		s.Size.Add(v.size)
		if v.size.IsZero() {
			s.UnknownSizes++
		}
		s.Estimated = s.Estimated || (v.Completed && !v.Observed && v.VolumeMode == nil)
		if v.Imported && !v.Observed {
			kubevirt.RaiseResources(ns.Headroom.Import, importResources(v))
		}
	}
}

// importResources returns what the import of a disk takes: CDI's defaults for its pods (pkg/controller/config-controller.go of CDI), and a claim beside that of the
// disk, into which it imports (createPVCPrime in pkg/controller/populators).
func importResources(v volume) corev1.ResourceList {
	return corev1.ResourceList{
		corev1.ResourceRequestsCPU: resource.MustParse("100m"), corev1.ResourceRequestsMemory: resource.MustParse("60M"),
		corev1.ResourceLimitsCPU: resource.MustParse("750m"), corev1.ResourceLimitsMemory: resource.MustParse("600M"),
		corev1.ResourcePods: resource.MustParse("1"), corev1.ResourcePersistentVolumeClaims: resource.MustParse("1"), corev1.ResourceRequestsStorage: v.size,
	}
}

// nodeShares returns what the machines that run take of all nodes together, with what exceeds them and what no node has.
func (r *repository) nodeShares(machines []machine) ([]Share, []Finding) {
	if !r.nodes.measured() {
		return nil, nil
	}
	total, used := corev1.ResourceList{}, corev1.ResourceList{}
	for i := range r.nodes.all {
		if n := &r.nodes.all[i]; !n.Spec.Unschedulable && (!r.nodes.labelled || n.Labels[labelSchedulable] == "true") {
			kubevirt.AddResources(total, n.Status.Allocatable)
		}
	}
	var findings []Finding
	for _, m := range machines {
		if !m.Running {
			continue
		}
		kubevirt.AddResources(used, m.requests)
		if f, unfit := r.unfit(m); unfit {
			findings = append(findings, f)
		}
	}
	var out []Share
	for _, name := range slices.Sorted(maps.Keys(used)) {
		s := newShare(name, used[name], total[name])
		out = append(out, s)
		if s.Exceeded != nil {
			findings = append(findings, Finding{
				Index: NoWukong, Object: "Nodes", Field: fmt.Sprintf("status.allocatable[%s]", name), Severity: manifest.Error,
				ID: msgNodesExceeded.ID, Message: msgNodesExceeded.With(quantity(name, s.Used), quantity(name, *s.Exceeded)),
			})
		}
	}
	return out, findings
}

// measured reports whether the nodes say how much room they have.
func (n *nodes) measured() bool {
	return slices.ContainsFunc(n.all, func(node corev1.Node) bool { return len(node.Status.Allocatable) > 0 })
}

// unfit returns a finding where no node that may run a machine is large enough for its pods: that which attaches disks runs where the other one does.
func (r *repository) unfit(m machine) (Finding, bool) {
	if r.lacksArchitecture(m.guest) {
		return Finding{}, false
	}
	most := corev1.ResourceList{}
	for _, i := range r.eligible(m.guest) {
		allocatable := r.nodes.all[i].Status.Allocatable
		if fits(m.requests, allocatable) {
			return Finding{}, false
		}
		kubevirt.RaiseResources(most, allocatable)
	}
	field := "spec"
	var lacking []string
	for _, name := range slices.Sorted(maps.Keys(m.requests)) {
		if q := m.requests[name]; q.Cmp(most[name]) > 0 {
			lacking = append(lacking, quantity(name, q)+" of "+string(name))
			field = fieldOf(m.guest, name)
		}
	}
	if len(lacking) == 0 {
		lacking = []string{"all that it requests"}
	}
	return newFinding(m.guest, field, manifest.Error, msgNoNodeFits, strings.Join(lacking, " and ")), true
}

// fits reports whether a node has what a pod requests.
func fits(requests, allocatable corev1.ResourceList) bool {
	for name, q := range requests {
		if q.Cmp(allocatable[name]) > 0 {
			return false
		}
	}
	return true
}

// fieldOf returns the path of the field that makes a guest request a resource.
func fieldOf(g *guest, name corev1.ResourceName) string {
	s := &g.Wukong.Spec
	for _, d := range s.GPUs {
		if d.DeviceName == string(name) {
			return "spec.gpus"
		}
	}
	for _, d := range s.HostDevices {
		if d.DeviceName == string(name) {
			return "spec.hostDevices"
		}
	}
	switch {
	case name != corev1.ResourceCPU && name != corev1.ResourceMemory:
		return "spec"
	case s.Instancetype != nil:
		return "spec.instancetype"
	}
	return "spec." + string(name)
}

// profileFindings returns the disks for which CDI finds no access modes: it makes no claim for them.
func (r *repository) profileFindings() []Finding {
	var out []Finding
	for _, g := range r.guests {
		for _, v := range r.volumes(g) {
			if v.profile != nil && !v.Observed && len(v.AccessModes) == 0 {
				out = append(out, newFinding(g, fmt.Sprintf("spec.disks[%d].accessModes", v.Disk), manifest.Error, msgProfileSilent, v.class))
			}
		}
	}
	return out
}

// unknown returns what was not given, in the order of its names.
func (r *repository) unknown() []string {
	missing := map[string]bool{}
	for _, g := range r.guests {
		if ref := g.Wukong.Spec.Instancetype; ref != nil && r.cluster.instancetype(g) == nil {
			missing[msgUnknownInstancetype.With(ref.Kind, ref.Name)] = true
		}
		if ref := g.Wukong.Spec.Preference; ref != nil && r.cluster.preference(g) == nil {
			missing[msgUnknownPreference.With(ref.Kind, ref.Name)] = true
		}
	}
	return slices.Sorted(maps.Keys(missing))
}
