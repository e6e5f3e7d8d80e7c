//go:build e2e

package e2e

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	storagev1 "k8s.io/api/storage/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
	"github.com/novasphere/function-wukong/test/cluster/player"
)

// TestStorageProfile shows that empty disks get the modes that CDI's StorageProfiles have for their classes, or those that they ask for, and
// on a file system room for what it takes itself.
func TestStorageProfile(t *testing.T) {
	t.Parallel()
	tenant := cluster.NewTenant(t)
	wukong := tenant.Apply(t, "minimal", withDisks(emptyDisk("system"), emptyDisk("shared", withStorageClass("shared")), emptyDisk("asked", withStorageClass("shared"), withVolumeMode(corev1.PersistentVolumeFilesystem), withAccessModes(corev1.ReadWriteOnce))))
	wukong.EventuallyRuns(t)

	type volume struct {
		Access corev1.PersistentVolumeAccessMode
		Mode   corev1.PersistentVolumeMode
		Larger bool
	}
	asked := quantity("2Gi")
	got := map[string]volume{}
	for _, name := range []string{"system", "shared", "asked"} {
		pvc := wukong.PVC(t, name)
		size := pvc.Spec.Resources.Requests[corev1.ResourceStorage]
		got[name] = volume{pvc.Spec.AccessModes[0], *pvc.Spec.VolumeMode, size.Cmp(asked.Quantity) > 0}
	}
	want := map[string]volume{
		"system": {corev1.ReadWriteOnce, corev1.PersistentVolumeFilesystem, true},
		"shared": {corev1.ReadWriteMany, corev1.PersistentVolumeBlock, false},
		"asked":  {corev1.ReadWriteOnce, corev1.PersistentVolumeFilesystem, true},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want, +got:\n%s", diff)
	}
	wukong.Edit(t, editDisk("shared", withSize("3Gi")))
	wukong.eventuallyHasSize(t, "shared", "3Gi")
	wukong.Delete(t)
	tenant.EventuallyHasOnly(t)
}

// TestNoStorageProfile asks for an empty disk of a class that CDI knows nothing of. CDI's reason is told, and heeding it is enough.
func TestNoStorageProfile(t *testing.T) {
	t.Parallel()
	class := &storagev1.StorageClass{ObjectMeta: metav1.ObjectMeta{Name: "unknown-to-cdi"}, Provisioner: player.Driver, AllowVolumeExpansion: ptr.To(true)}
	if err := cluster.Create(t.Context(), class); client.IgnoreAlreadyExists(err) != nil {
		t.Fatal(err)
	}
	tenant := cluster.NewTenant(t)
	wukong := tenant.Apply(t, "minimal", withDisks(emptyDisk("system", withStorageClass("unknown-to-cdi"))))
	wukong.Eventually(t, "says that the class has no profile", func(o Observed) bool {
		if *target == targetNative {
			// Without a provider Crossplane alone tells of it.
			c := o.Condition("Synced")
			return c != nil && strings.Contains(c.Message, "no accessMode")
		}
		return o.Status.Phase == v1alpha1.PhaseError && strings.Contains(o.Status.Message, "no accessMode")
	})
	wukong.Edit(t, editDisk("system", withAccessModes(corev1.ReadWriteOnce)))
	wukong.EventuallyRuns(t)
	wukong.Edit(t, editDisk("system", withSize("3Gi")))
	wukong.eventuallyHasSize(t, "system", "3Gi")
	wukong.Delete(t)
	tenant.EventuallyHasOnly(t)
}
