package compose

import (
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// Unwrap returns the manifest of the object that a composed resource brings about, whatever target composed it.
func Unwrap(composed map[string]any) map[string]any {
	if manifest, found, err := unstructured.NestedMap(composed, "spec", "forProvider", "manifest"); found && err == nil {
		return manifest
	}
	return composed
}
