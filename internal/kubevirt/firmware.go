package kubevirt

import (
	kubevirtv1 "kubevirt.io/api/core/v1"
)

// firmware is the UUID by which the guest's firmware identifies the computer. The user cannot choose it.
var firmware = concern{apply: applyFirmware}

// applyFirmware sets the UUID, unless an existing virtual machine has none: KubeVirt then chooses it.
func applyFirmware(vm *kubevirtv1.VirtualMachine, p params) {
	if uuid := p.identity.UUID(); uuid != "" {
		vm.Spec.Template.Spec.Domain.Firmware = &kubevirtv1.Firmware{UUID: uuid}
	}
}
