package check

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/novasphere/function-wukong/internal/kubevirt"
	"github.com/novasphere/function-wukong/internal/manifest"
)

// labelSchedulable is KubeVirt's label of nodes that run virtual machines.
const labelSchedulable = "kubevirt.io/schedulable"

// nodes are the nodes of the cluster. Without any, nothing is known of them.
type nodes struct {
	all []corev1.Node

	// labelled reports that KubeVirt has labelled nodes, so that the others run no virtual machine.
	labelled bool

	// byHost are the indexes of nodes by the label that every node has a value of its own for.
	byHost map[string][]int

	// eligible holds answers, by what was asked for.
	eligible map[string][]int
}

func newNodes(all []corev1.Node) *nodes {
	n := &nodes{all: all, byHost: map[string][]int{}, eligible: map[string][]int{}}
	for i := range all {
		host := all[i].Labels[corev1.LabelHostname]
		n.byHost[host] = append(n.byHost[host], i)
		n.labelled = n.labelled || all[i].Labels[labelSchedulable] == "true"
	}
	return n
}

// known reports whether nodes are given.
func (n *nodes) known() bool { return len(n.all) > 0 }

// eligibleFor returns the indexes of the nodes that may run a guest, by its node selector, its tolerations and the nodes' taints. How much room they have,
// and what else the scheduler looks at, is left out.
func (n *nodes) eligibleFor(selector map[string]string, tolerations []corev1.Toleration) []int {
	key := placementKey(selector, tolerations)
	if out, asked := n.eligible[key]; asked {
		return out
	}
	var out []int
	add := func(i int) {
		if n.runs(&n.all[i], selector, tolerations) {
			out = append(out, i)
		}
	}
	if host, bound := selector[corev1.LabelHostname]; bound {
		for _, i := range n.byHost[host] {
			add(i)
		}
	} else {
		for i := range n.all {
			add(i)
		}
	}
	n.eligible[key] = out
	return out
}

// placementKey returns a text that tells different placements apart.
func placementKey(selector map[string]string, tolerations []corev1.Toleration) string {
	var b strings.Builder
	for _, k := range slices.Sorted(maps.Keys(selector)) {
		fmt.Fprintf(&b, "%s=%s,", k, selector[k])
	}
	for _, t := range tolerations {
		fmt.Fprintf(&b, ";%s,%s,%s,%s", t.Key, t.Operator, t.Value, t.Effect)
	}
	return b.String()
}

// runs reports whether a node may run a guest.
func (n *nodes) runs(node *corev1.Node, selector map[string]string, tolerations []corev1.Toleration) bool {
	if node.Spec.Unschedulable || (n.labelled && node.Labels[labelSchedulable] != "true") {
		return false
	}
	for k, v := range selector {
		if label, has := node.Labels[k]; !has || label != v {
			return false
		}
	}
	for i := range node.Spec.Taints {
		t := &node.Spec.Taints[i]
		if t.Effect == corev1.TaintEffectPreferNoSchedule {
			continue
		}
		if !slices.ContainsFunc(tolerations, func(o corev1.Toleration) bool { return tolerates(o, t) }) {
			return false
		}
	}
	return true
}

// tolerates reports whether a toleration tolerates a taint (https://kubernetes.io/docs/concepts/scheduling-eviction/taint-and-toleration/).
func tolerates(o corev1.Toleration, t *corev1.Taint) bool {
	switch {
	case o.Effect != "" && o.Effect != t.Effect, o.Key != "" && o.Key != t.Key:
		return false
	case o.Operator == corev1.TolerationOpExists:
		return true
	default:
		return o.Key != "" && o.Value == t.Value
	}
}

// names returns the names of nodes.
func (n *nodes) names(indexes []int) []string {
	out := make([]string, len(indexes))
	for i, index := range indexes {
		out[i] = n.all[index].Name
	}
	return out
}

// eligible returns the indexes of the nodes that may run a guest.
func (r *repository) eligible(g *guest) []int {
	return r.nodes.eligibleFor(r.selector(g), r.instance(g).Spec.Tolerations)
}

// selector returns the labels that a node needs to run a guest.
func (r *repository) selector(g *guest) map[string]string {
	return kubevirt.NodeSelector(r.instance(g), g.Input)
}

// place returns a text that tells different placements of guests apart.
func (r *repository) place(g *guest) string {
	return placementKey(r.selector(g), r.instance(g).Spec.Tolerations)
}

// eligibleButArchitecture returns the indexes of the nodes that could run a guest if its architecture were theirs.
func (r *repository) eligibleButArchitecture(g *guest) []int {
	spec := &r.instance(g).Spec
	return r.nodes.eligibleFor(spec.NodeSelector, spec.Tolerations)
}

// lacksArchitecture reports whether nodes could run a guest, but for its architecture.
func (r *repository) lacksArchitecture(g *guest) bool {
	return r.nodes.known() && r.instance(g).Spec.Architecture != "" && len(r.eligible(g)) == 0 && len(r.eligibleButArchitecture(g)) > 0
}

// architectureFindings returns the guests whose architecture no node has that could run them.
func (r *repository) architectureFindings() []Finding {
	var out []Finding
	for _, g := range r.guests {
		if !r.lacksArchitecture(g) {
			continue
		}
		severity := manifest.Error
		if !g.runs {
			severity = manifest.Warning
		}
		out = append(out, newFinding(g, architectureField(g), severity, msgNoArchitecture, r.instance(g).Spec.Architecture))
	}
	return out
}

// architectureField returns the path of the field that gives the architecture of a guest.
func architectureField(g *guest) string {
	if g.vm.Spec.Template.Spec.Architecture == "" && g.Wukong.Spec.Preference != nil {
		return "spec.preference"
	}
	return "spec.architecture"
}
