package storage

import (
	"google.golang.org/protobuf/types/known/structpb"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	"k8s.io/utils/ptr"
	cdiv1 "kubevirt.io/containerized-data-importer-api/pkg/apis/core/v1beta1"

	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
	"github.com/novasphere/function-wukong/internal/fields"
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
	// One that is asked for may be refused, or not there yet.
	if asked := sizeOf(rs[k].Applied); asked.Cmp(v.size) > 0 {
		v.size = asked
	}
	out.Size, out.StorageClassName = &v1alpha1.Quantity{Quantity: v.size}, v1alpha1.ObjectName(ptr.Deref(v.class, ""))
	return out
}

// Exists reports whether the claim or the DataVolume of a disk exists, and is the Wukong's own.
func Exists(name v1alpha1.Label, rs observed.Resources) bool {
	k := key(&v1alpha1.Disk{Name: name})
	return rs.Exists(k) && rs[k].Foreign == nil
}

// sizeOf returns the size that a claim or a DataVolume asks for; zero for none.
func sizeOf(o *structpb.Struct) resource.Quantity {
	for _, path := range [][]string{{"spec", "resources", "requests"}, {"spec", "storage", "resources", "requests"}} {
		if q, err := resource.ParseQuantity(fields.In(o, path...).GetFields()["storage"].GetStringValue()); err == nil {
			return q
		}
	}
	return resource.Quantity{}
}
