package storage

import (
	"maps"
	"strings"

	"k8s.io/apimachinery/pkg/util/validation/field"

	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
	"github.com/novasphere/function-wukong/internal/names"
	"github.com/novasphere/function-wukong/internal/observed"
)

// validateClaimNames refuses a claimName that refers to the claim of a removed disk which is not retained. Kubernetes would delete that claim
// while it is attached. Somebody who renames a disk in this way wants to keep its data.
func validateClaimNames(w *v1alpha1.Wukong, rs observed.Resources) field.ErrorList {
	disks := map[string]string{}
	for key, r := range rs {
		if disk, ok := strings.CutPrefix(key, keyPrefix); ok && !r.Retained && !r.Unmanaged && r.Foreign == nil {
			disks[names.Object(w, names.Disk, disk)] = disk
		}
	}
	for _, d := range w.Spec.Disks {
		if d.ClaimName == "" {
			maps.DeleteFunc(disks, func(_, disk string) bool { return disk == string(d.Name) })
		}
	}

	var errs field.ErrorList
	for i, d := range w.Spec.Disks {
		if disk, deleted := disks[string(d.ClaimName)]; deleted {
			path := field.NewPath("spec", "disks").Index(i).Child("claimName")
			errs = append(errs, field.Forbidden(path, msgClaimDeleted.With(disk, disk)))
		}
	}
	return errs
}
