package network

import (
	"encoding/json"

	"google.golang.org/protobuf/types/known/structpb"

	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
	"github.com/novasphere/function-wukong/internal/fields"
	"github.com/novasphere/function-wukong/internal/observed"
)

// DefaultFromObserved gives networks without their required field the value of their existing NetworkAttachmentDefinition. It comes before the
// platform team's defaults, so that a change of those leaves existing networks unchanged.
func DefaultFromObserved(w *v1alpha1.Wukong, rs observed.Resources) {
	for i := range w.Spec.Networks {
		n := &w.Spec.Networks[i]
		t, known := TypeOf(n.Type)
		nad := rs.Last(key(n))
		if !known || t.Required == nil || nad == nil || observedType(nad) != n.Type {
			continue
		}
		annotations := fields.In(nad, "metadata", "annotations").GetFields()
		t.Required.setDefault(n, annotations[t.Required.annotation].GetStringValue())
	}
}

// observedType returns the type in the configuration of a NetworkAttachmentDefinition; empty for a configuration without one.
func observedType(nad *structpb.Struct) v1alpha1.NetworkType {
	config := fields.In(nad, "spec").GetFields()["config"].GetStringValue()
	c := struct {
		Type v1alpha1.NetworkType `json:"type"`
	}{}
	if err := json.Unmarshal([]byte(config), &c); err != nil {
		return ""
	}
	return c.Type
}
