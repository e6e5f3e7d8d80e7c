package network

import (
	"slices"

	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
	"github.com/novasphere/function-wukong/input/v1beta1"
	"github.com/novasphere/function-wukong/internal/message"
)

// A Type is all that differs between networks of different types. Each type is declared in a file of its own, such as bridge.go.
type Type struct {
	// Name is the value of the field type.
	Name v1alpha1.NetworkType

	// Fields are the names of the TypeFields that have an effect on a network of this type. Networks with a nadName use none of them.
	Fields []string

	// Required is the field without which no NetworkAttachmentDefinition can be created; nil for none.
	Required *RequiredField

	// Binding is how KubeVirt connects the guest's interface to the pod's.
	Binding Binding

	// onLinuxBridge reports whether a Linux bridge of the node separates the VLANs.
	onLinuxBridge bool

	// medium is what people call that which connects the hosts of a network, such as bridge.
	medium string

	// segment returns the name and the VLAN of the layer-2 network that a network belongs to.
	segment func(n *v1alpha1.Network) (name string, vlan int32)

	// exclusive returns the interface of the node that a virtual machine takes for itself; nil for none.
	exclusive func(n *v1alpha1.Network) string

	// configure sets the configuration of the CNI plugin. Version, name and type are set.
	configure func(c *pluginConfig, n *v1alpha1.Network)

	// annotations returns the annotations of the NetworkAttachmentDefinition; nil for none.
	annotations func(n *v1alpha1.Network) map[string]string
}

// Types returns the types of networks, in the order of the API.
func Types() []Type { return []Type{bridgeType, macvlanType, sriovType, ovsType} }

// TypeOf returns the type with a name. It returns false for a name that no type has.
func TypeOf(name v1alpha1.NetworkType) (Type, bool) {
	types := Types()
	if i := slices.IndexFunc(types, func(t Type) bool { return t.Name == name }); i >= 0 {
		return types[i], true
	}
	return Type{}, false
}

// Uses reports whether a field of TypeFields has an effect on networks of the type.
func (t Type) Uses(name string) bool { return slices.Contains(t.Fields, name) }

// SetDefault gives the required field of a network without nadName the platform team's default, where the network has no value.
func (t Type) SetDefault(n *v1alpha1.Network, d *v1beta1.Defaults) {
	if t.Required != nil {
		t.Required.setDefault(n, t.Required.Default(d))
	}
}

// A RequiredField is the field of a network without which no NetworkAttachmentDefinition of its type can be created.
type RequiredField struct {
	// Name of the field.
	Name string

	// Missing is the refusal of a network without it.
	Missing message.Message

	// Value returns the value in a network; empty for none.
	Value func(n *v1alpha1.Network) string

	// Default returns the platform team's default; empty for none.
	Default func(d *v1beta1.Defaults) string

	// set changes the value in a network.
	set func(n *v1alpha1.Network, value string)

	// annotation of the NetworkAttachmentDefinition that holds the value.
	annotation string
}

// setDefault gives a network without nadName a value, where it has none.
func (f *RequiredField) setDefault(n *v1alpha1.Network, value string) {
	if n.NADName == "" && f.Value(n) == "" {
		f.set(n, value)
	}
}

// Names of the fields that only some types use.
const (
	fieldVLAN       = "vlanId"
	fieldBridge     = "bridgeName"
	fieldMaster     = "master"
	fieldResource   = "resourceName"
	fieldSpoofCheck = "macSpoofCheck"
)

// A TypeField is a field of a network that has an effect on some types only.
type TypeField struct {
	// Name of the field.
	Name string

	// IsSet reports whether a network has a value.
	IsSet func(n *v1alpha1.Network) bool
}

// TypeFields returns the fields that have an effect on some types only, in the order of the API.
func TypeFields() []TypeField {
	return []TypeField{
		{Name: fieldVLAN, IsSet: func(n *v1alpha1.Network) bool { return n.VLANID != nil }},
		{Name: fieldBridge, IsSet: func(n *v1alpha1.Network) bool { return n.BridgeName != "" }},
		{Name: fieldMaster, IsSet: func(n *v1alpha1.Network) bool { return n.Master != "" }},
		{Name: fieldResource, IsSet: func(n *v1alpha1.Network) bool { return n.ResourceName != "" }},
		{Name: fieldSpoofCheck, IsSet: func(n *v1alpha1.Network) bool { return n.MACSpoofCheck != nil }},
	}
}
