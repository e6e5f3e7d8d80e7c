package check

import (
	"slices"

	corev1 "k8s.io/api/core/v1"

	"github.com/novasphere/function-wukong/internal/manifest"
	"github.com/novasphere/function-wukong/internal/message"
	"github.com/novasphere/function-wukong/internal/network"
)

// A taker is a guest that takes an uplink of its node.
type taker struct {
	nic nic

	// selector are the labels that its node needs, and place a text that tells placements apart.
	selector map[string]string
	place    string

	// group is the anti-affinity group; empty for none.
	group string
}

// uplinkConflicts returns the uplinks that two guests may take on one node. A macvlan network in mode passthru has the uplink alone: the second pod on the
// node does not start, and the scheduler does not know.
//
// It is an error where both may run on the same node alone. Else the scheduler decides, so that it is a warning. Nothing is said where the
// scheduler keeps both apart: by an anti-affinity group, by node selectors that exclude each other, or by the nodes that are given.
func (r *repository) uplinkConflicts() []Finding {
	type uplink struct{ cluster, name string }
	var keys []uplink
	takers := map[uplink][]taker{}
	for _, n := range r.interfaces {
		name := network.Uplink(n.network)
		if name == "" {
			continue
		}
		k := uplink{cluster: n.guest.cluster, name: name}
		if _, known := takers[k]; !known {
			keys = append(keys, k)
		}
		takers[k] = append(takers[k], r.newTaker(n))
	}
	var out []Finding
	for _, k := range keys {
		out = append(out, r.takenTwice(k.name, takers[k])...)
	}
	return out
}

func (r *repository) newTaker(n nic) taker {
	return taker{nic: n, selector: r.selector(n.guest), place: r.place(n.guest), group: antiAffinityGroup(n.guest)}
}

// takenTwice returns a finding for each guest that may share a node with an earlier one. Of those with one placement in one group, only the first is
// compared with others, and of those that are bound to a host only the ones of that host.
func (r *repository) takenTwice(uplink string, takers []taker) []Finding {
	type class struct{ place, group string }
	var all []*taker
	byHost := map[string][]*taker{}
	seen := map[class]bool{}
	own := map[*guest]*taker{}
	var out []Finding
	for i := range takers {
		t := &takers[i]
		if first := own[t.nic.guest]; first != nil {
			out = append(out, newFinding(t.nic.guest, t.nic.field(fieldType), manifest.Error, msgUplinkOfOwn, first.nic.network.Name, uplink))
			continue
		}
		own[t.nic.guest] = t
		if !t.nic.guest.runs {
			continue
		}
		host, candidates := t.selector[corev1.LabelHostname], all
		if host != "" {
			candidates = slices.Concat(byHost[host], byHost[""])
		}
		for _, other := range candidates {
			if severity, m, meet := r.meet(t, other); meet {
				out = append(out, newFinding(t.nic.guest, t.nic.field(fieldType), severity, m, other.nic.guest.name, uplink))
				break
			}
		}
		if c := (class{place: t.place, group: t.group}); !seen[c] {
			seen[c] = true
			all, byHost[host] = append(all, t), append(byHost[host], t)
		}
	}
	return out
}

// meet reports whether two guests may run on one node, and what to say of it.
func (r *repository) meet(a, b *taker) (manifest.Severity, message.Message, bool) {
	if a.group != "" && a.group == b.group {
		return "", message.Message{}, false
	}
	for k, v := range a.selector {
		if other, both := b.selector[k]; both && other != v {
			return "", message.Message{}, false
		}
	}
	host := a.selector[corev1.LabelHostname]
	onlyOne := host != "" && host == b.selector[corev1.LabelHostname]
	if r.nodes.known() {
		of, with := r.eligible(a.nic.guest), r.eligible(b.nic.guest)
		if !slices.ContainsFunc(of, func(i int) bool { return slices.Contains(with, i) }) {
			return "", message.Message{}, false
		}
		onlyOne = len(of) == 1 && len(with) == 1
	}
	if onlyOne {
		return manifest.Error, msgUplinkOnNode, true
	}
	return manifest.Warning, msgUplink, true
}
