package storage

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	"k8s.io/apimachinery/pkg/util/validation/field"
	"k8s.io/utils/ptr"
	cdiv1 "kubevirt.io/containerized-data-importer-api/pkg/apis/core/v1beta1"

	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
	"github.com/novasphere/function-wukong/internal/message"
)

// A keeper takes from a disk that exists what cannot be changed of it, and collects the wishes that this leaves unfulfilled.
//
// A wish that the cluster would refuse must not reach it: nothing else of the object could change any more.
type keeper struct {
	// path of the disk in the spec.
	path *field.Path

	// disk as it is wished, and osImage whether it has its image from the osImage of the Wukong.
	disk    *v1alpha1.Disk
	osImage bool

	// unfilled says that the import of the disk does not succeed, so that there is no content to lose.
	unfilled bool

	// kept are the wishes that were not granted: the field, what exists, and the way out. Advice is on those that are granted later.
	kept, advice []string
}

// keepClaim makes of a wished claim what the one that exists can become. Refused says why the cluster does not take it as it was
// last wished; it is empty where it does.
func (k *keeper) keepClaim(wish, is *corev1.PersistentVolumeClaim, s sizing, refused string) {
	if k.disk.Image != "" {
		k.refuse("image", "exists and is empty, and nothing can be imported into it", k.withoutImage())
	}
	k.keepVolume(volumeOfClaim(is))
	wish.Spec.StorageClassName, wish.Spec.AccessModes, wish.Spec.VolumeMode = is.Spec.StorageClassName, is.Spec.AccessModes, is.Spec.VolumeMode
	wish.Spec.Resources = is.Spec.Resources
	if grows(k.disk, is, s) {
		wish.Spec.Resources = requests(s.claimFor(k.disk.Size.Quantity))
	}
	k.keepSize(is, s, refused)
}

// keepSize tells of a size that a claim cannot have, or that the cluster refuses.
func (k *keeper) keepSize(is *corev1.PersistentVolumeClaim, s sizing, refused string) {
	claim := is.Spec.Resources.Requests[corev1.ResourceStorage]
	size := s.diskIn(claim)
	if s.isLess(k.disk.Size.Quantity, claim) {
		k.refuseShrink(size)
	}
	if grows(k.disk, is, s) && isRefusal(refused) {
		k.refuse("size", fmt.Sprintf("has %s, and the cluster refuses to grow it: %s", size.String(), refused), fmt.Sprintf("put %s back, or have its storage class allow volumes to grow", size.String()))
	}
}

// isRefusal tells what the cluster refuses from what may pass by itself, such as an API server that does not answer.
func isRefusal(message string) bool {
	return strings.Contains(message, "is forbidden") || strings.Contains(message, "is invalid") || strings.Contains(message, "denied the request")
}

// isOutdated reports whether the cluster refuses a claim as it was asked for before it was observed: what is asked for since does not
// differ from what exists, but by growth.
func isOutdated(message string) bool {
	return strings.Contains(message, "spec is immutable after creation") || strings.Contains(message, "field can not be less than")
}

// keepDataVolume makes of a wished DataVolume the one that exists: none of it can be changed. What it left to CDI its claim says, where
// that was observed.
func (k *keeper) keepDataVolume(wish, is *cdiv1.DataVolume, claim *corev1.PersistentVolumeClaim) {
	if k.disk.Image != "" && Origin(source(string(k.disk.Image))) != Origin(is.Spec.Source) {
		k.refuseImage(is)
	}
	v := volumeOfDataVolume(is)
	if claim == nil {
		k.keepVolume(v)
		k.keepImportedSize(v.size, is)
	} else {
		k.keepVolume(volumeOfClaim(claim))
	}
	wish.Spec = *is.Spec.DeepCopy()
}

// refuseImage of a disk that a DataVolume was made for, from something else.
func (k *keeper) refuseImage(dv *cdiv1.DataVolume) {
	way := "put that back, or add a disk of another name with the new image"
	if Origin(dv.Spec.Source) == "" {
		way = k.withoutImage()
	}
	is := "was imported from "
	if k.unfilled {
		is = "is imported from "
	}
	k.refuse("image", is+describeSource(dv), way)
}

