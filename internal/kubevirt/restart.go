package kubevirt

import (
	kubevirtv1 "kubevirt.io/api/core/v1"

	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
	"github.com/novasphere/function-wukong/internal/observed"
	"github.com/novasphere/function-wukong/internal/plan"
)

// A virtual machine is restarted by halting it while the instance that is to go is there, and no longer: what comes after it is another,
// which nobody asked to restart. So nothing needs to be remembered, and a request that stays there for ever restarts nothing twice.

// restarting says whether the instance that is there is the one that is to be restarted.
func restarting(w *v1alpha1.Wukong, rs observed.Resources) bool {
	asked := w.GetAnnotations()[v1alpha1.AnnotationRestart]
	if asked == "" || !StartsAgain(w) {
		return false
	}
	vm, ok := observed.Status[kubevirtv1.VirtualMachineStatus](rs, plan.KeyVM)
	return ok && vm.Created && rs.UID(keyVMI) == asked
}

// StartsAgain says whether KubeVirt starts the virtual machine by itself once it is no longer halted.
func StartsAgain(w *v1alpha1.Wukong) bool {
	strategy := RunStrategy(w)
	return strategy != kubevirtv1.RunStrategyHalted && strategy != kubevirtv1.RunStrategyManual
}
