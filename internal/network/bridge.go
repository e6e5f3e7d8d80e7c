package network

import (
	"k8s.io/utils/ptr"

	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
	"github.com/novasphere/function-wukong/internal/names"
)

// bridgePrefix begins the default name of a bridge.
const bridgePrefix = "br-"

// bridgeType attaches pods to a Linux bridge of the node: https://www.cni.dev/plugins/current/main/bridge/
var bridgeType = Type{
	Name:          v1alpha1.NetworkTypeBridge,
	Fields:        []string{fieldVLAN, fieldBridge},
	Binding:       BindingBridge,
	onLinuxBridge: true,
	configure: func(c *pluginConfig, n *v1alpha1.Network) {
		c.Bridge, c.VLAN, c.MTU = bridgeName(n), n.VLANID, n.MTU
		if n.VLANID != nil {
			c.PreserveDefaultVLAN = ptr.To(false)
		}
	},
}

// bridgeName returns the bridge of a network: its bridgeName, else br-NAME, shortened to the 15 characters of a Linux interface.
func bridgeName(n *v1alpha1.Network) string {
	if n.BridgeName != "" {
		return string(n.BridgeName)
	}
	return names.Interface(bridgePrefix, string(n.Name))
}
