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
	"github.com/novasphere/function-wukong/test/cluster/storage"
)

// TestStorageProfile shows that empty disks get the modes in CDI's StorageProfiles of their classes, or those in their spec. Volumes with a file
// system get additional space for its overhead.
func TestStorageProfile(t *testing.T) {
	t.Parallel()
	tenant := cluster.NewTenant(t)
	wukong := tenant.Apply(t, "minimal", withDisks(
		emptyDisk("system"),
		emptyDisk("shared", withStorageClass("shared")),
		emptyDisk("explicit", withStorageClass("shared"), withVolumeMode(corev1.PersistentVolumeFilesystem), withAccessModes(corev1.ReadWriteOnce)),
	))
	wukong.EventuallyRuns(t)

	type volume struct {
		Access corev1.PersistentVolumeAccessMode
		Mode   corev1.PersistentVolumeMode
		Larger bool
	}
	requested := quantity("2Gi")
	got := map[string]volume{}
	for _, name := range []string{"system", "shared", "explicit"} {
		pvc := wukong.PVC(t, name)
		size := pvc.Spec.Resources.Requests[corev1.ResourceStorage]
		got[name] = volume{Access: pvc.Spec.AccessModes[0], Mode: *pvc.Spec.VolumeMode, Larger: size.Cmp(requested.Quantity) > 0}
	}
	want := map[string]volume{
		"system":   {Access: corev1.ReadWriteOnce, Mode: corev1.PersistentVolumeFilesystem, Larger: true},
		"shared":   {Access: corev1.ReadWriteMany, Mode: corev1.PersistentVolumeBlock},
		"explicit": {Access: corev1.ReadWriteOnce, Mode: corev1.PersistentVolumeFilesystem, Larger: true},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want, +got:\n%s", diff)
	}
	wukong.Edit(t, editDisk("shared", withSize("3Gi")))
	wukong.eventuallyHasSize(t, "shared", "3Gi")
	wukong.Delete(t)
	tenant.EventuallyHasOnly(t)
}

// TestNoStorageProfile creates an empty disk of a class whose StorageProfile is empty. CDI's reason is reported, and access modes in the spec
// resolve it.
func TestNoStorageProfile(t *testing.T) {
	t.Parallel()
	class := &storagev1.StorageClass{
		ObjectMeta: metav1.ObjectMeta{Name: "unknown-to-cdi"}, Provisioner: storage.Name, AllowVolumeExpansion: ptr.To(true),
	}
	if err := cluster.Create(t.Context(), class); client.IgnoreAlreadyExists(err) != nil {
		t.Fatal(err)
	}
	tenant := cluster.NewTenant(t)
	wukong := tenant.Apply(t, "minimal", withDisks(emptyDisk("system", withStorageClass("unknown-to-cdi"))))
	wukong.Eventually(t, "reports that the class has no profile", func(o Observed) bool {
		if *target == targetNative {
			// Without a provider Crossplane reports it.
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
