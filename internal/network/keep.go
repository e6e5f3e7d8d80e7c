package network

import (
	"encoding/json"

	"google.golang.org/protobuf/types/known/structpb"

	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
	"github.com/novasphere/function-wukong/internal/fields"
	"github.com/novasphere/function-wukong/internal/observed"
)

// Keep fills in what a Wukong leaves to the platform's defaults and its networks that exist have an answer to: uplinks and device
// resources. So a change of the defaults changes no network that exists.
func Keep(w *v1alpha1.Wukong, rs observed.Resources) {
	for i := range w.Spec.Networks {
		keepUplink(&w.Spec.Networks[i], rs)
	}
}

// keepUplink gives a network the uplink or the device resource of its NetworkAttachmentDefinition.
func keepUplink(n *v1alpha1.Network, rs observed.Resources) {
	nad := rs.Last(key(n))
	if nad == nil || n.NADName != "" || typeOf(nad) != n.Type {
		return
	}
	annotations := fields.In(nad, "metadata", "annotations").GetFields()
	switch n.Type {
	case v1alpha1.NetworkTypeMacvlan:
		if n.Master == "" {
			n.Master = v1alpha1.InterfaceName(annotations[annotationMaster].GetStringValue())
		}
	case v1alpha1.NetworkTypeSRIOV:
		if n.ResourceName == "" {
			n.ResourceName = v1alpha1.QualifiedName(annotations[AnnotationResource].GetStringValue())
		}
	case v1alpha1.NetworkTypeBridge, v1alpha1.NetworkTypeOVS:
	}
}

// typeOf returns the type of the network of a NetworkAttachmentDefinition; empty where its configuration says none.
func typeOf(nad *structpb.Struct) v1alpha1.NetworkType {
	config := fields.In(nad, "spec").GetFields()["config"].GetStringValue()
	c := struct {
		Type v1alpha1.NetworkType `json:"type"`
	}{}
	if err := json.Unmarshal([]byte(config), &c); err != nil {
		return ""
	}
	return c.Type
}
