package storage

import (
	"cmp"
	"strings"

	cdiv1 "kubevirt.io/containerized-data-importer-api/pkg/apis/core/v1beta1"

	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
	"github.com/novasphere/function-wukong/internal/image"
)

// annotationImageFrom holds, on a DataVolume, the DataSource, the VirtualMachineSnapshot or the Wukong that it is cloned from. The DataVolume itself has what
// that led to.
const annotationImageFrom = v1alpha1.Group + "/image-from"

// originUpload is the origin of a disk that somebody uploads.
const originUpload = "an upload"

// An origin is where the content of a disk comes from, as people call it: the URL of an image, KIND NAMESPACE/NAME of an object, or originUpload. Empty for
// nothing, and for what no field of a disk says. It does not tell credentials and checksums apart.
type origin string

// originOf returns the origin that a spec asks for, in the namespace of the Wukong.
func originOf(d *v1alpha1.Disk, namespace string) origin {
	switch {
	case d.Image != "":
		return origin(image.Canonical(string(d.Image)))
	case d.ImageFrom != nil:
		return objectOrigin(d.ImageFrom.Kind, string(d.ImageFrom.Namespace), string(d.ImageFrom.Name), namespace)
	case d.Upload:
		return originUpload
	}
	return ""
}

// originOfDataVolume returns the origin of a DataVolume in the namespace of the Wukong. From is the value of its annotationImageFrom; empty where it has
// none.
func originOfDataVolume(dv *cdiv1.DataVolume, from, namespace string) origin {
	if from != "" {
		return origin(from)
	}
	if ref := dv.Spec.SourceRef; ref != nil {
		refNamespace := ""
		if ref.Namespace != nil {
			refNamespace = *ref.Namespace
		}
		return objectOrigin(v1alpha1.ImageKind(ref.Kind), refNamespace, ref.Name, namespace)
	}
	switch s := dv.Spec.Source; {
	case s == nil:
		return ""
	case s.PVC != nil:
		return objectOrigin(v1alpha1.ImageKindClaim, s.PVC.Namespace, s.PVC.Name, namespace)
	case s.Snapshot != nil:
		return objectOrigin(v1alpha1.ImageKindSnapshot, s.Snapshot.Namespace, s.Snapshot.Name, namespace)
	case s.Upload != nil:
		return originUpload
	default:
		return origin(image.URL(s))
	}
}

// From returns where the content of a DataVolume comes from, as people call it, without credentials; empty where no field of a disk says that.
func From(dv *cdiv1.DataVolume) string {
	if from := originOfDataVolume(dv, dv.GetAnnotations()[annotationImageFrom], dv.GetNamespace()); from != "" {
		return describe(from)
	}
	return ""
}

// objectOrigin returns the origin of a clone. An empty namespace is that of the Wukong.
func objectOrigin(kind v1alpha1.ImageKind, namespace, name, own string) origin {
	return origin(string(kind) + " " + cmp.Or(namespace, own) + "/" + name)
}

// set writes the origin into a disk, as a spec says it.
func (o origin) set(d *v1alpha1.Disk) {
	kind, object, isObject := strings.Cut(string(o), " ")
	namespace, name, _ := strings.Cut(object, "/")
	switch {
	case o == originUpload:
		d.Upload = true
	case isObject:
		d.ImageFrom = &v1alpha1.ImageReference{Kind: v1alpha1.ImageKind(kind), Namespace: v1alpha1.OptionalLabel(namespace), Name: v1alpha1.ObjectName(name)}
	default:
		d.Image = v1alpha1.Image(o)
	}
}

// isURL reports whether the origin is an image outside of the cluster.
func (o origin) isURL() bool { return strings.Contains(string(o), image.SchemeSeparator) }
