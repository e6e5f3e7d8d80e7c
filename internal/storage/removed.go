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

// removedDisks returns a sentence for each disk that exists and that the Wukong no longer lists: in lost for a disk that is deleted with its
// data, in retained for one that stays. A renamed disk is a removed one, which its author may not know.
func removedDisks(w *v1alpha1.Wukong, rs observed.Resources) (lost, retained []string) {
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
		// Other steps of the pipeline may compose resources with such a key: the kind and the name tell them apart.
		if !ok || rs[key].Unmanaged || listed.Has(disk) || kind != kindClaim && kind != kindDataVolume || rs.Name(key) != name {
			continue
		}
		if rs[key].Retained {
			retained = append(retained, fmt.Sprintf("%s: %s", path, msgRetained.With(disk, kind, name, name)))
			continue
		}
		lost = append(lost, fmt.Sprintf("%s: %s", path, msgDataLoss.With(disk, kind, name)))
	}
	return lost, retained
}
