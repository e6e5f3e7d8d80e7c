package action

import (
	"fmt"

	"k8s.io/utils/ptr"
	kubevirtv1 "kubevirt.io/api/core/v1"

	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
	"github.com/novasphere/function-wukong/internal/fields"
	"github.com/novasphere/function-wukong/internal/kubevirt"
)

// stop keeps the virtual machine halted.
func stop(w *v1alpha1.Wukong, _ *sight) (Step, error) {
	if strategyWith(w, false) != kubevirtv1.RunStrategyHalted {
		return Step{}, manual(w, "stop")
	}
	return autoStart(w, false, "is to stop")
}

// start lets the virtual machine run as it did before it was stopped.
func start(w *v1alpha1.Wukong, _ *sight) (Step, error) {
	strategy := strategyWith(w, true)
	if strategy == kubevirtv1.RunStrategyManual {
		return Step{}, manual(w, "start")
	}
	if strategy == kubevirtv1.RunStrategyHalted {
		return Step{}, fmt.Errorf("spec.startStrategy.runStrategy of the Wukong %s is Halted, which autoStart does not change: choose another", w.GetName())
	}
	return autoStart(w, true, "is to run")
}

// autoStart is the step that sets this field, and no other.
func autoStart(w *v1alpha1.Wukong, v bool, what string) (Step, error) {
	spec := map[string]any{"startStrategy": map[string]any{"autoStart": v}}
	return change(w, nil, spec, fmt.Sprintf("the virtual machine %s %s: autoStart of its Wukong is %t", w.GetName(), what, v))
}

// strategyWith is the run strategy that a Wukong would have with another autoStart.
func strategyWith(w *v1alpha1.Wukong, autoStart bool) kubevirtv1.VirtualMachineRunStrategy {
	next := w.DeepCopy()
	if next.Spec.StartStrategy == nil {
		next.Spec.StartStrategy = &v1alpha1.StartStrategy{}
	}
	next.Spec.StartStrategy.AutoStart = ptr.To(autoStart)
	return kubevirt.RunStrategy(next)
}

// restart names the instance that runs now as the one that is to go.
func restart(w *v1alpha1.Wukong, s *sight) (Step, error) {
	if kubevirt.RunStrategy(w) == kubevirtv1.RunStrategyManual {
		return Step{}, manual(w, "restart")
	}
	if !kubevirt.StartsAutomatically(w) {
		return Step{}, fmt.Errorf("the Wukong %s is to be stopped, and would not start again: take the action Start", w.GetName())
	}

	vmi, known := s.one("instance", kubevirtv1.GroupVersion.String(), kubevirtv1.VirtualMachineInstanceGroupVersionKind.Kind, w.GetNamespace(), w.GetName())
	if !known {
		return Step{}, nil
	}
	phase := kubevirtv1.VirtualMachineInstancePhase(fields.In(vmi, "status").GetFields()["phase"].GetStringValue())
	if !isOf(vmi, w.GetName()) || kubevirt.IsFinal(phase) {
		return Step{}, fmt.Errorf("no instance of the virtual machine %s runs in this cluster, so that there is none to restart", w.GetName())
	}
	uid := metadata(vmi)["uid"].GetStringValue()
	return change(w, map[string]any{v1alpha1.AnnotationRestart: uid}, nil, fmt.Sprintf("the virtual machine %s is to restart: its instance %s goes, and another comes", w.GetName(), uid))
}

// manual is why a virtual machine that is run by hand is left alone.
func manual(w *v1alpha1.Wukong, verb string) error {
	return fmt.Errorf("spec.startStrategy.runStrategy of the Wukong %s is Manual, so that nothing but virtctl %s %s does that", w.GetName(), verb, w.GetName())
}
