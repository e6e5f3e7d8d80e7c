package simulator

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	fnv1 "github.com/crossplane/function-sdk-go/proto/v1"
	"pgregory.net/rapid"

	"github.com/novasphere/function-wukong/internal/fields"
	"github.com/novasphere/function-wukong/internal/names"
	"github.com/novasphere/function-wukong/internal/wukongtest"
)

// Paths of a snapshot's labels.
const (
	leafWukong    = "metadata|labels|" + names.LabelWukong
	leafManagedBy = "metadata|labels|" + names.LabelManagedBy
)

// keeps are the numbers of snapshots that edits choose from.
var keeps = rapid.SampledFrom([]any{nil, int64(1), int64(2), int64(3)})

// changeSnapshots takes a snapshot of the virtual machine, as an Operation does or as a user, lets one become ready, or lets a user delete one.
func (w *world) changeSnapshots(t *rapid.T) {
	vm := w.cluster.objects[id{kindVM, wukongtest.Name}]
	all := w.snapshots()
	switch kind := rapid.IntRange(0, 6).Draw(t, "snapshot"); {
	case kind < 3 && vm != nil:
		for range rapid.IntRange(1, 4).Draw(t, "snapshots") {
			w.takeSnapshot(t, vm)
		}
	case len(all) == 0:
	case kind == 3:
		w.cluster.delete(rapid.SampledFrom(all).Draw(t, "deleted"))
	case kind == 4 && vm != nil:
		// So KubeVirt does to those of an earlier virtual machine of this name.
		rapid.SampledFrom(all).Draw(t, "changed").status["sourceUID"] = vm.uid
	default:
		rapid.SampledFrom(all).Draw(t, "changed").status["readyToUse"] = rapid.IntRange(0, 3).Draw(t, "ready") > 0
	}
	w.kept = w.keptSnapshots()
}

// takeSnapshot takes a snapshot of the virtual machine.
func (w *world) takeSnapshot(t *rapid.T, vm *apiObject) {
	w.taken++
	name := names.Numbered(wukongtest.Name, uint64(w.taken))
	o := &apiObject{
		id: id{kindSnapshot, name}, apiVersion: "snapshot.kubevirt.io/v1beta1", uid: fmt.Sprint("uid-", name), created: w.cluster.tick(),
		owners: map[string]map[string]bool{}, leaves: map[string]any{leafWukong: wukongtest.Name, leafManagedBy: names.ManagedBy, "spec|source|name": vm.name},
		status: object{
			"readyToUse": rapid.IntRange(0, 3).Draw(t, "ready") > 0, "sourceUID": vm.uid,
			"snapshotVolumes": object{"includedVolumes": rapid.SampledFrom([][]any{{"system", "data"}, {"system", "data"}, {"system"}, {}}).Draw(t, "volumes")},
		},
	}
	if rapid.IntRange(0, 4).Draw(t, "by hand") == 0 {
		delete(o.leaves, leafManagedBy)
	}
	w.cluster.objects[o.id] = o
}

// snapshots returns the snapshots that are there, the oldest first.
func (w *world) snapshots() []*apiObject {
	var out []*apiObject
	for _, o := range w.cluster.objects {
		if o.kind == kindSnapshot && !o.deleting {
			out = append(out, o)
		}
	}
	slices.SortFunc(out, func(a, b *apiObject) int { return a.created - b.created })
	return out
}

// keptSnapshots returns the UIDs of the snapshots that are there and that no composed resource may delete.
func (w *world) keptSnapshots() map[id]string {
	out := map[id]string{}
	for _, o := range w.snapshots() {
		if !w.mayGo(o) {
			out[o.id] = o.uid
		}
	}
	return out
}

// mayGo reports whether a snapshot is deleted with a composed resource.
func (w *world) mayGo(snapshot *apiObject) bool {
	for _, o := range w.x.composed {
		if o.target() == snapshot.id && o.allows("Delete") {
			return true
		}
	}
	return snapshot.controller != ""
}

// isOutdated reports whether the function may delete a snapshot: it is ready and an Operation's, of this virtual machine, and as many newer ones of the kind that
// have its volumes are there as the spec keeps.
func (w *world) isOutdated(o *apiObject) bool {
	if vm := w.cluster.objects[id{kindVM, wukongtest.Name}]; vm != nil && w.isOutdatedOf(o, vm.uid, stamp(vm.created)) {
		return true
	}
	// The virtual machine may be another one, or gone, since the function was shown it.
	for _, shown := range w.x.lastShown {
		metadata := fields.In(shown, "status", "atProvider", "manifest", "metadata")
		if w.isOutdatedOf(o, fields.Text(metadata, "uid"), fields.Text(metadata, "creationTimestamp")) {
			return true
		}
	}
	return false
}

// isOutdatedOf does so for the virtual machine with a UID, which was created at a time.
func (w *world) isOutdatedOf(o *apiObject, uid, created string) bool {
	keep, _ := w.x.spec["snapshots"].(object)
	n, limited := keep["keep"].(int64)
	counts := func(s *apiObject) bool {
		return s.leaves[leafManagedBy] != nil && s.status["readyToUse"] == true && s.status["sourceUID"] == uid && stamp(s.created) > created
	}
	volumes := func(s *apiObject) []any {
		included, _ := s.status["snapshotVolumes"].(object)["includedVolumes"].([]any)
		return included
	}
	newer := int64(0)
	for _, s := range w.snapshots() {
		if s.created > o.created && counts(s) && len(volumes(s)) >= len(volumes(o)) {
			newer++
		}
	}
	return limited && counts(o) && newer >= n
}

// checkDesired checks that no desired resource gets the right to delete a snapshot that the spec keeps.
func (w *world) checkDesired(t *rapid.T, desired map[string]*fnv1.Resource) {
	for _, o := range w.deletedWith(desired) {
		if !w.mayGo(o) && !w.isOutdated(o) {
			t.Fatalf("snapshot %s goes with its resource, which the spec keeps: %v", o.name, w.x.spec["snapshots"])
		}
	}
}

// deletedWith returns the snapshots that are there and that desired resources may delete.
func (w *world) deletedWith(desired map[string]*fnv1.Resource) []*apiObject {
	var out []*apiObject
	for _, key := range slices.Sorted(maps.Keys(desired)) {
		number, isSnapshot := strings.CutPrefix(key, "snapshot-")
		o := w.cluster.objects[id{kindSnapshot, wukongtest.Name + "-" + number}]
		if !isSnapshot || o == nil || o.deleting {
			continue
		}
		spec := desired[key].GetResource().GetFields()["spec"].GetStructValue()
		policies := spec.GetFields()["managementPolicies"].GetListValue().AsSlice()
		if w.x.native != nil || slices.Contains(policies, any("Delete")) {
			out = append(out, o)
		}
	}
	return out
}

// checkSnapshots checks that no snapshot is gone that no composed resource might delete.
func (w *world) checkSnapshots(t *rapid.T) {
	for k, uid := range w.kept {
		if o := w.cluster.objects[k]; o == nil || o.uid != uid || o.deleting {
			t.Fatalf("snapshot %s was deleted, which the spec keeps", k.name)
		}
	}
	w.kept = w.keptSnapshots()
}

// checkRetention checks that no more snapshots are there than the spec keeps.
func (w *world) checkRetention(t *rapid.T) {
	for _, o := range w.snapshots() {
		if w.isOutdated(o) {
			t.Fatalf("snapshot %s is there, and the spec keeps newer ones: %v", o.name, w.x.spec["snapshots"])
		}
	}
}
