package cloudinit

import (
	"encoding/base64"
	"fmt"
	"net/netip"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"

	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
	"github.com/novasphere/function-wukong/internal/network"
	"github.com/novasphere/function-wukong/internal/observed"
	"github.com/novasphere/function-wukong/internal/observed/observedtest"
)

// TestAdvice shows that a changed seed is advice, unless the guest reads the change at its next boot or the observed seed is unknown.
func TestAdvice(t *testing.T) {
	const (
		inUserData = "%s: a guest that has booted does not read what changed in its user data: change it there, too, or replace the boot disk by one of another name"
		inNetwork  = "%s: a guest that has booted does not read what changed in its network settings: " +
			"change it there, too, or let its cloud-init read them at every boot, with updates: {network: {when: [boot]}} in userData"
		everyBoot = "#cloud-config\nupdates: {network: {when: [boot-new-instance, boot]}}\n"
	)
	pod := network.NIC{Name: "pod_network", Interface: "pod", MAC: "02:00:00:00:00:01", DHCP: true, DHCPMetric: 100}
	lan := network.NIC{
		Name:      "lan",
		NAD:       "web-01-lan",
		Interface: "nic-lan",
		MAC:       "02:00:00:00:00:02",
		Addresses: []netip.Prefix{netip.MustParsePrefix("10.0.0.5/24")},
	}
	moved, slower := lan, pod
	moved.Addresses = []netip.Prefix{netip.MustParsePrefix("10.0.1.5/24")}
	slower.Routes = []network.Route{{To: netip.MustParsePrefix("10.96.0.0/12"), Via: netip.MustParseAddr("10.0.2.1")}}
	shorter := lan
	shorter.DNSServers = nil
	longer := lan
	longer.DNSServers = []v1alpha1.Addr{{Addr: netip.MustParseAddr("9.9.9.9")}}
	other := ops()
	other.Shell = "/bin/sh"

	type spec struct {
		user *v1alpha1.CloudInitUser
		data string
		nics []network.NIC
	}
	both := []network.NIC{pod, lan}
	cases := map[string]struct {
		reason           string
		current, desired spec
		want             []string
	}{
		"Same": {reason: "The seed is unchanged.", current: spec{nics: both}, desired: spec{nics: both}},
		"User": {
			reason:  "The guest has created its user.",
			current: spec{user: ops()},
			desired: spec{user: other},
			want:    []string{fmt.Sprintf(inUserData, "spec.cloudInitUser")},
		},
		"UserData": {
			reason:  "The guest has run the script.",
			current: spec{data: "#!/bin/sh\n"},
			desired: spec{data: "#!/bin/sh\nls\n"},
			want:    []string{fmt.Sprintf(inUserData, "spec.cloudInit")},
		},
		"Address": {
			reason:  "The advice is about the changed network only.",
			current: spec{nics: both},
			desired: spec{nics: []network.NIC{pod, moved}},
			want:    []string{fmt.Sprintf(inNetwork, "spec.networks[0]")},
		},
		"Added": {
			reason:  "A second network gets no address in the guest.",
			current: spec{nics: []network.NIC{pod}},
			desired: spec{nics: both},
			want:    []string{fmt.Sprintf(inNetwork, "spec.networks[0]")},
		},
		"Removed": {reason: "A removed interface needs no settings.", current: spec{nics: both}, desired: spec{nics: []network.NIC{pod}}},
		"Shorter": {
			reason:  "A removed setting is a change.",
			current: spec{nics: []network.NIC{pod, longer}},
			desired: spec{nics: []network.NIC{pod, shorter}},
			want:    []string{fmt.Sprintf(inNetwork, "spec.networks[0]")},
		},
		"PodNetwork": {
			reason:  "A change of the platform team's settings is one of the pod network.",
			current: spec{nics: both},
			desired: spec{nics: []network.NIC{slower, lan}},
			want:    []string{fmt.Sprintf(inNetwork, "spec.podNetwork")},
		},
		"EveryBoot": {
			reason:  "The guest reads its network data at the next boot.",
			current: spec{data: everyBoot, nics: both},
			desired: spec{data: everyBoot, nics: []network.NIC{pod, moved}},
		},
		"EveryBootLate": {
			reason:  "The guest has not read the setting yet.",
			current: spec{data: "#cloud-config\n{}\n", nics: both},
			desired: spec{data: everyBoot, nics: []network.NIC{pod, moved}},
			want:    []string{fmt.Sprintf(inUserData, "spec.cloudInit"), fmt.Sprintf(inNetwork, "spec.networks[0]")},
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			plan := func(s spec) (*v1alpha1.Wukong, UserData, map[string][]byte) {
				w := wukong(s.user, s.data)
				w.Spec.Networks = []v1alpha1.Network{{Name: "lan"}}
				custom, refusal := ParseUserData(w)
				if refusal != nil {
					t.Fatal(refusal)
				}
				r, _, err := Plan(w, custom, s.nics)
				if err != nil {
					t.Fatal(err)
				}
				return w, custom, r.Object.(*corev1.Secret).Data
			}
			_, _, current := plan(tc.current)
			w, custom, _ := plan(tc.desired)
			seed, _, err := Plan(w, custom, tc.desired.nics)
			if err != nil {
				t.Fatal(err)
			}

			data, hidden := map[string]any{}, map[string]any{}
			for k, v := range current {
				data[k], hidden[k] = base64.StdEncoding.EncodeToString(v), "<hidden>"
			}
			secret := func(data map[string]any) observed.Resources {
				return observed.Resources{"cloud-init": {Object: observedtest.Object(map[string]any{"data": data})}}
			}
			if diff := cmp.Diff(tc.want, Advice(w, custom, tc.desired.nics, seed, secret(data))); diff != "" {
				t.Errorf("%s\n-want, +got:\n%s", tc.reason, diff)
			}
			for name, rs := range map[string]observed.Resources{"hidden": secret(hidden), "missing": nil, "empty": secret(nil)} {
				if got := Advice(w, custom, tc.desired.nics, seed, rs); len(got) > 0 {
					t.Errorf("want no advice where the Secret is %s, got %v", name, got)
				}
			}
		})
	}
}
