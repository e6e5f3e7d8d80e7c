package network

import (
	"fmt"
	"strings"

	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
)

// A Segment is a layer-2 network of a cluster: the interfaces on it reach each other by their MAC addresses. Bridges, uplinks and device
// plugins are those of the nodes, so that a segment has no namespace, unless a NetworkAttachmentDefinition alone tells what it is.
//
// Two segments may be the same network in truth: an offline look at manifests does not tell what the nodes connect.
type Segment struct {
	// Type of the network; empty for one of a nadName.
	Type v1alpha1.NetworkType

	// Name of the bridge, the uplink or the device plugin's resource; for one of a nadName that of the NetworkAttachmentDefinition, as NAMESPACE/NAME.
	Name string

	// VLAN on it; 0 for the frames without a tag.
	VLAN int32
}

// SegmentOf returns the segment of a network that is not the pod network.
func SegmentOf(w *v1alpha1.Wukong, n *v1alpha1.Network) Segment {
	if n.NADName != "" {
		return Segment{Name: qualified(w, n.NADName)}
	}
	t, _ := TypeOf(n.Type)
	if t.segment == nil {
		return Segment{Type: n.Type}
	}
	name, vlan := t.segment(n)
	return Segment{Type: n.Type, Name: name, VLAN: vlan}
}

// Attachment returns the NetworkAttachmentDefinition of an interface of a Wukong, as NAMESPACE/NAME; empty for the pod network.
func (n NIC) Attachment(w *v1alpha1.Wukong) string {
	if n.NAD == "" {
		return ""
	}
	return qualified(w, n.NAD)
}

// String returns what people call the segment, such as bridge br-lan, VLAN 120.
func (s Segment) String() string {
	kind := kindAttachment
	if t, known := TypeOf(s.Type); known {
		kind = t.medium
	}
	if s.VLAN == 0 || (s.Type == v1alpha1.NetworkTypeBridge && s.VLAN == defaultVLAN) {
		return kind + " " + s.Name
	}
	return fmt.Sprintf("%s %s, VLAN %d", kind, s.Name, s.VLAN)
}

// Uplink returns the interface of the node that a network takes for its virtual machine alone; empty for none.
func Uplink(n *v1alpha1.Network) string {
	if t, _ := TypeOf(n.Type); n.NADName == "" && t.exclusive != nil {
		return t.exclusive(n)
	}
	return ""
}

// Bridge returns the bridge of the node that a network is on; empty for none.
func Bridge(n *v1alpha1.Network) string {
	if t, _ := TypeOf(n.Type); n.NADName != "" || !t.Uses(fieldBridge) {
		return ""
	}
	return bridgeName(n)
}

// qualified returns the name of an object as NAMESPACE/NAME, in the namespace of the Wukong where it has none.
func qualified(w *v1alpha1.Wukong, name string) string {
	if strings.Contains(name, "/") {
		return name
	}
	return w.GetNamespace() + "/" + name
}

// tagged returns the VLAN of a network; 0 for frames without a tag.
func tagged(n *v1alpha1.Network) int32 {
	if n.VLANID == nil {
		return 0
	}
	return *n.VLANID
}
