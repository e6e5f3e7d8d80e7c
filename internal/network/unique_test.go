package network

import (
	"strings"
	"testing"

	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
	"github.com/novasphere/function-wukong/internal/identity"
)

func TestMACsDiffer(t *testing.T) {
	lan := func(mac string) v1alpha1.Network {
		return v1alpha1.Network{Name: "lan", Type: v1alpha1.NetworkTypeBridge, MACAddress: mac}
	}
	more := func(mac string) v1alpha1.Network {
		return v1alpha1.Network{Name: "more", Type: v1alpha1.NetworkTypeBridge, MACAddress: mac}
	}
	id := identity.New(wukong(), "", nil)
	ofLAN, ofPod := id.MACAddress("lan"), id.MACAddress(podName)
	cases := map[string]struct {
		reason   string
		networks []v1alpha1.Network
		want     string
	}{
		"Derived": {"Each gets another one.", []v1alpha1.Network{lan(""), more("")}, ""},
		"Later":   {"The address of another network that gives none.", []v1alpha1.Network{lan(""), more(strings.ToUpper(ofLAN))}, "spec.networks[1].macAddress: Invalid value: \"" + ofLAN + "\": network lan has this address: give another one, or none"},
		"Earlier": {"The one whose address was given is to blame, whatever the order.", []v1alpha1.Network{more(ofLAN), lan("")}, "spec.networks[0].macAddress: Invalid value: \"" + ofLAN + "\": network lan has this address: give another one, or none"},
		"Pod":     {"The pod network has an address, too.", []v1alpha1.Network{lan(ofPod)}, "spec.networks[0].macAddress: Invalid value: \"" + ofPod + "\": the pod network has this address: give another one, or none"},
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
