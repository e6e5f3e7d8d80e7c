package storage

import (
	"cmp"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	cdiv1 "kubevirt.io/containerized-data-importer-api/pkg/apis/core/v1beta1"

	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
	"github.com/novasphere/function-wukong/internal/observed"
	"github.com/novasphere/function-wukong/internal/plan"
)

// claimKey of the composed resource of the claim that a DataVolume made.
func claimKey(d *v1alpha1.Disk) string { return "pvc-" + string(d.Name) }

// importedClaim is what reads the claim that a filled DataVolume made, and lets it grow: nothing of a DataVolume can be changed, so
// that growing the disk means growing its claim. A claim that has grown once is adjusted on: what was applied is removed when it is not
// applied again. How large CDI made it is noted on the claim as soon as that is known.
func importedClaim(w *v1alpha1.Wukong, d *v1alpha1.Disk, name string, dv *cdiv1.DataVolume, rs observed.Resources, k *keeper) plan.Resource {
	meta := metav1.ObjectMeta{Namespace: w.GetNamespace(), Name: name}
	kind := metav1.TypeMeta{APIVersion: "v1", Kind: kindClaim}
	reads := plan.Resource{Key: claimKey(d), Object: &metav1.PartialObjectMetadata{TypeMeta: kind, ObjectMeta: meta}, Management: plan.Observe}

	is, ok := observed.Get[corev1.PersistentVolumeClaim](rs, claimKey(d))
	if !ok {
		return reads
	}
	s, v := importedSizing(d, dv, is, rs), volumeOfClaim(is)
	grow := grows(d, is, s)
	k.keepSize(is, s, rs[claimKey(d)].Refused)
	if rs[claimKey(d)].ReadOnly {
		if grow {
			k.refuseGrowth(name, s.diskIn(v.size), s.claimFor(d.Size.Quantity))
		}
		return reads
	}
	if is.Status.Phase != corev1.ClaimBound && rs[claimKey(d)].Applied == nil {
		return reads
	}

	meta.Annotations = map[string]string{annotationCreatedSize: s.claim.String()}
	adjusts := plan.Resource{Key: claimKey(d), Object: &metav1.PartialObjectMetadata{TypeMeta: kind, ObjectMeta: meta}, Management: plan.Adjust}
	size := v.size
	if grow {
		size = s.claimFor(d.Size.Quantity)
	}
	applied := rs[claimKey(d)].Applied.GetFields()["spec"] != nil
	if grow || applied || v.size.Cmp(s.claim) != 0 {
		adjusts.Object = &corev1.PersistentVolumeClaim{TypeMeta: kind, ObjectMeta: meta, Spec: corev1.PersistentVolumeClaimSpec{Resources: requests(size)}}
	}
	return adjusts
}

// importedSizing returns the sizing of the claim that a DataVolume made. How large it was made is noted on the claim, or where that can
// only be observed, on the DataVolume.
func importedSizing(d *v1alpha1.Disk, dv *cdiv1.DataVolume, pvc *corev1.PersistentVolumeClaim, rs observed.Resources) sizing {
	noted := cmp.Or(rs.Annotation(claimKey(d), annotationCreatedSize), rs.Annotation(key(d), annotationCreatedSize))
	return sizingOf(volumeOfDataVolume(dv).size, volumeOfClaim(pvc), noted)
}

// noteCreatedSize notes on a DataVolume how large its claim was made, where nothing can be noted on the claim.
func noteCreatedSize(wish *cdiv1.DataVolume, d *v1alpha1.Disk, dv *cdiv1.DataVolume, pvc *corev1.PersistentVolumeClaim, rs observed.Resources) {
	noted := rs.Annotation(key(d), annotationCreatedSize)
	if noted == "" && pvc != nil && rs[claimKey(d)].ReadOnly && pvc.Status.Phase == corev1.ClaimBound {
		created := importedSizing(d, dv, pvc, rs).claim
		noted = created.String()
	}
	if noted != "" {
		wish.Annotations[annotationCreatedSize] = noted
	}
}
