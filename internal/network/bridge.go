package network

import (
	"k8s.io/utils/ptr"

	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
	"github.com/novasphere/function-wukong/internal/names"
)

const (
	// bridgePrefix begins the default name of a bridge.
	bridgePrefix = "br-"

	// defaultVLAN is the VLAN on a Linux bridge of a port without one.
	defaultVLAN = 1
)

// bridgeType attaches pods to a Linux bridge of the node: https://www.cni.dev/plugins/current/main/bridge/
var bridgeType = Type{
	Name:          v1alpha1.NetworkTypeBridge,
	Fields:        []string{fieldVLAN, fieldBridge, fieldSpoofCheck},
	Binding:       BindingBridge,
	onLinuxBridge: true,
	medium:        "bridge",
	segment:       linuxSegment,
	configure: func(c *pluginConfig, n *v1alpha1.Network) {
		c.Bridge, c.VLAN, c.MTU = bridgeName(n), n.VLANID, n.MTU
		c.MACSpoofCheck = n.MACSpoofCheck
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

// linuxSegment returns the bridge and the VLAN of a network. A port without a VLAN is in VLAN 1, as a Linux bridge has it by default.
func linuxSegment(n *v1alpha1.Network) (string, int32) {
	if n.VLANID == nil {
		return bridgeName(n), defaultVLAN
	}
	return bridgeName(n), *n.VLANID
}
