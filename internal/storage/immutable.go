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
	"github.com/novasphere/function-wukong/internal/image"
	"github.com/novasphere/function-wukong/internal/message"
)

// changes compares a disk in the spec with the disk that exists. Its methods copy immutable fields from the observed object to the desired
// one, and collect the changes that the desired object therefore leaves out. A field that the spec leaves out is not compared.
type changes struct {
	// path of the disk in the spec.
	path *field.Path

	// disk in the spec.
	disk *v1alpha1.Disk

	// namespace of the Wukong.
	namespace string

	// osImage reports whether the disk takes its image from osImage or osImageFrom of the Wukong.
	osImage bool

	// importFails reports whether the import of the disk keeps failing. Then the disk holds no data.
	importFails bool

	// rejected and advice are sentences that begin with the path of a field.
	rejected, advice []string

	// isFile reports whether the volume is, or may be, a file system with the disk as a file in it, while a block device was asked for.
	isFile bool
}

// A rejection is why a field of an existing disk cannot change.
type rejection struct {
	// field of the disk.
	field string

	// message says why, and the way out.
	message string

	// state says what the disk is now. A disk whose import fails gets msgImportFails with it, instead of the message.
	state string
}

// reject collects a change that the disk does not allow.
func (c *changes) reject(r rejection) {
	path := c.path.Child(r.field)
	if r.field == c.sourceField() {
		path = c.sourcePath()
	}
	text := r.message
	if c.importFails {
		m := msgImportFails
		if c.disk.DeletionPolicy == v1alpha1.DeletionPolicyRetain {
			m = msgImportFailsRetained
		}
		text = m.With(r.state)
	}
	c.rejected = append(c.rejected, fmt.Sprintf("%s: %s", path, text))
}

// advise collects advice about a field of the disk.
func (c *changes) advise(name, advice string) {
	c.advice = append(c.advice, fmt.Sprintf("%s: %s", c.path.Child(name), advice))
}

// preserveClaim copies the immutable fields of an empty disk's claim, and rejects changes of them. Refused is why the API server refused the last
// desired claim; empty where it accepted it.
func (c *changes) preserveClaim(desired, current *corev1.PersistentVolumeClaim, s sizing, refused string) {
	if c.disk.IsImported() {
		c.reject(rejection{field: c.sourceField(), message: msgDiskIsEmpty.With(c.shownSourceField())})
	}
	c.checkVolume(volumeOfClaim(current))
	desired.Spec.StorageClassName = current.Spec.StorageClassName
	desired.Spec.AccessModes = current.Spec.AccessModes
	desired.Spec.VolumeMode = current.Spec.VolumeMode
	desired.Spec.Resources = current.Spec.Resources
	if canGrow(c.disk, current, s) {
		desired.Spec.Resources = storageRequest(s.claimFor(c.disk.Size.Quantity))
	}
	c.checkSize(current, s, refused)
}

// preserveDataVolume copies the spec of a DataVolume, which is immutable as a whole, and rejects changes of it. The claim has what CDI chose for
// the DataVolume; it is nil where it was not observed.
func (c *changes) preserveDataVolume(desired, current *cdiv1.DataVolume, claim *corev1.PersistentVolumeClaim) {
	if from := originOfDataVolume(current, desired.Annotations[annotationImageFrom], c.namespace); c.disk.IsImported() && originOf(c.disk, c.namespace) != from {
		c.rejectSource(from)
	} else if c.disk.Image != "" {
		c.checkAccess(image.AccessOf(current.Spec.Source), desired.Annotations[annotationChecksum])
	}
	if claim != nil {
		c.checkVolume(volumeOfClaim(claim))
	} else {
		v := volumeOfDataVolume(current)
		c.checkVolume(v)
		c.checkImportedSize(v.size, current)
	}
	desired.Spec = *current.Spec.DeepCopy()
}

// checkVolume rejects another storage class, access mode or volume mode than the volume has.
func (c *changes) checkVolume(current volume) {
	if hasOtherClass(c.disk, current) {
		r := rejection{field: "storageClassName", message: msgDefaultClass.String(), state: stateUsesDefault}
		if current.class != nil {
			r.message, r.state = msgOtherClass.With(*current.class), fmt.Sprintf(stateUsesClass, *current.class)
		}
		c.reject(r)
	}
	if hasOtherAccessModes(c.disk, current) {
		value := valueFromProfile
		if len(current.accessModes) > 0 {
			value = fmt.Sprint(current.accessModes)
		}
		c.rejectVolume("accessModes", value)
	}
	if hasOtherVolumeMode(c.disk, current) {
		c.isFile = *c.disk.VolumeMode == corev1.PersistentVolumeBlock
		c.rejectVolume("volumeMode", string(ptr.Deref(current.volumeMode, valueFromProfile)))
	}
}

// hasOtherClass reports whether a disk asks for another storage class than a volume has.
func hasOtherClass(d *v1alpha1.Disk, v volume) bool {
	return d.StorageClassName != "" && string(d.StorageClassName) != ptr.Deref(v.class, "")
}

// hasOtherAccessModes reports whether a disk asks for other access modes than a volume has.
func hasOtherAccessModes(d *v1alpha1.Disk, v volume) bool {
	return len(d.AccessModes) > 0 && !slices.Equal(slices.Sorted(slices.Values(d.AccessModes)), slices.Sorted(slices.Values(v.accessModes)))
}

