package network

import (
	"fmt"

	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
	"github.com/novasphere/function-wukong/input/v1beta1"
)

// annotationMaster holds the uplink of a macvlan network. The uplink in the plugin's configuration may be a VLAN's interface.
const annotationMaster = v1alpha1.Group + "/master"

// macvlanType gives a virtual machine an uplink of the node: https://www.cni.dev/plugins/current/main/macvlan/
//
// The mode is passthru, because KubeVirt's bridge binding gives the guest another MAC address than the pod's interface. The other modes drop
// frames for that address.
var macvlanType = Type{
	Name:    v1alpha1.NetworkTypeMacvlan,
	Fields:  []string{fieldVLAN, fieldMaster},
	Binding: BindingBridge,
	Required: &RequiredField{
		Name:       fieldMaster,
		Missing:    msgNoMaster,
		Value:      func(n *v1alpha1.Network) string { return string(n.Master) },
		Default:    func(d *v1beta1.Defaults) string { return string(d.Master) },
		set:        func(n *v1alpha1.Network, value string) { n.Master = v1alpha1.InterfaceName(value) },
		annotation: annotationMaster,
	},
	configure: func(c *pluginConfig, n *v1alpha1.Network) {
		c.Master, c.Mode, c.MTU = uplink(n), "passthru", n.MTU
	},
	annotations: func(n *v1alpha1.Network) map[string]string {
		return map[string]string{annotationMaster: string(n.Master)}
	},
}

// uplink returns the uplink of a macvlan network. The plugin has no VLANs, so a network with a VLAN takes the interface MASTER.VLAN.
func uplink(n *v1alpha1.Network) string {
	if n.VLANID == nil {
		return string(n.Master)
	}
	return fmt.Sprintf("%s.%d", n.Master, *n.VLANID)
}
