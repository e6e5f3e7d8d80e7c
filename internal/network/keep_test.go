package network

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"k8s.io/utils/ptr"

	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
	"github.com/novasphere/function-wukong/internal/compose"
	"github.com/novasphere/function-wukong/internal/observed"
	"github.com/novasphere/function-wukong/internal/observed/observedtest"
)

// TestKeep shows that what exists answers what a Wukong leaves to the platform, and nothing that a Wukong says.
func TestKeep(t *testing.T) {
	made := func(n v1alpha1.Network) observed.Resource {
		n.Name = "lan"
		resources, _, err := planned(wukong(n), platform())
		if err != nil {
			t.Fatal(err)
		}
		s, err := compose.Manifest(resources[0].Object)
		if err != nil {
			t.Fatal(err)
		}
		return observed.Resource{Object: s}
	}
	macvlan, sriov := v1alpha1.NetworkTypeMacvlan, v1alpha1.NetworkTypeSRIOV
	uplink := made(v1alpha1.Network{Type: macvlan, Master: "bond0.7", VLANID: ptr.To[int32](30)})
	device := made(v1alpha1.Network{Type: sriov, ResourceName: "example.org/fast"})
	bridge := made(v1alpha1.Network{Type: v1alpha1.NetworkTypeOVS})

	cases := map[string]struct {
		reason string
		nad    observed.Resource
		asked  v1alpha1.Network
		want   v1alpha1.Network
	}{
		"Nothing":  {"Before there is a network, the platform chooses.", observed.Resource{}, v1alpha1.Network{Type: macvlan}, v1alpha1.Network{Type: macvlan}},
		"Uplink":   {"The uplink stays, without the VLAN that it had.", uplink, v1alpha1.Network{Type: macvlan}, v1alpha1.Network{Type: macvlan, Master: "bond0.7"}},
		"Pending":  {"What is not observed yet may be there.", observed.Resource{LastKnown: uplink.Object}, v1alpha1.Network{Type: macvlan}, v1alpha1.Network{Type: macvlan, Master: "bond0.7"}},
		"Given":    {"The user's uplink wins.", uplink, v1alpha1.Network{Type: macvlan, Master: "eth1"}, v1alpha1.Network{Type: macvlan, Master: "eth1"}},
		"Device":   {"The device resource stays.", device, v1alpha1.Network{Type: sriov}, v1alpha1.Network{Type: sriov, ResourceName: "example.org/fast"}},
		"OfDevice": {"The user's device resource wins.", device, v1alpha1.Network{Type: sriov, ResourceName: "a/b"}, v1alpha1.Network{Type: sriov, ResourceName: "a/b"}},
		"Another":  {"The resource of an Open vSwitch bridge is no device.", bridge, v1alpha1.Network{Type: sriov}, v1alpha1.Network{Type: sriov}},
		"Existing": {"An existing network says all by itself.", uplink, v1alpha1.Network{Type: macvlan, NADName: "theirs"}, v1alpha1.Network{Type: macvlan, NADName: "theirs"}},
		"Foreign":  {"What is somebody else's says nothing.", observed.Resource{Foreign: &observed.Foreign{}}, v1alpha1.Network{Type: macvlan}, v1alpha1.Network{Type: macvlan}},
		"Odd":      {"What cannot be read says nothing.", observed.Resource{Object: observedtest.YAML("{spec: {config: '['}}")}, v1alpha1.Network{Type: macvlan}, v1alpha1.Network{Type: macvlan}},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			w := &v1alpha1.Wukong{Spec: v1alpha1.WukongSpec{Networks: []v1alpha1.Network{c.asked}}}
			w.Spec.Networks[0].Name, c.want.Name = "lan", "lan"
			rs := observed.Resources{"nad-lan": c.nad}
			Keep(w, rs)
			if diff := cmp.Diff([]v1alpha1.Network{c.want}, w.Spec.Networks); diff != "" {
				t.Errorf("%s -want, +got:\n%s", c.reason, diff)
			}
		})
	}
}
