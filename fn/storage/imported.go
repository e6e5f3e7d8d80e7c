package storage

import (
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	cdiv1 "kubevirt.io/containerized-data-importer-api/pkg/apis/core/v1beta1"

	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
	"github.com/novasphere/function-wukong/fn/observed"
	"github.com/novasphere/function-wukong/fn/plan"
)

// claimKey of the composed resource of the claim that a DataVolume made.
func claimKey(d *v1alpha1.Disk) string { return "pvc-" + string(d.Name) }

// importedClaim is what reads, and lets grow, the claim that a filled DataVolume made: nothing of a DataVolume can be changed, so
// that growing the disk means growing its claim, which is larger than the DataVolume where a file system needs room of its own. A
// claim that has grown once is adjusted on: what was applied is removed when it is not applied again.
func importedClaim(w *v1alpha1.Wukong, d *v1alpha1.Disk, name string, dv *cdiv1.DataVolume, rs observed.Resources, k *keeper) plan.Resource {
	meta := metav1.ObjectMeta{Namespace: w.GetNamespace(), Name: name}
	kind := metav1.TypeMeta{APIVersion: "v1", Kind: kindClaim}

	is, ok := observed.Get[corev1.PersistentVolumeClaim](rs, claimKey(d))
	grow := ok && wishesGrowth(d, dv) && grows(d, is)
	fixed := rs[claimKey(d)].Fixed
	if grow && fixed {
		k.refuseGrowth(name, dv)
	}
	adjusts := ok && !fixed && is.Status.Phase == corev1.ClaimBound && (rs[claimKey(d)].Adjusted || grow)
	if !adjusts {
		return plan.Resource{Key: claimKey(d), Object: &metav1.PartialObjectMetadata{TypeMeta: kind, ObjectMeta: meta}, Management: plan.Observe}
	}

	k.keepSize(is, rs[claimKey(d)].Refused)
	size := is.Spec.Resources.Requests[corev1.ResourceStorage]
	if grows(d, is) {
		size = d.Size.Quantity
	}
	return plan.Resource{
		Key:        claimKey(d),
		Object:     &corev1.PersistentVolumeClaim{TypeMeta: kind, ObjectMeta: meta, Spec: corev1.PersistentVolumeClaimSpec{Resources: requests(size)}},
		Management: plan.Adjust,
	}
}

// wishesGrowth says whether a disk is wished larger than it was imported.
func wishesGrowth(d *v1alpha1.Disk, dv *cdiv1.DataVolume) bool {
	if dv.Spec.Storage == nil {
		return false
	}
	size := dv.Spec.Storage.Resources.Requests[corev1.ResourceStorage]
	return d.Size.Cmp(size) > 0
}
