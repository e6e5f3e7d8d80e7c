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
		"Nothing": {
			reason: "Before there is a network, the platform chooses.",
			nad:    observed.Resource{},
			asked:  v1alpha1.Network{Type: macvlan},
			want:   v1alpha1.Network{Type: macvlan},
		},
		"Uplink": {
			reason: "The uplink stays, without the VLAN that it had.",
			nad:    uplink,
			asked:  v1alpha1.Network{Type: macvlan},
			want:   v1alpha1.Network{Type: macvlan, Master: "bond0.7"},
		},
		"Pending": {
			reason: "What is not observed yet may be there.",
			nad:    observed.Resource{Known: uplink.Object},
			asked:  v1alpha1.Network{Type: macvlan},
			want:   v1alpha1.Network{Type: macvlan, Master: "bond0.7"},
		},
		"Given": {
			reason: "The user's uplink wins.",
			nad:    uplink,
			asked:  v1alpha1.Network{Type: macvlan, Master: "eth1"},
			want:   v1alpha1.Network{Type: macvlan, Master: "eth1"},
		},
		"Device": {
			reason: "The device resource stays.",
			nad:    device,
			asked:  v1alpha1.Network{Type: sriov},
			want:   v1alpha1.Network{Type: sriov, ResourceName: "example.org/fast"},
		},
		"OfDevice": {
			reason: "The user's device resource wins.",
			nad:    device,
			asked:  v1alpha1.Network{Type: sriov, ResourceName: "a/b"},
			want:   v1alpha1.Network{Type: sriov, ResourceName: "a/b"},
		},
		"Another": {
			reason: "The resource of an Open vSwitch bridge is no device.",
			nad:    bridge,
			asked:  v1alpha1.Network{Type: sriov},
			want:   v1alpha1.Network{Type: sriov},
		},
		"Existing": {
			reason: "An existing network says all by itself.",
			nad:    uplink,
			asked:  v1alpha1.Network{Type: macvlan, NADName: "theirs"},
			want:   v1alpha1.Network{Type: macvlan, NADName: "theirs"},
		},
		"Foreign": {
			reason: "What is somebody else's says nothing.",
			nad:    observed.Resource{Foreign: &observed.Foreign{}},
			asked:  v1alpha1.Network{Type: macvlan},
			want:   v1alpha1.Network{Type: macvlan},
		},
		"Odd": {
			reason: "What cannot be read says nothing.",
			nad:    observed.Resource{Object: observedtest.YAML("{spec: {config: '['}}")},
			asked:  v1alpha1.Network{Type: macvlan},
			want:   v1alpha1.Network{Type: macvlan},
		},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			w := &v1alpha1.Wukong{Spec: v1alpha1.WukongSpec{Networks: []v1alpha1.Network{c.asked}}}
			w.Spec.Networks[0].Name, c.want.Name = "lan", "lan"
			rs := observed.Resources{"nad-lan": c.nad}
			DefaultFromObserved(w, rs)
			if diff := cmp.Diff([]v1alpha1.Network{c.want}, w.Spec.Networks); diff != "" {
				t.Errorf("%s -want, +got:\n%s", c.reason, diff)
			}
		})
	}
}
