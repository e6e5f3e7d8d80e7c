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
	// labelApplyProfile has CDI complete a new claim by the StorageProfile of its class. CDI adds access modes where the claim has none, a
	// volume mode where it has modeFromProfile, and room for a file system. See
	// https://github.com/kubevirt/containerized-data-importer/blob/main/doc/pvc-mutating-webhook-rendering.md.
	labelApplyProfile = "cdi.kubevirt.io/applyStorageProfile"

	// modeFromProfile is the volume mode of a claim that CDI chooses a volume mode for. The API server defaults an empty mode to Filesystem
	// before it calls CDI, which then sees an explicit choice.
	modeFromProfile = cdiv1.PersistentVolumeFromStorageProfile

	// annotationRequestedSize holds the size of the disk for which a claim was created.
	annotationRequestedSize = v1alpha1.Group + "/requested-size"
)

// planEmpty returns the claim of a disk without an image.
func (p *diskPlanner) planEmpty() ([]plan.Resource, error) {
	desired := p.newClaim()
	current, readable := observed.Get[corev1.PersistentVolumeClaim](p.observed, key(p.disk))
	switch {
	case readable:
		s := emptySizing(p.disk, current, p.observed)
		p.preserveCreationMetadata(desired, s)
		p.changes.preserveClaim(desired, current, s, p.observed[key(p.disk)].Refused)
	case p.observed.Exists(key(p.disk)):
		return nil, p.unreadableIfExists()
	case p.settings.NoProfiles && len(p.disk.AccessModes) == 0:
		p.changes.advise("accessModes", msgDefaultAccessMode.String())
	}
	// CDI may have completed the claim under earlier settings, so it is Mutated whatever the settings are now.
	return []plan.Resource{{Key: key(p.disk), Object: desired, Management: p.management(), Guarded: true, Mutated: true}}, nil
}

// newClaim returns the claim that creates an empty disk.
func (p *diskPlanner) newClaim() *corev1.PersistentVolumeClaim {
	d := p.disk
	pvc := &corev1.PersistentVolumeClaim{
		TypeMeta:   metav1.TypeMeta{APIVersion: "v1", Kind: kindClaim},
		ObjectMeta: names.Meta(p.wukong, ClaimName(p.wukong, d)),
		Spec: corev1.PersistentVolumeClaimSpec{
			AccessModes:      d.AccessModes,
			Resources:        requestOf(d),
			StorageClassName: p.storageClass(),
			VolumeMode:       d.VolumeMode,
		},
	}
	if !p.settings.NoProfiles {
		pvc.Labels[labelApplyProfile] = "true"
		if d.VolumeMode == nil {
			pvc.Spec.VolumeMode = ptr.To(modeFromProfile)
		}
		if d.Size != nil {
			pvc.Annotations = map[string]string{annotationRequestedSize: d.Size.String()}
		}
		return pvc
	}
	if len(d.AccessModes) == 0 {
		pvc.Spec.AccessModes = []corev1.PersistentVolumeAccessMode{corev1.ReadWriteOnce}
	}
	return pvc
}

// preserveCreationMetadata replaces the label and the annotation that newClaim sets by those of the existing claim, and adds the size of its
// creation. They describe how the claim was created, which later settings do not change.
func (p *diskPlanner) preserveCreationMetadata(desired *corev1.PersistentVolumeClaim, s sizing) {
	delete(desired.Labels, labelApplyProfile)
	desired.Annotations = nil
	if v := p.observed.Label(key(p.disk), labelApplyProfile); v != "" {
		desired.Labels[labelApplyProfile] = v
	}
	if size := p.observed.Annotation(key(p.disk), annotationRequestedSize); size != "" {
		desired.Annotations = map[string]string{annotationRequestedSize: size, annotationCreatedSize: s.claim.String()}
	}
}

// emptySizing returns the sizing of an empty disk's claim. A claim without annotationRequestedSize was created as large as its disk.
func emptySizing(d *v1alpha1.Disk, pvc *corev1.PersistentVolumeClaim, rs observed.Resources) sizing {
	v := volumeOfClaim(pvc)
	requested, err := resource.ParseQuantity(rs.Annotation(key(d), annotationRequestedSize))
	if err != nil {
		return sizing{disk: v.size, claim: v.size, block: v.isBlock()}
	}
	return newSizing(requested, v, rs.Annotation(key(d), annotationCreatedSize))
}
