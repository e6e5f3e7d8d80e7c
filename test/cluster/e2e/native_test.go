//go:build e2e

package e2e

import (
	"strings"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// TestNativeRefusal asks without a provider for what the API server refuses with an error upon which Crossplane ends. Crossplane tells it,
// goes on once it is withdrawn, and deletes all the same.
func TestNativeRefusal(t *testing.T) {
	if *target != targetNative {
		t.Skip("a provider tells of each object by itself")
	}
	t.Parallel()
	tenant := cluster.NewTenant(t)
	claim := tenant.Apply(t, "minimal", with(empty("system", ofClass(fixed))))
	claim.EventuallyRuns(t)
	there := tenant.UIDs(t)
	isRefused := func(s Sight) bool {
		c := s.Condition("Synced")
		return c != nil && c.Status == metav1.ConditionFalse && strings.Contains(c.Message, `"disk-system"`)
	}

	claim.Edit(t, disk("system", sized("3Gi")))
	claim.Eventually(t, "says that the disk cannot grow", isRefused)
	tenant.GoesOn(t, there)
	claim.Edit(t, disk("system", sized("2Gi")))
	claim.Eventually(t, "is synced again", func(s Sight) bool { return s.True("Synced") })
	claim.EventuallyRuns(t)

	claim.Edit(t, disk("system", sized("3Gi")))
	claim.Eventually(t, "says it again", isRefused)
	claim.Delete(t)
	tenant.EventuallyHas(t)
}
