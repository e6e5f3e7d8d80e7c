//go:build e2e

package e2e

import (
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// message of a condition of an object; empty if there is none.
func conditionMessage(o unstructured.Unstructured, kind string) string {
	conditions, _, _ := unstructured.NestedSlice(o.Object, "status", "conditions")
	for _, c := range conditions {
		if c, _ := c.(map[string]any); c["type"] == kind {
			m, _ := c["message"].(string)
			return m
		}
	}
	return ""
}
