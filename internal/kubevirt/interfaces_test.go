package kubevirt

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"k8s.io/utils/ptr"
	kubevirtv1 "kubevirt.io/api/core/v1"

	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
	"github.com/novasphere/function-wukong/internal/network"
)

// TestPrimaryNetwork shows which network replaces the pod network.
func TestPrimaryNetwork(t *testing.T) {
	vm := planned(v1alpha1.WukongSpec{PodNetwork: ptr.To(false)}, Devices{NICs: []network.NIC{{
		Name:               "lan",
		NAD:                "team-a/lan",
		ReplacesPodNetwork: true,
	}, {Name: "fast", NAD: "fast"}}})
	want := []kubevirtv1.Network{
		{Name: "lan", NetworkSource: kubevirtv1.NetworkSource{Multus: &kubevirtv1.MultusNetwork{NetworkName: "team-a/lan", Default: true}}},
		{Name: "fast", NetworkSource: kubevirtv1.NetworkSource{Multus: &kubevirtv1.MultusNetwork{NetworkName: "fast"}}},
	}
	if diff := cmp.Diff(want, vm.Spec.Template.Spec.Networks); diff != "" {
		t.Errorf("-want, +got:\n%s", diff)
	}
}

func TestNoPodNetwork(t *testing.T) {
	vm := planned(v1alpha1.WukongSpec{PodNetwork: ptr.To(false)}, Devices{})
	if p := vm.Spec.Template.Spec.Domain.Devices.AutoattachPodInterface; p == nil || *p {
		t.Error("KubeVirt would attach the pod network to a virtual machine without interfaces")
	}
	if p := planned(v1alpha1.WukongSpec{}, Devices{}).Spec.Template.Spec.Domain.Devices.AutoattachPodInterface; p != nil {
		t.Errorf("want KubeVirt's default beside the pod network, got %t", *p)
	}
}
