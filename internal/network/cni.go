package network

import (
	"encoding/json"
	"fmt"

	"k8s.io/utils/ptr"

	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
	"github.com/novasphere/function-wukong/internal/names"
)

const (
	// cniVersion is the newest version of the CNI specification that every release of these plugins still in use takes.
	cniVersion = "0.3.1"

	bridgePrefix = "br-"

	// ovsResourcePrefix is how ovs-cni's marker names the resource of a node that has the bridge.
	ovsResourcePrefix = "ovs-cni.network.kubevirt.io/"
)

// A pluginConfig is the configuration of a CNI plugin: the fields of which the plugins of all types need some. There is no
// IPAM, because addresses belong to the guest.
type pluginConfig struct {
	CNIVersion string `json:"cniVersion"`
	Name       string `json:"name"`
	Type       string `json:"type"`
	Bridge     string `json:"bridge,omitempty"`
	Master     string `json:"master,omitempty"`
	Mode       string `json:"mode,omitempty"`
	VLAN       *int32 `json:"vlan,omitempty"`

	// PreserveDefaultVLAN false takes a port of the bridge plugin out of VLAN 1, whose frames would reach the guest besides
	// those of its own VLAN.
	PreserveDefaultVLAN *bool `json:"preserveDefaultVlan,omitempty"`

	MTU *int32 `json:"mtu,omitempty"`
}

// cniConfig is the CNI configuration of a network, as JSON.
//
//   - bridge: https://www.cni.dev/plugins/current/main/bridge/
//   - macvlan: https://www.cni.dev/plugins/current/main/macvlan/
//   - ovs: https://github.com/k8snetworkplumbingwg/ovs-cni/blob/main/docs/cni-plugin.md
//   - sriov: https://github.com/k8snetworkplumbingwg/sriov-cni/blob/master/docs/configuration-reference.md
func cniConfig(n *v1alpha1.Network, name string) (string, error) {
	c := pluginConfig{CNIVersion: cniVersion, Name: name, Type: string(n.Type)}

	switch n.Type {
	case v1alpha1.NetworkTypeBridge:
		c.Bridge, c.VLAN, c.MTU = bridge(n), n.VLANID, n.MTU
		if n.VLANID != nil {
			c.PreserveDefaultVLAN = ptr.To(false)
		}
	case v1alpha1.NetworkTypeOVS:
		c.Bridge, c.VLAN, c.MTU = bridge(n), n.VLANID, n.MTU
	case v1alpha1.NetworkTypeMacvlan:
		// Under KubeVirt's bridge binding the guest has another MAC address than the pod's interface, so that every mode but
		// passthru drops its frames.
		c.Master, c.Mode, c.MTU = uplink(n), "passthru", n.MTU
	case v1alpha1.NetworkTypeSRIOV:
		c.VLAN = n.VLANID
	default:
		return "", fmt.Errorf("network %q has the unknown type %q", n.Name, n.Type)
	}

	j, err := json.Marshal(c)
	return string(j), err
}

// deviceResource is the extended resource that a pod on the network asks for; empty for none.
func deviceResource(n *v1alpha1.Network) string {
	switch n.Type {
	case v1alpha1.NetworkTypeOVS:
		return ovsResourcePrefix + bridge(n)
	case v1alpha1.NetworkTypeSRIOV:
		return string(n.ResourceName)
	case v1alpha1.NetworkTypeBridge, v1alpha1.NetworkTypeMacvlan:
	}
	return ""
}

func bridge(n *v1alpha1.Network) string {
	if n.BridgeName != "" {
		return string(n.BridgeName)
	}
	return names.Interface(bridgePrefix, string(n.Name))
}

func uplink(n *v1alpha1.Network) string {
	if n.VLANID == nil {
		return string(n.Master)
	}
	return fmt.Sprintf("%s.%d", n.Master, *n.VLANID)
}
