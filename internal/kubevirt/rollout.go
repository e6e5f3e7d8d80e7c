package kubevirt

import (
	"cmp"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	kubevirtv1 "kubevirt.io/api/core/v1"

	"github.com/novasphere/function-wukong/input/v1beta1"
	"github.com/novasphere/function-wukong/internal/feature"
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
	return compare(from, to, c, startedAs(from))
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
		start := startedAs(from)
		start.migratable = start.migratable && !s.NotMigratable
		return Together(compare(from, to, c, start), c, s)
	}
	// KubeVirt compares with the instance, so that an edit may take back what required a restart.
	s.RestartRequired = s.RestartRequired && slices.ContainsFunc(Waiting(to, s.Instance, c), Difference.holds)
	return Together(compare(from, to, c, startedWith(s.Instance)), c, s)
}

// Together returns differences as they take effect at once in the state of the virtual machine. What KubeVirt holds becomes an effect at the next
// restart while one difference, an earlier one or the rollout strategy requires that.
//
// CPUs, memory and placement are held. Network interfaces and hotpluggable volumes are not: KubeVirt adds them under every strategy, and while it
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
			d.Effect, d.RestartRequired = plan.EffectRestart, staged
		}
	}
	return out
}

// Waiting returns the differences between an instance and its VirtualMachine that wait for a restart, by their paths. KubeVirt gives an instance
// more than its VirtualMachine says, so that what the VirtualMachine leaves out does not count, but for items of lists.
func Waiting(vm *kubevirtv1.VirtualMachine, vmi *kubevirtv1.VirtualMachineInstance, c *v1beta1.Cluster) []Difference {
	ran := vm.DeepCopy()
	ran.Spec.Template = &kubevirtv1.VirtualMachineInstanceTemplateSpec{Spec: vmi.Spec}
	var ds []Difference
	for _, d := range compare(ran, vm, c, startedWith(vmi)) {
		// An instance type has GPUs of its own.
		given := vm.Spec.Instancetype != nil && strings.HasPrefix(d.Path, specPrefix+pathGPUs)
		removed := strings.HasSuffix(d.Path, "]") && d.Field != "" && !given
		if d.To != "" || removed {
			ds = append(ds, d)
		}
	}
	ds = Together(ds, c, RolloutState{Runs: true})
	return slices.DeleteFunc(ds, func(d Difference) bool { return d.Effect != plan.EffectRestart })
}

// holds reports whether KubeVirt holds other differences because of this one.
func (d Difference) holds() bool { return d.RestartRequired && !d.held }

// isEnabled reports whether a feature gate is on. The default is for a cluster that does not say.
func isEnabled(c *v1beta1.Cluster, g feature.Gate, otherwise bool) bool {
	on, known := feature.Enabled(&v1beta1.Input{Cluster: c}, g)
	if !known {
		return otherwise
	}
	return on
}

// stages reports whether the rollout strategy of a cluster is Stage.
func stages(c *v1beta1.Cluster) bool {
	return c != nil && c.KubeVirt != nil && c.KubeVirt.VMRolloutStrategy == kubevirtv1.VMRolloutStrategyStage
}

// A verdict is what KubeVirt makes of one difference.
type verdict struct {
	effect plan.Effect

	// required reports whether KubeVirt sets the condition RestartRequired.
	required bool

	// held reports whether KubeVirt considers the difference only while nothing else requires a restart.
	held bool
}

// The verdicts.
var (
	// inTemplate is that of what KubeVirt never applies live.
	inTemplate = verdict{effect: plan.EffectRestart, required: true}

	// unasked is that of what KubeVirt neither applies nor requires a restart for.
	unasked = verdict{effect: plan.EffectRestart}

	// rejectedLive is that of what KubeVirt would apply live, but for its value.
	rejectedLive = verdict{effect: plan.EffectRestart, required: true, held: true}

	heldLive      = verdict{effect: plan.EffectLive, held: true}
	heldMigration = verdict{effect: plan.EffectMigration, held: true}
	live          = verdict{effect: plan.EffectLive}
)

// A part is a part of the VirtualMachine's spec that a concern writes.
type part struct {
	// path relative to the spec. Either of [] and [NAME] stands for the item of a list.
	path string

	// field of the Wukong that says it, relative to its spec; [] stands for the item. Empty where no field does.
	field string

	// whole reports that what is in the part is not compared field by field.
	whole bool

	// rollout returns what KubeVirt makes of a change. Nil for inTemplate.
	rollout func(change) verdict
}

// A change is a difference with what KubeVirt judges it by.
type change struct {
	node
	from, to *kubevirtv1.VirtualMachine
	cluster  *v1beta1.Cluster
	instance launched
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
			Path: specPrefix + n.path, Field: strings.ReplaceAll(p.field, "[]", "["+n.item+"]"), From: text(n.from), To: text(n.to),
			Effect: v.effect, RestartRequired: v.required, held: v.held, Assumed: change.isAssumed(),
		}
		out = append(out, d)
	}
	slices.SortFunc(out, func(a, b Difference) int { return cmp.Compare(a.Path, b.Path) })
	return out
}

// isAssumed reports whether the verdict depends on an instance type or a preference. A preference gives values only where there are none.
func (c change) isAssumed() bool {
	if strings.HasPrefix(c.path, pathInstancetype) || strings.HasPrefix(c.path, pathPreference) {
		return true
	}
	if c.usesInstancetype() && (c.in(pathCPU) || c.in(pathMemory)) {
		return true
	}
	empty := (c.node.from == nil || c.node.to == nil) && !strings.HasSuffix(c.path, "]")
	return empty && (c.in(pathDomain) || c.in(pathGracePeriod)) && (c.from.Spec.Preference != nil || c.to.Spec.Preference != nil)
}

// usesInstancetype reports whether one of the two states has an instance type.
func (c change) usesInstancetype() bool {
	return c.from.Spec.Instancetype != nil || c.to.Spec.Instancetype != nil
}

// in reports whether the change is one of a part of the spec.
func (c change) in(path string) bool {
	rest, ok := strings.CutPrefix(c.path, path)
	return ok && (rest == "" || rest[0] == '.' || rest[0] == '[')
}

// migration returns the verdict on what KubeVirt applies by migration, without being held.
func (c change) migration() verdict {
	if !c.instance.migratable {
		return unasked
	}
	return verdict{effect: plan.EffectMigration}
}

// resized returns the verdict on CPUs or memory of an instance type that is larger.
func (c change) resized() verdict {
	if !c.instance.migratable {
		return rejectedLive
	}
	return heldMigration
}

// partOf returns the part that a difference lies in: the one with the most of its path, and with names before []. It is empty where no concern
// writes it.
func partOf(n node) part {
	var best part
	for _, c := range concerns {
		for _, p := range c.parts {
			if p.covers(n) && p.isCloserThan(best) {
				best = p
			}
		}
	}
	return best
}

// covers reports whether a difference lies in the part.
func (p part) covers(n node) bool {
	for _, path := range []string{n.path, n.pattern} {
		if rest, ok := strings.CutPrefix(path, p.path); ok && (rest == "" || rest[0] == '.' || rest[0] == '[') {
			return true
		}
	}
	return false
}

// isCloserThan reports whether the part names more items than another one or, where it names as many, has a longer path.
func (p part) isCloserThan(other part) bool {
	if a, b := namedItems(p.path), namedItems(other.path); a != b {
		return a > b
	}
	return len(p.path) > len(other.path)
}

// namedItems returns how many items a path names.
func namedItems(path string) int { return strings.Count(path, "[") - strings.Count(path, "[]") }
