package kubevirt

import (
	"net/netip"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
	"github.com/novasphere/function-wukong/internal/network"
	"github.com/novasphere/function-wukong/internal/observed"
	"github.com/novasphere/function-wukong/internal/observed/observedtest"
)

func TestGuestAddresses(t *testing.T) {
	advice := func(addresses string) []string {
		return []string{"spec.networks[0].ipConfig.address: the guest says that it has " + addresses +
			" there, and not 192.168.20.5: change it in the guest, or here"}
	}
	w := wukongWith("")
	w.Spec.Networks = []v1alpha1.Network{{Name: "lan"}, {Name: "six"}}
	nics := []network.NIC{
		{Name: "pod_network", Addresses: []netip.Prefix{netip.MustParsePrefix("fd10:0:2::2/120")}},
		{Name: "lan", NAD: "lan", Addresses: []netip.Prefix{netip.MustParsePrefix("192.168.20.5/24")}},
		{Name: "six", NAD: "six", Addresses: []netip.Prefix{netip.MustParsePrefix("2001:db8::5/64")}},
	}
	cases := map[string]struct {
		reason, vm, vmi string
		want            []string
	}{
		"Same": {
			reason: "The guest has it.",
			vm:     "{created: true}",
			vmi:    "{interfaces: [{name: lan, infoSource: 'domain, guest-agent', ipAddresses: [192.168.20.5, 'fe80::1']}]}",
		},
		"SameOfSix": {
			reason: "The agent may write it in another form.",
			vm:     "{created: true}",
			vmi:    "{interfaces: [{name: six, infoSource: guest-agent, ipAddresses: ['2001:DB8:0::5']}]}",
		},
		"Besides": {
			reason: "The guest may have others, too.",
			vm:     "{created: true}",
			vmi:    "{interfaces: [{name: lan, infoSource: guest-agent, ipAddresses: [192.168.20.6, 192.168.20.5]}]}",
		},
		"Other": {
			reason: "The guest kept its earlier one.",
			vm:     "{created: true}",
			vmi:    "{interfaces: [{name: lan, infoSource: 'domain, guest-agent', ipAddresses: [192.168.10.5, 'fe80::1']}]}",
			want:   advice("192.168.10.5"),
		},
		"Others": {
			reason: "The first are named.",
			vm:     "{created: true}",
			vmi:    "{interfaces: [{name: lan, infoSource: guest-agent, ipAddresses: [10.0.0.1, 10.0.0.2, 10.0.0.3, 10.0.0.4]}]}",
			want:   advice("10.0.0.1, 10.0.0.2, 10.0.0.3 and 1 more"),
		},
		"Starting": {
			reason: "The guest may get one later.",
			vm:     "{created: true}",
			vmi:    "{interfaces: [{name: lan, infoSource: guest-agent, ipAddresses: ['fe80::1', 169.254.1.1]}]}",
		},
		"OtherFamily": {
			reason: "An IPv6 address says nothing about IPv4.",
			vm:     "{created: true}",
			vmi:    "{interfaces: [{name: lan, infoSource: guest-agent, ipAddresses: ['2001:db8::9']}]}",
		},
		"NoAgent": {
			reason: "KubeVirt reports the pod's addresses alone.",
			vm:     "{created: true}",
			vmi:    "{interfaces: [{name: lan, infoSource: 'domain, multus-status', ipAddresses: [192.168.10.5]}]}",
		},
		"Nonsense": {reason: "A guest may report anything.", vm: "{created: true}", vmi: "{interfaces: [{name: lan, infoSource: guest-agent, ipAddresses: [here]}]}"},
		"Final": {
			reason: "The instance has ended.",
			vm:     "{created: true}",
			vmi:    "{phase: Failed, interfaces: [{name: lan, infoSource: guest-agent, ipAddresses: [192.168.10.5]}]}",
		},
		"Gone": {
			reason: "There is no instance.",
			vm:     "{created: false}",
			vmi:    "{interfaces: [{name: lan, infoSource: guest-agent, ipAddresses: [192.168.10.5]}]}",
		},
		"Pod": {
			reason: "Its address is that of the pod.",
			vm:     "{created: true}",
			vmi:    "{interfaces: [{name: pod_network, infoSource: guest-agent, ipAddresses: ['fd00::9']}]}",
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			rs := observed.Resources{"vm": {Object: observedtest.YAML("{status: " + tc.vm + "}")}, "vmi": {Object: observedtest.YAML("{status: " + tc.vmi + "}")}}
			if diff := cmp.Diff(tc.want, GuestAdvice(w, nics, rs)); diff != "" {
				t.Errorf("%s\n-want, +got:\n%s", tc.reason, diff)
			}
		})
	}
}

func TestGuestKeys(t *testing.T) {
	const advice = "spec.sshKeySecret: a guest that has booted keeps the SSH keys that it has: change them there, too"
	const keys = "{spec: {template: {spec: {accessCredentials: [{userPassword: {}}, {sshPublicKey: {source: {secret: {secretName: keys}}}}]}}}}"
	cases := map[string]struct {
		reason, vm string
		secret     v1alpha1.CredentialSecretName
		want       []string
	}{
		"Same":    {reason: "The guest has them.", vm: keys, secret: "keys"},
		"Other":   {reason: "The guest has the earlier ones.", vm: keys, secret: "others", want: []string{advice}},
		"Removed": {reason: "The guest keeps them.", vm: keys, want: []string{advice}},
		"Added":   {reason: "The guest has none.", vm: "{spec: {template: {spec: {}}}}", secret: "keys", want: []string{advice}},
		"None":    {reason: "The guest has none, and none are desired.", vm: "{spec: {template: {spec: {}}}}"},
		"Unknown": {reason: "The keys of an unreadable object are unknown.", vm: "{spec: 5}", secret: "keys"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			w := wukongWith("")
			w.Spec.SSHKeySecret = tc.secret
			rs := observed.Resources{"vm": {Object: observedtest.YAML(tc.vm)}}
			if diff := cmp.Diff(tc.want, GuestAdvice(w, nil, rs)); diff != "" {
				t.Errorf("%s\n-want, +got:\n%s", tc.reason, diff)
			}
			if got := GuestAdvice(w, nil, nil); got != nil {
				t.Errorf("want no advice without a virtual machine, got %v", got)
			}
		})
	}
}
