package network

import (
	"fmt"
	"net/netip"
	"testing"

	"github.com/google/go-cmp/cmp"
	"k8s.io/utils/ptr"

	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
	"github.com/novasphere/function-wukong/input/v1beta1"
)

// static returns a network with a static address and, unless it is empty, a gateway.
func static(name, address, gateway string) v1alpha1.Network {
	c := &v1alpha1.IPConfig{Mode: v1alpha1.IPModeStatic, Address: v1alpha1.Prefix{Prefix: netip.MustParsePrefix(address)}}
	if gateway != "" {
		c.Gateway = v1alpha1.Addr{Addr: netip.MustParseAddr(gateway)}
	}
	return v1alpha1.Network{Name: v1alpha1.Label(name), Type: v1alpha1.NetworkTypeBridge, IPConfig: c}
}

// withNetworks returns a Wukong with networks whose ipConfig is unchanged.
func withNetworks(networks ...v1alpha1.Network) *v1alpha1.Wukong {
	w := wukong()
	w.Spec.Networks = networks
	return w
}

func dualStack(c *v1beta1.Cluster) {
	c.PodNetwork.IPFamilies = []v1beta1.IPFamily{v1beta1.IPv4, v1beta1.IPv6}
}

func ownNetworks(networks ...string) func(c *v1beta1.Cluster) {
	return func(c *v1beta1.Cluster) {
		c.Networks = []v1alpha1.Prefix{}
		for _, n := range networks {
			c.Networks = append(c.Networks, v1alpha1.Prefix{Prefix: netip.MustParsePrefix(n)})
		}
	}
}

// TestRoutes shows the addresses, routes and name servers of each interface.
func TestRoutes(t *testing.T) {
	dhcp := v1alpha1.Network{Name: "storage", Type: v1alpha1.NetworkTypeBridge, IPConfig: &v1alpha1.IPConfig{Mode: v1alpha1.IPModeDHCP}}
	cases := map[string]struct {
		reason string
		wukong *v1alpha1.Wukong
		input  *v1beta1.Input
		want   []string
	}{
		"PodNetwork": {
			reason: "KubeVirt's DHCP server configures IPv4.",
			wukong: withNetworks(),
			input:  platform(),
			want:   []string{"pod: dhcp 100"},
		},
		"DualStack": {
			reason: "Nothing advertises an IPv6 address and a router.",
			wukong: withNetworks(),
			input:  platform(dualStack),
			want:   []string{"pod: dhcp 100", "pod: fd10:0:2::2/120", "pod: ::/0 via fd10:0:2::1 metric 100"},
		},
		"IPv6": {
			reason: "Without IPv4 no DHCP server gives the guest name servers.",
			wukong: withNetworks(),
			input: &v1beta1.Input{
				Cluster:  &v1beta1.Cluster{PodNetwork: &v1beta1.PodNetwork{IPFamilies: []v1beta1.IPFamily{v1beta1.IPv6}}},
				Defaults: &v1beta1.Defaults{DNSServers: []v1alpha1.Addr{{Addr: netip.MustParseAddr("fd00::a")}}},
			},
			want: []string{"pod: fd10:0:2::2/120", "pod: ::/0 via fd10:0:2::1 metric 100", "pod: server fd00::a"},
		},
		"Gateways": {
			reason: "The first static gateway of each family has precedence over DHCP and the pod network.",
			wukong: withNetworks(
				static("lan", "10.0.0.5/24", "10.0.0.1"),
				static("six", "2001:db8::5/64", "fe80::1"),
				dhcp,
				static("more", "10.8.0.5/24", "10.8.0.1"),
				static("plain", "10.9.0.5/24", ""),
			),
			input: platform(dualStack),
			want: []string{
				"pod: dhcp 100", "pod: fd10:0:2::2/120", "pod: ::/0 via fd10:0:2::1 metric 100",
				"lan: 10.0.0.5/24", "lan: 0.0.0.0/0 via 10.0.0.1 metric 1",
				"six: 2001:db8::5/64", "six: ::/0 via fe80::1 metric 1",
				"storage: dhcp 400",
				"more: 10.8.0.5/24", "more: 0.0.0.0/0 via 10.8.0.1 metric 2",
				"plain: 10.9.0.5/24",
			},
		},
		"ClusterNetworks": {
			reason: "The cluster's networks are reached through the pod network, although the default route is another one.",
			wukong: withNetworks(static("lan", "192.168.50.10/24", "192.168.50.1")),
			input:  platform(dualStack, ownNetworks("10.244.0.0/16", "fd00:244::/56")),
			want: []string{
				"pod: dhcp 100", "pod: fd10:0:2::2/120", "pod: ::/0 via fd10:0:2::1 metric 100",
				"pod: 10.244.0.0/16 via 10.0.2.1 metric 0", "pod: fd00:244::/56 via fd10:0:2::1 metric 0",
				"lan: 192.168.50.10/24", "lan: 0.0.0.0/0 via 192.168.50.1 metric 1",
			},
		},
		"OtherFamily": {
			reason: "A pod network without IPv6 has no IPv6 route.",
			wukong: withNetworks(),
			input:  platform(ownNetworks("10.244.0.0/16", "fd00:244::/56")),
			want:   []string{"pod: dhcp 100", "pod: 10.244.0.0/16 via 10.0.2.1 metric 0"},
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			_, nics, err := planned(tc.wukong, tc.input)
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, n := range nics {
				name := n.Name
				if n.NAD == "" {
					name = n.Interface
				}
				if n.DHCP {
					got = append(got, fmt.Sprintf("%s: dhcp %d", name, n.DHCPMetric))
				}
				for _, a := range n.Addresses {
					got = append(got, fmt.Sprintf("%s: %s", name, a))
				}
				for _, r := range n.Routes {
					got = append(got, fmt.Sprintf("%s: %s via %s metric %d", name, r.To, r.Via, r.Metric))
				}
				for _, s := range n.DNSServers {
					got = append(got, fmt.Sprintf("%s: server %s", name, s))
				}
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("%s\n-want, +got:\n%s", tc.reason, diff)
			}
		})
	}
}

