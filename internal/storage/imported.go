package storage

import (
	"cmp"
	"maps"
	"strings"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"
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

// annotationPopulatedFor has CDI say on a claim, once it is filled, for which DataVolume. Such a claim that comes back from a backup is taken by a DataVolume
// of that name as it is. See https://github.com/kubevirt/containerized-data-importer/blob/main/doc/datavolume-annotations.md.
const annotationPopulatedFor = "cdi.kubevirt.io/storage.populatedFor"

// annotationChecksum holds, on a DataVolume, the checksum that its image was asked for with. A CDI that knows no checksums drops the one in the spec.
const annotationChecksum = v1alpha1.Group + "/image-checksum"

// planImported returns the DataVolume of a disk with content from elsewhere and, once it has that, the claim that CDI made.
func (p *diskPlanner) planImported() ([]plan.Resource, error) {
	desired, known := p.newDataVolume()
	held := (!known || p.awaitsMachine()) && !p.observed.Exists(key(p.disk))
	resources := []plan.Resource{{Key: key(p.disk), Object: desired, Management: p.management(), Guarded: true, Held: held}}
	current, readable := observed.Get[cdiv1.DataVolume](p.observed, key(p.disk))
	p.unverified = p.disk.ImageChecksum != "" && (!readable || hasDroppedChecksum(p.disk, current, p.observed))
	if !readable {
		return resources, p.unreadableIfExists()
	}
	p.preserveImage(desired)
	var claim *corev1.PersistentVolumeClaim
	if current.Status.Phase == cdiv1.Succeeded {
		claim, _ = observed.Get[corev1.PersistentVolumeClaim](p.observed, importedClaimKey(p.disk))
	}
	// A successor that cannot be filled has an earlier volume beside it, with all data on it.
	p.changes.importFails = importFails(current) && !p.observed.Exists(importedClaimKey(p.disk)) && p.disk.Successor == ""
	p.changes.preserveDataVolume(desired, current, claim)
	p.noteCreatedSize(desired, current, claim)
	if current.Status.Phase == cdiv1.Succeeded {
		resources = append(resources, p.planImportedClaim(current))
	}
	return resources, nil
}

// newDataVolume returns the DataVolume that creates a disk with content from elsewhere, and whether its source is known. It sets storage rather than pvc,
// so that CDI completes it by the StorageProfile. See https://github.com/kubevirt/containerized-data-importer/blob/main/doc/datavolumes.md.
func (p *diskPlanner) newDataVolume() (dv *cdiv1.DataVolume, known bool) {
	meta := names.Meta(p.wukong, ClaimName(p.wukong, p.disk))
	meta.Annotations = map[string]string{annotationDeleteAfterCompletion: "false", annotationPopulatedFor: meta.Name}
	dv = &cdiv1.DataVolume{
		TypeMeta:   metav1.TypeMeta{APIVersion: cdiv1.SchemeGroupVersion.String(), Kind: kindDataVolume},
		ObjectMeta: meta,
		Spec: cdiv1.DataVolumeSpec{
			Storage: &cdiv1.StorageSpec{
				AccessModes:      p.disk.AccessModes,
				Resources:        requestOf(p.disk),
				StorageClassName: p.storageClass(),
				VolumeMode:       p.disk.VolumeMode,
			},
		},
	}
	return dv, p.setSource(dv)
}

// setSource gives a new DataVolume the source of the disk. It returns false where that is not known yet: the DataVolume then has what the Wukong says, which
// is not asked for.
func (p *diskPlanner) setSource(dv *cdiv1.DataVolume) (known bool) {
	d := p.disk
	switch {
	case d.Upload:
		dv.Spec.Source = &cdiv1.DataVolumeSource{Upload: &cdiv1.DataVolumeSourceUpload{}}
	case d.ImageFrom == nil:
		dv.Spec.Source = image.Source(string(d.Image), image.Access{Secret: string(d.ImageSecret), CA: string(d.ImageCA), Checksum: string(d.ImageChecksum)})
		if d.ImageChecksum != "" {
			dv.Annotations[annotationChecksum] = string(d.ImageChecksum)
		}
	case d.ImageFrom.Kind == v1alpha1.ImageKindClaim:
		dv.Spec.Source = &cdiv1.DataVolumeSource{PVC: &cdiv1.DataVolumeSourcePVC{Namespace: imageNamespace(d, p.wukong), Name: string(d.ImageFrom.Name)}}
	case d.ImageFrom.Kind == v1alpha1.ImageKindSnapshot:
		dv.Spec.Source = &cdiv1.DataVolumeSource{Snapshot: &cdiv1.DataVolumeSourceSnapshot{Namespace: imageNamespace(d, p.wukong), Name: string(d.ImageFrom.Name)}}
	default:
		return p.setLead(dv)
	}
	return true
}

// setLead gives a new DataVolume what the object of the disk leads to. What was asked for last may exist by now, and stays: all of it where it came from
// the same object, and until the other one is known else.
func (p *diskPlanner) setLead(dv *cdiv1.DataVolume) (known bool) {
	from := string(originOf(p.disk, p.wukong.GetNamespace()))
	last, lastFrom := lastAsked(p.disk, p.observed)
	source := leadOf(p.wukong, p.disk, p.settings, p.observed).source
	switch {
	case last != nil && (lastFrom == from || source == nil):
		dv.Spec.Source = last
		p.preserveImage(dv)
		return lastFrom == from
	case source != nil:
		dv.Spec.Source, dv.Annotations[annotationImageFrom] = source, from
		if IsGolden(p.disk) {
			maps.Copy(dv.Labels, imageLabels(p.observed[dataSourceKey(p.disk)].Object))
		}
		return true
	}
	dv.Annotations[annotationImageFrom] = from
	// CDI takes no DataVolume without any source, also where this one is not asked for.
	dv.Spec.SourceRef = &cdiv1.DataVolumeSourceRef{
		Kind: kindDataSource, Namespace: ptr.To(imageNamespace(p.disk, p.wukong)), Name: string(p.disk.ImageFrom.Name),
	}
	return false
}

// lastAsked returns the source with which the DataVolume of a disk was last asked for, and the object that led to it; nil and empty for none. One that the
// cluster refused does not exist.
func lastAsked(d *v1alpha1.Disk, rs observed.Resources) (source *cdiv1.DataVolumeSource, from string) {
	last, ok := observed.Last[cdiv1.DataVolume](rs, key(d))
	if !ok || last.Spec.Source == nil || rs[key(d)].Refused != "" && !rs.Exists(key(d)) {
		return nil, ""
	}
	return last.Spec.Source, observed.AnnotationOf(rs.Last(key(d)), annotationImageFrom)
}

// isAskedFor reports whether the DataVolume of a disk was asked for with what its object led to.
func isAskedFor(w *v1alpha1.Wukong, d *v1alpha1.Disk, rs observed.Resources) bool {
	source, from := lastAsked(d, rs)
	return source != nil && from == string(originOf(d, w.GetNamespace()))
}

// preserveImage replaces the annotations and the labels about the source by those of the DataVolume that exists, or was last asked for. They describe how it
// was created.
func (p *diskPlanner) preserveImage(desired *cdiv1.DataVolume) {
	last := p.observed.Last(key(p.disk))
	for _, name := range []string{annotationImageFrom, annotationChecksum} {
		delete(desired.Annotations, name)
		if v := cmp.Or(p.observed.Annotation(key(p.disk), name), observed.AnnotationOf(last, name)); v != "" {
			desired.Annotations[name] = v
		}
	}
	maps.DeleteFunc(desired.Labels, func(name, _ string) bool { return strings.HasPrefix(name, labelPrefix) })
	maps.Copy(desired.Labels, imageLabels(last))
}

// hasDroppedChecksum reports whether a DataVolume that was asked for with a checksum came to be without it.
func hasDroppedChecksum(d *v1alpha1.Disk, dv *cdiv1.DataVolume, rs observed.Resources) bool {
	asked := rs.Annotation(key(d), annotationChecksum)
	return asked != "" && (dv.Spec.Source == nil || dv.Spec.Source.HTTP == nil || dv.Spec.Source.HTTP.Checksum != asked)
}

// planImportedClaim returns the claim of a completed import, which is observed and, for the disk to grow, adjusted: a DataVolume itself is
// immutable. A claim that was adjusted once stays adjusted, because server-side apply removes what is no longer applied.
func (p *diskPlanner) planImportedClaim(dv *cdiv1.DataVolume) plan.Resource {
	k, name := importedClaimKey(p.disk), ClaimName(p.wukong, p.disk)
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
