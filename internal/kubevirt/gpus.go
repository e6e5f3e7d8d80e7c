package kubevirt

import (
	kubevirtv1 "kubevirt.io/api/core/v1"

	"github.com/novasphere/function-wukong/internal/plan"
)

// gpus are the GPUs that KubeVirt passes to the guest. It attaches them when an instance starts
// (https://kubevirt.io/user-guide/compute/host-devices/).
var gpus = concern{
	apply: applyGPUs,
	parts: []part{
		{path: pathGPUs, field: "gpus"},
		{path: pathGPUs + "[]", field: "gpus[]"},
		{path: pathGPUs + "[].deviceName", field: "gpus[].deviceName"},
	},
	changes: map[string]plan.Effect{
		"gpus[].name":       plan.EffectRestart,
		"gpus[].deviceName": plan.EffectRestart,
	},
}

func applyGPUs(vm *kubevirtv1.VirtualMachine, p params) {
	devices := &vm.Spec.Template.Spec.Domain.Devices
	for _, g := range p.wukong.Spec.GPUs {
		devices.GPUs = append(devices.GPUs, kubevirtv1.GPU{Name: g.Name, DeviceName: g.DeviceName})
	}
}
