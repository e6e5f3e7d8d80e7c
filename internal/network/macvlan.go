package network

import (
	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
	"github.com/novasphere/function-wukong/internal/names"
)

// macvlanType gives a virtual machine an uplink of the node: https://www.cni.dev/plugins/current/main/macvlan/
//
// The mode is passthru, because KubeVirt's bridge binding gives the guest another MAC address than the pod's interface. The other modes drop
// frames for that address.
var macvlanType = Type{
	Name:     v1alpha1.NetworkTypeMacvlan,
	Fields:   []string{fieldVLAN, fieldMaster},
	Binding:  BindingBridge,
	Required: requiredMaster(msgNoMaster),
	medium:   "uplink",
	// The VLAN is part of the interface's name, whether master or vlanId gives it.
	segment:   func(n *v1alpha1.Network) (string, int32) { return uplink(n), 0 },
	exclusive: uplink,
	configure: func(c *pluginConfig, n *v1alpha1.Network) {
		c.Master, c.Mode, c.MTU = uplink(n), "passthru", n.MTU
	},
	annotations: masterAnnotation,
}

// uplink returns the uplink of a macvlan network. The plugin has no VLANs, so a network with a VLAN takes the interface MASTER.VLAN.
func uplink(n *v1alpha1.Network) string {
	if n.VLANID == nil {
		return string(n.Master)
	}
	return names.VLANInterface(string(n.Master), *n.VLANID)
}
