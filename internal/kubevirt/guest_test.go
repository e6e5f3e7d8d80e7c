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
	told := func(has string) []string {
		return []string{"spec.networks[0].ipConfig.address: the guest says that it has " + has + " there, and not 192.168.20.5: change it in the guest, or here"}
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
		"Same":      {"The guest has it.", "{created: true}", "{interfaces: [{name: lan, infoSource: 'domain, guest-agent', ipAddresses: [192.168.20.5, 'fe80::1']}]}", nil},
		"SameOfSix": {"However it writes it.", "{created: true}", "{interfaces: [{name: six, infoSource: guest-agent, ipAddresses: ['2001:DB8:0::5']}]}", nil},
		"Besides":   {"It has others, too.", "{created: true}", "{interfaces: [{name: lan, infoSource: guest-agent, ipAddresses: [192.168.20.6, 192.168.20.5]}]}", nil},
		"Other":     {"It kept the one from before.", "{created: true}", "{interfaces: [{name: lan, infoSource: 'domain, guest-agent', ipAddresses: [192.168.10.5, 'fe80::1']}]}", told("192.168.10.5")},
		"Others":    {"The first are named.", "{created: true}", "{interfaces: [{name: lan, infoSource: guest-agent, ipAddresses: [10.0.0.1, 10.0.0.2, 10.0.0.3, 10.0.0.4]}]}", told("10.0.0.1, 10.0.0.2, 10.0.0.3 and 1 more")},
		"Starting":  {"It may get one yet.", "{created: true}", "{interfaces: [{name: lan, infoSource: guest-agent, ipAddresses: ['fe80::1', 169.254.1.1]}]}", nil},
		"OtherKind": {"An IPv6 address besides says nothing about IPv4.", "{created: true}", "{interfaces: [{name: lan, infoSource: guest-agent, ipAddresses: ['2001:db8::9']}]}", nil},
		"NoAgent":   {"Nobody asked the guest.", "{created: true}", "{interfaces: [{name: lan, infoSource: 'domain, multus-status', ipAddresses: [192.168.10.5]}]}", nil},
		"Nonsense":  {"A guest may say anything.", "{created: true}", "{interfaces: [{name: lan, infoSource: guest-agent, ipAddresses: [here]}]}", nil},
		"Over":      {"The instance has ended.", "{created: true}", "{phase: Failed, interfaces: [{name: lan, infoSource: guest-agent, ipAddresses: [192.168.10.5]}]}", nil},
		"Gone":      {"There is no instance.", "{created: false}", "{interfaces: [{name: lan, infoSource: guest-agent, ipAddresses: [192.168.10.5]}]}", nil},
		"Pod":       {"Its address is that of the pod.", "{created: true}", "{interfaces: [{name: pod_network, infoSource: guest-agent, ipAddresses: ['fd00::9']}]}", nil},
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
	const told = "spec.sshKeySecret: a guest that has booted keeps the SSH keys that it has: change them there, too"
	const keys = "{spec: {template: {spec: {accessCredentials: [{userPassword: {}}, {sshPublicKey: {source: {secret: {secretName: keys}}}}]}}}}"
	cases := map[string]struct {
		reason, vm string
		secret     v1alpha1.CredentialSecretName
		want       []string
	}{
		"Same":    {"It has them.", keys, "keys", nil},
		"Other":   {"It has those from before.", keys, "others", []string{told}},
		"Removed": {"They stay there.", keys, "", []string{told}},
		"Added":   {"It has none.", "{spec: {template: {spec: {}}}}", "keys", []string{told}},
		"None":    {"It has none, and is to have none.", "{spec: {template: {spec: {}}}}", "", nil},
		"Unknown": {"What cannot be read says nothing.", "{spec: 5}", "keys", nil},
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
				t.Errorf("there is no virtual machine, but told is: %v", got)
			}
		})
	}
}
