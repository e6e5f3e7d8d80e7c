//go:build e2e

package e2e

import (
	"fmt"
	"testing"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	"k8s.io/apimachinery/pkg/types"

	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
)

// TestGrow lets a disk grow twice while the virtual machine runs, and asks to have it back as it was, which is told.
func TestGrow(t *testing.T) {
	t.Parallel()
	for name, d := range map[string]v1alpha1.Disk{
		"Empty":    emptyDisk("system"),
		"Imported": importedDisk("system"),
	} {
		t.Run(name, func(t *testing.T) {
			if d.Image != "" {
				needsProvider(t, "without a provider the claim of a DataVolume grows by hand")
			}
			t.Parallel()
			tenant := cluster.NewTenant(t)
			wukong := tenant.Apply(t, "minimal", withDisks(d))
			wukong.EventuallyRuns(t)
			uids := tenant.UIDs(t)

			for _, wanted := range []string{"3Gi", "5Gi"} {
				wukong.Edit(t, editDisk("system", withSize(wanted)))
				wukong.eventuallyHasSize(t, "system", wanted)
			}
			wukong.Eventually(t, "is ready again", func(o Observed) bool {
				return o.True("Ready") && isAccepted(o) && hasSize(o, "system", "5Gi") && o.Reason("VolumesBound") == "VolumesReady"
			})

			wukong.Edit(t, editDisk("system", withSize("2Gi")))
			wukong.Eventually(t, "says that it cannot shrink", refusesChange(sizeField))
			wukong.EventuallyStalls(t)
			tenant.CheckUIDs(t, uids)

			wukong.Edit(t, editDisk("system", withSize("5Gi")))
			wukong.Eventually(t, "is valid again", isAccepted)
			wukong.Delete(t)
			tenant.EventuallyHasOnly(t)
		})
	}
}

// holds reports whether the volume of a disk is as large as wanted, beside what a file system takes of it.
func hasSize(o Observed, disk, wanted string) bool {
	size, err := resource.ParseQuantity(o.Volume(disk).Size)
	return err == nil && size.Cmp(resource.MustParse(wanted)) >= 0
}

// eventuallyHolds waits until the volume of a disk holds as much as wanted.
func (w *Wukong) eventuallyHasSize(t *testing.T, disk, wanted string) {
	t.Helper()
	name := types.NamespacedName{Namespace: w.Namespace, Name: w.Observe(t).Volume(disk).PVCName}
	eventually(t, fmt.Sprintf("disk %s of %s holds %s", disk, w, wanted), func() error {
		pvc := &corev1.PersistentVolumeClaim{}
		if err := w.Get(t.Context(), name, pvc); err != nil {
			return err
		}
		if has := pvc.Status.Capacity[corev1.ResourceStorage]; has.Cmp(resource.MustParse(wanted)) < 0 {
			return fmt.Errorf("it holds %s", has.String())
		}
		return nil
	})
}
