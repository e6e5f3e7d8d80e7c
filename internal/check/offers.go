package check

import (
	"slices"

	corev1 "k8s.io/api/core/v1"
	kubevirtv1 "kubevirt.io/api/core/v1"

	"github.com/novasphere/function-wukong/internal/manifest"
)

// An offer is what a guest takes of its node beside room.
type offer struct {
	// field of the Wukong that asks for it, relative to performance.
	field string

	// what a person calls it.
	what string

	isOffered func(*corev1.Node) bool
}

// Models of a CPU that every node has.
var modelsOfEveryNode = []string{"", kubevirtv1.CPUModeHostModel, kubevirtv1.CPUModeHostPassthrough}

// offersFor returns what an instance takes of its node. KubeVirt labels nodes with CPUs that it can pin and with models that they have
// (pkg/virt-controller/services/nodeselectorrenderer.go), and the kubelet lists huge pages.
func offersFor(spec *kubevirtv1.VirtualMachineInstanceSpec) []offer {
	var out []offer
	labelled := func(label string) func(*corev1.Node) bool {
		return func(n *corev1.Node) bool { return n.Labels[label] == "true" }
	}
	if c := spec.Domain.CPU; c != nil {
		if c.DedicatedCPUPlacement {
			out = append(out, offer{"dedicatedCpuPlacement", "CPUs to pin (label " + kubevirtv1.CPUManager + ")", labelled(kubevirtv1.CPUManager)})
		}
		if !slices.Contains(modelsOfEveryNode, c.Model) {
			label := kubevirtv1.CPUModelLabel + c.Model
			out = append(out, offer{"cpuModel", "the CPU model (label " + label + ")", labelled(label)})
		}
	}
	if m := spec.Domain.Memory; m != nil && m.Hugepages != nil {
		name := corev1.ResourceName(corev1.ResourceHugePagesPrefix + m.Hugepages.PageSize)
		out = append(out, offer{"hugepages.pageSize", "pages of that size (" + string(name) + ")", func(n *corev1.Node) bool {
			q := n.Status.Allocatable[name]
			return !q.IsZero()
		}})
	}
	return out
}

// offerFindings returns the guests that take something which none of the nodes that could run them offers. Nodes that KubeVirt has not labelled tell nothing.
func (r *repository) offerFindings() []Finding {
	if !r.nodes.labelled {
		return nil
	}
	var out []Finding
	for _, g := range r.guests {
		nodes := r.eligible(g)
		if len(nodes) == 0 {
			continue
		}
		severity := manifest.Error
		if !g.runs {
			severity = manifest.Warning
		}
		for _, o := range offersFor(&r.instance(g).Spec) {
			if !slices.ContainsFunc(nodes, func(i int) bool { return o.isOffered(&r.nodes.all[i]) }) {
				out = append(out, newFinding(g, offerField(g, o), severity, msgNoOffer, o.what))
			}
		}
	}
	return out
}

// offerField returns the path of the field that asks for an offer: one of performance, unless an instance type may.
func offerField(g *guest, o offer) string {
	if g.Wukong.Spec.Performance == nil && g.Wukong.Spec.Instancetype != nil {
		return "spec.instancetype"
	}
	return "spec.performance." + o.field
}
