//go:build e2e

package e2e

import (
	"testing"

	corev1 "k8s.io/api/core/v1"

	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
)

// An immutableEdit is a change of a field that a disk cannot follow.
type immutableEdit struct {
	field  string
	change func(*v1alpha1.Disk)
}

const (
	sizeField             = "spec.disks[0].size"
	storageClassNameField = "spec.disks[0].storageClassName"
	accessModesField      = "spec.disks[0].accessModes"
	volumeModeField       = "spec.disks[0].volumeMode"
	imageField            = "spec.disks[0].image"
)

// TestImmutable changes immutable fields of disks, one after the other. Each change is reported, no object is replaced, and the Wukong can be
// deleted while the last change is still in its spec.
func TestImmutable(t *testing.T) {
	t.Parallel()
	all := []immutableEdit{
		{sizeField, withSize("1Gi")},
		{storageClassNameField, withStorageClass(fixedClass)},
		{accessModesField, withAccessModes(corev1.ReadWriteMany)},
		{volumeModeField, withVolumeMode(corev1.PersistentVolumeBlock)},
		{imageField, withImage("docker://quay.io/containerdisks/fedora:42")},
	}
	for name, c := range map[string]struct {
		reason string
		disk   v1alpha1.Disk
		edits  []immutableEdit
	}{
		"Empty": {
			reason: "The API server refuses each of these changes of a PersistentVolumeClaim.",
			disk:   emptyDisk("system"),
			edits:  all,
		},
		"Imported": {
			reason: "CDI refuses any change of a DataVolume's spec.",
			disk:   importedDisk("system", withStorageClass("standard"), withAccessModes(corev1.ReadWriteOnce), withVolumeMode(corev1.PersistentVolumeFilesystem)),
			edits:  all,
		},
		"EmptyThatCannotGrow": {
			reason: "Kubernetes refuses to grow a claim whose class does not allow it.",
			disk:   emptyDisk("system", withStorageClass(fixedClass)),
			edits:  []immutableEdit{{sizeField, withSize("3Gi")}},
		},
		"ImportedThatCannotGrow": {
			reason: "Kubernetes refuses it for the claim of a DataVolume as well.",
			disk:   importedDisk("system", withStorageClass(fixedClass)),
			edits:  []immutableEdit{{sizeField, withSize("3Gi")}},
		},
	} {
		t.Run(name, func(t *testing.T) {
			if name == "EmptyThatCannotGrow" {
				needsProvider(t, "without a provider Crossplane reports it in the condition Synced: TestNativeRefusal")
			}
			t.Parallel()
			tenant := cluster.NewTenant(t)
			wukong := tenant.Apply(t, "minimal", withDisks(c.disk))
			wukong.EventuallyRuns(t)
			uids := tenant.UIDs(t)

			for _, e := range c.edits {
				wukong.Edit(t, editDisk("system", e.change))
				wukong.Eventually(t, "reports that it cannot change "+e.field, refusesChange(e.field))
				wukong.EventuallyStalls(t)
				tenant.CheckUIDs(t, uids)
			}

			wukong.Delete(t)
			tenant.EventuallyHasOnly(t)
		})
	}
}

// TestDeletedAtOnce deletes a Wukong right after a change that the cluster refuses.
func TestDeletedAtOnce(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		disk v1alpha1.Disk
		edit Edit
	}{
		"Grown":            {emptyDisk("system", withStorageClass(fixedClass)), editDisk("system", withSize("3Gi"))},
		"Shrunk":           {emptyDisk("system"), editDisk("system", withSize("1Gi"))},
		"NoInstancetype":   {emptyDisk("system"), withInstancetype("not-there")},
		"NoPreference":     {emptyDisk("system"), withPreference("not-there")},
		"OtherClass":       {emptyDisk("system"), editDisk("system", withStorageClass(fixedClass))},
		"ImportedAndGrown": {importedDisk("system", withStorageClass(fixedClass)), editDisk("system", withSize("3Gi"))},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tenant := cluster.NewTenant(t)
			wukong := tenant.Apply(t, "minimal", withDisks(c.disk))
			wukong.EventuallyRuns(t)
			wukong.Edit(t, c.edit)
			wukong.Delete(t)
			tenant.EventuallyHasOnly(t)
		})
	}
}

// TestDeletedWhileNew deletes Wukongs right after their creation.
func TestDeletedWhileNew(t *testing.T) {
	t.Parallel()
	tenant := cluster.NewTenant(t)
	wukongs := []*Wukong{
		tenant.Apply(t, "minimal", withName("empty"), withDisks(emptyDisk("system"))),
		tenant.Apply(t, "minimal", withName("imported")),
		tenant.Apply(t, "minimal", withName("no-class"), withDisks(emptyDisk("system", withStorageClass("not-there")))),
		tenant.Apply(t, "minimal", withName("no-instancetype"), withDisks(emptyDisk("system")), withInstancetype("not-there")),
	}
	deleteAll(t, wukongs)
	tenant.EventuallyHasOnly(t)
}
