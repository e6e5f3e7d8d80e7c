//go:build e2e

package e2e

import (
	"testing"

	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
)

// TestGrow expands a disk twice while the virtual machine runs. A smaller size afterwards is reported as refused.
func TestGrow(t *testing.T) {
	t.Parallel()
	for name, d := range map[string]v1alpha1.Disk{
		"Empty":    emptyDisk("system"),
		"Imported": importedDisk("system"),
	} {
		t.Run(name, func(t *testing.T) {
			if d.Image != "" {
				needsProvider(t, "without a provider, users expand the claim of a DataVolume")
			}
			t.Parallel()
			tenant := cluster.NewTenant(t)
			wukong := tenant.Apply(t, "minimal", withDisks(d))
			wukong.EventuallyRuns(t)
			uids := tenant.UIDs(t)

			for _, larger := range []string{"3Gi", "5Gi"} {
				wukong.Edit(t, editDisk("system", withSize(larger)))
				wukong.eventuallyHasSize(t, "system", larger)
			}
			wukong.Eventually(t, "is ready again", func(o Observed) bool {
				return o.True("Ready") && isAccepted(o) && hasSize(o, "system", "5Gi") && o.Reason("VolumesBound") == "VolumesReady"
			})

			wukong.Edit(t, editDisk("system", withSize("2Gi")))
			wukong.Eventually(t, "reports that the disk cannot shrink", refusesChange(sizeField))
			wukong.EventuallyStalls(t)
			tenant.CheckUIDs(t, uids)

			wukong.Edit(t, editDisk("system", withSize("5Gi")))
			wukong.Eventually(t, "is valid again", isAccepted)
			wukong.Delete(t)
			tenant.EventuallyHasOnly(t)
		})
	}
}
