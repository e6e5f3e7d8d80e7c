package kubevirt

import (
	kubevirtv1 "kubevirt.io/api/core/v1"
)

// rng is a device with random numbers. Without it, a guest waits for entropy at its boot, or makes weak keys.
var rng = concern{
	apply: func(vm *kubevirtv1.VirtualMachine, _ params) {
		vm.Spec.Template.Spec.Domain.Devices.Rng = &kubevirtv1.Rng{}
	},
	parts: []part{{path: pathDevices + ".rng"}},
}
