package storage

import (
	corev1 "k8s.io/api/core/v1"
	"k8s.io/utils/ptr"
	cdiv1 "kubevirt.io/containerized-data-importer-api/pkg/apis/core/v1beta1"

	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
	"github.com/novasphere/function-wukong/internal/image"
	"github.com/novasphere/function-wukong/internal/observed"
)

// Existing returns what the claim or the DataVolume of a disk is, else what was last desired of it, as a spec says it: the name, the size, the
// storage class and the image. It returns nil for a disk that has none of the Wukong's own.
func Existing(name v1alpha1.Label, rs observed.Resources) *v1alpha1.Disk {
	out := &v1alpha1.Disk{Name: name}
	k := key(out)
	if rs[k].Foreign != nil {
		return nil
	}
	var v volume
	if dv, ok := observed.Last[cdiv1.DataVolume](rs, k); ok && holderKind(out, rs) == kindDataVolume {
		v, out.Image = volumeOfDataVolume(dv), v1alpha1.Image(image.URL(dv.Spec.Source))
	} else if pvc, ok := observed.Last[corev1.PersistentVolumeClaim](rs, k); ok {
		v = volumeOfClaim(pvc)
	} else {
		return nil
	}
	// The claim of an image grows, and its DataVolume does not.
	if pvc, ok := observed.Last[corev1.PersistentVolumeClaim](rs, importedClaimKey(out)); ok {
		if grown := volumeOfClaim(pvc).size; grown.Cmp(v.size) > 0 {
			v.size = grown
		}
	}
	out.Size, out.StorageClassName = &v1alpha1.Quantity{Quantity: v.size}, v1alpha1.ObjectName(ptr.Deref(v.class, ""))
	return out
}
