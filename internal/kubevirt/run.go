package kubevirt

import (
	"fmt"

	"k8s.io/utils/ptr"
	kubevirtv1 "kubevirt.io/api/core/v1"

	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
	"github.com/novasphere/function-wukong/internal/observed"
	"github.com/novasphere/function-wukong/internal/plan"
)

// running is when the virtual machine runs. KubeVirt starts and stops it as soon as the run strategy changes (syncRunStrategy in
// pkg/virt-controller/watch/vm/vm.go).
var running = concern{
	apply: applyRunStrategy,
	facts: runStrategyFact,
	parts: []part{{path: "runStrategy", field: "startStrategy.runStrategy", rollout: func(change) verdict { return live }}},
	changes: map[string]plan.Effect{
		"highAvailability.restartPolicy": plan.EffectLive,
		"startStrategy.autoStart":        plan.EffectLive,
		"startStrategy.runStrategy":      plan.EffectLive,
	},
}

// applyRunStrategy sets the run strategy. It halts a virtual machine for as long as the instance of a requested restart exists: the instance
// that follows has another UID. So no state needs to be stored, and a request that stays restarts nothing twice.
func applyRunStrategy(vm *kubevirtv1.VirtualMachine, p params) {
	strategy := RunStrategy(p.wukong)
	if isRestarting(p.wukong, p.observed) {
		strategy = kubevirtv1.RunStrategyHalted
	}
	vm.Spec.RunStrategy = &strategy
}

func runStrategyFact(vm *kubevirtv1.VirtualMachine) string {
	if vm.Spec.RunStrategy == nil {
		return ""
	}
	return fmt.Sprintf("runs: %s", *vm.Spec.RunStrategy)
}

// RunStrategy returns KubeVirt's run strategy of a Wukong. In the order of their precedence: autoStart: false halts the virtual machine, unless
// it is run by hand; then runStrategy; then the equivalent of restartPolicy; then Always.
func RunStrategy(w *v1alpha1.Wukong) kubevirtv1.VirtualMachineRunStrategy {
	strategy := kubevirtv1.RunStrategyAlways
	if ha := w.Spec.HighAvailability; ha != nil {
		switch ha.RestartPolicy {
		case v1alpha1.RestartPolicyOnFailure:
			strategy = kubevirtv1.RunStrategyRerunOnFailure
		case v1alpha1.RestartPolicyNever:
			strategy = kubevirtv1.RunStrategyOnce
		case v1alpha1.RestartPolicyAlways, "":
		}
	}
	s := w.Spec.StartStrategy
	if s == nil {
		return strategy
	}
	if s.RunStrategy != "" {
		strategy = s.RunStrategy
	}
	if !ptr.Deref(s.AutoStart, true) && strategy != kubevirtv1.RunStrategyManual {
		return kubevirtv1.RunStrategyHalted
	}
	return strategy
}

// StartsAutomatically reports whether KubeVirt starts the virtual machine by itself, once it is no longer halted.
func StartsAutomatically(w *v1alpha1.Wukong) bool {
	strategy := RunStrategy(w)
	return strategy != kubevirtv1.RunStrategyHalted && strategy != kubevirtv1.RunStrategyManual
}

// isRestarting reports whether the observed instance is the one that a restart was requested of.
func isRestarting(w *v1alpha1.Wukong, rs observed.Resources) bool {
	requested := w.GetAnnotations()[v1alpha1.AnnotationRestart]
	if requested == "" || !StartsAutomatically(w) {
		return false
	}
	vm, ok := observed.Status[kubevirtv1.VirtualMachineStatus](rs, plan.KeyVM)
	return ok && vm.Created && rs.UID(plan.KeyVMI) == requested
}
