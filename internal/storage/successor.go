package storage

import (
	"cmp"
	"math"
	"regexp"
	"slices"
	"strings"

	"google.golang.org/protobuf/types/known/structpb"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"
	kubevirtv1 "kubevirt.io/api/core/v1"
	cdiv1 "kubevirt.io/containerized-data-importer-api/pkg/apis/core/v1beta1"

	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
	"github.com/novasphere/function-wukong/internal/fields"
	"github.com/novasphere/function-wukong/internal/observed"
	"github.com/novasphere/function-wukong/internal/plan"
)

// What a claim holds, its class and its modes never change. So a disk that is restored from a snapshot, or that moves to another class, gets another
// volume, its successor, with a key and a name of its own:
//
//	disk                        key                    filled by CDI from
//	restored from a snapshot    disk-NAME.rDIGEST      the volume of that name in the snapshot
//	moved                       disk-NAME.mDIGEST      the claim that the disk has had so far
//	moved after a restore       disk-NAME.mDIGESTrDIGEST
//
// Each step rests on what is observed, so that no write of the guest is lost between two volumes, whenever the virtual machine starts or stops:
//
//  1. Once nothing of its name is seen to exist, the virtual machine attaches the successor. An instance that runs keeps the volume that it has, as no successor is
//     hotpluggable; one that starts waits for the successor.
//  2. Once the virtual machine is seen to do so, the successor is made from the snapshot. A copy is made only once no instance is seen, or one that attaches the
//     copy: any other could still write to the earlier volume.
//  3. Once an instance is seen to run with the successor, the volumes that are older go, or stay where they are retained.
//
// What is seen may be old. So nothing is ever taken back that may have been used since: from the second step on a disk has its successor, whatever becomes of
// the field that asked for it. Which volume a disk has follows from what exists and from what the virtual machine is to attach, not from the spec.

const (
	// restoredMark and movedMark begin what distinguishes a successor from the first volume of its disk. No digest has these letters.
	restoredMark = "r"
	movedMark    = "m"
)

// isSuccessor reports whether what follows the name of a disk in a holder is that of a successor, and not the digest of a medium.
func isSuccessor(suffix string) bool {
	return strings.HasPrefix(suffix, restoredMark) || strings.HasPrefix(suffix, movedMark)
}

// restoredFrom returns what of a successor says from what its disk was restored; empty for nothing.
func restoredFrom(suffix string) string {
	if i := strings.Index(suffix, restoredMark); i >= 0 {
		return suffix[i:]
	}
	return ""
}

// successor returns what distinguishes a volume from the first one of its disk.
func successor(mark string, of ...string) string {
	return mark + shortDigest(of...)
}

// Settle gives the disks of a Wukong the volumes that they have. It works on a spec without defaults, too.
func Settle(w *v1alpha1.Wukong, rs observed.Resources) {
	for i := range w.Spec.Disks {
		SettleDisk(w, &w.Spec.Disks[i], rs)
	}
}

// SettleDisk does so for a disk, which the Wukong may not list.
func SettleDisk(w *v1alpha1.Wukong, d *v1alpha1.Disk, rs observed.Resources) {
	if hasSuccessors(d) {
		d.Successor = volumeNow(w, d.Name, rs)
	}
}

// hasSuccessors reports whether a disk can have another volume than its first one. A CD-ROM drive has media instead.
func hasSuccessors(d *v1alpha1.Disk) bool { return IsComposed(d) && !d.IsCDROM() }

// volumeNow returns what distinguishes the volume that a disk has from its first one: the one that the virtual machine is to attach, else the one that it is seen
// to, else the latest, which was made because one attached it.
func volumeNow(w *v1alpha1.Wukong, disk v1alpha1.Label, rs observed.Resources) string {
	all := volumesOf(disk, rs)
	if len(all) == 0 {
		return volumeOfMachine(w, disk, rs)
	}
	for _, vm := range []*structpb.Struct{rs[plan.KeyVM].Desired, rs.Last(plan.KeyVM)} {
		for _, v := range all {
			if len(all) > 1 && isAttached(w, &v1alpha1.Disk{Name: disk, Successor: v}, vm, inMachine...) {
				return v
			}
		}
	}
	return all[len(all)-1]
}

