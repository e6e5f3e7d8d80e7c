package compose

import (
	"google.golang.org/protobuf/types/known/structpb"

	"github.com/novasphere/function-wukong/fn/observed"
	"github.com/novasphere/function-wukong/fn/plan"
)

// A ClusterObject target composes the cluster-scoped Objects of provider-kubernetes, for a cluster-scoped composite.
type ClusterObject struct {
	// ProviderConfig that says how the provider reaches the cluster of the virtual machines.
	ProviderConfig string

	// Watch says whether the provider watches what it manages.
	Watch bool
}

// Wrap returns the Object that manages the manifest.
func (t ClusterObject) Wrap(r plan.Resource, manifest map[string]any) map[string]any {
	spec := map[string]any{
		"providerConfigRef":  map[string]any{"name": t.ProviderConfig},
		"managementPolicies": managementPolicies(r),
		"readiness":          readiness(r),
		"forProvider":        map[string]any{"manifest": manifest},
	}
	if t.Watch {
		spec["watch"] = true
	}
	return map[string]any{
		"apiVersion": "kubernetes.crossplane.io/v1alpha2",
		"kind":       "Object",
		"spec":       spec,
	}
}

// Observe returns the object as the provider found it, and why it cannot be brought about.
func (ClusterObject) Observe(composed *structpb.Struct) observed.Resource {
	var out observed.Resource
	if m := field(composed, "status", "atProvider").GetFields()["manifest"].GetStructValue(); len(m.GetFields()) > 0 {
		out.Object = m.AsMap()
	}
	if status, message := conditionOf(composed, "Synced"); status == "False" {
		out.Refused = message
	}
	return out
}

// Ready says whether the provider found the object as wished.
func (ClusterObject) Ready(composed *structpb.Struct) bool {
	status, _ := conditionOf(composed, "Ready")
	return status == "True"
}

// conditionOf returns the status and the message of a condition of a composed resource.
func conditionOf(composed *structpb.Struct, kind string) (status, message string) {
	for _, c := range field(composed, "status").GetFields()["conditions"].GetListValue().GetValues() {
		f := c.GetStructValue().GetFields()
		if f["type"].GetStringValue() == kind {
			return f["status"].GetStringValue(), f["message"].GetStringValue()
		}
	}
	return "", ""
}

// field is the object below the names of a path; nil where there is none.
func field(s *structpb.Struct, path ...string) *structpb.Struct {
	for _, name := range path {
		s = s.GetFields()[name].GetStructValue()
	}
	return s
}

// managementPolicies say what the provider may do with an object.
func managementPolicies(r plan.Resource) []any {
	switch r.Management {
	case plan.Observe:
		return []any{"Observe"}
	case plan.Adjust:
		return []any{"Observe", "Update"}
	case plan.Retain:
		return []any{"Observe", "Create", "Update"}
	case plan.Manage:
	}
	return []any{"*"}
}

// readiness says when an Object is ready.
func readiness(r plan.Resource) map[string]any {
	if r.ReadyWhen == "" {
		return map[string]any{"policy": "SuccessfulCreate"}
	}
	return map[string]any{"policy": "DeriveFromCelQuery", "celQuery": r.ReadyWhen}
}
