package check

import (
	"maps"
	"net/netip"
	"slices"

	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
	"github.com/novasphere/function-wukong/internal/manifest"
	"github.com/novasphere/function-wukong/internal/network"
)

// A vote counts the values that the interfaces of a group have, which should all have one.
type vote[V comparable] struct {
	// values in the order of the repository, with the indexes of their interfaces.
	values []V
	users  map[V][]int
}

// A ballot holds the votes of all groups.
type ballot[K, V comparable] struct {
	keys  []K
	votes map[K]*vote[V]
}

func newBallot[K, V comparable]() *ballot[K, V] { return &ballot[K, V]{votes: map[K]*vote[V]{}} }

// cast counts the value of an interface for a group.
func (b *ballot[K, V]) cast(k K, v V, user int) {
	group, known := b.votes[k]
	if !known {
		group = &vote[V]{users: map[V][]int{}}
		b.keys, b.votes[k] = append(b.keys, k), group
	}
	if _, known := group.users[v]; !known {
		group.values = append(group.values, v)
	}
	group.users[v] = append(group.users[v], user)
}

// outvoted calls a function for each interface whose value is not the most frequent one of its group, with that value and its first user. Of values that
// are equally frequent, the first one counts.
func (b *ballot[K, V]) outvoted(found func(k K, user int, value V, other int, most V)) {
	for _, k := range b.keys {
		group := b.votes[k]
		most := group.values[0]
		for _, v := range group.values {
			if len(group.users[v]) > len(group.users[most]) {
				most = v
			}
		}
		for _, v := range group.values {
			if v == most {
				continue
			}
			for _, user := range group.users[v] {
				found(k, user, v, group.users[most][0], most)
			}
		}
	}
}

// segmentConflicts returns where the interfaces on one layer-2 network, or on one bridge, disagree about it.
func (r *repository) segmentConflicts() []Finding {
	return slices.Concat(r.mtuConflicts(), r.prefixConflicts(), r.gatewayConflicts(), r.bridgeConflicts())
}

// mtuConflicts returns the interfaces with another MTU than most on their layer-2 network. There is no router between them, so that one cannot tell the
// other to send smaller packets: it is an error. An interface without an MTU has that of the uplink, which is not known.
func (r *repository) mtuConflicts() []Finding {
	var out []Finding
	b := newBallot[scopedSegment, int32]()
	for i, n := range r.interfaces {
		if n.network.NADName == "" && n.network.MTU != nil {
			b.cast(n.segment, *n.network.MTU, i)
		}
	}
	b.outvoted(func(k scopedSegment, user int, value int32, other int, most int32) {
		n := r.interfaces[user]
		out = append(out, newFinding(n.guest, n.field(fieldMTU), manifest.Error, msgMTU, value, most, r.interfaces[other].guest.name, k))
	})
	return out
}

// gatewayConflicts returns the interfaces with another gateway than most in their network. A network may have two routers, so that it is a warning.
func (r *repository) gatewayConflicts() []Finding {
	var out []Finding
	b := newBallot[located[netip.Prefix], netip.Addr]()
	for i, n := range r.interfaces {
		p, _ := n.staticAddress()
		if g, ok := n.gateway(); ok {
			b.cast(located[netip.Prefix]{segment: n.segment, value: p.Masked()}, g, i)
		}
	}
	b.outvoted(func(k located[netip.Prefix], user int, value netip.Addr, other int, most netip.Addr) {
		n := r.interfaces[user]
		out = append(out, newFinding(n.guest, n.field(fieldGateway), manifest.Warning, msgGateway, k.value, value, most, r.interfaces[other].guest.name, k.segment))
	})
	return out
}

