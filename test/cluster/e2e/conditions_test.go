//go:build e2e

package e2e

import (
	"testing"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/novasphere/function-wukong/test/cluster/plane"
)

// condition returns a condition of an object by type; nil if there is none.
func condition(t *testing.T, o *unstructured.Unstructured, kind string) *metav1.Condition {
	t.Helper()
	conditions, err := plane.Conditions(o)
	if err != nil {
		t.Fatal(err)
	}
	return meta.FindStatusCondition(conditions, kind)
}

// conditionMessage returns the message of a condition of an object by type; empty if there is none.
func conditionMessage(t *testing.T, o *unstructured.Unstructured, kind string) string {
	t.Helper()
	if c := condition(t, o, kind); c != nil {
		return c.Message
	}
	return ""
}
