package kubevirt

import (
	"cmp"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	kubevirtv1 "kubevirt.io/api/core/v1"

	"github.com/novasphere/function-wukong/input/v1beta1"
	"github.com/novasphere/function-wukong/internal/plan"
)

// A Difference is a part of a VirtualMachine that differs between two states of it.
type Difference struct {
	// Path in the VirtualMachine, with the items of lists by their names: spec.template.spec.domain.devices.interfaces[lan].macAddress.
	Path string

	// Field of the Wukong that says it, relative to its spec, such as networks[lan].macAddress. Empty where no field does.
	Field string

	// From and To are the values, for people to read. Empty for none.
	From, To string

	// Effect of the difference.
	Effect plan.Effect

	// RestartRequired reports whether KubeVirt sets the condition RestartRequired because of the difference. There are differences that wait for
	// the next start without it, such as another order of the disks.
	RestartRequired bool

	// Assumed reports that the effect depends on the content of an instance type or a preference, which KubeVirt applies and which is not known
	// here. The effect is then that of an instance type of another size, and of a preference of other devices.
	Assumed bool

	// HeldBy is why KubeVirt does not apply the difference before a restart, though it would by itself: the path of another difference,
	// HeldByStrategy or HeldByCondition. Empty where nothing holds it.
	HeldBy string

	// filled reports that an instance does not tell what its template had there.
	filled bool

	// held reports whether KubeVirt leaves the difference to the next restart while another one requires that.
	held bool
}

// What holds a difference, if not another one.
const (
	// HeldByStrategy is the rollout strategy Stage.
	HeldByStrategy = "vmRolloutStrategy"

	// HeldByCondition is the condition RestartRequired of an earlier change.
	HeldByCondition = "RestartRequired"
)

// templateChanged is KubeVirt's message where the template differs from that of the last start in something that it never applies live
// (syncRestartRequired in pkg/virt-controller/watch/vm/vm.go). While the condition has another message, KubeVirt applies other changes.
const templateChanged = "a non-live-updatable field was changed in the template spec"

// Compare returns what differs between two states of a VirtualMachine, by its path, each with its own effect on an instance that was started as
// the first state says. A cluster that is nil, or that gives no version, has the current KubeVirt.
func Compare(from, to *kubevirtv1.VirtualMachine, c *v1beta1.Cluster) []Difference {
	return compare(from, to, c, startedAs(from, c))
}

// A RolloutState is what is known of a virtual machine that is edited.
type RolloutState struct {
	// Runs reports whether an instance exists.
	Runs bool

	// RestartRequired reports that an earlier change of the template requires a restart, so that KubeVirt applies nothing of what it holds.
	RestartRequired bool

	// NotMigratable reports that no two nodes can attach one of the disks, so that KubeVirt cannot migrate the instance. It does not count where the
	// instance is known, which says so itself.
	NotMigratable bool

	// Instance is the observed instance. Nil where it is not known.
	Instance *kubevirtv1.VirtualMachineInstance
}

// RolloutStateOf returns the state of an observed virtual machine and its instance, which may be nil.
func RolloutStateOf(vm *kubevirtv1.VirtualMachine, vmi *kubevirtv1.VirtualMachineInstance) RolloutState {
	s := RolloutState{Runs: vm.Status.Created, Instance: vmi}
	if vmi != nil {
		s.Runs = !vmi.IsFinal()
	}
	c := condition(&vm.Status, kubevirtv1.VirtualMachineRestartRequired)
	s.RestartRequired = c != nil && c.Status == corev1.ConditionTrue && c.Message == templateChanged
	return s
}

// Rollout returns what differs between two states of a VirtualMachine, by its path, each with its effect together with the others in the state of
// the virtual machine.
func Rollout(from, to *kubevirtv1.VirtualMachine, c *v1beta1.Cluster, s RolloutState) []Difference {
	if s.Instance == nil {
		start := startedAs(from, c)
		start.migratable = start.migratable && !s.NotMigratable
		return Together(compare(from, to, c, start), c, s)
	}
	// KubeVirt compares with the instance, so that an edit may take back what required a restart.
	s.RestartRequired = s.RestartRequired && slices.ContainsFunc(Waiting(to, s.Instance, c), Difference.holds)
	left := compare(ranWith(to, s.Instance), to, c, startedWith(s.Instance))
	ds := compare(from, to, c, startedWith(s.Instance))
	for i := range ds {
		d := &ds[i]
		if d.Path != pathRunStrategy && !d.Assumed && !d.filled && !slices.ContainsFunc(left, d.overlaps) {
			// The instance has it already.
			d.Effect, d.RestartRequired, d.held = plan.EffectLive, false, false
		}
	}
	return Together(ds, c, s)
}

