package wukongtest

import (
	"net/netip"

	"pgregory.net/rapid"
)

// ipConfig generates IP configurations.
func ipConfig() *rapid.Generator[map[string]any] {
	return rapid.OneOf(static(), dhcp())
}

// static generates static configurations with an address of a host, and a gateway that it can reach.
func static() *rapid.Generator[map[string]any] {
	return rapid.Custom(func(t *rapid.T) map[string]any {
		p := prefix().Filter(func(p netip.Prefix) bool { return isHostIn(p, p.Addr()) }).Draw(t, "prefix")
		c := map[string]any{"mode": "static", "address": p.String()}
		drawOptional(t, c, "gateway", orEmpty(gateway(p)))
		drawOptional(t, c, "dnsServers", servers())
		return c
	})
}

// dhcp generates configurations with mode dhcp, in which other fields have no effect.
func dhcp() *rapid.Generator[map[string]any] {
	return rapid.Custom(func(t *rapid.T) map[string]any {
		c := map[string]any{"mode": "dhcp"}
		drawOptional(t, c, "address", orEmpty(rapid.Map(prefix(), netip.Prefix.String)))
		drawOptional(t, c, "gateway", orEmpty(rapid.Map(address(), netip.Addr.String)))
		drawOptional(t, c, "dnsServers", servers())
		return c
	})
}

// servers generates lists of DNS servers.
func servers() *rapid.Generator[[]any] {
	return list(rapid.OneOf(
		rapid.Map(address(), netip.Addr.String),
		rapid.Map(address(), netip.Addr.StringExpanded),
		// The longest form of an address, and capitals.
		oneOf("2001:0db8:1111:2222:3333:4444:192.168.100.200", "2001:DB8::A"),
	), 0, 8, identity)
}

// prefix generates addresses with a prefix length.
func prefix() *rapid.Generator[netip.Prefix] {
	return rapid.Custom(func(t *rapid.T) netip.Prefix {
		a := address().Draw(t, "address")
		return netip.PrefixFrom(a, rapid.IntRange(0, a.BitLen()).Draw(t, "bits"))
	})
}

// address generates addresses of both families.
func address() *rapid.Generator[netip.Addr] {
	return rapid.Custom(func(t *rapid.T) netip.Addr {
		b := rapid.SliceOfN(rapid.Byte(), 16, 16).Draw(t, "bytes")
		if rapid.Bool().Draw(t, "IPv4") {
			return netip.AddrFrom4([4]byte(b))
		}
		// An IPv6 address that embeds no IPv4 address.
		b[0] = 0x20
		return netip.AddrFrom16([16]byte(b))
	})
}

// isHostIn reports whether an address is that of one host in the network of a prefix: it is neither the address of the network, nor unspecified,
// loopback, multicast or broadcast.
func isHostIn(p netip.Prefix, a netip.Addr) bool {
	if !p.Contains(a) || a.IsUnspecified() || a.IsLoopback() || a.IsMulticast() {
		return false
	}
	if p.Bits() >= a.BitLen()-1 {
		return a != netip.AddrFrom4([4]byte{255, 255, 255, 255})
	}
	return p.Contains(a.Prev()) && (a.Is6() || p.Contains(a.Next()))
}

// gateway generates addresses of other hosts in the network of a prefix or, for IPv6, link-local ones. They are empty if there is no other host.
func gateway(p netip.Prefix) *rapid.Generator[string] {
	inside := rapid.Custom(func(t *rapid.T) string {
		b := p.Addr().AsSlice()
		last := len(b) - 1
		b[last] = rapid.Byte().Draw(t, "last")
		if a, _ := netip.AddrFromSlice(b); a != p.Addr() && isHostIn(p, a) {
			return a.String()
		}
		return ""
	})
	if p.Addr().Is4() {
		return inside
	}
	return rapid.OneOf(inside, oneOf("fe80::1", "fe80::abcd:1"))
}
