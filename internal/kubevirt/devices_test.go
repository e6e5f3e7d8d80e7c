package kubevirt

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	kubevirtv1 "kubevirt.io/api/core/v1"

	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
)

// TestDevices shows which devices of the node a virtual machine gets, and what a summary says of them.
func TestDevices(t *testing.T) {
	if got := planned(v1alpha1.WukongSpec{}, Devices{}).Spec.Template.Spec.Domain.Devices; got.GPUs != nil || got.HostDevices != nil {
		t.Errorf("want no devices, got %v, %v", got.GPUs, got.HostDevices)
	}
	vm := planned(v1alpha1.WukongSpec{
		GPUs:        []v1alpha1.Device{{Name: "gpu1", DeviceName: "nvidia.com/a"}, {Name: "gpu2", DeviceName: "nvidia.com/b"}},
		HostDevices: []v1alpha1.Device{{Name: "gpu1", DeviceName: "intel.com/qat"}},
	}, Devices{})
	devices := vm.Spec.Template.Spec.Domain.Devices
	if diff := cmp.Diff([]kubevirtv1.GPU{{Name: "gpu1", DeviceName: "nvidia.com/a"}, {Name: "gpu2", DeviceName: "nvidia.com/b"}}, devices.GPUs); diff != "" {
		t.Errorf("GPUs: -want, +got:\n%s", diff)
	}
	if diff := cmp.Diff([]kubevirtv1.HostDevice{{Name: "gpu1", DeviceName: "intel.com/qat"}}, devices.HostDevices); diff != "" {
		t.Errorf("other devices, one with the name of a GPU: -want, +got:\n%s", diff)
	}
	if got, want := gpuFact(vm)+"; "+hostDeviceFact(vm), "GPU nvidia.com/a, GPU nvidia.com/b; device intel.com/qat"; got != want {
		t.Errorf("want %q, got %q", want, got)
	}
}