// suffixInName finds what distinguishes a successor from the first volume of its disk in the name of its claim, before the hash at the end.
var suffixInName = regexp.MustCompile(`-(m[0-9a-f]{10}(?:r[0-9a-f]{10})?|r[0-9a-f]{10})-[a-z0-9]+$`)

// volumeOfMachine returns what distinguishes the volume that the virtual machine attaches from the first one of its disk, of a disk none of whose volumes is the
// Wukong's as yet: its virtual machine may have been made by another control plane, or have outlived what is known here. Empty for the first one.
func volumeOfMachine(w *v1alpha1.Wukong, disk v1alpha1.Label, rs observed.Resources) string {
	vm := rs.Last(plan.KeyVM)
	for _, v := range volumesIn(vm, inMachine...) {
		m := suffixInName.FindStringSubmatch(claimIn(v))
		if m != nil && isAttached(w, &v1alpha1.Disk{Name: disk, Successor: m[1]}, vm, inMachine...) {
			return m[1]
		}
	}
	return ""
}

// isFilled reports whether the volume of a disk is seen to have all that it was to be filled with.
func isFilled(d *v1alpha1.Disk, rs observed.Resources) bool {
	if !Exists(d, rs) || kindAt(key(d), rs) != kindDataVolume || rs.Exists(importedClaimKey(d)) {
		return Exists(d, rs)
	}
	dv, known := observed.Status[cdiv1.DataVolumeStatus](rs, key(d))
	return known && dv.Phase == cdiv1.Succeeded
}

// inMachine and inInstance are the paths of the volumes of a virtual machine and of an instance.
var (
	inMachine  = []string{"spec", "template", "spec", "volumes"}
	inInstance = []string{"spec", "volumes"}
)

// volumesOf returns what distinguishes the volumes of a disk from its first one. They are the Wukong's own, and exist, or were asked for and may exist by now. What
// was merely found counts where there are none, and a successor that seems to be only looked for where there are others: what is seen may be old, so
// that it may be made and written to by now. Those that are being deleted come first, then the earliest.
func volumesOf(disk v1alpha1.Label, rs observed.Resources) []string {
	var out, found, sought []string
	prefix := keyPrefix + string(disk)
	for k := range rs {
		rest, isOfDisk := strings.CutPrefix(k, prefix)
		suffix, hasSuffix := strings.CutPrefix(rest, suffixSeparator)
		isVolume := isOfDisk && (rest == "" || hasSuffix && isSuccessor(suffix))
		switch {
		case !isVolume, rs[k].Foreign != nil, kindAt(k, rs) == "":
		case rs[k].Unasked:
			if suffix != "" {
				sought = append(sought, suffix)
			}
		case rs[k].Unmanaged:
			found = append(found, suffix)
		default:
			out = append(out, suffix)
		}
	}
	if len(out) == 0 {
		out = found
	} else {
		out = append(out, sought...)
	}
	if len(out) < 2 {
		return out
	}
	slices.Sort(out)
	age := func(suffix string) (isStaying int, created int64) {
		k := key(&v1alpha1.Disk{Name: disk, Successor: suffix})
		if !rs.Deleting(k) {
			isStaying = 1
		}
		created = math.MaxInt64
		if at := rs.CreatedAt(k); !at.IsZero() {
			created = at.Unix()
		}
		return isStaying, created
	}
	slices.SortStableFunc(out, func(a, b string) int {
		stayingA, createdA := age(a)
		stayingB, createdB := age(b)
		return cmp.Or(cmp.Compare(stayingA, stayingB), cmp.Compare(createdA, createdB))
	})
	return out
}

// isAttached reports whether a virtual machine or an instance, whose volumes are at a path, attaches the volume of a disk that has one of its own.
func isAttached(w *v1alpha1.Wukong, d *v1alpha1.Disk, o *structpb.Struct, path ...string) bool {
	for _, v := range volumesIn(o, path...) {
		if fields.Text(v, "name") == string(d.Name) {
			return ClaimName(w, d) == claimIn(v)
		}
	}
	return false
}

// claimIn returns the claim that a volume attaches; empty for none. A DataVolume has the name of its claim.
func claimIn(volume *structpb.Struct) string {
	return cmp.Or(fields.Text(volume, "dataVolume", "name"), fields.Text(volume, "persistentVolumeClaim", "claimName"))
}

