package network

import (
	"testing"

	"k8s.io/utils/ptr"

	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
)

func TestSegmentOf(t *testing.T) {
	cases := map[string]struct {
		reason  string
		network v1alpha1.Network
		want    string
		uplink  string
		bridge  string
	}{
		"Bridge":        {reason: "A port without a VLAN is in the default one.", network: v1alpha1.Network{Type: "bridge", BridgeName: "br1"}, want: "bridge br1", bridge: "br1"},
		"BridgeDefault": {reason: "The bridge follows from the network's name.", network: v1alpha1.Network{Name: "lan", Type: "bridge"}, want: "bridge br-lan", bridge: "br-lan"},
		"BridgeVLAN": {
			reason: "A VLAN is a network of its own.", network: v1alpha1.Network{Type: "bridge", BridgeName: "br1", VLANID: ptr.To[int32](7)}, want: "bridge br1, VLAN 7", bridge: "br1",
		},
		"BridgeVLAN1": {
			reason: "It can be written out.", network: v1alpha1.Network{Type: "bridge", BridgeName: "br1", VLANID: ptr.To[int32](1)}, want: "bridge br1", bridge: "br1",
		},
		"OVS": {reason: "Frames without a tag are in no VLAN.", network: v1alpha1.Network{Type: "ovs", BridgeName: "br1"}, want: "Open vSwitch bridge br1", bridge: "br1"},
		"OVSVLAN1": {
			reason: "VLAN 1 is one like the others.", network: v1alpha1.Network{Type: "ovs", BridgeName: "br1", VLANID: ptr.To[int32](1)}, want: "Open vSwitch bridge br1, VLAN 1", bridge: "br1",
		},
		"Macvlan": {
			reason: "The VLAN's interface is the uplink.", network: v1alpha1.Network{Type: "macvlan", Master: "eth1", VLANID: ptr.To[int32](7)}, want: "uplink eth1.7", uplink: "eth1.7",
		},
		"SRIOV": {
			reason: "The functions of a resource are those of one network.", network: v1alpha1.Network{Type: "sriov", ResourceName: "a.org/b", VLANID: ptr.To[int32](7)}, want: "resource a.org/b, VLAN 7",
		},
		"NADName": {
			reason: "Only the cluster knows what it is, whatever the other fields say.", network: v1alpha1.Network{Type: "macvlan", Master: "eth1", NADName: "office"},
			want: "NetworkAttachmentDefinition team-a/office",
		},
		"SharedNADName": {reason: "It may lie in another namespace.", network: v1alpha1.Network{Type: "bridge", NADName: "net/office"}, want: "NetworkAttachmentDefinition net/office"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			w := &v1alpha1.Wukong{}
			w.Namespace, w.Name = "team-a", "web-01"
			if got := SegmentOf(w, &tc.network).String(); got != tc.want {
				t.Errorf("%s: want %q, got %q", tc.reason, tc.want, got)
			}
			if got := Uplink(&tc.network); got != tc.uplink {
				t.Errorf("want the uplink %q, got %q", tc.uplink, got)
			}
			if got := Bridge(&tc.network); got != tc.bridge {
				t.Errorf("want the bridge %q, got %q", tc.bridge, got)
			}
		})
	}
}

// TestSegmentIsComplete shows that each type of network says which layer-2 network it is.
func TestSegmentIsComplete(t *testing.T) {
	for _, typ := range Types() {
		if typ.segment == nil || typ.medium == "" {
			t.Errorf("type %s says neither what connects its hosts nor what its network is", typ.Name)
		}
	}
}
