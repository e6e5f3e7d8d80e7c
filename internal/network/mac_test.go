package network

import (
	"strings"
	"testing"

	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
	"github.com/novasphere/function-wukong/internal/identity"
)

// TestMACsDiffer shows that two interfaces with one MAC address are refused, whether or not the spec has both addresses.
func TestMACsDiffer(t *testing.T) {
	lan := func(mac string) v1alpha1.Network {
		return v1alpha1.Network{Name: "lan", Type: v1alpha1.NetworkTypeBridge, MACAddress: mac}
	}
	more := func(mac string) v1alpha1.Network {
		return v1alpha1.Network{Name: "more", Type: v1alpha1.NetworkTypeBridge, MACAddress: mac}
	}
	id := identity.New(wukong(), "", nil)
	ofLAN, ofPod := id.MACAddress("lan"), id.MACAddress(PodName)
	cases := map[string]struct {
		reason   string
		networks []v1alpha1.Network
		want     string
	}{
		"Derived": {reason: "Derived addresses differ.", networks: []v1alpha1.Network{lan(""), more("")}},
		"Later": {
			reason:   "The spec has the derived address of another network.",
			networks: []v1alpha1.Network{lan(""), more(strings.ToUpper(ofLAN))},
			want:     "spec.networks[1].macAddress: Invalid value: \"" + ofLAN + "\": network lan has this address: give another one, or none",
		},
		"Earlier": {
			reason:   "The error is about the address in the spec, whatever the order.",
			networks: []v1alpha1.Network{more(ofLAN), lan("")},
			want:     "spec.networks[0].macAddress: Invalid value: \"" + ofLAN + "\": network lan has this address: give another one, or none",
		},
		"Pod": {
			reason:   "The pod network has a derived address, too.",
			networks: []v1alpha1.Network{lan(ofPod)},
			want:     "spec.networks[0].macAddress: Invalid value: \"" + ofPod + "\": the pod network has this address: give another one, or none",
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			got := ""
			if _, _, err := planned(wukong(tc.networks...), platform()); err != nil {
				got = err.Error()
			}
			if got != tc.want {
				t.Errorf("%s\nwant: %s\ngot:  %s", tc.reason, tc.want, got)
			}
		})
	}
}
