package kubevirt

import (
	"k8s.io/utils/ptr"
	kubevirtv1 "kubevirt.io/api/core/v1"

	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
)

// RunStrategy is when the virtual machine runs: what startStrategy says, else what restartPolicy means, else always.
// autoStart: false wins over all of them but Manual, in which nothing starts the virtual machine anyway.
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
