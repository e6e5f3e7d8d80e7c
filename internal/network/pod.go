package network

import (
	"net/netip"
	"slices"

	"github.com/novasphere/function-wukong/input/v1beta1"
	"github.com/novasphere/function-wukong/internal/identity"
)

const (
	// PodName is the name of the pod network in the virtual machine. No other network can have it, as a DNS label has no underscore.
	PodName = "pod_network"

	// podInterface is the guest's name of the interface on the pod network.
	podInterface = "pod"
)

// Addresses that the guest sees behind KubeVirt's masquerade binding. KubeVirt's DHCP server gives the IPv4 address. The IPv6 address is
// static, because nothing advertises a router
// (https://kubevirt.io/user-guide/network/interfaces_and_networks/#masquerade-ipv4-and-ipv6-dual-stack-support).
var (
	podGateway4 = netip.MustParseAddr("10.0.2.1")
	podGateway6 = netip.MustParseAddr("fd10:0:2::1")
	podAddress6 = netip.MustParsePrefix("fd10:0:2::2/120")
)

// podNIC returns the interface on the pod network. It has routes to the cluster's own networks, so that they stay reachable where the default
// route leaves by another interface.
func podNIC(id identity.Identity, in *v1beta1.Input) NIC {
	out := NIC{
		Name:      PodName,
		Interface: podInterface,
		MAC:       id.MACAddress(PodName),
		Binding:   BindingMasquerade,
		DHCP:      onPodNetwork(in, v1beta1.IPv4),
	}
	if onPodNetwork(in, v1beta1.IPv6) {
		out.Addresses = []netip.Prefix{podAddress6}
		out.Routes = []Route{defaultRoute(podGateway6)}
	}
	if !out.DHCP {
		out.DNSServers = in.Defaults.DNSServers
	}
	for _, n := range in.Cluster.Networks {
		f, gateway := family(n.Addr()), podGateway4
		if f == v1beta1.IPv6 {
			gateway = podGateway6
		}
		if onPodNetwork(in, f) {
			out.Routes = append(out.Routes, Route{To: n.Prefix, Via: gateway})
		}
	}
	return out
}

// onPodNetwork reports whether the pod network has addresses of a family.
func onPodNetwork(in *v1beta1.Input, f v1beta1.IPFamily) bool {
	return slices.Contains(in.Cluster.PodNetwork.IPFamilies, f)
}

// family returns the family of an address.
func family(a netip.Addr) v1beta1.IPFamily {
	if a.Is4() {
		return v1beta1.IPv4
	}
	return v1beta1.IPv6
}
