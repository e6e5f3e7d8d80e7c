package network

import "github.com/novasphere/function-wukong/fn/api/v1alpha1"

// ovsResourcePrefix begins the extended resource that ovs-cni's marker adds to a node for each of its bridges.
const ovsResourcePrefix = "ovs-cni.network.kubevirt.io/"

// ovsType attaches pods to an Open vSwitch bridge of the node: https://github.com/k8snetworkplumbingwg/ovs-cni/blob/main/docs/cni-plugin.md
//
// Its pods request the bridge's resource, so that the scheduler chooses a node with that bridge.
var ovsType = Type{
	Name:    v1alpha1.NetworkTypeOVS,
	Fields:  []string{fieldVLAN, fieldBridge},
	Binding: BindingBridge,
	medium:  "Open vSwitch bridge",
	segment: func(n *v1alpha1.Network) (string, int32) { return bridgeName(n), tagged(n) },
	configure: func(c *pluginConfig, n *v1alpha1.Network) {
		c.Bridge, c.VLAN, c.MTU = bridgeName(n), n.VLANID, n.MTU
	},
	annotations: func(n *v1alpha1.Network) map[string]string {
		return map[string]string{annotationResource: ovsResourcePrefix + bridgeName(n)}
	},
}
