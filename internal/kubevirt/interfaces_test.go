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

// TestInterfaces shows each field of the networks and of their interfaces.
func TestInterfaces(t *testing.T) {
	spec := planned(v1alpha1.WukongSpec{}, Devices{NICs: []network.NIC{
		{Name: "pod_network", MAC: "02:00:00:00:00:01", Binding: network.BindingMasquerade},
		{Name: "lan", MAC: "02:00:00:00:00:02", NAD: "lan", Binding: network.BindingBridge},
	}}).Spec.Template.Spec
	networks := []kubevirtv1.Network{
		{Name: "pod_network", NetworkSource: kubevirtv1.NetworkSource{Pod: &kubevirtv1.PodNetwork{}}},
		{Name: "lan", NetworkSource: kubevirtv1.NetworkSource{Multus: &kubevirtv1.MultusNetwork{NetworkName: "lan"}}},
	}
	if diff := cmp.Diff(networks, spec.Networks); diff != "" {
		t.Errorf("networks: -want, +got:\n%s", diff)
	}
	masquerade := kubevirtv1.InterfaceBindingMethod{Masquerade: &kubevirtv1.InterfaceMasquerade{}}
	bridge := kubevirtv1.InterfaceBindingMethod{Bridge: &kubevirtv1.InterfaceBridge{}}
	interfaces := []kubevirtv1.Interface{
		{Name: "pod_network", MacAddress: "02:00:00:00:00:01", InterfaceBindingMethod: masquerade},
		{Name: "lan", MacAddress: "02:00:00:00:00:02", InterfaceBindingMethod: bridge},
	}
	if diff := cmp.Diff(interfaces, spec.Domain.Devices.Interfaces); diff != "" {
		t.Errorf("interfaces: -want, +got:\n%s", diff)
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
