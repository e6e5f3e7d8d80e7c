package kubevirt

import (
	"strings"

	kubevirtv1 "kubevirt.io/api/core/v1"

	"github.com/novasphere/function-wukong/internal/plan"
)

// gpus are the GPUs that KubeVirt passes to the guest. It attaches them when an instance starts
// (https://kubevirt.io/user-guide/compute/host-devices/).
var gpus = concern{
	apply: applyGPUs,
	facts: gpuFact,
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

func gpuFact(vm *kubevirtv1.VirtualMachine) string {
	var out []string
	for _, g := range domainOf(vm).Devices.GPUs {
		out = append(out, "GPU "+g.DeviceName)
	}
	return strings.Join(out, ", ")
}

// hostDevices are the other devices of the node that KubeVirt passes to the guest, as it does with GPUs. One may have the name of a GPU: KubeVirt gives
// libvirt an alias of each kind (pkg/virt-launcher/virtwrap/device/hostdevice).
var hostDevices = concern{
	apply: applyHostDevices,
	facts: hostDeviceFact,
	parts: []part{
		{path: pathHostDevices, field: "hostDevices"},
		{path: pathHostDevices + "[]", field: "hostDevices[]"},
		{path: pathHostDevices + "[].deviceName", field: "hostDevices[].deviceName"},
	},
	changes: map[string]plan.Effect{
		"hostDevices[].name":       plan.EffectRestart,
		"hostDevices[].deviceName": plan.EffectRestart,
	},
}

func applyHostDevices(vm *kubevirtv1.VirtualMachine, p params) {
	devices := &vm.Spec.Template.Spec.Domain.Devices
	for _, d := range p.wukong.Spec.HostDevices {
		devices.HostDevices = append(devices.HostDevices, kubevirtv1.HostDevice{Name: d.Name, DeviceName: d.DeviceName})
	}
}

func hostDeviceFact(vm *kubevirtv1.VirtualMachine) string {
	var out []string
	for _, d := range domainOf(vm).Devices.HostDevices {
		out = append(out, "device "+d.DeviceName)
	}
	return strings.Join(out, ", ")
}
