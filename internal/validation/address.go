package validation

import (
	"net/netip"

	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
)

// isStatic reports whether a network has a static address.
func isStatic(c *v1alpha1.IPConfig) bool {
	return c != nil && c.Mode == v1alpha1.IPModeStatic && c.Address.IsValid()
}

// staticAddress returns the static address of a network, without its prefix length; empty for none.
func staticAddress(n v1alpha1.Network) string {
	if !isStatic(n.IPConfig) {
		return ""
	}
	return n.IPConfig.Address.Addr().String()
}

// hasGateway reports whether a network has a static address and a gateway.
func hasGateway(c *v1alpha1.IPConfig) bool { return isStatic(c) && c.Gateway.IsValid() }

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

// isReachable reports whether a next hop is on the link of an address. IPv6 routers are often known by their link-local address.
func isReachable(address netip.Prefix, gateway netip.Addr) bool {
	if address.Contains(gateway) {
		return true
	}
	return address.Addr().Is6() && gateway.Is6() && gateway.IsLinkLocalUnicast()
}
