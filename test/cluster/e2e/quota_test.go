//go:build e2e

package e2e

import (
	"fmt"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
)

// TestQuota gives a tenant the quota of examples/production with small limits. It exceeds each: the number of Wukongs, the size of a disk, the
// storage and the memory.
func TestQuota(t *testing.T) {
	t.Parallel()
	tenant := cluster.NewTenant(t)
	objects := productionObjects(t, "tenant-quota.yaml")
	quota, limits := &corev1.ResourceQuota{}, &corev1.LimitRange{}
	decodeStrict(t, findKind(t, objects, "ResourceQuota").Object, quota)
	decodeStrict(t, findKind(t, objects, "LimitRange").Object, limits)
	const count = "count/wukongs." + v1alpha1.Group
	quota.Spec.Hard[count] = quantity("4").Quantity
	quota.Spec.Hard["requests.storage"] = quantity("10Gi").Quantity
	quota.Spec.Hard["requests.memory"] = quantity("12Gi").Quantity
	tenant.MustCreate(t, limits)
	tenant.MustCreate(t, quota)
	eventually(t, "the quota has usage for each resource", func() error {
		if err := tenant.Get(t.Context(), client.ObjectKeyFromObject(quota), quota); err != nil {
			return err
		}
		for name := range quota.Spec.Hard {
			if _, ok := quota.Status.Used[name]; !ok {
				return fmt.Errorf("%s has no usage", name)
			}
		}
		return nil
	})

	tenant.Apply(t, "minimal", withName("small"), withDisks(emptyDisk("system"))).EventuallyRuns(t)
	tenant.Apply(t, "minimal", withName("too-large"), withDisks(emptyDisk("system", withSize("600Gi")))).
		eventuallyReports(t, "maximum storage usage per PersistentVolumeClaim is 500Gi")
	tenant.Apply(t, "minimal", withName("greedy"), withDisks(emptyDisk("system", withSize("9Gi")))).
		eventuallyReports(t, "exceeded quota: wukong, requested: requests.storage=")

	tenant.Apply(t, "minimal", withName("hungry"), withDisks(emptyDisk("system")), func(w *v1alpha1.Wukong) { w.Spec.Memory = quantity("10Gi") }).
		eventuallyReports(t, "exceeded quota: wukong, requested: requests.memory=")
	_, err := tenant.TryApply(t, "minimal", withName("one-too-many"))
	if err == nil || !strings.Contains(err.Error(), "exceeded quota: wukong, requested: "+count+"=1") {
		t.Errorf("want one Wukong too many to be refused with the name of the quota, got %v", err)
	}
}

// eventuallyReports waits until the Wukong reports a refusal by the cluster: in its message or, without a provider, in its condition Synced.
func (w *Wukong) eventuallyReports(t *testing.T, refusal string) {
	t.Helper()
	w.Eventually(t, fmt.Sprintf("reports %q", refusal), func(o Observed) bool {
		if strings.Contains(o.Status.Message, refusal) {
			return true
		}
		synced := o.Condition("Synced")
		return *target == targetNative && synced != nil && strings.Contains(synced.Message, refusal)
	})
}
