package compose

import (
	"slices"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// Unwrap returns the manifest of the object that a composed resource is about, whatever target composed it, and whether the resource
// creates it: else it only observes or adjusts what something else creates.
func Unwrap(composed map[string]any) (manifest map[string]any, creates bool) {
	manifest, found, err := unstructured.NestedMap(composed, "spec", "forProvider", "manifest")
	if !found || err != nil {
		return composed, true
	}
	policies, _, _ := unstructured.NestedStringSlice(composed, "spec", "managementPolicies")
	looks := manifest["spec"] != nil && slices.Equal(policies, []string{"Observe"})
	return manifest, looks || slices.Contains(policies, "*") || slices.Contains(policies, "Create")
}
