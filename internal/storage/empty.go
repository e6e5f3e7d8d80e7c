package storage

import (
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"
	cdiv1 "kubevirt.io/containerized-data-importer-api/pkg/apis/core/v1beta1"

	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
	"github.com/novasphere/function-wukong/internal/names"
	"github.com/novasphere/function-wukong/internal/observed"
	"github.com/novasphere/function-wukong/internal/plan"
)

const (
	// labelApplyProfile has CDI complete a claim, when it is created, by the StorageProfile of its class: with access modes where it has none,
	// with a volume mode where it has modeOfProfile, and on a file system with more room than was asked for. See
	// https://github.com/kubevirt/containerized-data-importer/blob/main/doc/pvc-mutating-webhook-rendering.md.
	labelApplyProfile = "cdi.kubevirt.io/applyStorageProfile"

	// modeOfProfile is the volume mode of a claim that CDI is to choose one for. Where there is none, the API server says Filesystem before it
	// asks CDI, and CDI takes that for the wish.
	modeOfProfile = cdiv1.PersistentVolumeFromStorageProfile

	// annotationRequestedSize holds how large a disk was asked for when its claim was made.
	annotationRequestedSize = v1alpha1.Group + "/requested-size"
)

// emptyDisk is the claim of a disk that was made without an image.
func emptyDisk(w *v1alpha1.Wukong, d *v1alpha1.Disk, set Settings, name string, rs observed.Resources, k *keeper) ([]plan.Resource, error) {
	wish := claim(w, d, set, name)
	is, readable := observed.Get[corev1.PersistentVolumeClaim](rs, key(d))
	switch {
	case readable:
		s := emptySizing(d, is, rs)
		keepNotes(wish, d, s, rs)
		k.keepClaim(wish, is, s, rs[key(d)].Refused)
	case set.NoProfiles && len(d.AccessModes) == 0:
		k.advise("accessModes", "ReadWriteOnce is taken, as CDI's StorageProfiles are off, and a virtual machine with such a disk cannot migrate live: say which the disk is to have")
	}
	// A claim may be one that CDI completes whatever the settings are now.
	return []plan.Resource{{Key: key(d), Object: wish, Management: management(d), Guarded: true, Mutated: true}}, unreadable(d, rs, readable)
}

// claim is the PersistentVolumeClaim of an empty disk that does not exist yet.
func claim(w *v1alpha1.Wukong, d *v1alpha1.Disk, set Settings, name string) *corev1.PersistentVolumeClaim {
	pvc := &corev1.PersistentVolumeClaim{
		TypeMeta:   metav1.TypeMeta{APIVersion: "v1", Kind: kindClaim},
		ObjectMeta: names.Meta(w, name),
		Spec: corev1.PersistentVolumeClaimSpec{
			AccessModes:      d.AccessModes,
			Resources:        requests(d.Size.Quantity),
			StorageClassName: storageClass(d, set.Class),
			VolumeMode:       d.VolumeMode,
		},
	}
	if !set.NoProfiles {
		pvc.Labels[labelApplyProfile] = "true"
		if d.VolumeMode == nil {
			pvc.Spec.VolumeMode = ptr.To(modeOfProfile)
		}
		pvc.Annotations = map[string]string{annotationRequestedSize: d.Size.String()}
		return pvc
	}
	if len(d.AccessModes) == 0 {
		pvc.Spec.AccessModes = []corev1.PersistentVolumeAccessMode{corev1.ReadWriteOnce}
	}
	return pvc
}

// emptySizing returns the sizing of the claim of an empty disk. One without notes was made as large as was asked for.
func emptySizing(d *v1alpha1.Disk, pvc *corev1.PersistentVolumeClaim, rs observed.Resources) sizing {
	v := volumeOfClaim(pvc)
	asked, err := resource.ParseQuantity(rs.Annotation(key(d), annotationRequestedSize))
	if err != nil {
		return sizing{disk: v.size, claim: v.size, block: v.isBlock()}
	}
	return sizingOf(asked, v, rs.Annotation(key(d), annotationCreatedSize))
}

// keepNotes leaves on a claim that exists what was noted of its making, whatever the settings are now, and notes how large it was made.
func keepNotes(wish *corev1.PersistentVolumeClaim, d *v1alpha1.Disk, s sizing, rs observed.Resources) {
	delete(wish.Labels, labelApplyProfile)
	wish.Annotations = nil
	if v := rs.Label(key(d), labelApplyProfile); v != "" {
		wish.Labels[labelApplyProfile] = v
	}
	if asked := rs.Annotation(key(d), annotationRequestedSize); asked != "" {
		wish.Annotations = map[string]string{annotationRequestedSize: asked, annotationCreatedSize: s.claim.String()}
	}
}
