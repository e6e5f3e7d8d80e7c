package kubevirt

import (
	"k8s.io/apimachinery/pkg/util/validation/field"
	kubevirtv1 "kubevirt.io/api/core/v1"

	"github.com/novasphere/function-wukong/internal/plan"
)

// memory is the guest's memory.
//
// KubeVirt adds memory while the guest runs, up to what it planned for at the start. Less memory than at its start, or more than that limit, takes a
// restart (handleMemoryHotplugRequest in pkg/virt-controller/watch/vm/vm.go), and so does another limit.
var memory = concern{
	apply:  applyMemory,
	facts:  memoryFact,
	advice: memoryAdvice,
	parts: []part{
		{path: pathMemory, field: "memory", rollout: rolloutMemory},
		{path: pathMemory + ".maxGuest", field: "maxMemory", filled: true},
	},
	changes: map[string]plan.Effect{"memory": plan.EffectMigration, "maxMemory": plan.EffectRestart},
}

// KubeVirt adds memory only to a running guest whose memory has at least minHotplugMemory bytes, and is a multiple of hotplugBlock
// (ValidateLiveUpdateMemory in pkg/liveupdate/memory).
const (
	minHotplugMemory = 1 << 30
	hotplugBlock     = 2 << 20

	// hotplugBlockOfGi is the same for a guest on pages of 1Gi.
	hotplugBlockOfGi = 1 << 30
)

func applyMemory(vm *kubevirtv1.VirtualMachine, p params) {
	s := &p.wukong.Spec
	if s.Memory == nil {
		return
	}
	m := &kubevirtv1.Memory{Guest: &s.Memory.Quantity}
	if s.MaxMemory != nil {
		m.MaxGuest = &s.MaxMemory.Quantity
	}
	vm.Spec.Template.Spec.Domain.Memory = m
}

// rolloutMemory is handleMemoryHotplugRequest in pkg/virt-controller/watch/vm/vm.go.
func rolloutMemory(c change) verdict {
	guest, i := guestMemory(c.to), c.instance
	spec := &c.to.Spec.Template.Spec
	switch {
	case c.usesInstancetype():
		return c.resized()
	case c.path != pathMemory+".guest" || guest == nil:
		return inTemplate
	case i.memoryFailed:
		return rejectedLive
	case guest.Value() == i.memory:
		return heldLive
	case !i.migratable, i.maxMemory == 0, i.maxMemory%blockOf(spec.Domain.Memory) != 0, guest.Value() > i.maxMemory, guest.Value() < i.memoryAtStart,
		!plugsMemory(spec, guest.Value()), !plugsLive(spec.Architecture):
		return rejectedLive
	default:
		return heldMigration
	}
}

func memoryFact(vm *kubevirtv1.VirtualMachine) string {
	m := domainOf(vm).Memory
	if m == nil || m.Guest == nil {
		return ""
	}
	out := m.Guest.String() + " memory"
	if m.MaxGuest != nil {
		out += " (up to " + m.MaxGuest.String() + ")"
	}
	return out
}

func memoryAdvice(p params) []string {
	w := p.wukong
	if w.Spec.Memory == nil {
		return nil
	}
	if isPluggable(w.Spec.Memory.Value()) {
		return nil
	}
	return []string{at(field.NewPath("spec", "memory"), msgNoMemoryHotplug.With())}
}