// overlaps reports whether one of two differences is a part of the other, or both are the same.
func (d Difference) overlaps(other Difference) bool {
	return strings.HasPrefix(d.Path, other.Path) || strings.HasPrefix(other.Path, d.Path)
}

// ranWith returns a VirtualMachine with the template that an instance has.
func ranWith(vm *kubevirtv1.VirtualMachine, vmi *kubevirtv1.VirtualMachineInstance) *kubevirtv1.VirtualMachine {
	out := vm.DeepCopy()
	out.Spec.Template = &kubevirtv1.VirtualMachineInstanceTemplateSpec{Spec: vmi.Spec}
	t := &out.Spec.Template.Spec
	t.ReadinessProbe, t.LivenessProbe = asGiven(t.ReadinessProbe), asGiven(t.LivenessProbe)
	return out
}

// Together returns differences as they take effect at once in the state of the virtual machine. What KubeVirt holds becomes an effect at the next
// restart while one difference, an earlier one or the rollout strategy requires that.
//
// CPUs, memory and placement are held. Network interfaces and hotpluggable volumes are not: KubeVirt plugs and unplugs them under every strategy, and while it
// requires a restart (sync in pkg/virt-controller/watch/vm/vm.go).
func Together(ds []Difference, c *v1beta1.Cluster, s RolloutState) []Difference {
	out := slices.Clone(ds)
	staged := stages(c)
	by := ""
	switch i := slices.IndexFunc(ds, Difference.holds); {
	case staged:
		by = HeldByStrategy
	case s.RestartRequired:
		by = HeldByCondition
	case i >= 0:
		by = ds[i].Path
	}
	for i := range out {
		d := &out[i]
		switch {
		case d.Path == pathRunStrategy:
		case !s.Runs:
			d.Effect, d.RestartRequired = plan.EffectStart, false
		case d.held && by != "":
			if d.Effect != plan.EffectRestart {
				d.HeldBy = by
			}
			// Only under Stage does KubeVirt compare what it would apply live.
			d.Effect, d.RestartRequired = plan.EffectRestart, d.RestartRequired || staged
		}
	}
	return out
}

// Waiting returns the differences between an instance and its VirtualMachine that wait for a restart, by their paths. KubeVirt gives an instance
// more than its VirtualMachine says, so that what the VirtualMachine leaves out does not count, but for items of lists.
func Waiting(vm *kubevirtv1.VirtualMachine, vmi *kubevirtv1.VirtualMachineInstance, c *v1beta1.Cluster) []Difference {
	var ds []Difference
	for _, d := range compare(ranWith(vm, vmi), vm, c, startedWith(vmi)) {
		// An instance type has devices of its own.
		given := vm.Spec.Instancetype != nil && (strings.HasPrefix(d.Path, specPrefix+pathGPUs) || strings.HasPrefix(d.Path, specPrefix+pathHostDevices))
		// KubeVirt gives instances items of lists that a template may give, too.
		removed := strings.HasSuffix(d.Path, "]") && d.Field != "" && !given && !isOfTemplate(strings.TrimPrefix(d.Path, specPrefix))
		if d.To != "" || removed {
			ds = append(ds, d)
		}
	}
	ds = Together(ds, c, RolloutState{Runs: true})
	return slices.DeleteFunc(ds, func(d Difference) bool { return d.Effect != plan.EffectRestart })
}

// holds reports whether KubeVirt holds other differences because of this one.
func (d Difference) holds() bool { return d.RestartRequired && !d.held }

// stages reports whether the rollout strategy of a cluster is Stage.
func stages(c *v1beta1.Cluster) bool {
	return c != nil && c.KubeVirt != nil && c.KubeVirt.VMRolloutStrategy == kubevirtv1.VMRolloutStrategyStage
}

// compare returns the differences of two VirtualMachines for an instance.
func compare(from, to *kubevirtv1.VirtualMachine, c *v1beta1.Cluster, i launched) []Difference {
	var out []Difference
	for _, n := range nodes(from, to) {
		p := partOf(n)
		change := change{node: n, from: from, to: to, cluster: c, instance: i}
		v := inTemplate
		if p.rollout != nil {
			v = p.rollout(change)
		}
		d := Difference{
			Path: specPrefix + n.path, Field: strings.ReplaceAll(p.field, "[]", "["+n.item+"]"), From: p.text(n, n.from), To: p.text(n, n.to),
			Effect: v.effect, RestartRequired: v.required, held: v.held, filled: p.filled, Assumed: change.isAssumed(),
		}
		out = append(out, d)
	}
	slices.SortFunc(out, func(a, b Difference) int { return cmp.Compare(a.Path, b.Path) })
	return out
}