// volumesIn returns the volumes at a path of an object.
func volumesIn(o *structpb.Struct, path ...string) []*structpb.Struct {
	var out []*structpb.Struct
	for _, v := range fields.In(o, path[:len(path)-1]...).GetFields()[path[len(path)-1]].GetListValue().GetValues() {
		out = append(out, v.GetStructValue())
	}
	return out
}

// isTaken reports whether the virtual machine is seen to attach the volume of a disk, and was asked to when it was last asked for anything. What is seen alone
// may be older than that.
func isTaken(w *v1alpha1.Wukong, d *v1alpha1.Disk, rs observed.Resources) bool {
	vm := rs[plan.KeyVM]
	return isAttached(w, d, vm.Object, inMachine...) && (vm.Desired == nil || isAttached(w, d, vm.Desired, inMachine...))
}

// Succeed gives the disks of a Wukong with its defaults, which are settled, the volumes that they are to have, and the sources of those. What is restored
// belongs to one moment, and so begins at once.
func Succeed(w *v1alpha1.Wukong, rs observed.Resources) {
	next := successors(w, rs)
	ready, mayRestore := make([]bool, len(next)), true
	for i, to := range next {
		ready[i] = to != nil && isReady(w, &w.Spec.Disks[i], to, rs)
		mayRestore = mayRestore && (ready[i] || to == nil || isCopy(to))
	}
	for i, to := range next {
		d := &w.Spec.Disks[i]
		switch {
		case to == nil:
			stay(d, rs)
		case !ready[i], !isCopy(to) && !mayRestore:
			d.Awaited = to.Successor
			asMade(d, rs)
		default:
			succeed(d, to, rs)
		}
	}
}

// successors returns the volumes that the disks of a settled Wukong are to have, by the indexes of the disks. Nil for a disk that keeps the one that it has.
func successors(w *v1alpha1.Wukong, rs observed.Resources) []*v1alpha1.Disk {
	b := backupOf(w, rs)
	isAwaited := b.state.reason == reasonPending && !b.isDone(w, rs)
	out := make([]*v1alpha1.Disk, len(w.Spec.Disks))
	for i := range w.Spec.Disks {
		d := &w.Spec.Disks[i]
		to := &v1alpha1.Disk{Name: d.Name}
		switch {
		case !hasSuccessors(d):
			continue
		case b.restores(w, d, rs):
			to.Successor = b.suffix
			to.ImageFrom = &v1alpha1.ImageReference{Kind: v1alpha1.ImageKindVMSnapshot, Name: w.Spec.Restore.Snapshot}
		case !isAwaited && moves(d, rs):
			to.Successor = successor(movedMark, moveOf(w, d)...) + restoredFrom(d.Successor)
			to.ImageFrom = &v1alpha1.ImageReference{Kind: v1alpha1.ImageKindClaim, Name: v1alpha1.ObjectName(ClaimName(w, d))}
		default:
			continue
		}
		out[i] = to
	}
	return out
}

// isReady reports whether a disk may get a successor. One that exists must be taken already, and else nothing of its name may be there: what an earlier attempt
// left may be a copy of what was written over since. A disk without any volume waits for nothing.
func isReady(w *v1alpha1.Wukong, d, to *v1alpha1.Disk, rs observed.Resources) bool {
	switch {
	case len(volumesOf(d.Name, rs)) == 0:
		return true
	case rs.Exists(key(to)):
		return isTaken(w, to, rs)
	}
	return rs.IsMissing(lookKey(to), ClaimName(w, to)) || isAttached(w, to, rs.Last(plan.KeyVM), inMachine...)
}

// lookPrefix begins the key of the successor of a disk while it is looked for and does not exist. No key of another resource begins so.
const lookPrefix = "successor-"

// lookKey returns the key under which the volume of a disk is looked for.
func lookKey(d *v1alpha1.Disk) string { return lookPrefix + holder(d) }