// advise on a field of the disk.
func (k *keeper) advise(name, advice string) {
	k.advice = append(k.advice, fmt.Sprintf("%s: %s", k.path.Child(name), advice))
}

// withoutImage is the way out where there is no other image to put back.
func (k *keeper) withoutImage() string {
	name := "image"
	if k.osImage {
		name = "osImage"
	}
	return "remove " + name + ", or add a disk of another name with it"
}

// keepImportedSize tells of a size that a DataVolume was not made with. One that is larger is granted once the disk is filled, and the
// claim can grow; while the import does not succeed it never comes to that.
func (k *keeper) keepImportedSize(size resource.Quantity, dv *cdiv1.DataVolume) {
	switch order := k.disk.Size.Cmp(size); {
	case size.IsZero() || order == 0:
	case k.unfilled:
		k.refuse("size", "has "+size.String(), "")
	case order < 0:
		k.refuseShrink(size)
	case dv.Status.Phase != cdiv1.Succeeded:
		k.advise("size", fmt.Sprintf("the disk is imported with %s first, and grows after that", size.String()))
	default:
		k.advise("size", fmt.Sprintf("the disk has %s, and whether it can grow is known once its claim has been observed", size.String()))
	}
}

// keepVolume compares what a user wishes of a volume's class, access modes and mode with what they are. What is not given is no
// wish.
func (k *keeper) keepVolume(is volume) {
	const (
		way     = "put that back, or add a disk of another name and copy the data"
		profile = "what its storage class prefers"
	)
	if w := k.disk.StorageClassName; w != "" && (is.class == nil || string(w) != *is.class) {
		k.refuse("storageClassName", "is of "+ptr.Deref(is.class, "the default class"), way)
	}
	if w := k.disk.AccessModes; len(w) > 0 && !slices.Equal(slices.Sorted(slices.Values(w)), slices.Sorted(slices.Values(is.modes))) {
		has := profile
		if len(is.modes) > 0 {
			has = fmt.Sprint(is.modes)
		}
		k.refuse("accessModes", "has "+has, way)
	}
	if w := k.disk.VolumeMode; w != nil && *w != ptr.Deref(is.mode, "") {
		k.refuse("volumeMode", "has "+string(ptr.Deref(is.mode, profile)), way)
	}
}

func (k *keeper) refuseShrink(size resource.Quantity) {
	k.refuse("size", fmt.Sprintf("has %s and cannot shrink", size.String()), fmt.Sprintf("put %s back, or add a smaller disk of another name and copy the data", size.String()))
}

// refuseGrowth of a claim with a name, which a DataVolume made and which can only be observed: somebody else has to grow it, to a size.
func (k *keeper) refuseGrowth(name string, has, size resource.Quantity) {
	k.refuse("size", "has "+has.String()+", and its claim belongs to CDI",
		fmt.Sprintf("put %s back, or give the claim %s a storage request of %s yourself, with kubectl edit pvc", has.String(), name, size.String()))
}

// refuse notes a wish that cannot be granted: the field, what exists, and the way out. A disk that was never filled has a better one.
func (k *keeper) refuse(name, is, way string) {
	path := k.path.Child(name)
	if name == "image" && k.osImage {
		path = field.NewPath("spec", "osImage")
	}
	if k.unfilled {
		is += ", and its import does not succeed, so that it has no content to lose"
		way = "give the disk another name, which makes a new one and deletes this one"
		if k.disk.DeletionPolicy == v1alpha1.DeletionPolicyRetain {
			way = "give it deletionPolicy: Delete, then " + way
		}
	}
	k.kept = append(k.kept, fmt.Sprintf("%s: the disk %s: %s", path, is, way))
}

// describeSource returns what a DataVolume was made from, without secrets.
func describeSource(dv *cdiv1.DataVolume) string {
	if from := Origin(dv.Spec.Source); from != "" {
		return cmp.Or(message.Redact(from), "another image")
	}
	if ref := dv.Spec.SourceRef; ref != nil {
		return ref.Kind + " " + ref.Name
	}
	return "something else than an image"
}

// Origin returns the URL that a DataVolume is imported from; empty for another source.
func Origin(s *cdiv1.DataVolumeSource) string {
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
