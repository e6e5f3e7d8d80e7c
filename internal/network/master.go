package network

import (
	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
	"github.com/novasphere/function-wukong/input/v1beta1"
	"github.com/novasphere/function-wukong/internal/message"
)

// annotationMaster holds the uplink of a network. The uplink in the plugin's configuration may be a VLAN's interface.
const annotationMaster = v1alpha1.Group + "/master"

// requiredMaster returns the required field of types that need an uplink of the node, with the refusal of a network without one.
func requiredMaster(missing message.Message) *RequiredField {
	return &RequiredField{
		Name:       fieldMaster,
		Missing:    missing,
		Value:      func(n *v1alpha1.Network) string { return string(n.Master) },
		Default:    func(d *v1beta1.Defaults) string { return string(d.Master) },
		set:        func(n *v1alpha1.Network, value string) { n.Master = v1alpha1.InterfaceName(value) },
		annotation: annotationMaster,
	}
}

// masterAnnotation returns the annotation with the uplink of a network.
func masterAnnotation(n *v1alpha1.Network) map[string]string {
	return map[string]string{annotationMaster: string(n.Master)}
}
