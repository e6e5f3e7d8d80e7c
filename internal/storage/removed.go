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

// A RemovedDisk is a disk that exists and that its Wukong no longer lists. A renamed disk is a removed one, which its author may not know.
type RemovedDisk struct {
	// Name in the Wukong.
	Name string

	// Kind and Object are those of the volume that holds the disk.
	Kind, Object string

	// Retained reports whether the volume stays with its data. Otherwise it is deleted.
	Retained bool
}

// Removed returns the disks that exist and that a Wukong no longer lists, by their names.
func Removed(w *v1alpha1.Wukong, rs observed.Resources) []RemovedDisk {
	listed := sets.New[string]()
	for _, d := range w.Spec.Disks {
		if d.ClaimName == "" {
			listed.Insert(string(d.Name))
		}
	}
	var out []RemovedDisk
	for _, key := range slices.Sorted(maps.Keys(rs)) {
		disk, ok := strings.CutPrefix(key, keyPrefix)
		kind, name := rs.Kind(key), names.Object(w, names.Disk, disk)
		// Other steps of the pipeline may compose resources with such a key: the kind and the name tell them apart.
		if !ok || rs[key].Unmanaged || listed.Has(disk) || kind != kindClaim && kind != kindDataVolume || rs.Name(key) != name {
			continue
		}
		out = append(out, RemovedDisk{Name: disk, Kind: kind, Object: name, Retained: rs[key].Retained})
	}
	return out
}

// removedDisks returns a sentence for each disk that exists and that the Wukong no longer lists: in lost for a disk that is deleted with its
// data, in retained for one that stays.
func removedDisks(w *v1alpha1.Wukong, rs observed.Resources) (lost, retained []string) {
	path := field.NewPath("spec", "disks")
	for _, d := range Removed(w, rs) {
		if d.Retained {
			retained = append(retained, fmt.Sprintf("%s: %s", path, msgRetained.With(d.Name, d.Kind, d.Object, d.Object)))
			continue
		}
		lost = append(lost, fmt.Sprintf("%s: %s", path, msgDataLoss.With(d.Name, d.Kind, d.Object)))
	}
	return lost, retained
}