// looks returns the successors that do not exist, or are not the Wukong's to use, and are looked for.
func looks(w *v1alpha1.Wukong, rs observed.Resources) []plan.Resource {
	var out []plan.Resource
	for i := range w.Spec.Disks {
		d := &w.Spec.Disks[i]
		to := &v1alpha1.Disk{Name: d.Name, Successor: cmp.Or(d.Awaited, d.Successor)}
		isMade := rs.Exists(key(to)) && !rs[key(to)].Unmanaged
		if !hasSuccessors(d) || to.Successor == "" || isMade || len(volumesOf(d.Name, rs)) == 0 {
			continue
		}
		out = append(out, plan.Resource{
			Key: lookKey(to),
			Object: &metav1.PartialObjectMetadata{
				TypeMeta:   metav1.TypeMeta{APIVersion: cdiv1.SchemeGroupVersion.String(), Kind: kindDataVolume},
				ObjectMeta: metav1.ObjectMeta{Namespace: w.GetNamespace(), Name: ClaimName(w, to)},
			},
			Management: plan.Observe,
		})
	}
	return out
}

// leftover returns the state of a disk whose successor cannot be made, because something of its name is there. The zero state of any other.
func leftover(w *v1alpha1.Wukong, rs observed.Resources) state {
	for _, r := range looks(w, rs) {
		disk, suffix, _ := strings.Cut(strings.TrimPrefix(r.Key, lookPrefix), suffixSeparator)
		to := &v1alpha1.Disk{Name: v1alpha1.Label(disk), Successor: suffix}
		isMade := isAttached(w, to, rs.Last(plan.KeyVM), inMachine...)
		if !isMade && rs.Exists(r.Key) && rs.Name(r.Key) == r.Object.GetName() {
			if rs.Deleting(r.Key) {
				return pending(msgSuccessorGoes.With(disk, r.Object.GetName()))
			}
			return failed(msgSuccessorExists.With(disk, r.Object.GetName(), r.Object.GetName(), w.GetNamespace()))
		}
	}
	return state{}
}

// stay gives a disk the source of the volume that it has, unless that is its first one, or was never asked for.
func stay(d *v1alpha1.Disk, rs observed.Resources) {
	if d.Successor == "" || rs[key(d)].Unasked && len(volumesOf(d.Name, rs)) == 0 {
		return
	}
	if made := existing(holder(d), rs); made != nil {
		setContent(d, made)
	}
	if asked, ok := observed.Last[cdiv1.DataVolume](rs, key(d)); ok && !rs.Exists(key(d)) {
		v := volumeOfDataVolume(asked)
		d.StorageClassName, d.AccessModes, d.VolumeMode = v1alpha1.ObjectName(ptr.Deref(v.class, "")), v.accessModes, v.volumeMode
	}
}

// setContent gives a disk the source of another one.
func setContent(d, of *v1alpha1.Disk) {
	d.Image, d.ImageSecret, d.ImageCA, d.ImageChecksum, d.ImageFrom, d.Upload = of.Image, of.ImageSecret, of.ImageCA, of.ImageChecksum, of.ImageFrom, of.Upload
}

// asMade gives a disk the source of the volume that it has, and no class and modes, which are compared with those of the volume.
func asMade(d *v1alpha1.Disk, rs observed.Resources) {
	d.StorageClassName, d.AccessModes, d.VolumeMode = "", nil, nil
	stay(d, rs)
}

// succeed gives a disk a successor. A restored one is of the same class and modes.
func succeed(d, to *v1alpha1.Disk, rs observed.Resources) {
	if v, known := volumeOfDisk(d, rs); known && !isCopy(to) {
		d.StorageClassName, d.AccessModes, d.VolumeMode = v1alpha1.ObjectName(ptr.Deref(v.class, "")), v.accessModes, v.volumeMode
	}
	setContent(d, to)
	if d.Successor = to.Successor; rs.Exists(key(to)) {
		asMade(d, rs)
	}
}

// volumeOfDisk returns the volume that an existing disk has, and false where it is not known.
func volumeOfDisk(d *v1alpha1.Disk, rs observed.Resources) (volume, bool) {
	k := key(d)
	if kindAt(k, rs) == kindDataVolume {
		k = importedClaimKey(d)
	}
	pvc, known := observed.Get[corev1.PersistentVolumeClaim](rs, k)
	if !known {
		return volume{}, false
	}
	return volumeOfClaim(pvc), true
}

// moves reports whether a disk is to move: its author says that it may, and names another class or other modes than its volume is known to have.
func moves(d *v1alpha1.Disk, rs observed.Resources) bool {
	v, known := volumeOfDisk(d, rs)
	if !d.MigrateStorage || !known || !Exists(d, rs) {
		return false
	}
	return hasOtherClass(d, v) || hasOtherAccessModes(d, v) || hasOtherVolumeMode(d, v)
}

