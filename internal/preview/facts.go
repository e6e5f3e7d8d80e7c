package preview

import (
	"strings"

	nadv1 "github.com/k8snetworkplumbingwg/network-attachment-definition-client/pkg/apis/k8s.cni.cncf.io/v1"
	corev1 "k8s.io/api/core/v1"
	kubevirtv1 "kubevirt.io/api/core/v1"
	cdiv1 "kubevirt.io/containerized-data-importer-api/pkg/apis/core/v1beta1"

	"github.com/novasphere/function-wukong/internal/kubevirt"
	"github.com/novasphere/function-wukong/internal/network"
	"github.com/novasphere/function-wukong/internal/observed"
	"github.com/novasphere/function-wukong/internal/storage"
)

// facts returns what a tree says about an object. Immutable fields of a desired object are the observed ones, so that any field may be missing:
// another tool may have created the object in another shape.
func facts(o object) string {
	switch desired := o.Object.(type) {
	case *kubevirtv1.VirtualMachine:
		return strings.Join(kubevirt.Facts(desired), ", ")
	case *cdiv1.DataVolume:
		return dataVolumeFacts(desired)
	case *corev1.PersistentVolumeClaim:
		return claimSize(o, desired) + class(desired.Spec.StorageClassName) + ", empty"
	case *nadv1.NetworkAttachmentDefinition:
		return network.Facts(desired)
	case *corev1.Secret:
		return secretFacts(desired)
	default:
		return ""
	}
}

// adjustment returns what the Wukong changes of an object that another controller creates.
func adjustment(o object) string {
	if claim, ok := o.Object.(*corev1.PersistentVolumeClaim); ok {
		return claimSize(o, claim)
	}
	return "keeps its size"
}

// claimSize returns the size of a claim, and whether it grows.
func claimSize(o object, desired *corev1.PersistentVolumeClaim) string {
	size := size(desired.Spec.Resources)
	current, ok := observed.Get[corev1.PersistentVolumeClaim](observed.Resources{o.Key: o.observed}, o.Key)
	if ok && desired.Spec.Resources.Requests.Storage().Cmp(*current.Spec.Resources.Requests.Storage()) > 0 {
		return "grows to " + size
	}
	return size
}

func dataVolumeFacts(dv *cdiv1.DataVolume) string {
	out := "of a size that CDI knows"
	switch {
	case dv.Spec.Storage != nil:
		out = size(dv.Spec.Storage.Resources) + class(dv.Spec.Storage.StorageClassName)
		if dv.Spec.Storage.Resources.Requests == nil {
			out = "as large as its source," + class(dv.Spec.Storage.StorageClassName)
		}
	case dv.Spec.PVC != nil:
		out = size(dv.Spec.PVC.Resources) + class(dv.Spec.PVC.StorageClassName)
	}
	if from := storage.From(dv); from != "" {
		out += ", from " + from
	}
	return out
}

func secretFacts(s *corev1.Secret) string {
	var out []string
	for _, key := range []string{"userdata", "networkdata"} {
		if _, ok := s.Data[key]; ok {
			out = append(out, key)
		}
	}
	return strings.Join(out, " and ") + " for cloud-init"
}

func size(r corev1.VolumeResourceRequirements) string {
	return r.Requests.Storage().String()
}

func class(name *string) string {
	if name == nil {
		return " of the default class"
	}
	return " of class " + *name
}
