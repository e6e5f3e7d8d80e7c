package storage

import (
	"maps"
	"strings"

	"k8s.io/apimachinery/pkg/util/validation/field"

	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
	"github.com/novasphere/function-wukong/internal/names"
	"github.com/novasphere/function-wukong/internal/observed"
)

// claimsToGo refuses claimNames of claims that are to be deleted with the disks that they were made for: who renames a disk so wants to
// keep its data.
func claimsToGo(w *v1alpha1.Wukong, rs observed.Resources) field.ErrorList {
	made := map[string]string{}
	for key, r := range rs {
		if disk, ok := strings.CutPrefix(key, keyPrefix); ok && !r.Retained && !r.Unmanaged && r.Foreign == nil {
			made[names.Object(w, names.Disk, disk)] = disk
		}
	}
	for _, d := range w.Spec.Disks {
		if d.ClaimName == "" {
			maps.DeleteFunc(made, func(_, disk string) bool { return disk == string(d.Name) })
		}
	}

	var errs field.ErrorList
	for i, d := range w.Spec.Disks {
		if disk, goes := made[string(d.ClaimName)]; goes {
			path := field.NewPath("spec", "disks").Index(i).Child("claimName")
			errs = append(errs, field.Forbidden(path, "it is the claim of disk "+disk+", with which it would be deleted: keep disk "+disk+", or first give it deletionPolicy: Retain"))
		}
	}
	return errs
}
