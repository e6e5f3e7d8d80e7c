//go:build e2e

package e2e

import (
	"strings"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// TestNativeRefusal makes a change, without a provider, that the API server refuses. Crossplane reports the error and stops applying resources
// until the change is reverted. The Wukong can be deleted nevertheless.
func TestNativeRefusal(t *testing.T) {
	if *target != targetNative {
		t.Skip("with a provider, each object has a status of its own")
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
	wukong.Eventually(t, "reports that the disk cannot grow", isRefused)
	tenant.CheckUIDs(t, uids)
	wukong.Edit(t, editDisk("system", withSize("2Gi")))
	wukong.Eventually(t, "is synced again", func(o Observed) bool { return o.True("Synced") })
	wukong.EventuallyRuns(t)

	wukong.Edit(t, editDisk("system", withSize("3Gi")))
	wukong.Eventually(t, "reports it again", isRefused)
	wukong.Delete(t)
	tenant.EventuallyHasOnly(t)
}