// bridgeConflicts returns the interfaces that take a bridge for one of another type than most do. Nodes may differ, so that it is a warning.
func (r *repository) bridgeConflicts() []Finding {
	var out []Finding
	type bridge struct{ cluster, name string }
	b := newBallot[bridge, v1alpha1.NetworkType]()
	for i, n := range r.interfaces {
		if name := network.Bridge(n.network); name != "" {
			b.cast(bridge{cluster: n.guest.cluster, name: name}, n.network.Type, i)
		}
	}
	b.outvoted(func(k bridge, user int, value v1alpha1.NetworkType, other int, most v1alpha1.NetworkType) {
		n := r.interfaces[user]
		out = append(out, newFinding(n.guest, n.field(fieldType), manifest.Warning, msgBridgeType, k.name, value, most, r.interfaces[other].guest.name))
	})
	return out
}

// Subnets are the interfaces with static addresses in one network of a segment, by their indexes.
type subnets map[netip.Prefix][]int

// prefixConflicts returns the networks of static addresses that lie inside another one of their layer-2 network. A prefix of a single host says nothing
// about the network. Some networks are meant to be divided so, thus it is a warning.
func (r *repository) prefixConflicts() []Finding {
	bySegment := map[scopedSegment]subnets{}
	for i, n := range r.interfaces {
		p, static := n.staticAddress()
		if !static || p.IsSingleIP() {
			continue
		}
		if bySegment[n.segment] == nil {
			bySegment[n.segment] = subnets{}
		}
		bySegment[n.segment][p.Masked()] = append(bySegment[n.segment][p.Masked()], i)
	}
	var out []Finding
	for s, nets := range bySegment {
		lengths := nets.lengths()
		for p := range nets {
			if around, overlaps := nets.enclosing(p, lengths); overlaps {
				out = append(out, r.overlap(s, nets, p, around)...)
			}
		}
	}
	return distinct(out)
}

// overlap returns a finding for each interface in one of two networks that overlap: in that with fewer, or, with as many, in that which comes later.
func (r *repository) overlap(s scopedSegment, nets subnets, few, most netip.Prefix) []Finding {
	if n, m := len(nets[few]), len(nets[most]); n > m || (n == m && nets[few][0] < nets[most][0]) {
		few, most = most, few
	}
	other := r.interfaces[nets[most][0]].guest.name
	var out []Finding
	for _, i := range nets[few] {
		n := r.interfaces[i]
		out = append(out, newFinding(n.guest, n.field(fieldAddress), manifest.Warning, msgPrefix, few, most, other, s))
	}
	return out
}

// lengths returns the lengths of the prefixes, sorted.
func (s subnets) lengths() []int {
	out := map[int]bool{}
	for p := range s {
		out[p.Bits()] = true
	}
	return slices.Sorted(maps.Keys(out))
}

// enclosing returns the longest of the other prefixes that a prefix lies in. It returns false where there is none. Lengths are those of all prefixes.
func (s subnets) enclosing(p netip.Prefix, lengths []int) (netip.Prefix, bool) {
	for _, bits := range slices.Backward(lengths) {
		around := netip.PrefixFrom(p.Addr(), bits).Masked()
		if bits < p.Bits() && len(s[around]) > 0 {
			return around, true
		}
	}
	return netip.Prefix{}, false
}

// distinct returns findings, of which each field of a Wukong has one of an ID. The first in their order stays.
func distinct(findings []Finding) []Finding {
	return slices.CompactFunc(ordered(findings), func(a, b Finding) bool { return a.Index == b.Index && a.Field == b.Field && a.ID == b.ID })
}

// attachmentConflicts returns the networks of a nadName that belong to another Wukong.
func (r *repository) attachmentConflicts() []Finding {
	owners := map[attachment]*guest{}
	for _, n := range r.interfaces {
		if n.network.NADName == "" {
			owners[n.attachment] = n.guest
		}
	}
	var out []Finding
	for _, n := range r.interfaces {
		owner := owners[n.attachment]
		if n.network.NADName != "" && owner != nil && owner != n.guest {
			out = append(out, newFinding(n.guest, n.field(fieldNAD), manifest.Warning, msgAttachment, owner.name))
		}
	}
	return out
}
