package admission

import (
	"fmt"
	"net/netip"

	"k8s.io/apimachinery/pkg/util/validation/field"

	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
)

// What is wrong with an address.
const (
	notHost     = "must be the address of one host, and neither unspecified, loopback, multicast nor broadcast"
	ofNetwork   = "%s is the address of the network %s itself: give another one"
	ofBroadcast = "%s is the broadcast address of %s: give another one"
)

// validateAddr refuses forms of an address that guests do not take.
func validateAddr(a netip.Addr, path *field.Path) field.ErrorList {
	if a.Zone() != "" || a.Is4In6() {
		return field.ErrorList{invalid(path, a.String(), "must be a plain IPv4 or IPv6 address, without a zone")}
	}
	return nil
}

// staticAddress returns the static address of a network, without its prefix length; empty for none.
func staticAddress(n *v1alpha1.Network) string {
	c := n.IPConfig
	if c == nil || c.Mode != v1alpha1.IPModeStatic || !c.Address.IsValid() {
		return ""
	}
	return c.Address.Addr().String()
}

// validateHost refuses addresses that no guest can use. What is Forbidden no rule of the schema says, as CEL cannot tell before what it costs
// to compare addresses.
func validateHost(p netip.Prefix, path *field.Path) field.ErrorList {
	a := p.Addr()
	switch {
	case !isHost(a):
		return field.ErrorList{invalid(path, a.String(), notHost)}
	case isNetwork(p, a):
		return field.ErrorList{field.Forbidden(path, fmt.Sprintf(ofNetwork, a, p.Masked()))}
	case isBroadcast(p, a):
		return field.ErrorList{field.Forbidden(path, fmt.Sprintf(ofBroadcast, a, p.Masked()))}
	}
	return nil
}

// validateGateway refuses next hops that a guest with an address cannot use.
func validateGateway(p netip.Prefix, gateway netip.Addr, path *field.Path) field.ErrorList {
	switch {
	case !gateway.IsValid():
		return nil
	case !reachable(p, gateway):
		return field.ErrorList{invalid(path, gateway.String(), fmt.Sprintf("must be inside %s, the network of address", p.Masked()))}
	case !isHost(gateway):
		return field.ErrorList{invalid(path, gateway.String(), notHost)}
	case gateway == p.Addr():
		return field.ErrorList{field.Forbidden(path, fmt.Sprintf("%s is the guest's own address: give that of a router", gateway))}
	case gateway.Is4() && isNetwork(p, gateway):
		// With IPv6 it is an address that all routers of the network have (RFC 4291).
		return field.ErrorList{field.Forbidden(path, fmt.Sprintf(ofNetwork, gateway, p.Masked()))}
	case isBroadcast(p, gateway):
		return field.ErrorList{field.Forbidden(path, fmt.Sprintf(ofBroadcast, gateway, p.Masked()))}
	}
	return nil
}

// isHost reports whether an address, whatever its network, can be that of one host.
func isHost(a netip.Addr) bool { return a.IsGlobalUnicast() || a.IsLinkLocalUnicast() }

// isNetwork reports whether an address is that of the network that it lies in. A network of two addresses has none (RFC 3021, RFC 6164).
func isNetwork(p netip.Prefix, a netip.Addr) bool {
	return p.Bits() <= a.BitLen()-2 && a == p.Masked().Addr()
}

// isBroadcast reports whether an address is that of all hosts of an IPv4 network. A network of two addresses has none (RFC 3021).
func isBroadcast(p netip.Prefix, a netip.Addr) bool {
	return a.Is4() && p.Bits() <= a.BitLen()-2 && p.Contains(a) && !p.Contains(a.Next())
}

// reachable says whether a next hop is on the link of an address. IPv6 routers are often known by their link-local address.
func reachable(address netip.Prefix, gateway netip.Addr) bool {
	if address.Contains(gateway) {
		return true
	}
	return address.Addr().Is6() && gateway.Is6() && gateway.IsLinkLocalUnicast()
}
