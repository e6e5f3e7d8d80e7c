package kubevirt

import (
	"fmt"
	"regexp"

	"k8s.io/apimachinery/pkg/util/validation/field"
	"k8s.io/utils/ptr"
	kubevirtv1 "kubevirt.io/api/core/v1"

	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
	"github.com/novasphere/function-wukong/internal/plan"
)

// cpu is the topology of the CPUs.
//
// KubeVirt adds sockets while the guest runs, up to four times those at its start. Fewer sockets than now, or more than that limit, take a restart
// (handleCPUChangeRequest in pkg/virt-controller/watch/vm/vm.go), and so does another number of cores in each socket.
var cpu = concern{
	apply:  applyCPU,
	facts:  cpuFact,
	advice: cpuAdvice,
	parts: []part{
		{path: pathCPU, field: "cpu", rollout: rolloutTopology},
		{path: pathCPU + ".sockets", field: "cpu", rollout: rolloutSockets},
	},
	changes: map[string]plan.Effect{"cpu": plan.EffectMigration},
}

// twoSocketPreferences matches KubeVirt's preferences for client editions of Windows, which use at most two sockets. That of Windows 11
// requires two.
var twoSocketPreferences = regexp.MustCompile(`^windows\.(xp|7|10|11)(\.|$)`)

// applyCPU makes each CPU a socket of its own, unless the guest cannot use as many. KubeVirt can add sockets alone to a virtual machine that
// runs, and nearly all of its preferences count sockets. All three numbers are set: KubeVirt defaults none of them where one is set, and
// compares a missing one with the preference's.
func applyCPU(vm *kubevirtv1.VirtualMachine, p params) {
	w := p.wukong
	if w.Spec.CPU == nil {
		return
	}
	cores := coresPerSocket(w)
	sockets := *w.Spec.CPU / cores
	vm.Spec.Template.Spec.Domain.CPU = &kubevirtv1.CPU{Sockets: uint32(sockets), Cores: uint32(cores), Threads: 1} //nolint:gosec // Admission bounds them.
}

// coresPerSocket returns the number of CPUs in each socket. It divides the number of CPUs.
func coresPerSocket(w *v1alpha1.Wukong) int32 {
	n := *w.Spec.CPU
	switch {
	case !usesTwoSockets(w):
		return 1
	case n%2 == 0:
		return n / 2
	default:
		return n
	}
}

// usesTwoSockets reports whether the guest uses at most two sockets.
func usesTwoSockets(w *v1alpha1.Wukong) bool {
	return w.Spec.Preference != nil && twoSocketPreferences.MatchString(string(w.Spec.Preference.Name))
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
	case sockets > c.instance.maxSockets, sockets < c.instance.sockets:
		return rejectedLive
	case !c.instance.migratable:
		return verdict{effect: plan.EffectRestart, held: true}
	default:
		return heldMigration
	}
}

func cpuFact(vm *kubevirtv1.VirtualMachine) string {
	c := domainOf(vm).CPU
	if c == nil {
		return ""
	}
	return fmt.Sprintf("%d CPU", c.Sockets*c.Cores*c.Threads)
}

func cpuAdvice(p params) []string {
	w := p.wukong
	if n := ptr.Deref(w.Spec.CPU, 0); n == 1 || n%2 == 0 || !usesTwoSockets(w) {
		return nil
	}
	return []string{at(field.NewPath("spec", "cpu"), msgOddCPUs.With())}
}
