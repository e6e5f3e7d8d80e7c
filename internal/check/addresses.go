package check

import (
	"net/netip"

	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
	"github.com/novasphere/function-wukong/internal/manifest"
)

// Names of fields of a network.
const (
	fieldAddress = "ipConfig.address"
	fieldGateway = "ipConfig.gateway"
	fieldMAC     = "macAddress"
	fieldMTU     = "mtu"
	fieldName    = "name"
	fieldNAD     = "nadName"
	fieldType    = "type"
)

// A located is something on a layer-2 network of one of the clusters, such as an address.
type located[T comparable] struct {
	segment scopedSegment
	value   T
}

// staticAddress returns the address that the guest gives to an interface, with its prefix length. It returns false for DHCP.
func (n nic) staticAddress() (netip.Prefix, bool) {
	c := n.network.IPConfig
	return c.Address.Prefix, c.Mode == v1alpha1.IPModeStatic
}

// gateway returns the gateway of an interface with a static address. It returns false for none.
func (n nic) gateway() (netip.Addr, bool) {
	_, static := n.staticAddress()
	return n.network.IPConfig.Gateway.Addr, static && n.network.IPConfig.Gateway.IsValid()
}

// addressConflicts returns the static addresses that two guests have in one layer-2 network, and those that are the gateway of another guest.
func (r *repository) addressConflicts() []Finding {
	var out []Finding
	addresses := newTable[located[netip.Addr]]()
	gateways := map[located[netip.Addr]]int{}
	for i, n := range r.interfaces {
		if p, static := n.staticAddress(); static {
			addresses.add(located[netip.Addr]{segment: n.segment, value: p.Addr()}, use{guest: n.guest, index: i})
		}
		if g, ok := n.gateway(); ok {
			k := located[netip.Addr]{segment: n.segment, value: g}
			if _, known := gateways[k]; !known {
				gateways[k] = i
			}
		}
	}
	addresses.collisions(func(k located[netip.Addr], later, earlier use, s manifest.Severity) {
		n := r.interfaces[later.index]
		out = append(out, newFinding(n.guest, n.field(fieldAddress), s, msgAddress, earlier.guest.name, k.value, k.segment))
	})
	// A guest may be a router, so that this is a warning.
	for _, k := range addresses.keys {
		by, isGateway := gateways[k]
		n := r.interfaces[addresses.uses[k][0].index]
		if isGateway && r.interfaces[by].guest != n.guest {
			out = append(out, newFinding(n.guest, n.field(fieldAddress), manifest.Warning, msgAddressOfGateway, r.interfaces[by].guest.name, k.segment))
		}
	}
	return out
}

// macConflicts returns the MAC addresses that two guests have in one layer-2 network. A finding is about the one whose address is in the spec.
func (r *repository) macConflicts() []Finding {
	var out []Finding
	macs := newTable[located[string]]()
	for i, n := range r.interfaces {
		macs.add(located[string]{segment: n.segment, value: n.planned.MAC}, use{guest: n.guest, index: i})
	}
	macs.collisions(func(k located[string], later, earlier use, s manifest.Severity) {
		n, other := r.interfaces[later.index], r.interfaces[earlier.index]
		if n.network.MACAddress == "" && other.network.MACAddress != "" {
			n, other = other, n
		}
		name := fieldMAC
		if n.network.MACAddress == "" {
			name = fieldName
		}
		out = append(out, newFinding(n.guest, n.field(name), s, msgMAC, other.guest.name, k.value, k.segment))
	})
	return out
}
