package check

import (
	"slices"

	"github.com/novasphere/function-wukong/internal/manifest"
)

// antiAffinityGroup returns the anti-affinity group of a guest as NAMESPACE/NAME; empty for none.
func antiAffinityGroup(g *guest) string {
	ha := g.Wukong.Spec.HighAvailability
	if ha == nil || !ha.AntiAffinity {
		return ""
	}
	return g.namespace() + "/" + string(ha.AntiAffinityGroup)
}

// A group holds the guests that run on different nodes.
type group struct {
	name    string
	members []*guest
}

// groups returns the anti-affinity groups of the guests that run.
func (r *repository) groups() []group {
	type key struct{ cluster, name string }
	indexes := map[key]int{}
	var out []group
	for _, g := range r.guests {
		name := antiAffinityGroup(g)
		if name == "" || !g.runs {
			continue
		}
		k := key{cluster: g.cluster, name: name}
		i, known := indexes[k]
		if !known {
			i = len(out)
			indexes[k] = i
			out = append(out, group{name: string(g.Wukong.Spec.HighAvailability.AntiAffinityGroup)})
		}
		out[i].members = append(out[i].members, g)
	}
	return out
}

// antiAffinityConflicts returns the anti-affinity groups that have more members than nodes. It compares the members that may run on the same nodes alone
// with those nodes, and all members with all of their nodes; groups that fail in another way, by sets of nodes that overlap, are not found. The finding is about the last
// member.
func (r *repository) antiAffinityConflicts() []Finding {
	if !r.nodes.known() {
		return nil
	}
	var out []Finding
	for _, g := range r.groups() {
		if members, room := r.tightest(g); len(members) > room {
			last := members[len(members)-1]
			out = append(out, newFinding(last, "spec.highAvailability.antiAffinity", manifest.Error, msgAntiAffinity, len(members), g.name, room))
		}
	}
	return out
}

// A place holds the members of a group that have one node selector, one architecture and the same tolerations.
type place struct {
	nodes   []int
	members []*guest
}

// tightest returns the members of a group that have the least room, with the number of nodes that can run one of them.
func (r *repository) tightest(g group) (members []*guest, room int) {
	var places []*place
	byKey := map[string]*place{}
	union := map[int]bool{}
	for _, m := range g.members {
		k := r.place(m)
		p, known := byKey[k]
		if !known {
			p = &place{nodes: r.eligible(m)}
			byKey[k], places = p, append(places, p)
			for _, n := range p.nodes {
				union[n] = true
			}
		}
		p.members = append(p.members, m)
	}
	members, room = g.members, len(union)
	for _, p := range places {
		// The members whose nodes are all among these compete for them.
		var inside []*guest
		for _, q := range places {
			if isSubset(q.nodes, p.nodes) {
				inside = append(inside, q.members...)
			}
		}
		if len(p.nodes)-len(inside) < room-len(members) {
			slices.SortFunc(inside, func(a, b *guest) int { return a.index - b.index })
			members, room = inside, len(p.nodes)
		}
	}
	return members, room
}

// isSubset reports whether all of a sorted list are in another one.
func isSubset(a, b []int) bool {
	for _, n := range a {
		if _, found := slices.BinarySearch(b, n); !found {
			return false
		}
	}
	return true
}
