package check

import (
	"slices"

	"github.com/novasphere/function-wukong/internal/kubevirt"
)

// drains returns what a drain of its node does to each guest, by the indexes of their Wukongs.
func (r *repository) drains() map[int]kubevirt.Drain {
	full := r.fullGroups()
	out := make(map[int]kubevirt.Drain, len(r.guests))
	for _, g := range r.guests {
		obstacles := slices.Concat(kubevirt.Obstacles(g.Wukong, r.instance(g), g.Input), r.volumeObstacles(g))
		out[g.index] = kubevirt.NewDrain(g.Wukong, g.Input, obstacles, r.confinement(g, full))
	}
	return out
}

// confinement returns why no other node can run a guest; nil where one can, or where the nodes are not known.
func (r *repository) confinement(g *guest, full map[*guest]kubevirt.Reason) *kubevirt.Reason {
	if !r.nodes.known() {
		return nil
	}
	const field = "spec.highAvailability.nodeSelector"
	var reason kubevirt.Reason
	nodes, architecture := r.eligible(g), r.instance(g).Spec.Architecture
	narrowed := architecture != "" && len(r.eligibleButArchitecture(g)) > len(nodes)
	switch {
	case len(nodes) == 0 && narrowed:
		reason = kubevirt.NewReason(architectureField(g), msgDrainNoNodeOf, architecture)
	case len(nodes) == 0:
		reason = kubevirt.NewReason(field, msgDrainNoNode)
	case len(nodes) == 1 && narrowed:
		reason = kubevirt.NewReason(architectureField(g), msgDrainOneNodeOf, r.nodes.names(nodes)[0], architecture)
	case len(nodes) == 1:
		reason = kubevirt.NewReason(field, msgDrainOneNode, r.nodes.names(nodes)[0])
	default:
		inFull, ok := full[g]
		if !ok {
			return nil
		}
		reason = inFull
	}
	return &reason
}

// fullGroups returns the guests whose anti-affinity group has at least as many members as nodes, with the reason.
func (r *repository) fullGroups() map[*guest]kubevirt.Reason {
	out := map[*guest]kubevirt.Reason{}
	if !r.nodes.known() {
		return out
	}
	for _, g := range r.groups() {
		members, room := r.tightest(g)
		if len(members) < room {
			continue
		}
		for _, m := range members {
			out[m] = kubevirt.NewReason("spec.highAvailability.antiAffinity", msgDrainGroup, g.name, room)
		}
	}
	return out
}
