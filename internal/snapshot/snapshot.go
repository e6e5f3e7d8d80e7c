// Package snapshot plans which snapshots of a Wukong's virtual machine are deleted, and reports those that there are.
//
// Snapshots are taken by somebody else: an Operation, a CronJob or kubectl. They belong to nobody, so that they outlive their Wukong. One that is to be
// deleted becomes a composed resource in three steps, each of which must be observed before the next: it is observed, its resource may delete it, and its
// resource is left out. So each step rests on a look at the snapshot itself, and a look that finds nothing deletes nothing.
package snapshot

import (
	"cmp"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"google.golang.org/protobuf/types/known/structpb"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/util/sets"
	"k8s.io/utils/ptr"
	snapshotv1 "kubevirt.io/api/snapshot/v1beta1"

	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
	"github.com/novasphere/function-wukong/internal/fields"
	"github.com/novasphere/function-wukong/internal/names"
	"github.com/novasphere/function-wukong/internal/observed"
	"github.com/novasphere/function-wukong/internal/plan"
	"github.com/novasphere/function-wukong/internal/report"
)

// Kind is the kind of a snapshot.
const Kind = "VirtualMachineSnapshot"

// KeyList is the key of the list of a Wukong's snapshots.
const KeyList = "snapshots"

// keyPrefix begins the key of a snapshot that is to be deleted. Its number follows. No key of another resource begins so.
const keyPrefix = "snapshot-"

// MaxReported is the maximum number of snapshots in the status.
const MaxReported = 100

// maxAtOnce is the maximum number of snapshots that are deleted at a time, the oldest first.
const maxAtOnce = 10

// A snapshot is one of a Wukong's, as it is observed.
type snapshot struct {
	name, uid string

	// number N of NAME-N; empty for another name.
	number string

	// taken is when it was requested.
	taken time.Time

	// counts reports whether it is ready, an Operation or the CronJob took it, of the virtual machine that the Wukong has now, and the volumes in it are known.
	counts bool

	// volumes are the volumes of the virtual machine that are in it.
	volumes sets.Set[string]

	deleting bool
	status   snapshotv1.VirtualMachineSnapshotStatus
}

// isReady reports whether it can be restored.
func (s snapshot) isReady() bool { return !s.deleting && ptr.Deref(s.status.ReadyToUse, false) }

// List returns the snapshots of a Wukong, which are looked for by their label where their number matters.
func List(w *v1alpha1.Wukong) []plan.Resource {
	if w.Spec.Snapshots == nil {
		return nil
	}
	return []plan.Resource{{
		Key: KeyList,
		Object: &metav1.PartialObjectMetadata{
			TypeMeta:   metav1.TypeMeta{APIVersion: snapshotv1.SchemeGroupVersion.String(), Kind: Kind},
			ObjectMeta: metav1.ObjectMeta{Namespace: w.GetNamespace(), Labels: map[string]string{names.LabelWukong: w.GetName()}},
		},
		Management: plan.Observe,
	}}
}

// Plan returns the composed resources of snapshots, and a message about those that are to be deleted. A composed one that it leaves out is deleted if its resource
// may delete it.
func Plan(w *v1alpha1.Wukong, rs observed.Resources) (resources []plan.Resource, advice []string) {
	outdated := map[string]snapshot{}
	var old, spared []string
	all := outdatedOf(w, rs)
	for _, s := range all[max(0, len(all)-maxAtOnce):] {
		key := keyPrefix + s.number
		outdated[key], old = s, append(old, s.name)
		switch isSeen := rs.UID(key) == s.uid; {
		case isSeen && rs[key].Deletes:
		case isSeen:
			resources = append(resources, resourceOf(w, s.number, plan.Delete))
		default:
			resources = append(resources, resourceOf(w, s.number, plan.Observe))
		}
	}
	for _, key := range composed(rs) {
		_, isOutdated := outdated[key]
		isHarmless := !rs[key].Deletes && (rs[key].Missing || rs[key].ReadOnly)
		if !isOutdated && !isHarmless {
			// It stays after all, or nothing is known. What is observed may be older than the right to delete it, so that it is not left out while it is there.
			resources = append(resources, resourceOf(w, strings.TrimPrefix(key, keyPrefix), plan.Observe))
			if rs[key].Deletes && rs.Exists(key) {
				spared = append(spared, rs.Name(key))
			}
		}
	}
	const field = "spec.snapshots.keep: "
	if len(old) > 0 {
		advice = append(advice, field+msgOutdated.With(strconv.Itoa(int(w.Spec.Snapshots.Keep)), report.List(old)))
	}
	if len(spared) > 0 {
		advice = append(advice, field+msgSpared.With(report.List(spared)))
	}
	return resources, advice
}

// Outdated returns the names of the snapshots of a Wukong that are to be deleted, the newest first. There are none where the list of all is not known.
func Outdated(w *v1alpha1.Wukong, rs observed.Resources) []string {
	var out []string
	for _, s := range outdatedOf(w, rs) {
		out = append(out, s.name)
	}
	return out
}

