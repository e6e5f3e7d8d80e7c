//go:build e2e

package e2e

import (
	"testing"

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
