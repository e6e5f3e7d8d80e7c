package network

import (
	"fmt"
	"slices"

	"google.golang.org/protobuf/types/known/structpb"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/validation/field"

	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
	"github.com/novasphere/function-wukong/input/v1beta1"
	"github.com/novasphere/function-wukong/internal/fields"
	"github.com/novasphere/function-wukong/internal/observed"
	"github.com/novasphere/function-wukong/internal/plan"
)

// KeyNode is the key of the NodeNetworkState of the virtual machine's node.
const KeyNode = "node-network-state"

// NodeState returns the NodeNetworkState of a virtual machine's node, which is only observed. It returns none where the cluster has no NMState,
// or where no network depends on a bridge of the node.
//
// The bridge plugin sets vlan_filtering on a bridge that it creates. On an existing bridge it only gives its port a VLAN, which a bridge
// without vlan_filtering ignores.
func NodeState(w *v1alpha1.Wukong, in *v1beta1.Input, node string) []plan.Resource {
	if !in.Cluster.NMState || node == "" || len(vlansOnBridges(w)) == 0 {
		return nil
	}
	return []plan.Resource{{
		Key: KeyNode,
		Object: &metav1.PartialObjectMetadata{
			TypeMeta:   metav1.TypeMeta{APIVersion: "nmstate.io/v1beta1", Kind: "NodeNetworkState"},
			ObjectMeta: metav1.ObjectMeta{Name: node},
		},
		Management: plan.Observe,
	}}
}

// NodeAdvice returns advice where the bridges of the node lack the VLANs of the networks. NMState does not report vlan_filtering itself. It
// reports the VLANs of ports on a bridge that has it, and none for other bridges. A bridge without ports is left out.
func NodeAdvice(w *v1alpha1.Wukong, in *v1beta1.Input, node string, rs observed.Resources) []string {
	if len(NodeState(w, in, node)) == 0 || rs.Name(KeyNode) != node {
		return nil
	}
	var out []string
	for _, i := range vlansOnBridges(w) {
		n := &w.Spec.Networks[i]
		path, bridge := field.NewPath("spec", "networks").Index(i).Child(fieldVLAN), bridgeName(n)
		ports, exists := bridgePorts(rs[KeyNode].Object, bridge)
		switch {
		case !exists:
			out = append(out, fmt.Sprintf("%s: %s", path, msgNoBridge.With(node, bridge)))
		case len(ports) > 0 && !slices.ContainsFunc(ports, func(p *structpb.Value) bool { return carries(p, *n.VLANID) }):
			out = append(out, fmt.Sprintf("%s: %s", path, msgNoVLAN.With(bridge, node, *n.VLANID)))
		}
	}
	return out
}

// vlansOnBridges returns the indexes of the networks whose VLAN is on a Linux bridge of the node.
func vlansOnBridges(w *v1alpha1.Wukong) []int {
	var out []int
	for i, n := range w.Spec.Networks {
		if t, _ := TypeOf(n.Type); t.onLinuxBridge && n.NADName == "" && n.VLANID != nil {
			out = append(out, i)
		}
	}
	return out
}

// bridgePorts returns the ports of a Linux bridge in a NodeNetworkState. It returns false for a bridge that does not exist.
func bridgePorts(state *structpb.Struct, name string) (ports []*structpb.Value, exists bool) {
	current := fields.In(state, "status", "currentState")
	for _, v := range current.GetFields()["interfaces"].GetListValue().GetValues() {
		i := v.GetStructValue().GetFields()
		if i["name"].GetStringValue() == name && i["type"].GetStringValue() == "linux-bridge" {
			return i["bridge"].GetStructValue().GetFields()["port"].GetListValue().GetValues(), true
		}
	}
	return nil, false
}

// carries reports whether a port of a bridge carries a VLAN, tagged or not.
func carries(port *structpb.Value, vlan int32) bool {
	id := float64(vlan)
	v := fields.In(port.GetStructValue(), "vlan").GetFields()
	if v["tag"].GetNumberValue() == id {
		return true
	}
	for _, t := range v["trunk-tags"].GetListValue().GetValues() {
		tag := t.GetStructValue().GetFields()
		between := tag["id-range"].GetStructValue().GetFields()
		if tag["id"].GetNumberValue() == id || between["min"].GetNumberValue() <= id && id <= between["max"].GetNumberValue() {
			return true
		}
	}
	return false
}
