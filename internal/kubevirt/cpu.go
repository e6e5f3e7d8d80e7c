package kubevirt

import (
	"fmt"

	"k8s.io/apimachinery/pkg/util/validation/field"
	kubevirtv1 "kubevirt.io/api/core/v1"

	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
	"github.com/novasphere/function-wukong/internal/plan"
	"github.com/novasphere/function-wukong/internal/topology"
)

// cpu is the topology of the CPUs.
//
// KubeVirt adds sockets while the guest runs, up to those that it planned for at the start. Fewer sockets than now, or more than that limit, take a
// restart (handleCPUChangeRequest in pkg/virt-controller/watch/vm/vm.go), and so does another limit or another number of cores in each socket.
var cpu = concern{
	apply:  applyCPU,
	facts:  cpuFact,
	advice: cpuAdvice,
	parts: []part{
		{path: pathCPU, field: "cpu", rollout: rolloutTopology},
		{path: pathCPU + ".cores", field: "coresPerSocket", rollout: rolloutTopology},
		{path: pathCPU + ".sockets", field: "cpu", rollout: rolloutSockets},
		{path: pathCPU + ".maxSockets", field: "maxCPU", filled: true},
	},
	changes: map[string]plan.Effect{
		"cpu":            plan.EffectMigration,
		"maxCPU":         plan.EffectRestart,
		"coresPerSocket": plan.EffectRestart,
	},
}

// applyCPU spreads the CPUs over sockets. KubeVirt can add sockets alone to a virtual machine that runs, and nearly all of its preferences count
// sockets. All three numbers are set: KubeVirt defaults none of them where one is set, and compares a missing one with the preference's.
func applyCPU(vm *kubevirtv1.VirtualMachine, p params) {
	s := &p.wukong.Spec
	if s.CPU == nil {
		return
	}
	c := &kubevirtv1.CPU{Sockets: sockets(*s.CPU, s), Cores: uint32(*s.CoresPerSocket), Threads: 1} //nolint:gosec // Admission bounds them.
	if s.MaxCPU != nil {
		c.MaxSockets = sockets(*s.MaxCPU, s)
	}
	vm.Spec.Template.Spec.Domain.CPU = c
}

// sockets returns the number of sockets of a number of CPUs.
func sockets(cpus int32, s *v1alpha1.WukongSpec) uint32 {
	return uint32(cpus / *s.CoresPerSocket) //nolint:gosec // Admission bounds them.
}

// rolloutTopology is for all of the topology but the sockets. An instance type gives sockets.
func rolloutTopology(c change) verdict {
	if c.usesInstancetype() {
		return c.resized()
	}
	return inTemplate
}

// rolloutSockets is handleCPUChangeRequest in pkg/virt-controller/watch/vm/vm.go. It does not ask whether the instance can migrate, without which
// its CPUs stay as they are.
func rolloutSockets(c change) verdict {
	sockets := domainOf(c.to).CPU.Sockets
	switch {
	case c.usesInstancetype():
		return c.resized()
	case sockets == c.instance.sockets:
		return heldLive
	case sockets > c.instance.maxSockets, sockets < c.instance.sockets, !plugsLive(c.to.Spec.Template.Spec.Architecture):
		return rejectedLive
	case !c.instance.migratable:
		return verdict{effect: plan.EffectRestart, held: true}
	default:
		return heldMigration
	}
}

// hasTopology reports whether CPUs have a number. Those of an instance type have none in the VirtualMachine, whatever it says of their model. Nil has none.
func hasTopology(c *kubevirtv1.CPU) bool { return c != nil && c.Sockets+c.Cores+c.Threads > 0 }

func cpuFact(vm *kubevirtv1.VirtualMachine) string {
	c := domainOf(vm).CPU
	if !hasTopology(c) {
		return ""
	}
	out := fmt.Sprintf("%d CPU", vcpus(c))
	if c.MaxSockets > 0 {
		out += fmt.Sprintf(" (up to %d)", c.MaxSockets*c.Cores*c.Threads)
	}
	return out
}

// cpuAdvice is about guests that use at most two sockets.
func cpuAdvice(p params) []string {
	s := &p.wukong.Spec
	if s.CPU == nil || !topology.UsesTwoSockets(s.Preference) {
		return nil
	}
	switch n := sockets(*s.CPU, s); {
	case n == 1 && *s.CPU > 1:
		return []string{at(field.NewPath("spec", "cpu"), msgOneSocket.With())}
	case n > topology.ClientSockets:
		return []string{at(field.NewPath("spec", "coresPerSocket"), msgUnusedSockets.With())}
	case s.MaxCPU != nil && sockets(*s.MaxCPU, s) > topology.ClientSockets:
		return []string{at(field.NewPath("spec", "maxCPU"), msgUnusedSockets.With())}
	}
	return nil
}
