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

// KeyNode is the name under which the NodeNetworkState of the node is known.
const KeyNode = "node-network-state"

// NodeState returns where NMState says what the node of a virtual machine is like, to be looked at; nothing, where the Input does not say that
// there is NMState, or no network depends on what the node's bridge does.
//
// The CNI plugin sets vlan_filtering on bridges that it makes. On one that exists it only gives the port a VLAN, which a bridge without
// vlan_filtering ignores.
func NodeState(w *v1alpha1.Wukong, in *v1beta1.Input, node string) []plan.Resource {
	if !in.Cluster.NMState || node == "" || len(withVLAN(w)) == 0 {
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

// NodeAdvice returns what NMState says of the node's bridges against the networks. Whether a bridge has vlan_filtering NMState does not say:
// it tells VLANs of the ports of one that has, and none of one that has not. A bridge without ports says nothing.
func NodeAdvice(w *v1alpha1.Wukong, in *v1beta1.Input, node string, rs observed.Resources) []string {
	if len(NodeState(w, in, node)) == 0 || rs.Name(KeyNode) != node {
		return nil
	}
	var out []string
	for _, i := range withVLAN(w) {
		n := &w.Spec.Networks[i]
		path := field.NewPath("spec", "networks").Index(i).Child("vlanId")
		ports, exists := bridgePorts(rs[KeyNode].Object, bridge(n))
		switch {
		case !exists:
			out = append(out, fmt.Sprintf("%s: by NMState node %s has no Linux bridge %s, so that the network ends there: "+
				"have one with an uplink made on each node", path, node, bridge(n)))
		case len(ports) > 0 && !slices.ContainsFunc(ports, func(p *structpb.Value) bool { return carries(p, *n.VLANID) }):
			out = append(out, fmt.Sprintf("%s: by NMState no port of bridge %s on node %s carries VLAN %d: "+
				"give the bridge vlan_filtering, without which it keeps no VLANs apart, and its uplink the VLAN", path, bridge(n), node, *n.VLANID))
		}
	}
	return out
}

// withVLAN returns the networks, by their index, whose VLAN a Linux bridge of the node keeps apart.
func withVLAN(w *v1alpha1.Wukong) []int {
	var out []int
	for i, n := range w.Spec.Networks {
		if n.Type == v1alpha1.NetworkTypeBridge && n.NADName == "" && n.VLANID != nil {
			out = append(out, i)
		}
	}
	return out
}

// bridgePorts returns the ports of a Linux bridge in a NodeNetworkState, and whether it is there.
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
