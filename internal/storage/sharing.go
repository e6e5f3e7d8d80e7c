package storage

import (
	"fmt"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/validation/field"

	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
	"github.com/novasphere/function-wukong/internal/observed"
)

// NotShared returns the indexes of the disks that only one node can attach at a time. KubeVirt migrates no virtual machine with such a disk.
// Disks with unknown access modes, such as those of a claimName, are left out.
func NotShared(w *v1alpha1.Wukong, set Settings, rs observed.Resources) []int {
	var out []int
	for i := range w.Spec.Disks {
		d := &w.Spec.Disks[i]
		modes := accessModes(d, set, rs)
		if HasClaim(d) && len(modes) > 0 && !IsShared(modes) {
			out = append(out, i)
		}
	}
	return out
}

// sharingAdvice returns advice about the disk with an index where it is shareable: that it is deleted with its Wukong, and that only one node can attach it
// at a time.
func sharingAdvice(d *v1alpha1.Disk, index int, set Settings, rs observed.Resources) []string {
	if !d.Shareable || !HasClaim(d) {
		return nil
	}
	path := field.NewPath("spec", "disks").Index(index)
	var out []string
	if IsComposed(d) && d.DeletionPolicy != v1alpha1.DeletionPolicyRetain {
		out = append(out, fmt.Sprintf("%s: %s", path.Child("deletionPolicy"), msgSharedDeleted.With(d.Name)))
	}
	if modes := accessModes(d, set, rs); len(modes) > 0 && !IsShared(modes) {
		out = append(out, fmt.Sprintf("%s: %s", path.Child("shareable"), msgShareableOnOneNode.With(d.Name)))
	}
	return out
}

// accessModes returns the access modes of a disk's observed claim, else those that the spec or the settings give it. It returns none where
// they are unknown.
func accessModes(d *v1alpha1.Disk, set Settings, rs observed.Resources) []corev1.PersistentVolumeAccessMode {
	imported, claim := holderKind(d, rs) == kindDataVolume, key(d)
	if imported {
		claim = importedClaimKey(d)
	}
	if pvc, ok := observed.Get[corev1.PersistentVolumeClaim](rs, claim); ok && len(pvc.Spec.AccessModes) > 0 {
		return pvc.Spec.AccessModes
	}
	if len(d.AccessModes) == 0 && d.ClaimName == "" && !imported && set.NoProfiles {
		return []corev1.PersistentVolumeAccessMode{corev1.ReadWriteOnce}
	}
	return d.AccessModes
}