// Report returns the snapshots of a Wukong, the newest first.
func Report(w *v1alpha1.Wukong, rs observed.Resources) []v1alpha1.SnapshotStatus {
	if w.Spec.Snapshots == nil {
		return nil
	}
	all := snapshotsOf(w, rs)
	var out []v1alpha1.SnapshotStatus
	for _, s := range all[:min(len(all), MaxReported)] {
		created := s.taken
		if s.status.CreationTime != nil {
			created = s.status.CreationTime.Time
		}
		status := v1alpha1.SnapshotStatus{Name: s.name, Ready: s.isReady()}
		if !created.IsZero() {
			status.CreationTime = created.UTC().Format(time.RFC3339)
		}
		if e := s.status.Error; e != nil && !status.Ready {
			status.Error = ptr.Deref(e.Message, "")
		}
		out = append(out, status)
	}
	return out
}

// outdatedOf returns the snapshots that are to be deleted, the newest first: those that count, with as many newer ones that count and have each volume that is in
// them. KubeVirt calls a snapshot ready from which it left out volumes. There are none while it restores the virtual machine, which may be from one of them. The one
// that the Wukong is restored from stays.
func outdatedOf(w *v1alpha1.Wukong, rs observed.Resources) []snapshot {
	if w.Spec.Snapshots == nil || fields.Text(rs[plan.KeyVM].Object, "status", "restoreInProgress") != "" {
		return nil
	}
	var newer, out []snapshot
	for _, s := range snapshotsOf(w, rs) {
		if !s.counts {
			continue
		}
		covering := 0
		for _, n := range newer {
			if n.volumes.IsSuperset(s.volumes) {
				covering++
			}
		}
		isRestored := w.Spec.Restore != nil && string(w.Spec.Restore.Snapshot) == s.name
		if covering >= int(w.Spec.Snapshots.Keep) && !isRestored {
			out = append(out, s)
		}
		newer = append(newer, s)
	}
	return out
}

// snapshotsOf returns the snapshots of a Wukong that can be read, the newest first.
func snapshotsOf(w *v1alpha1.Wukong, rs observed.Resources) []snapshot {
	var out []snapshot
	for _, item := range rs[KeyList].Items {
		if s, ok := read(item, w, rs); ok {
			out = append(out, s)
		}
	}
	slices.SortFunc(out, func(a, b snapshot) int {
		return cmp.Or(b.taken.Compare(a.taken), cmp.Compare(len(b.number), len(a.number)), strings.Compare(b.number, a.number), strings.Compare(b.name, a.name))
	})
	return out
}

// read returns an observed snapshot, and false for one that cannot be read.
func read(item *structpb.Struct, w *v1alpha1.Wukong, rs observed.Resources) (snapshot, bool) {
	var o snapshotv1.VirtualMachineSnapshot
	if err := runtime.DefaultUnstructuredConverter.FromUnstructured(item.AsMap(), &o); err != nil {
		return snapshot{}, false
	}
	s := snapshot{name: o.Name, uid: string(o.UID), taken: o.CreationTimestamp.Time, deleting: o.DeletionTimestamp != nil, status: ptr.Deref(o.Status, snapshotv1.VirtualMachineSnapshotStatus{})}
	number, isNumbered := names.NumberOf(w.GetName(), o.Name)
	if isNumbered {
		s.number = strconv.FormatUint(number, 10)
	}
	isTaken := isNumbered && o.Labels[names.LabelManagedBy] == names.ManagedBy && s.uid != ""
	s.counts = isTaken && s.isReady() && isOfMachine(s, rs) && s.status.SnapshotVolumes != nil
	if s.counts {
		s.volumes = sets.New(s.status.SnapshotVolumes.IncludedVolumes...)
	}
	return s, true
}

// isOfMachine reports whether a snapshot is of the virtual machine that the Wukong has now. KubeVirt gives the UID of a new virtual machine to the snapshots of an
// earlier one of the same name, too (updateVMSnapshotStatus in pkg/storage/snapshot/snapshot.go), so that it must have been requested later.
func isOfMachine(s snapshot, rs observed.Resources) bool {
	vm, made := rs.UID(plan.KeyVM), rs.CreatedAt(plan.KeyVM)
	return vm != "" && string(ptr.Deref(s.status.SourceUID, "")) == vm && !made.IsZero() && s.taken.After(made)
}

// composed returns the keys of the snapshots that are composed resources, sorted.
func composed(rs observed.Resources) []string {
	return slices.Sorted(func(yield func(string) bool) {
		for key := range maps.Keys(rs) {
			if number, ok := strings.CutPrefix(key, keyPrefix); ok && isNumber(number) && !yield(key) {
				return
			}
		}
	})
}

// isNumber reports whether a text is the number of a snapshot.
func isNumber(text string) bool {
	_, err := strconv.ParseUint(text, 10, 63)
	return err == nil
}

// resourceOf returns the composed resource of the snapshot with a number.
func resourceOf(w *v1alpha1.Wukong, number string, m plan.Management) plan.Resource {
	return plan.Resource{
		Key: keyPrefix + number,
		Object: &metav1.PartialObjectMetadata{
			TypeMeta:   metav1.TypeMeta{APIVersion: snapshotv1.SchemeGroupVersion.String(), Kind: Kind},
			ObjectMeta: metav1.ObjectMeta{Namespace: w.GetNamespace(), Name: w.GetName() + "-" + number},
		},
		Management: m,
	}
}
