package storage

import (
	"strings"

	"k8s.io/apimachinery/pkg/util/validation/field"

	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
	"github.com/novasphere/function-wukong/internal/names"
	"github.com/novasphere/function-wukong/internal/observed"
	"github.com/novasphere/function-wukong/internal/report"
)

// Normalize leaves out namespaces that are that of the Wukong.
func Normalize(w *v1alpha1.Wukong) {
	own := func(r *v1alpha1.ImageReference) {
		if r != nil && string(r.Namespace) == w.GetNamespace() {
			r.Namespace = ""
		}
	}
	own(w.Spec.OSImageFrom)
	for i := range w.Spec.Disks {
		own(w.Spec.Disks[i].ImageFrom)
	}
}

// ValidateListed refuses a Wukong that lists no disk while disks of it exist which the default is none of: they would be deleted, and another machine take their
// place.
func ValidateListed(w *v1alpha1.Wukong, rs observed.Resources) field.ErrorList {
	var names []string
	for _, d := range Removed(w, rs) {
		if !d.Medium {
			names = append(names, d.Name)
		}
	}
	if len(names) == 0 {
		return nil
	}
	return field.ErrorList{field.Required(field.NewPath("spec", "disks"), msgDisksNotListed.With(report.List(names)))}
}

// validateSources refuses to clone from namespaces that the platform team does not share. What a disk was cloned from does not matter to it any more.
func validateSources(w *v1alpha1.Wukong, set Settings, rs observed.Resources) field.ErrorList {
	var errs field.ErrorList
	for i := range w.Spec.Disks {
		d := &w.Spec.Disks[i]
		if d.ImageFrom == nil || Exists(d, rs) || isShared(imageNamespace(d, w), "", w, set) {
			continue
		}
		path := newDiskPlanner(w, i, set, rs).changes.sourcePath().Child("namespace")
		errs = append(errs, field.Forbidden(path, msgImageNotShared.With(d.ImageFrom.Namespace, w.GetNamespace())))
	}
	return errs
}

// validateClaimNames refuses a claimName that refers to the claim of a removed disk which is not retained. Kubernetes would delete that claim
// while it is attached. Somebody who renames a disk in this way wants to keep its data.
func validateClaimNames(w *v1alpha1.Wukong, rs observed.Resources) field.ErrorList {
	holders := map[string]string{}
	for key, r := range rs {
		if h, ok := strings.CutPrefix(key, keyPrefix); ok && !r.Retained && !r.Unmanaged && r.Foreign == nil {
			holders[names.Object(w, names.Disk, h)] = h
		}
	}
	for i := range w.Spec.Disks {
		if d := &w.Spec.Disks[i]; IsComposed(d) {
			delete(holders, ClaimName(w, d))
		}
	}

	var errs field.ErrorList
	for i, d := range w.Spec.Disks {
		h, deleted := holders[string(d.ClaimName)]
		if !deleted {
			continue
		}
		disk, isMedium := diskOf(h)
		text := msgClaimDeleted.With(disk, disk)
		if isMedium {
			text = msgMediumClaimDeleted.With(disk)
		}
		errs = append(errs, field.Forbidden(field.NewPath("spec", "disks").Index(i).Child("claimName"), text))
	}
	return errs
}
