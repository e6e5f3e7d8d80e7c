package kubevirt

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	kubevirtv1 "kubevirt.io/api/core/v1"

	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
)

func TestGPUs(t *testing.T) {
	if got := planned(v1alpha1.WukongSpec{}, Devices{}).Spec.Template.Spec.Domain.Devices.GPUs; got != nil {
		t.Errorf("want no GPUs, got %v", got)
	}
	got := planned(v1alpha1.WukongSpec{GPUs: []v1alpha1.GPU{{Name: "gpu1", DeviceName: "nvidia.com/a"}, {Name: "gpu2", DeviceName: "nvidia.com/b"}}}, Devices{})
	want := []kubevirtv1.GPU{{Name: "gpu1", DeviceName: "nvidia.com/a"}, {Name: "gpu2", DeviceName: "nvidia.com/b"}}
	if diff := cmp.Diff(want, got.Spec.Template.Spec.Domain.Devices.GPUs); diff != "" {
		t.Errorf("-want, +got:\n%s", diff)
	}
}
