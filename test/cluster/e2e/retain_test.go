//go:build e2e

package e2e

import (
	"errors"
	"fmt"
	"slices"
	"testing"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
)

// TestRetain removes a retained disk, and then its Wukong. Each time the data is kept and attached again.
func TestRetain(t *testing.T) {
	needsProvider(t, "without a provider no disk is retained")
	t.Parallel()
	for name, c := range map[string]struct {
		disk v1alpha1.Disk
		// remaining is the prefix of a further retained object besides the PersistentVolumeClaim.
		remaining string
	}{
		"Empty":    {disk: emptyDisk("data", retain)},
		"Imported": {disk: importedDisk("data", retain), remaining: "DataVolume/"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tenant := cluster.NewTenant(t)
			wukong := tenant.Apply(t, "minimal", withDisks(emptyDisk("system"), c.disk))
			wukong.EventuallyRuns(t)
			data := wukong.PVC(t, "data")
			remaining := []string{"PersistentVolumeClaim/" + data.Name}
			if c.remaining != "" {
				remaining = append(remaining, c.remaining+data.Name)
			}

			logf(t, "removing disk data of %s", wukong)
			wukong.Edit(t, withDisks(emptyDisk("system")))
			wukong.Eventually(t, "has one disk", func(o Observed) bool { return len(o.Status.Volumes) == 1 && o.True("Ready") })
			wukong.Edit(t, withDisks(emptyDisk("system"), c.disk))
			wukong.Eventually(t, "has its disk again", func(o Observed) bool { return o.Volume("data").Bound && o.True("Ready") })
			wukong.CheckSamePVC(t, data)

			wukong.Delete(t)
			tenant.EventuallyHasOnly(t, remaining...)
			other := tenant.Apply(t, "minimal", withName("other"), withDisks(emptyDisk("system"), claimDisk("data", data.Name)))
			other.EventuallyRuns(t)
			other.CheckSamePVC(t, data)
			other.Delete(t)
			tenant.EventuallyHasOnly(t, remaining...)

			last := tenant.Apply(t, "minimal", withDisks(emptyDisk("system"), c.disk))
			last.EventuallyRuns(t)
			last.CheckSamePVC(t, data)
			last.Edit(t, editDisk("data", dontRetain))
			last.eventuallyManagesFully(t, "data")
			last.Delete(t)
			tenant.EventuallyHasOnly(t)
		})
	}
}

// eventuallyManagesFully waits until the Object of a disk may delete it, by its management policies.
func (w *Wukong) eventuallyManagesFully(t *testing.T, disk string) {
	t.Helper()
	name := w.PVC(t, disk).Name
	eventually(t, fmt.Sprintf("disk %s of %s will be deleted with it", disk, w), func() error {
		for _, o := range w.listObjects(t, objectGVK()) {
			manifestName, _, _ := unstructured.NestedString(o.Object, "spec", "forProvider", "manifest", "metadata", "name")
			policies, _, _ := unstructured.NestedStringSlice(o.Object, "spec", "managementPolicies")
			if manifestName == name && slices.Contains(policies, "*") {
				return nil
			}
		}
		return errors.New("no Object may delete it")
	})
}
