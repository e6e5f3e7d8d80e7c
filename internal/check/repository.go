package check

import (
	"fmt"

	kubevirtv1 "kubevirt.io/api/core/v1"

	"github.com/novasphere/function-wukong/fn"
	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
	"github.com/novasphere/function-wukong/internal/kubevirt"
	"github.com/novasphere/function-wukong/internal/manifest"
	"github.com/novasphere/function-wukong/internal/network"
	"github.com/novasphere/function-wukong/internal/plan"
)

// A repository holds the Wukongs that are checked together, and what is known of their cluster.
type repository struct {
	guests     []*guest
	cluster    clusterIndex
	nodes      *nodes
	interfaces []nic

	// duplicates are the findings about Wukongs that the repository has twice. The others of a name are left out of everything else.
	duplicates []Finding
}

// A guest is a Wukong of a repository.
type guest struct {
	*fn.Planned

	// index in the list that is checked.
	index int

	// name is NAMESPACE/NAME.
	name string

	// cluster tells the clusters of the repository apart.
	cluster string

	// vm is the desired VirtualMachine.
	vm *kubevirtv1.VirtualMachine

	// vmi is the instance that it starts; nil until instance makes it.
	vmi *kubevirtv1.VirtualMachineInstance

	// volumes are its claims; nil until volumes finds them.
	volumes []volume

	// runs reports that the virtual machine is not halted.
	runs bool
}

func (g *guest) namespace() string { return g.Wukong.GetNamespace() }

// A nic is a network interface of a guest that is not on the pod network.
type nic struct {
	guest *guest

	// index of the network in the spec.
	index int

	network *v1alpha1.Network
	planned *network.NIC
	segment scopedSegment

	// attachment is its NetworkAttachmentDefinition.
	attachment attachment
}

// An attachment names a NetworkAttachmentDefinition of one of the clusters, as NAMESPACE/NAME.
type attachment struct{ cluster, name string }

// field returns the path of a field of the network.
func (n nic) field(name string) string { return fmt.Sprintf("spec.networks[%d].%s", n.index, name) }

// A scopedSegment is a layer-2 network of one of the clusters.
type scopedSegment struct {
	cluster string
	network.Segment
}

// newRepository returns the repository of planned Wukongs.
func newRepository(wukongs []fn.Planned, cluster Cluster) *repository {
	r := &repository{cluster: indexCluster(cluster), nodes: newNodes(cluster.Nodes)}
	type key struct{ cluster, name string }
	seen := map[key]bool{}
	for i := range wukongs {
		g := newGuest(i, &wukongs[i])
		k := key{cluster: g.cluster, name: g.name}
		if seen[k] {
			r.duplicates = append(r.duplicates, newFinding(g, "metadata.name", manifest.Error, msgTwice, g.name))
			continue
		}
		seen[k] = true
		r.guests = append(r.guests, g)
	}
	r.connect()
	return r
}

// newGuest returns the guest of a planned Wukong.
func newGuest(index int, p *fn.Planned) *guest {
	w := p.Wukong
	g := &guest{Planned: p, index: index, name: w.GetNamespace() + "/" + w.GetName(), runs: kubevirt.RunStrategy(w) != kubevirtv1.RunStrategyHalted}
	g.cluster = fmt.Sprintf("%s\x00%s\x00%s", p.Input.Salt, p.Input.ProviderConfigRef.Kind, p.Input.ProviderConfigRef.Name)
	for _, res := range p.Resources {
		if vm, ok := res.Object.(*kubevirtv1.VirtualMachine); ok && res.Key == plan.KeyVM {
			g.vm = vm
		}
	}
	return g
}

// connect finds the segments of all network interfaces. The NetworkAttachmentDefinition of a nadName may be that of another Wukong's network, and
// is then the segment of that.
func (r *repository) connect() {
	owned := map[attachment]network.Segment{}
	for _, g := range r.guests {
		networks := make(map[string]int, len(g.Wukong.Spec.Networks))
		for i := range g.Wukong.Spec.Networks {
			networks[string(g.Wukong.Spec.Networks[i].Name)] = i
		}
		for i := range g.NICs {
			index, found := networks[g.NICs[i].Name]
			if !found {
				continue
			}
			n := nic{guest: g, index: index, network: &g.Wukong.Spec.Networks[index], planned: &g.NICs[i]}
			n.segment = scopedSegment{cluster: g.cluster, Segment: network.SegmentOf(g.Wukong, n.network)}
			n.attachment = attachment{cluster: g.cluster, name: n.planned.Attachment(g.Wukong)}
			r.interfaces = append(r.interfaces, n)
			if n.network.NADName == "" {
				owned[n.attachment] = n.segment.Segment
			}
		}
	}
	for i := range r.interfaces {
		n := &r.interfaces[i]
		if s, ok := owned[n.attachment]; ok && n.network.NADName != "" {
			n.segment.Segment = s
		}
	}
}
