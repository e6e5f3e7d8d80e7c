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

// importedClaims are what reads, and lets grow, the claim of a disk that was imported. It is there once the import has succeeded:
// nothing of a DataVolume can be changed, so that growing the disk means growing the claim that it made, which is larger than
// the DataVolume where a file system needs room of its own.
func importedClaims(w *v1alpha1.Wukong, d *v1alpha1.Disk, name string, rs observed.Resources, k *keeper) []plan.Resource {
	dv, ok := observed.Get[cdiv1.DataVolume](rs, key(d))
	if !ok || dv.Status.Phase != cdiv1.Succeeded {
		return nil
	}
	meta := metav1.ObjectMeta{Namespace: w.GetNamespace(), Name: name}
	kind := metav1.TypeMeta{APIVersion: "v1", Kind: kindClaim}
	observe := []plan.Resource{{Key: claimKey(d), Object: &metav1.PartialObjectMetadata{TypeMeta: kind, ObjectMeta: meta}, Management: plan.Observe}}

	is, ok := observed.Get[corev1.PersistentVolumeClaim](rs, claimKey(d))
	if !ok || !wishesGrowth(d, dv) || !k.grows(is, rs[claimKey(d)].Refused) {
		return observe
	}
	return []plan.Resource{{
		Key: claimKey(d),
		Object: &corev1.PersistentVolumeClaim{
			TypeMeta:   kind,
			ObjectMeta: meta,
			Spec:       corev1.PersistentVolumeClaimSpec{Resources: requests(d)},
		},
		Management: plan.Adjust,
	}}
}

// wishesGrowth says whether a disk is wished larger than it was imported.
func wishesGrowth(d *v1alpha1.Disk, dv *cdiv1.DataVolume) bool {
	if dv.Spec.Storage == nil {
		return false
	}
	size := dv.Spec.Storage.Resources.Requests[corev1.ResourceStorage]
	return d.Size.Cmp(size) > 0
}
