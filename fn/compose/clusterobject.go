package compose

import (
	"google.golang.org/protobuf/types/known/structpb"

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

// Ready says whether the provider found the object as wished.
func (ClusterObject) Ready(observed *structpb.Struct) bool {
	conditions := observed.GetFields()["status"].GetStructValue().GetFields()["conditions"].GetListValue()
	for _, c := range conditions.GetValues() {
		f := c.GetStructValue().GetFields()
		if f["type"].GetStringValue() == "Ready" {
			return f["status"].GetStringValue() == "True"
		}
	}
	return false
}

// managementPolicies say what the provider may do with an object. It may delete one that is not retained.
func managementPolicies(r plan.Resource) []any {
	if r.Retain {
		return []any{"Observe", "Create", "Update"}
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
