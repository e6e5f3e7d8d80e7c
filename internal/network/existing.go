package network

import (
	"encoding/json"
	"strings"

	"k8s.io/utils/ptr"

	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
	"github.com/novasphere/function-wukong/internal/fields"
	"github.com/novasphere/function-wukong/internal/observed"
)

// Existing returns what the NetworkAttachmentDefinition of a network is, else what was last desired of it, as a spec says it: the name, the type,
// and what is in the configuration of the plugin. It returns nil for a network that has none of the Wukong's own.
func Existing(name v1alpha1.Label, rs observed.Resources) *v1alpha1.Network {
	out := &v1alpha1.Network{Name: name}
	r := rs[key(out)]
	nad := rs.Last(key(out))
	if nad == nil || r.Foreign != nil {
		return nil
	}
	var c pluginConfig
	if err := json.Unmarshal([]byte(configOf(nad)), &c); err != nil {
		return nil
	}
	out.MACSpoofCheck = c.spoofCheck()
	annotations := fields.In(nad, "metadata", "annotations").GetFields()
	out.Type, out.BridgeName, out.VLANID, out.MTU = v1alpha1.NetworkType(c.Type), v1alpha1.InterfaceName(c.Bridge), c.VLAN, c.MTU
	switch out.Type {
	case v1alpha1.NetworkTypeMacvlan:
		out.Master = v1alpha1.InterfaceName(annotations[annotationMaster].GetStringValue())
		out.VLANID = vlanOfInterface(string(out.Master), c.Master)
	case v1alpha1.NetworkTypeSRIOV:
		out.ResourceName = v1alpha1.QualifiedName(annotations[annotationResource].GetStringValue())
	default:
	}
	return out
}

// vlanOfInterface returns the VLAN of an interface on an uplink, as names.VLANInterface calls it; nil for the uplink itself.
func vlanOfInterface(uplink, name string) *int32 {
	vlan, found := strings.CutPrefix(name, uplink+".")
	if !found {
		return nil
	}
	var out int32
	if err := json.Unmarshal([]byte(vlan), &out); err != nil {
		return nil
	}
	return ptr.To(out)
}
