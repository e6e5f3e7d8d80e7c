package network

import (
	"cmp"
	"encoding/json"

	"google.golang.org/protobuf/types/known/structpb"
	"k8s.io/utils/ptr"

	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
	"github.com/novasphere/function-wukong/input/v1beta1"
	"github.com/novasphere/function-wukong/internal/fields"
	"github.com/novasphere/function-wukong/internal/observed"
)

// DefaultFromObserved gives networks without their required field, or without a check of MAC addresses, the value of their existing
// NetworkAttachmentDefinition. It comes before the platform team's defaults, so that a change of those leaves existing networks unchanged.
//
// A new network gets the check, unless the platform team chose otherwise. One that exists without it stays so: its guest may send frames of other
// addresses.
func DefaultFromObserved(w *v1alpha1.Wukong, rs observed.Resources, d *v1beta1.Defaults) {
	for i := range w.Spec.Networks {
		n := &w.Spec.Networks[i]
		t, known := TypeOf(cmp.Or(n.Type, v1alpha1.NetworkTypeBridge))
		if !known || n.NADName != "" || n.IsPodNetwork() {
			continue
		}
		var check *bool
		if ptr.Deref(d.MACSpoofCheck, true) {
			check = ptr.To(true)
		}
		nad := rs.Last(key(n))
		if c := observedConfig(nad); nad != nil && c.Type == string(t.Name) {
			check = c.spoofCheck()
			if t.Required != nil {
				annotations := fields.In(nad, "metadata", "annotations").GetFields()
				t.Required.setDefault(n, annotations[t.Required.annotation].GetStringValue())
			}
		}
		if n.MACSpoofCheck == nil && t.Uses(fieldSpoofCheck) {
			n.MACSpoofCheck = check
		}
	}
}

// observedConfig returns the configuration in a NetworkAttachmentDefinition; an empty one where it cannot be decoded.
func observedConfig(nad *structpb.Struct) pluginConfig {
	var c pluginConfig
	if err := json.Unmarshal([]byte(configOf(nad)), &c); err != nil {
		return pluginConfig{}
	}
	return c
}
