package network

import (
	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
	"github.com/novasphere/function-wukong/input/v1beta1"
)

// sriovType passes a virtual function of a network card to the guest. A device plugin hands out the functions as an extended resource:
// https://github.com/k8snetworkplumbingwg/sriov-cni/blob/master/docs/configuration-reference.md
var sriovType = Type{
	Name:    v1alpha1.NetworkTypeSRIOV,
	Fields:  []string{fieldVLAN, fieldResource, fieldSpoofCheck},
	Binding: BindingSRIOV,
	Required: &RequiredField{
		Name:       fieldResource,
		Missing:    msgNoResource,
		Value:      func(n *v1alpha1.Network) string { return string(n.ResourceName) },
		Default:    func(d *v1beta1.Defaults) string { return string(d.ResourceName) },
		set:        func(n *v1alpha1.Network, value string) { n.ResourceName = v1alpha1.QualifiedName(value) },
		annotation: annotationResource,
	},
	medium:  "resource",
	segment: func(n *v1alpha1.Network) (string, int32) { return string(n.ResourceName), tagged(n) },
	// The plugin's option trust is left alone: a trusted function may change its MAC address.
	configure: func(c *pluginConfig, n *v1alpha1.Network) {
		c.VLAN = n.VLANID
		if n.MACSpoofCheck != nil {
			c.SpoofCheck = optionOff
			if *n.MACSpoofCheck {
				c.SpoofCheck = optionOn
			}
		}
	},
	annotations: func(n *v1alpha1.Network) map[string]string {
		if n.ResourceName == "" {
			return nil
		}
		return map[string]string{annotationResource: string(n.ResourceName)}
	},
}