// moveOf returns what the successor of a disk that moves is known by.
func moveOf(w *v1alpha1.Wukong, d *v1alpha1.Disk) []string {
	out := []string{ClaimName(w, d), string(d.StorageClassName), string(ptr.Deref(d.VolumeMode, ""))}
	return append(out, sortedModes(d)...)
}

// awaitsMachine reports whether a successor is not to be made yet: the virtual machine is not seen to attach it, or it is a copy and an instance may write to the
// earlier volume. Of one that attaches the successor there is no other beside it.
func (p *diskPlanner) awaitsMachine() bool {
	if p.disk.Successor == "" || len(p.earlier()) == 0 {
		return false
	}
	isStopped := !fields.Value(p.observed[plan.KeyVM].Object, "status", "created").GetBoolValue()
	mayCopy := isStopped || isAttached(p.wukong, p.disk, p.observed[plan.KeyVMI].Object, inInstance...)
	return !isTaken(p.wukong, p.disk, p.observed) || isCopy(p.disk) && !mayCopy
}

// isCopy reports whether a volume is one that a disk moves to.
func isCopy(d *v1alpha1.Disk) bool { return strings.HasPrefix(d.Successor, movedMark) }

// earlier returns the other volumes of a disk, as a spec says them.
func (p *diskPlanner) earlier() []*v1alpha1.Disk {
	var out []*v1alpha1.Disk
	for _, suffix := range volumesOf(p.disk.Name, p.observed) {
		if suffix == p.disk.Successor || !hasSuccessors(p.disk) {
			continue
		}
		d := &v1alpha1.Disk{Name: p.disk.Name, Successor: suffix, DeletionPolicy: p.disk.DeletionPolicy}
		if made := existing(holder(d), p.observed); made != nil {
			setContent(d, made)
		}
		out = append(out, d)
	}
	return out
}

// isInUse reports whether an instance is seen to run with the volume of a disk, which has all that it was to be filled with.
func (p *diskPlanner) isInUse() bool {
	vmi := p.observed[plan.KeyVMI].Object
	return isFilled(p.disk, p.observed) && !p.observed.Deleting(key(p.disk)) && fields.Text(vmi, "status", "phase") == string(kubevirtv1.Running) &&
		isAttached(p.wukong, p.disk, vmi, inInstance...)
}

// isOlder reports whether another volume of the disk is seen to be older than the one that it has. A later one would be what the virtual machine has by now.
func (p *diskPlanner) isOlder(other *v1alpha1.Disk) bool {
	a, b := p.observed.CreatedAt(key(other)), p.observed.CreatedAt(key(p.disk))
	return !a.IsZero() && a.Before(b)
}

// keepEarlier keeps the volumes that a disk had before, until an instance runs with the one that it has now.
func (out *Disks) keepEarlier(p *diskPlanner) error {
	earlier := p.earlier()
	if len(earlier) == 0 {
		return nil
	}
	isInUse := p.isInUse()
	for _, d := range earlier {
		if isInUse && p.isOlder(d) {
			continue
		}
		e := plannerOf(p.wukong, d, p.index, p.settings, p.observed)
		resources, err := e.plan()
		if err != nil {
			return err
		}
		for i := range resources {
			resources[i].Leaving = true
		}
		out.Resources = append(out.Resources, resources...)
		if !isFilled(d, p.observed) {
			continue
		}
		text := p.changes.path.String() + ": "
		kind, name := holderKind(d, p.observed), ClaimName(p.wukong, d)
		switch {
		case Exists(p.disk, p.observed) && !p.isOlder(d):
			out.Advice = append(out.Advice, text+msgLaterStays.With(d.Name, kind, name))
		case d.DeletionPolicy == v1alpha1.DeletionPolicyRetain:
			out.Advice = append(out.Advice, text+msgEarlierRetained.With(d.Name, kind, name))
		case isCopy(p.disk):
			out.Advice = append(out.Advice, text+msgEarlierMoves.With(d.Name, kind, name))
		default:
			out.DataLoss = append(out.DataLoss, text+msgEarlierGoes.With(d.Name, kind, name))
		}
	}
	return nil
}