// hasOtherVolumeMode reports whether a disk asks for another volume mode than a volume has.
func hasOtherVolumeMode(d *v1alpha1.Disk, v volume) bool {
	return d.VolumeMode != nil && *d.VolumeMode != ptr.Deref(v.volumeMode, "")
}

// rejectVolume rejects another value of a field than the volume has.
func (c *changes) rejectVolume(name, value string) {
	c.reject(rejection{field: name, message: msgOtherVolume.With(value), state: fmt.Sprintf(stateHas, value)})
}

// checkSize rejects a size that is smaller than the claim's, and one that the API server refused.
func (c *changes) checkSize(current *corev1.PersistentVolumeClaim, s sizing, refused string) {
	claim := current.Spec.Resources.Requests[corev1.ResourceStorage]
	size := s.diskIn(claim)
	if c.disk.Size == nil {
		return
	}
	if s.isLess(c.disk.Size.Quantity, claim) {
		c.rejectSize(size)
	}
	if canGrow(c.disk, current, s) && isRefusal(refused) {
		c.reject(rejection{field: "size", message: msgGrowthRefused.With(size.String(), refused, size.String())})
	}
}

// checkImportedSize compares the size with that of a DataVolume whose claim was not observed. The claim of a completed import can grow, but a
// failing import never completes.
func (c *changes) checkImportedSize(size resource.Quantity, dv *cdiv1.DataVolume) {
	if c.disk.Size == nil {
		return
	}
	order := c.disk.Size.Cmp(size)
	switch {
	case size.IsZero() || order == 0:
	case c.importFails || order < 0:
		c.rejectSize(size)
	case dv.Status.Phase != cdiv1.Succeeded:
		c.advise("size", msgGrowsLater.With(size.String()))
	default:
		c.advise("size", msgGrowthUnknown.With(size.String()))
	}
}

// rejectSize rejects another size than the disk has.
func (c *changes) rejectSize(size resource.Quantity) {
	c.reject(rejection{field: "size", message: msgNotShrunk.With(size.String(), size.String()), state: fmt.Sprintf(stateHas, size.String())})
}

// rejectManualGrowth rejects the growth of a claim that can only be observed. The user has to change its request.
func (c *changes) rejectManualGrowth(claim string, size, request resource.Quantity) {
	c.reject(rejection{field: "size", message: msgManualGrowth.With(size.String(), size.String(), claim, request.String())})
}

// rejectSource rejects another source than the one that the content of the disk came from.
func (c *changes) rejectSource(from origin) {
	source := describe(from)
	r := rejection{field: c.sourceField(), message: msgOtherImage.With(source), state: fmt.Sprintf(stateIsImported, source)}
	if from == "" {
		r.message = msgSourceIsNoImage.With(source, c.shownSourceField())
	}
	c.reject(r)
}

// checkAccess tells of credentials, certificates and a checksum that are others than those with which the disk is imported. Asked is the checksum that was
// asked for.
func (c *changes) checkAccess(current image.Access, asked string) {
	for _, f := range []struct{ name, wanted, current string }{
		{"imageSecret", string(c.disk.ImageSecret), current.Secret},
		{"imageCA", string(c.disk.ImageCA), current.CA},
		{"imageChecksum", string(c.disk.ImageChecksum), cmp.Or(asked, current.Checksum)},
	} {
		switch {
		case f.wanted == "" || f.wanted == f.current:
		case c.importFails:
			c.reject(rejection{field: f.name, state: stateOtherAccess})
		default:
			c.advise(f.name, msgAccessTooLate.String())
		}
	}
}

// sourceField returns the name of the disk's field that says where its content comes from.
func (c *changes) sourceField() string {
	switch {
	case c.disk.ImageFrom != nil:
		return "imageFrom"
	case c.disk.Upload:
		return "upload"
	}
	return "image"
}

// shownSourceField returns the name of the field that its author gave.
func (c *changes) shownSourceField() string {
	if c.osImage {
		return osFields[c.sourceField()]
	}
	return c.sourceField()
}

// sourcePath returns the path of the field that its author gave.
func (c *changes) sourcePath() *field.Path {
	if c.osImage {
		return field.NewPath("spec", c.shownSourceField())
	}
	return c.path.Child(c.sourceField())
}

// osFields are the fields of a Wukong that say the same of the disk to boot from, by the field of a disk.
var osFields = map[string]string{"image": "osImage", "imageFrom": "osImageFrom"}

// describe returns an origin without credentials.
func describe(from origin) string {
	switch {
	case from == "":
		return valueNoImage
	case from.isURL():
		return cmp.Or(message.Redact(string(from)), valueRedacted)
	}
	return string(from)
}

// isRefusal reports whether an error of the provider is the API server's verdict on the object. Other errors, such as a failed connection,
// are retried and may disappear.
func isRefusal(err string) bool {
	return strings.Contains(err, "is forbidden") || strings.Contains(err, "is invalid") || strings.Contains(err, "denied the request")
}

// isOutdatedRefusal reports whether the API server refused a claim that was desired before CDI completed it. The desired claim now has the
// immutable fields of the observed one.
func isOutdatedRefusal(err string) bool {
	return strings.Contains(err, "spec is immutable after creation") || strings.Contains(err, "field can not be less than")
}
