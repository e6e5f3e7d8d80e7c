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

	// Medium reports whether it is the medium of a CD-ROM drive, which can be imported again. The drive itself may be listed.
	Medium bool

	// Successor reports whether the volume is not the first one of its disk, so that no disk of its name finds it again.
	Successor bool

	// Kind and Object are those of the volume that holds the disk.
	Kind, Object string

	// Retained reports whether the volume stays with its data. Otherwise it is deleted.
	Retained bool
}

// Removed returns the disks and the media that exist and that a Wukong no longer lists, by their names.
func Removed(w *v1alpha1.Wukong, rs observed.Resources) []RemovedDisk {
	listed, kept := sets.New[string](), sets.New[string]()
	for i := range w.Spec.Disks {
		d := &w.Spec.Disks[i]
		switch {
		case hasSuccessors(d):
			kept.Insert(string(d.Name))
		case IsComposed(d):
			listed.Insert(holder(d))
		}
	}
	var out []RemovedDisk
	for _, key := range slices.Sorted(maps.Keys(rs)) {
		h, ok := strings.CutPrefix(key, keyPrefix)
		kind, name := rs.Kind(key), names.Object(w, names.Disk, h)
		// Other steps of the pipeline may compose resources with such a key: the kind and the name tell them apart.
		disk, isMedium := diskOf(h)
		if !ok || rs[key].Unmanaged || listed.Has(h) || !isMedium && kept.Has(disk) || kind != kindClaim && kind != kindDataVolume || rs.Name(key) != name {
			continue
		}
		out = append(out, RemovedDisk{Name: disk, Medium: isMedium, Successor: h != disk && !isMedium, Kind: kind, Object: name, Retained: rs[key].Retained})
	}
	return out
}

// removedDisks returns a sentence for each disk that exists and that the Wukong no longer lists: in lost for a disk that is deleted with its
// data, in advice for one that stays, and for a medium.
func removedDisks(w *v1alpha1.Wukong, rs observed.Resources) (lost, advice []string) {
	path := field.NewPath("spec", "disks")
	for _, d := range Removed(w, rs) {
		switch {
		case d.Medium:
			advice = append(advice, fmt.Sprintf("%s: %s", path, msgMediumRemoved.With(d.Object, d.Name)))
		case d.Retained && d.Successor:
			advice = append(advice, fmt.Sprintf("%s: %s", path, msgSuccessorRetained.With(d.Name, d.Kind, d.Object, d.Object)))
		case d.Retained:
			advice = append(advice, fmt.Sprintf("%s: %s", path, msgRetained.With(d.Name, d.Kind, d.Object, d.Object)))
		default:
			lost = append(lost, fmt.Sprintf("%s: %s", path, msgDataLoss.With(d.Name, d.Kind, d.Object)))
		}
	}
	return lost, advice
}
