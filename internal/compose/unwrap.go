package compose

import (
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// Unwrap returns the manifest of the object that a composed resource is about, whatever target composed it.
func Unwrap(composed map[string]any) map[string]any {
	manifest, found, err := unstructured.NestedMap(composed, "spec", "forProvider", "manifest")
	if !found || err != nil {
		return composed
	}
	return manifest
}
