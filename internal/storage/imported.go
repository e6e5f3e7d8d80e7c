package storage

import (
	"cmp"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	cdiv1 "kubevirt.io/containerized-data-importer-api/pkg/apis/core/v1beta1"

	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
	"github.com/novasphere/function-wukong/internal/image"
	"github.com/novasphere/function-wukong/internal/names"
	"github.com/novasphere/function-wukong/internal/observed"
	"github.com/novasphere/function-wukong/internal/plan"
)

// annotationDeleteAfterCompletion is false so that CDI keeps a DataVolume after its import. A deleted DataVolume would be composed, and
// imported, again.
const annotationDeleteAfterCompletion = "cdi.kubevirt.io/storage.deleteAfterCompletion"

// planImported returns the DataVolume of a disk with an image and, after its import, the claim that CDI made.
func (p *diskPlanner) planImported() ([]plan.Resource, error) {
	desired := p.newDataVolume()
	resources := []plan.Resource{{Key: key(p.disk), Object: desired, Management: p.management(), Guarded: true}}
	current, readable := observed.Get[cdiv1.DataVolume](p.observed, key(p.disk))
	if !readable {
		return resources, p.unreadableIfExists()
	}
	var claim *corev1.PersistentVolumeClaim
	if current.Status.Phase == cdiv1.Succeeded {
		claim, _ = observed.Get[corev1.PersistentVolumeClaim](p.observed, importedClaimKey(p.disk))
	}
	p.changes.importFails = importFails(current) && !p.observed.Exists(importedClaimKey(p.disk))
	p.changes.preserveDataVolume(desired, current, claim)
	p.noteCreatedSize(desired, current, claim)
	if current.Status.Phase == cdiv1.Succeeded {
		resources = append(resources, p.planImportedClaim(current))
	}
	return resources, nil
}

// newDataVolume returns the DataVolume that creates a disk with an image. It sets storage rather than pvc, so that CDI completes it by the
// StorageProfile. See https://github.com/kubevirt/containerized-data-importer/blob/main/doc/datavolumes.md.
func (p *diskPlanner) newDataVolume() *cdiv1.DataVolume {
	meta := names.Meta(p.wukong, claimName(p.wukong, p.disk))
	meta.Annotations = map[string]string{annotationDeleteAfterCompletion: "false"}
	return &cdiv1.DataVolume{
		TypeMeta:   metav1.TypeMeta{APIVersion: cdiv1.SchemeGroupVersion.String(), Kind: kindDataVolume},
		ObjectMeta: meta,
		Spec: cdiv1.DataVolumeSpec{
			Source: image.Source(string(p.disk.Image)),
			Storage: &cdiv1.StorageSpec{
				AccessModes:      p.disk.AccessModes,
				Resources:        storageRequest(p.disk.Size.Quantity),
				StorageClassName: p.storageClass(),
				VolumeMode:       p.disk.VolumeMode,
			},
		},
	}
}

// planImportedClaim returns the claim of a completed import, which is observed and, for the disk to grow, adjusted: a DataVolume itself is
// immutable. A claim that was adjusted once stays adjusted, because server-side apply removes what is no longer applied.
func (p *diskPlanner) planImportedClaim(dv *cdiv1.DataVolume) plan.Resource {
	k, name := importedClaimKey(p.disk), claimName(p.wukong, p.disk)
	kind := metav1.TypeMeta{APIVersion: "v1", Kind: kindClaim}
	meta := metav1.ObjectMeta{Namespace: p.wukong.GetNamespace(), Name: name}
	observe := plan.Resource{Key: k, Object: &metav1.PartialObjectMetadata{TypeMeta: kind, ObjectMeta: meta}, Management: plan.Observe}

	current, ok := observed.Get[corev1.PersistentVolumeClaim](p.observed, k)
	if !ok {
		return observe
	}
	s, v := importedSizing(p.disk, dv, current, p.observed), volumeOfClaim(current)
	mustGrow := canGrow(p.disk, current, s)
	p.changes.checkSize(current, s, p.observed[k].Refused)
	if p.observed[k].ReadOnly {
		if mustGrow {
			p.changes.rejectManualGrowth(name, s.diskIn(v.size), s.claimFor(p.disk.Size.Quantity))
		}
		return observe
	}
	isAdjusted := p.observed[k].Applied != nil
	if current.Status.Phase != corev1.ClaimBound && !isAdjusted {
		// CDI may bind the claim last, and has not given it its first size before.
		return observe
	}

	meta.Annotations = map[string]string{annotationCreatedSize: s.claim.String()}
	adjust := plan.Resource{Key: k, Object: &metav1.PartialObjectMetadata{TypeMeta: kind, ObjectMeta: meta}, Management: plan.Adjust}
	size := v.size
	if mustGrow {
		size = s.claimFor(p.disk.Size.Quantity)
	}
	isSizeApplied, hasGrown := p.observed[k].Applied.GetFields()["spec"] != nil, v.size.Cmp(s.claim) != 0
	if mustGrow || isSizeApplied || hasGrown {
		spec := corev1.PersistentVolumeClaimSpec{Resources: storageRequest(size)}
		adjust.Object = &corev1.PersistentVolumeClaim{TypeMeta: kind, ObjectMeta: meta, Spec: spec}
	}
	return adjust
}

// importedSizing returns the sizing of the claim that CDI made for a DataVolume. The annotation with its first size is on the claim, or on
// the DataVolume where the claim can only be observed.
func importedSizing(d *v1alpha1.Disk, dv *cdiv1.DataVolume, pvc *corev1.PersistentVolumeClaim, rs observed.Resources) sizing {
	created := cmp.Or(rs.Annotation(importedClaimKey(d), annotationCreatedSize), rs.Annotation(key(d), annotationCreatedSize))
	return newSizing(volumeOfDataVolume(dv).size, volumeOfClaim(pvc), created)
}

// noteCreatedSize annotates the DataVolume with the first size of its claim, where the claim can only be observed.
func (p *diskPlanner) noteCreatedSize(desired, current *cdiv1.DataVolume, pvc *corev1.PersistentVolumeClaim) {
	created := p.observed.Annotation(key(p.disk), annotationCreatedSize)
	if created == "" && pvc != nil && p.observed[importedClaimKey(p.disk)].ReadOnly && pvc.Status.Phase == corev1.ClaimBound {
		size := importedSizing(p.disk, current, pvc, p.observed).claim
		created = size.String()
	}
	if created != "" {
		desired.Annotations[annotationCreatedSize] = created
	}
}