// TestAdviceOnGateways shows that a static gateway is advice while the guest has no routes to the cluster's networks.
func TestAdviceOnGateways(t *testing.T) {
	const advice = "spec.networks[0].ipConfig.gateway: the guest answers to the cluster's pods and services by this gateway, and not by the pod network: " +
		"ask the platform team to name the cluster's networks in cluster.networks of the Input, or set podNetwork to false"
	lan, alone := withNetworks(static("lan", "192.168.50.10/24", "192.168.50.1")), withNetworks(static("lan", "192.168.50.10/24", "192.168.50.1"))
	alone.Spec.PodNetwork = ptr.To(false)
	cases := map[string]struct {
		reason string
		wukong *v1alpha1.Wukong
		input  *v1beta1.Input
		want   []string
	}{
		"Gateway":      {reason: "Replies to the cluster leave through the LAN.", wukong: lan, input: platform(), want: []string{advice}},
		"Named":        {reason: "The guest has routes to the cluster's networks.", wukong: lan, input: platform(ownNetworks("10.244.0.0/16"))},
		"NoneNeeded":   {reason: "The platform team gives an empty list.", wukong: lan, input: platform(ownNetworks())},
		"NoGateway":    {reason: "The default route is that of the pod network.", wukong: withNetworks(static("lan", "192.168.50.10/24", "")), input: platform()},
		"NoPodNetwork": {reason: "The guest has one interface.", wukong: alone, input: platform()},
		"OtherFamily":  {reason: "The pod network has no IPv6.", wukong: withNetworks(static("six", "2001:db8::5/64", "2001:db8::1")), input: platform()},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(tc.want, Advice(tc.wukong, tc.input)); diff != "" {
				t.Errorf("%s\n-want, +got:\n%s", tc.reason, diff)
			}
		})
	}
}
