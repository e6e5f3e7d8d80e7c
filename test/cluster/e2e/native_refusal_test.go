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
	wukong := tenant.Apply(t, "minimal", withDisks(emptyDisk("system", withStorageClass(fixedClass))))
	wukong.EventuallyRuns(t)
	uids := tenant.UIDs(t)
	isRefused := func(o Observed) bool {
		c := o.Condition("Synced")
		return c != nil && c.Status == metav1.ConditionFalse && strings.Contains(c.Message, `"disk-system"`)
	}

	wukong.Edit(t, editDisk("system", withSize("3Gi")))
	wukong.Eventually(t, "says that the disk cannot grow", isRefused)
	tenant.CheckUIDs(t, uids)
	wukong.Edit(t, editDisk("system", withSize("2Gi")))
	wukong.Eventually(t, "is synced again", func(o Observed) bool { return o.True("Synced") })
	wukong.EventuallyRuns(t)

	wukong.Edit(t, editDisk("system", withSize("3Gi")))
	wukong.Eventually(t, "says it again", isRefused)
	wukong.Delete(t)
	tenant.EventuallyHasOnly(t)
}
