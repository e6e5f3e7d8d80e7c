package storage

import (
	"slices"

	corev1 "k8s.io/api/core/v1"

	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
	"github.com/novasphere/function-wukong/internal/observed"
)

// NotShared returns the disks, by their index, whose claims no two nodes can attach at once: by their access modes as observed, else as the
// Wukong gives them. What is not known of a disk, such as the claim of a claimName, makes it none of them.
func NotShared(w *v1alpha1.Wukong, set Settings, rs observed.Resources) []int {
	var out []int
	for i := range w.Spec.Disks {
		modes := accessModes(&w.Spec.Disks[i], set, rs)
		if len(modes) > 0 && !slices.Contains(modes, corev1.ReadWriteMany) {
			out = append(out, i)
		}
	}
	return out
}

// accessModes returns those of a disk's claim where it was observed, else those that the Wukong or the settings give it; none where that
// is not known.
func accessModes(d *v1alpha1.Disk, set Settings, rs observed.Resources) []corev1.PersistentVolumeAccessMode {
	holder := key(d)
	if isImported(d, rs) {
		holder = claimKey(d)
	}
	if pvc, ok := observed.Get[corev1.PersistentVolumeClaim](rs, holder); ok && len(pvc.Spec.AccessModes) > 0 {
		return pvc.Spec.AccessModes
	}
	if len(d.AccessModes) == 0 && d.ClaimName == "" && holder == key(d) && set.NoProfiles {
		return []corev1.PersistentVolumeAccessMode{corev1.ReadWriteOnce}
	}
	return d.AccessModes
}
