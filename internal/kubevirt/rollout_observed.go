package kubevirt

import (
	kubevirtv1 "kubevirt.io/api/core/v1"

	"github.com/novasphere/function-wukong/internal/observed"
	"github.com/novasphere/function-wukong/internal/plan"
)

// ObservedRolloutState returns the state of the observed virtual machine and its instance. An instance of which no more than its status is known
// counts as not known.
func ObservedRolloutState(rs observed.Resources) RolloutState {
	vm, exists := observed.Get[kubevirtv1.VirtualMachine](rs, plan.KeyVM)
	if !exists {
		return RolloutState{}
	}
	vmi, _ := wholeInstance(rs)
	return RolloutStateOf(vm, vmi)
}
