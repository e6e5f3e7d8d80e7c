package storage

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	"k8s.io/apimachinery/pkg/util/validation/field"
	cdiv1 "kubevirt.io/containerized-data-importer-api/pkg/apis/core/v1beta1"

	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
	"github.com/novasphere/function-wukong/fn/message"
)

// A keeper takes from a disk that exists what cannot be changed of it, and collects the wishes that this leaves unfulfilled.
//
// A wish that the cluster would refuse must not reach it: nothing else of the object could change any more.
type keeper struct {
	// path of the disk in the spec.
	path *field.Path

	// disk as it is wished.
	disk *v1alpha1.Disk

	// kept are the wishes that were not granted: the field, what exists, and the way out.
	kept []string
}

// keepClaim makes of a wished claim what the one that exists can become. Refused says why the cluster does not take it as it was
// last wished; it is empty where it does.
func (k *keeper) keepClaim(wish, is *corev1.PersistentVolumeClaim, refused string) {
	if k.disk.Image != "" {
		k.refuse("image", "the disk exists and is empty, and nothing can be imported into it", "remove image, or add a disk of another name with it")
	}
	k.keepSpec(is.Spec.StorageClassName, is.Spec.AccessModes, is.Spec.VolumeMode)
	wish.Spec.StorageClassName, wish.Spec.AccessModes, wish.Spec.VolumeMode = is.Spec.StorageClassName, is.Spec.AccessModes, is.Spec.VolumeMode

	if !grows(k.disk, is) {
		wish.Spec.Resources = is.Spec.Resources
	}
	k.keepSize(is, refused)
}

// keepSize tells of a size that a claim cannot have, or that the cluster refuses.
func (k *keeper) keepSize(is *corev1.PersistentVolumeClaim, refused string) {
	size := is.Spec.Resources.Requests[corev1.ResourceStorage]
	if k.disk.Size.Cmp(size) < 0 {
		k.refuseShrink(size)
	}
	if grows(k.disk, is) && isRefusal(refused) {
		k.refuse("size", fmt.Sprintf("the disk has %s, and the cluster refuses to grow it: %s", size.String(), refused), fmt.Sprintf("put %s back, or have its storage class allow volumes to grow", size.String()))
	}
}

// grows says whether a claim can become as large as its disk is wished, and is not yet: Kubernetes lets it grow once it is bound.
func grows(d *v1alpha1.Disk, is *corev1.PersistentVolumeClaim) bool {
	return is.Status.Phase == corev1.ClaimBound && d.Size.Cmp(is.Spec.Resources.Requests[corev1.ResourceStorage]) > 0
}

// isRefusal tells what the cluster refuses from what may pass by itself, such as an API server that does not answer.
func isRefusal(message string) bool {
	return strings.Contains(message, "is forbidden") || strings.Contains(message, "is invalid") || strings.Contains(message, "denied the request")
}

// keepDataVolume makes of a wished DataVolume the one that exists: none of it can be changed. Grown says that its claim has another
// size by now.
func (k *keeper) keepDataVolume(wish, is *cdiv1.DataVolume, grown bool) {
	if now, then := origin(source(string(k.disk.Image))), origin(is.Spec.Source); k.disk.Image != "" && now != then {
		k.refuse("image", "the disk was imported from "+cmp.Or(message.Redact(then), "another image"), "put that back, or add a disk of another name with the new image")
	}
	if s := is.Spec.Storage; s != nil {
		k.keepSpec(s.StorageClassName, s.AccessModes, s.VolumeMode)
		size := s.Resources.Requests[corev1.ResourceStorage]
		if !grown && k.disk.Size != nil && k.disk.Size.Cmp(size) < 0 {
			k.refuseShrink(size)
		}
	}
	wish.Spec = *is.Spec.DeepCopy()
}

// keepSpec compares what a user wishes of a volume's class, access modes and mode with what they are. What is not given is no
// wish.
func (k *keeper) keepSpec(class *string, modes []corev1.PersistentVolumeAccessMode, mode *corev1.PersistentVolumeMode) {
	const way = "put that back, or add a disk of another name and copy the data"
	if w := k.disk.StorageClassName; w != "" && (class == nil || string(w) != *class) {
		is := "the default class"
		if class != nil {
			is = *class
		}
		k.refuse("storageClassName", "the disk is of "+is, way)
	}
	if w := k.disk.AccessModes; len(w) > 0 && len(modes) > 0 && !slices.Equal(slices.Sorted(slices.Values(w)), slices.Sorted(slices.Values(modes))) {
		k.refuse("accessModes", fmt.Sprintf("the disk has %v", modes), way)
	}
	if w := k.disk.VolumeMode; w != nil && mode != nil && *w != *mode {
		k.refuse("volumeMode", "the disk has "+string(*mode), way)
	}
}

func (k *keeper) refuseShrink(size resource.Quantity) {
	k.refuse("size", fmt.Sprintf("the disk has %s and cannot shrink", size.String()), fmt.Sprintf("put %s back, or add a smaller disk of another name and copy the data", size.String()))
}

// refuseGrowth of a claim with a name, which a DataVolume made and which can only be observed.
func (k *keeper) refuseGrowth(name string, dv *cdiv1.DataVolume) {
	size := dv.Spec.Storage.Resources.Requests[corev1.ResourceStorage]
	k.refuse("size", "the disk was imported with "+size.String()+", and its claim belongs to CDI", fmt.Sprintf("put %s back, or grow the claim %s yourself with kubectl edit pvc", size.String(), name))
}

// refuse notes a wish that cannot be granted: the field, what exists, and the way out.
func (k *keeper) refuse(name, is, way string) {
	k.kept = append(k.kept, fmt.Sprintf("%s: %s: %s", k.path.Child(name), is, way))
}

// origin is the URL that a DataVolume is imported from; empty for another source.
func origin(s *cdiv1.DataVolumeSource) string {
	switch {
	case s == nil:
		return ""
	case s.HTTP != nil:
		return s.HTTP.URL
	case s.Registry != nil && s.Registry.URL != nil:
		return *s.Registry.URL
	}
	return ""
}
