package storage

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/util/sets"
	"k8s.io/apimachinery/pkg/util/validation/field"

	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
	"github.com/novasphere/function-wukong/internal/names"
	"github.com/novasphere/function-wukong/internal/observed"
)

// unlisted returns what becomes of the disks that were made for a Wukong and are not in its list any more: those that are lost, and those
// that are retained. Whoever renames a disk may not know that the old one goes.
func unlisted(w *v1alpha1.Wukong, rs observed.Resources) (lost, retained []string) {
	listed := sets.New[string]()
	for _, d := range w.Spec.Disks {
		if d.ClaimName == "" {
			listed.Insert(string(d.Name))
		}
	}
	path := field.NewPath("spec", "disks")
	for _, key := range slices.Sorted(maps.Keys(rs)) {
		disk, ok := strings.CutPrefix(key, keyPrefix)
		kind, name := rs.Kind(key), names.Object(w, names.Disk, disk)
		if !ok || rs[key].Unmanaged || listed.Has(disk) || kind != kindClaim && kind != kindDataVolume || rs.Name(key) != name {
			continue
		}
		if rs[key].Retained {
			retained = append(retained, fmt.Sprintf("%s: disk %s is not in the list any more: its %s %s is retained with all data on it, and comes back with a disk of that name, or as claimName: %s", path, disk, kind, name, name))
			continue
		}
		lost = append(lost, fmt.Sprintf("%s: DATA LOSS: disk %s is not in the list any more, so its %s %s is deleted with all data on it: a disk is known by its name, and one that is renamed is another disk, without that data", path, disk, kind, name))
	}
	return lost, retained
}
