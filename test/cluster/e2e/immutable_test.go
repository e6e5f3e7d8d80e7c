//go:build e2e

package e2e

import (
	"testing"

	corev1 "k8s.io/api/core/v1"

	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
)

// edited is a change of a field that a claim with its disk cannot follow.
type edited struct {
	field  string
	change func(*v1alpha1.Disk)
}

const (
	size             = "spec.disks[0].size"
	storageClassName = "spec.disks[0].storageClassName"
	accessModes      = "spec.disks[0].accessModes"
	volumeMode       = "spec.disks[0].volumeMode"
	diskImage        = "spec.disks[0].image"
)

// TestImmutable asks of disks what no disk can do, one thing after the other. Each is told, everything goes on as it was, and what is
// asked for does not hold up the deletion.
func TestImmutable(t *testing.T) {
	t.Parallel()
	all := []edited{
		{size, sized("1Gi")},
		{storageClassName, ofClass(fixed)},
		{accessModes, accessed(corev1.ReadWriteMany)},
		{volumeMode, ofMode(corev1.PersistentVolumeBlock)},
		{diskImage, from("docker://quay.io/containerdisks/fedora:42")},
	}
	for name, c := range map[string]struct {
		reason string
		disk   v1alpha1.Disk
		edits  []edited
	}{
		"Empty": {
			reason: "The API server refuses each of these changes of a PersistentVolumeClaim.",
			disk:   empty("system"),
			edits:  all,
		},
		"Imported": {
			reason: "CDI refuses any change of a DataVolume's spec.",
			disk:   imported("system", ofClass("standard"), accessed(corev1.ReadWriteOnce), ofMode(corev1.PersistentVolumeFilesystem)),
			edits:  all,
		},
		"EmptyThatCannotGrow": {
			reason: "Kubernetes refuses to grow a claim whose class does not allow it.",
			disk:   empty("system", ofClass(fixed)),
			edits:  []edited{{size, sized("3Gi")}},
		},
		"ImportedThatCannotGrow": {
			reason: "So it does with a claim that was imported into.",
			disk:   imported("system", ofClass(fixed)),
			edits:  []edited{{size, sized("3Gi")}},
		},
	} {
		t.Run(name, func(t *testing.T) {
			if name == "EmptyThatCannotGrow" {
				needsProvider(t, "without a provider Crossplane alone tells of it: TestNativeRefusal")
			}
			t.Parallel()
			tenant := cluster.NewTenant(t)
			claim := tenant.Apply(t, "minimal", with(c.disk))
			claim.EventuallyRuns(t)
			there := tenant.UIDs(t)

			for _, e := range c.edits {
				claim.Edit(t, disk("system", e.change))
				claim.Eventually(t, "says that it cannot change "+e.field, saysOf(e.field))
				claim.EventuallyStalls(t)
				tenant.GoesOn(t, there)
			}

			claim.Delete(t)
			tenant.EventuallyHas(t)
		})
	}
}

// TestDeletedAtOnce deletes a claim right after it was changed in a way that the cluster refuses, whatever of the change has reached
// the cluster by then.
func TestDeletedAtOnce(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		disk v1alpha1.Disk
		edit Edit
	}{
		"Grown":            {empty("system", ofClass(fixed)), disk("system", sized("3Gi"))},
		"Shrunk":           {empty("system"), disk("system", sized("1Gi"))},
		"NoInstancetype":   {empty("system"), ofInstancetype("not-there")},
		"NoPreference":     {empty("system"), preferring("not-there")},
		"OtherClass":       {empty("system"), disk("system", ofClass(fixed))},
		"ImportedAndGrown": {imported("system", ofClass(fixed)), disk("system", sized("3Gi"))},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tenant := cluster.NewTenant(t)
			claim := tenant.Apply(t, "minimal", with(c.disk))
			claim.EventuallyRuns(t)
			claim.Edit(t, c.edit)
			claim.Delete(t)
			tenant.EventuallyHas(t)
		})
	}
}

// TestDeletedWhileNew deletes claims that have only just been made.
func TestDeletedWhileNew(t *testing.T) {
	t.Parallel()
	tenant := cluster.NewTenant(t)
	claims := []*Claim{
		tenant.Apply(t, "minimal", named("empty"), with(empty("system"))),
		tenant.Apply(t, "minimal", named("imported")),
		tenant.Apply(t, "minimal", named("no-class"), with(empty("system", ofClass("not-there")))),
		tenant.Apply(t, "minimal", named("no-instancetype"), with(empty("system")), ofInstancetype("not-there")),
	}
	for _, c := range claims {
		c.DeleteAtOnce(t)
	}
	for _, c := range claims {
		c.EventuallyGone(t)
	}
	tenant.EventuallyHas(t)
}
