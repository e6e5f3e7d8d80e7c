package storage

import (
	"cmp"
	"slices"
	"strconv"

	"k8s.io/utils/ptr"
	snapshotv1 "kubevirt.io/api/snapshot/v1beta1"

	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
	"github.com/novasphere/function-wukong/internal/observed"
	"github.com/novasphere/function-wukong/internal/plan"
	"github.com/novasphere/function-wukong/internal/report"
)

// A Wukong is restored by giving each of its disks that is in a snapshot a successor that is made from it. KubeVirt's own restore replaces the claims of the
// virtual machine behind the back of who made them; here the virtual machine, its claims and what is deleted of them stay in one hand. The spec of the virtual
// machine stays what the Wukong says.

// A backup is what is known of the snapshot that a Wukong is restored from.
type backup struct {
	// suffix distinguishes the volumes that are restored from it; empty where nothing is restored.
	suffix string

	// disk stands for all those that are restored, in what looks at the snapshot.
	disk *v1alpha1.Disk

	// volumes are those that are in it. Nil where they are not known.
	volumes []string

	// state is why it cannot be restored. The zero state where it can.
	state state
}

// backupOf returns what is known of the snapshot that a Wukong is restored from.
func backupOf(w *v1alpha1.Wukong, rs observed.Resources) backup {
	r := w.Spec.Restore
	if r == nil {
		return backup{}
	}
	b := backup{suffix: successor(restoredMark, string(r.Snapshot), strconv.Itoa(int(ptr.Deref(r.Attempt, 1))))}
	b.disk = &v1alpha1.Disk{Successor: b.suffix, ImageFrom: &v1alpha1.ImageReference{Kind: v1alpha1.ImageKindVMSnapshot, Name: r.Snapshot}}
	b.volumes, b.state = backedUp(w, b.disk, rs)
	return b
}

// restores reports whether a disk is to be restored: it is in the snapshot, and does not have the volume that is restored from that. Where that is not known, a
// disk of a new Wukong waits, and one whose restored volume the virtual machine attaches.
func (b backup) restores(w *v1alpha1.Wukong, d *v1alpha1.Disk, rs observed.Resources) bool {
	isNew := len(volumesOf(d.Name, rs)) == 0
	if b.suffix == "" || restoredFrom(d.Successor) == b.suffix && !isNew || d.Shareable {
		return false
	}
	hasVolume := func(d v1alpha1.Disk) bool { return hasSuccessors(&d) && len(volumesOf(d.Name, rs)) > 0 }
	switch {
	case b.volumes != nil:
		return slices.Contains(b.volumes, string(d.Name))
	case isNew && !slices.ContainsFunc(w.Spec.Disks, hasVolume):
		return true
	}
	return isAttached(w, &v1alpha1.Disk{Name: d.Name, Successor: b.suffix}, rs.Last(plan.KeyVM), inMachine...)
}

// isBegun reports whether a disk has, or is to have, the volume that is restored.
func (b backup) isBegun(w *v1alpha1.Wukong) bool {
	return slices.ContainsFunc(w.Spec.Disks, func(d v1alpha1.Disk) bool { return restoredFrom(d.Successor) == b.suffix })
}

// isDone reports whether all disks have the volumes that are restored.
func (b backup) isDone(w *v1alpha1.Wukong, rs observed.Resources) bool {
	for i := range w.Spec.Disks {
		if d := &w.Spec.Disks[i]; hasSuccessors(d) && (restoredFrom(d.Successor) != b.suffix || !Exists(d, rs)) {
			return false
		}
	}
	return true
}

// backedUp returns the volumes that are in the snapshot for which a disk stands, and why it cannot be restored; nil and the zero state where nothing keeps it.
func backedUp(w *v1alpha1.Wukong, d *v1alpha1.Disk, rs observed.Resources) (volumes []string, s state) {
	name := string(d.ImageFrom.Name)
	k := vmSnapshotPrefix + lookedFor(d)
	taken, known := leading[snapshotv1.VirtualMachineSnapshot](w, d, k, name, rs)
	switch {
	case !known:
		return nil, unseenSnapshot(name, k, name, rs)
	case taken.Spec.Source.Name != w.GetName():
		return nil, failed(msgSnapshotOfOther.With(name, taken.Spec.Source.Name))
	case !isRestorable(taken):
		return nil, pending(msgSnapshotUnready.With(name, unreadiness(taken)))
	}
	k = vmSnapshotContentPrefix + lookedFor(d)
	content, known := leading[snapshotv1.VirtualMachineSnapshotContent](w, d, k, contentName(taken), rs)
	if !known {
		return nil, unseenSnapshot(name, k, contentName(taken), rs)
	}
	volumes = []string{}
	for _, b := range content.Spec.VolumeBackups {
		if b.VolumeSnapshotName != nil {
			volumes = append(volumes, b.VolumeName)
		}
	}
	return volumes, state{}
}

// unseenSnapshot returns why an object of a snapshot is not known.
func unseenSnapshot(snapshot, key, name string, rs observed.Resources) state {
	switch {
	case rs.IsMissing(key, name):
		return failed(msgSnapshotMissing.With(snapshot))
	case rs[key].Refused != "":
		return failed(msgSnapshotUnread.With(snapshot, rs[key].Refused))
	}
	return pending(msgSnapshotAwaited.With(snapshot))
}

// restoreAdvice returns advice about disks that are not restored with the others.
func restoreAdvice(w *v1alpha1.Wukong, rs observed.Resources) []string {
	b := backupOf(w, rs)
	if b.volumes == nil {
		return nil
	}
	var stay []string
	for i := range w.Spec.Disks {
		if d := &w.Spec.Disks[i]; HasClaim(d) && !d.IsCDROM() && restoredFrom(cmp.Or(d.Awaited, d.Successor)) != b.suffix {
			stay = append(stay, string(d.Name))
		}
	}
	if len(stay) == 0 {
		return nil
	}
	return []string{"spec.restore.snapshot: " + msgNotRestored.With(report.List(stay))}
}

// restoreState returns the state of a Wukong none of whose disks is restored yet, though that is asked for. The zero state of any other.
func restoreState(w *v1alpha1.Wukong, rs observed.Resources) state {
	b := backupOf(w, rs)
	if b.suffix == "" || b.isBegun(w) {
		return state{}
	}
	isIn := func(d v1alpha1.Disk) bool {
		return hasSuccessors(&d) && !d.Shareable && slices.Contains(b.volumes, string(d.Name))
	}
	switch {
	case b.state.reason != "":
		return b.state
	case slices.ContainsFunc(w.Spec.Disks, isIn):
		return pending(msgRestoreBegins.With(w.Spec.Restore.Snapshot))
	}
	return failed(msgNothingToRestore.With(w.Spec.Restore.Snapshot))
}
