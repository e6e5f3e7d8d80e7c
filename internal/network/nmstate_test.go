package network

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"k8s.io/utils/ptr"

	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
	"github.com/novasphere/function-wukong/input/v1beta1"
	"github.com/novasphere/function-wukong/internal/observed"
	"github.com/novasphere/function-wukong/internal/observed/observedtest"
)

func withNMState(c *v1beta1.Cluster) { c.NMState = true }

// TestNodeAdvice shows that missing bridges and VLANs of the node are advice, and that incomplete states are not.
func TestNodeAdvice(t *testing.T) {
	const (
		noBridge = "spec.networks[0].vlanId: by NMState node node-1 has no Linux bridge br-lan, so that the network ends there: " +
			"have one with an uplink made on each node"
		noVLAN = "spec.networks[0].vlanId: by NMState no port of bridge br-lan on node node-1 carries VLAN 300: " +
			"give the bridge vlan_filtering, without which it keeps no VLANs apart, and its uplink the VLAN"
	)
	tagged := v1alpha1.Network{Name: "lan", Type: v1alpha1.NetworkTypeBridge, VLANID: ptr.To[int32](300)}
	plain, ovs, existing := tagged, tagged, tagged
	plain.VLANID, ovs.Type, existing.NADName = nil, v1alpha1.NetworkTypeOVS, "existing"
	bridge := func(ports string) string {
		return "{metadata: {name: node-1}, status: {currentState: {interfaces: [{name: eth0, type: ethernet}, " +
			"{name: br-lan, type: linux-bridge, bridge: {port: [" + ports + "]}}]}}}"
	}

	cases := map[string]struct {
		reason  string
		network v1alpha1.Network
		state   string
		want    []string
	}{
		"NoFiltering": {
			reason:  "A bridge without vlan_filtering shows its ports without VLANs.",
			network: tagged,
			state:   bridge("{name: eth0, stp-priority: 32}"),
			want:    []string{noVLAN},
		},
		"OtherVLANs": {
			reason:  "The uplink carries others.",
			network: tagged,
			state:   bridge("{name: eth0, vlan: {mode: trunk, trunk-tags: [{id: 299}, {id-range: {min: 301, max: 400}}]}}"),
			want:    []string{noVLAN},
		},
		"Trunk": {
			reason:  "The uplink carries it.",
			network: tagged,
			state:   bridge("{name: eth1}, {name: eth0, vlan: {mode: trunk, trunk-tags: [{id: 7}, {id: 300}]}}"),
		},
		"Range": {
			reason:  "The uplink carries it among others.",
			network: tagged,
			state:   bridge("{name: eth0, vlan: {mode: trunk, trunk-tags: [{id-range: {min: 2, max: 4094}}]}}"),
		},
		"Access":  {reason: "A port is in it.", network: tagged, state: bridge("{name: veth1, vlan: {mode: access, tag: 300}}")},
		"NoPorts": {reason: "NMState may leave out ports.", network: tagged, state: bridge("")},
		"NoBridge": {
			reason:  "The plugin creates a bridge without an uplink.",
			network: tagged,
			state:   "{metadata: {name: node-1}, status: {currentState: {interfaces: [{name: br-lan, type: ovs-bridge}]}}}",
			want:    []string{noBridge},
		},
		"OtherNode": {
			reason:  "The state is that of the node before a migration.",
			network: tagged,
			state:   "{metadata: {name: node-2}, status: {currentState: {interfaces: []}}}",
		},
		"NoVLAN":   {reason: "Any bridge forwards untagged frames.", network: plain, state: bridge("{name: eth0}")},
		"OVS":      {reason: "Open vSwitch separates VLANs.", network: ovs, state: bridge("{name: eth0}")},
		"Existing": {reason: "The bridge of an existing network is unknown.", network: existing, state: bridge("{name: eth0}")},
		"Nonsense": {
			reason:  "An interface that cannot be decoded gives no advice.",
			network: tagged,
			state:   "{metadata: {name: node-1}, status: {currentState: {interfaces: [{name: br-lan, type: linux-bridge, bridge: 5}]}}}",
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			w := wukong(tc.network)
			rs := observed.Resources{KeyNode: {Object: observedtest.YAML(tc.state)}}
			if diff := cmp.Diff(tc.want, NodeAdvice(w, platform(withNMState), "node-1", rs)); diff != "" {
				t.Errorf("%s\n-want, +got:\n%s", tc.reason, diff)
			}
			if got := NodeAdvice(w, platform(), "node-1", rs); got != nil {
				t.Errorf("want no advice without NMState, got %v", got)
			}
			if got := NodeAdvice(w, platform(withNMState), "", rs); got != nil {
				t.Errorf("want no advice without a node, got %v", got)
			}
		})
	}
}
