package storage

import (
	"slices"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	"k8s.io/apimachinery/pkg/types"

	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
	"github.com/novasphere/function-wukong/internal/observed"
)

// A Claim is what is known of the PersistentVolumeClaim of a disk.
type Claim struct {
	// Disk is the index of the disk in the spec.
	Disk int

	// Name of the claim.
	Name string

	// Composed reports that the claim is made for the Wukong. One of a claimName exists by itself.
	Composed bool

	// Imported reports that CDI fills the claim.
	Imported bool

	// Completed reports that CDI completes the claim by the StorageProfile of its class, and adds what a file system takes of it.
	Completed bool

	// Observed reports that the claim exists, and that the other fields are its own.
	Observed bool

	// Class is the StorageClass; nil for the cluster's default.
	Class *string

	// AccessModes are empty where the StorageProfile chooses them, or where they are not known.
	AccessModes []corev1.PersistentVolumeAccessMode

	// VolumeMode is nil where the StorageProfile chooses it, or where it is not known.
	VolumeMode *corev1.PersistentVolumeMode

	// Size that is requested, before anything is added for a file system. Zero for a claim of a claimName, and for one that is as large as what it is
	// cloned from.
	Size resource.Quantity

	// ClonedFrom is the claim that the claim is cloned from; nil for none.
	ClonedFrom *types.NamespacedName
}

// Claims returns the claims of the disks, in their order. A CD-ROM drive may have none.
func Claims(w *v1alpha1.Wukong, set Settings, rs observed.Resources) []Claim {
	var out []Claim
	for i := range w.Spec.Disks {
		if HasClaim(&w.Spec.Disks[i]) {
			out = append(out, claimOf(w, i, set, rs))
		}
	}
	return out
}

// claimOf returns the claim of the disk with an index.
func claimOf(w *v1alpha1.Wukong, index int, set Settings, rs observed.Resources) Claim {
	p := newDiskPlanner(w, index, set, rs)
	d := p.disk
	out := Claim{Disk: index, Name: ClaimName(w, d), Composed: IsComposed(d), AccessModes: accessModes(d, set, rs), VolumeMode: d.VolumeMode}
	if !out.Composed {
		return out
	}
	out.Imported, out.Completed, out.Class = p.imported, p.imported || !set.NoProfiles, p.storageClass()
	if d.Size != nil {
		out.Size = d.Size.Quantity
	}
	switch {
	case d.ImageFrom == nil:
	case d.ImageFrom.Kind == v1alpha1.ImageKindClaim:
		out.ClonedFrom = &types.NamespacedName{Namespace: imageNamespace(d, w), Name: string(d.ImageFrom.Name)}
	case d.ImageFrom.Kind == v1alpha1.ImageKindWukong:
		out.ClonedFrom = &types.NamespacedName{Namespace: imageNamespace(d, w), Name: claimOfOther(w, d)}
	}
	claimKey := key(d)
	if p.imported {
		claimKey = importedClaimKey(d)
	}
	if pvc, ok := observed.Get[corev1.PersistentVolumeClaim](rs, claimKey); ok {
		v := volumeOfClaim(pvc)
		out.Observed, out.Class, out.VolumeMode, out.Size = true, v.class, v.volumeMode, v.size
	}
	return out
}

// IsShared reports whether two nodes can attach a volume with these access modes at once (HasSharedAccessMode in pkg/storage/types/pvc.go of KubeVirt).
// KubeVirt migrates no virtual machine with another one.
func IsShared(modes []corev1.PersistentVolumeAccessMode) bool {
	return slices.Contains(modes, corev1.ReadWriteMany)
}
