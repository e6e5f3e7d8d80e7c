package action

import (
	"k8s.io/utils/ptr"
	kubevirtv1 "kubevirt.io/api/core/v1"

	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
	"github.com/novasphere/function-wukong/internal/fields"
	"github.com/novasphere/function-wukong/internal/kubevirt"
)

// stop sets autoStart to false, with which the virtual machine stays halted.
func stop(w wukong, _ *clusterView) (Result, error) {
	if runStrategyWith(w.Wukong, false) != kubevirtv1.RunStrategyHalted {
		return Result{}, msgManual.Err(w.GetName(), "stop", w.GetName())
	}
	return apply(w, autoStart(false), msgStop.With(w.GetName()))
}

// start sets autoStart to true, with which the virtual machine runs by its run strategy.
func start(w wukong, _ *clusterView) (Result, error) {
	strategy := runStrategyWith(w.Wukong, true)
	if strategy == kubevirtv1.RunStrategyManual {
		return Result{}, msgManual.Err(w.GetName(), "start", w.GetName())
	}
	if strategy == kubevirtv1.RunStrategyHalted {
		return Result{}, msgHalted.Err(w.GetName())
	}
	return apply(w, autoStart(true), msgStart.With(w.GetName()))
}

// autoStart returns the change of this field alone.
func autoStart(v bool) change {
	return change{spec: map[string]any{"startStrategy": map[string]any{"autoStart": v}}}
}

// runStrategyWith returns the run strategy that a Wukong would have with another autoStart.
func runStrategyWith(w *v1alpha1.Wukong, autoStart bool) kubevirtv1.VirtualMachineRunStrategy {
	next := w.DeepCopy()
	if next.Spec.StartStrategy == nil {
		next.Spec.StartStrategy = &v1alpha1.StartStrategy{}
	}
	next.Spec.StartStrategy.AutoStart = ptr.To(autoStart)
	return kubevirt.RunStrategy(next)
}

// restart annotates the Wukong with the UID of the running instance, which the function then replaces.
func restart(w wukong, view *clusterView) (Result, error) {
	if kubevirt.RunStrategy(w.Wukong) == kubevirtv1.RunStrategyManual {
		return Result{}, msgManual.Err(w.GetName(), "restart", w.GetName())
	}
	if !kubevirt.StartsAutomatically(w.Wukong) {
		return Result{}, msgStaysStopped.Err(w.GetName())
	}

	vm, knowsVM, err := view.machine(w, msgRestartElsewhere.Err(w.GetName(), w.GetName(), w.GetNamespace()), msgNoInstance.Err(w.GetName()))
	if err != nil {
		return Result{}, err
	}
	vmi, known := view.instance(w)
	if !known || !knowsVM {
		return Result{}, nil
	}
	switch {
	case vmi == nil:
		return Result{}, msgNoInstance.Err(w.GetName())
	case isMigrating(vmi):
		return Result{}, msgMigrating.Err(w.GetName())
	case isRestoring(vm):
		return Result{}, msgRestoring.Err(w.GetName())
	}
	uid := fields.Text(vmi, "metadata", "uid")
	return apply(w, change{annotations: map[string]any{v1alpha1.AnnotationRestart: uid}}, msgRestart.With(w.GetName(), uid))
}
