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
		"Empty":    empty("system"),
		"Imported": imported("system"),
	} {
		t.Run(name, func(t *testing.T) {
			if d.Image != "" {
				needsProvider(t, "without a provider the claim of a DataVolume grows by hand")
			}
			t.Parallel()
			tenant := cluster.NewTenant(t)
			claim := tenant.Apply(t, "minimal", with(d))
			claim.EventuallyRuns(t)
			there := tenant.UIDs(t)

			for _, wanted := range []string{"3Gi", "5Gi"} {
				claim.Edit(t, disk("system", sized(wanted)))
				claim.eventuallyHolds(t, "system", wanted)
			}
			claim.Eventually(t, "is ready again", func(s Sight) bool {
				return s.True("Ready") && isValid(s) && holds(s, "system", "5Gi") && s.Reason("VolumesBound") == "VolumesReady"
			})

			claim.Edit(t, disk("system", sized("2Gi")))
			claim.Eventually(t, "says that it cannot shrink", saysOf(size))
			claim.EventuallyStalls(t)
			tenant.GoesOn(t, there)

			claim.Edit(t, disk("system", sized("5Gi")))
			claim.Eventually(t, "is valid again", isValid)
			claim.Delete(t)
			tenant.EventuallyHas(t)
		})
	}
}

// holds reports whether the volume of a disk is as large as wanted, beside what a file system takes of it.
func holds(s Sight, disk, wanted string) bool {
	size, err := resource.ParseQuantity(s.Volume(disk).Size)
	return err == nil && size.Cmp(resource.MustParse(wanted)) >= 0
}

// eventuallyHolds waits until the volume of a disk holds as much as wanted.
func (c *Claim) eventuallyHolds(t *testing.T, disk, wanted string) {
	t.Helper()
	name := types.NamespacedName{Namespace: c.Namespace, Name: c.See(t).Volume(disk).PVCName}
	eventually(t, fmt.Sprintf("disk %s of %s holds %s", disk, c, wanted), func() error {
		pvc := &corev1.PersistentVolumeClaim{}
		if err := c.Get(t.Context(), name, pvc); err != nil {
			return err
		}
		if has := pvc.Status.Capacity[corev1.ResourceStorage]; has.Cmp(resource.MustParse(wanted)) < 0 {
			return fmt.Errorf("it holds %s", has.String())
		}
		return nil
	})
}
