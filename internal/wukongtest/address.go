package wukongtest

import (
	"net/netip"

	"pgregory.net/rapid"
)

func ipConfig() *rapid.Generator[map[string]any] {
	return rapid.OneOf(static(), dhcp())
}

// static generates addresses of hosts, with a gateway that they can reach.
func static() *rapid.Generator[map[string]any] {
	return rapid.Custom(func(t *rapid.T) map[string]any {
		p := prefix().Filter(func(p netip.Prefix) bool { return isHostIn(p, p.Addr()) }).Draw(t, "prefix")
		c := map[string]any{"mode": "static", "address": p.String()}
		maybe(t, c, "gateway", orEmpty(gateway(p)))
		maybe(t, c, "dnsServers", servers())
		return c
	})
}

// dhcp generates what means the same as the mode alone.
func dhcp() *rapid.Generator[map[string]any] {
	return rapid.Custom(func(t *rapid.T) map[string]any {
		c := map[string]any{"mode": "dhcp"}
		maybe(t, c, "address", orEmpty(rapid.Map(prefix(), netip.Prefix.String)))
		maybe(t, c, "gateway", orEmpty(rapid.Map(address(), netip.Addr.String)))
		maybe(t, c, "dnsServers", servers())
		return c
	})
}

func servers() *rapid.Generator[[]any] {
	return list(rapid.OneOf(
		rapid.Map(address(), netip.Addr.String),
		rapid.Map(address(), netip.Addr.StringExpanded),
		// The longest form of an address, and capitals.
		oneOf("2001:0db8:1111:2222:3333:4444:192.168.100.200", "2001:DB8::A"),
	), 0, 8, identity)
}

func prefix() *rapid.Generator[netip.Prefix] {
	return rapid.Custom(func(t *rapid.T) netip.Prefix {
		a := address().Draw(t, "address")
		return netip.PrefixFrom(a, rapid.IntRange(0, a.BitLen()).Draw(t, "bits"))
	})
}

func address() *rapid.Generator[netip.Addr] {
	return rapid.Custom(func(t *rapid.T) netip.Addr {
		b := rapid.SliceOfN(rapid.Byte(), 16, 16).Draw(t, "bytes")
		if rapid.Bool().Draw(t, "IPv4") {
			return netip.AddrFrom4([4]byte(b))
		}
		// Not a form of an IPv4 address.
		b[0] = 0x20
		return netip.AddrFrom16([16]byte(b))
	})
}

// isHostIn reports whether an address is that of a host in the network of a prefix: neither the network's own, nor one of several hosts,
// nor the host's own loopback.
func isHostIn(p netip.Prefix, a netip.Addr) bool {
	if !p.Contains(a) || a.IsUnspecified() || a.IsLoopback() || a.IsMulticast() {
		return false
	}
	if p.Bits() >= a.BitLen()-1 {
		return a != netip.AddrFrom4([4]byte{255, 255, 255, 255})
	}
	return p.Contains(a.Prev()) && (a.Is6() || p.Contains(a.Next()))
}

// gateway generates addresses of other hosts inside the prefix or, for IPv6, link-local ones; none where there is no other.
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
