package storage

import (
	"maps"
	"slices"
	"strings"

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

// Existing returns what the claim or the DataVolume of a disk is, else what was last desired of it, as a spec says it: the name, the type, the size,
// the storage class and where its content comes from. It returns nil for a disk that has none of the Wukong's own. Of a CD-ROM drive it is the medium that the spec asks
// for, else the one that it has.
func Existing(d *v1alpha1.Disk, rs observed.Resources) *v1alpha1.Disk {
	if !d.IsCDROM() {
		return existing(holder(d), rs)
	}
	holders := media(d.Name, rs)
	if i := slices.Index(holders, holder(d)); i > 0 {
		holders = holders[i:]
	}
	for _, h := range holders {
		if e := existing(h, rs); e != nil && (h == holder(d) || !rs.Deleting(keyPrefix+h)) {
			return e
		}
	}
	return nil
}

// media returns the holders of the media that were made for the CD-ROM drive with a name, sorted.
func media(name v1alpha1.Label, rs observed.Resources) []string {
	var out []string
	for _, k := range slices.Sorted(maps.Keys(rs)) {
		if h, ok := strings.CutPrefix(k, keyPrefix); ok {
			if disk, isMedium := diskOf(h); isMedium && disk == string(name) {
				out = append(out, h)
			}
		}
	}
	return out
}

// existing returns what a holder is as a spec says it. Nil where it is none of the Wukong's own.
func existing(h string, rs observed.Resources) *v1alpha1.Disk {
	name, isMedium := diskOf(h)
	out := &v1alpha1.Disk{Name: v1alpha1.Label(name)}
	if isMedium {
		out.Type = v1alpha1.DiskTypeCDROM
	}
	if !isMedium {
		_, out.Successor, _ = strings.Cut(h, suffixSeparator)
	}
	k := keyPrefix + h
	if rs[k].Foreign != nil {
		return nil
	}
	var v volume
	// One that the cluster refuses is what was asked for, too.
	isDataVolume := fields.Text(rs.Last(k), "kind") == kindDataVolume
	if dv, ok := observed.Last[cdiv1.DataVolume](rs, k); ok && isDataVolume {
		v = volumeOfDataVolume(dv)
		last := rs.Last(k)
		originOfDataVolume(dv, observed.AnnotationOf(last, annotationImageFrom), fields.Text(last, "metadata", "namespace")).set(out)
		out.ImageSecret = v1alpha1.ObjectName(image.Secret(dv.Spec.Source))
	} else if pvc, ok := observed.Last[corev1.PersistentVolumeClaim](rs, k); ok {
		v = volumeOfClaim(pvc)
	} else {
		return nil
	}
	// The claim of an image grows, and its DataVolume does not.
	if pvc, ok := observed.Last[corev1.PersistentVolumeClaim](rs, importedClaimPrefix+h); ok {
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

// Exists reports whether the claim or the DataVolume of a disk exists, and is the Wukong's own. That of another medium of a CD-ROM drive does not count.
func Exists(d *v1alpha1.Disk, rs observed.Resources) bool {
	k := key(d)
	return rs.Exists(k) && rs[k].Foreign == nil
}

// SizeOf returns the size of a disk that exists, or was asked for before, that changes nothing about it. Zero where there is none.
func SizeOf(d *v1alpha1.Disk, rs observed.Resources) resource.Quantity {
	if Exists(d, rs) {
		return sizeOfExisting(d, rs)
	}
	return sizeOf(rs.Last(key(d)))
}

// sizeOfExisting returns the size of an existing disk that changes nothing about it. Zero where it is not known.
func sizeOfExisting(d *v1alpha1.Disk, rs observed.Resources) resource.Quantity {
	if kindAt(key(d), rs) != kindDataVolume {
		pvc, ok := observed.Get[corev1.PersistentVolumeClaim](rs, key(d))
		if !ok {
			return resource.Quantity{}
		}
		return emptySizing(d, pvc, rs).diskIn(volumeOfClaim(pvc).size)
	}
	dv, ok := observed.Get[cdiv1.DataVolume](rs, key(d))
	if !ok {
		return resource.Quantity{}
	}
	if pvc, ok := observed.Get[corev1.PersistentVolumeClaim](rs, importedClaimKey(d)); ok {
		return importedSizing(d, dv, pvc, rs).diskIn(volumeOfClaim(pvc).size)
	}
	return volumeOfDataVolume(dv).size
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
