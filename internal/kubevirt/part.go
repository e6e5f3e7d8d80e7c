package kubevirt

import (
	"strings"

	kubevirtv1 "kubevirt.io/api/core/v1"

	"github.com/novasphere/function-wukong/input/v1beta1"
	"github.com/novasphere/function-wukong/internal/feature"
	"github.com/novasphere/function-wukong/internal/plan"
)

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

	// hidden reports that the values may be secrets, which are not shown.
	hidden bool

	// filled reports that KubeVirt gives an instance a value of its own where the template has none, so that an instance does not tell what its
	// template had.
	filled bool

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

// isEnabled reports whether a feature gate is on. The default is for a cluster that does not say.
func isEnabled(c *v1beta1.Cluster, g feature.Gate, otherwise bool) bool {
	on, known := feature.Enabled(&v1beta1.Input{Cluster: c}, g)
	if !known {
		return otherwise
	}
	return on
}
