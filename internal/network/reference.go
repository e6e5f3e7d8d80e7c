package network

import (
	"fmt"
	"strings"

	nadv1 "github.com/k8snetworkplumbingwg/network-attachment-definition-client/pkg/apis/k8s.cni.cncf.io/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/validation/field"

	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
	"github.com/novasphere/function-wukong/internal/observed"
	"github.com/novasphere/function-wukong/internal/plan"
)

// referencePrefix begins the key of the NetworkAttachmentDefinition that a network names in nadName. No key of another resource begins so.
const referencePrefix = "nadname-"

// referenceKey returns the key of the NetworkAttachmentDefinition that a network names in nadName.
func referenceKey(n *v1alpha1.Network) string { return referencePrefix + string(n.Name) }

// IsReference reports whether a key is that of a NetworkAttachmentDefinition which a network names in nadName.
func IsReference(key string) bool { return strings.HasPrefix(key, referencePrefix) }

// References returns the NetworkAttachmentDefinitions that the networks name in nadName, which are only observed: from KubeVirt 1.9 virt-controller
// does not look whether one exists (feature gate ExternalNetResourceInjection), and a virtual machine without it starts for ever. Those in the
// namespaces that the platform team shares are left to it.
func References(w *v1alpha1.Wukong) []plan.Resource {
	var out []plan.Resource
	for _, n := range attached(&w.Spec) {
		name := ownReference(w, n)
		if name == "" {
			continue
		}
		out = append(out, plan.Resource{
			Key: referenceKey(n),
			Object: &metav1.PartialObjectMetadata{
				TypeMeta:   metav1.TypeMeta{APIVersion: nadv1.SchemeGroupVersion.String(), Kind: kindAttachment},
				ObjectMeta: metav1.ObjectMeta{Namespace: w.GetNamespace(), Name: name},
			},
			Management: plan.Observe,
		})
	}
	return out
}

// ownReference returns the name of the NetworkAttachmentDefinition in the Wukong's namespace that a network names in nadName; empty for none.
func ownReference(w *v1alpha1.Wukong, n *v1alpha1.Network) string {
	name, inNamespace := strings.CutPrefix(n.NADName, w.GetNamespace()+"/")
	if !inNamespace && strings.Contains(name, "/") {
		return ""
	}
	return name
}

// ReferenceAdvice returns advice about networks of a nadName that a virtual machine does not find when it starts the next time.
func ReferenceAdvice(w *v1alpha1.Wukong, rs observed.Resources) []string {
	var out []string
	for i := range w.Spec.Networks {
		if n := &w.Spec.Networks[i]; isMissing(w, n, rs) {
			out = append(out, fmt.Sprintf("%s: %s", field.NewPath("spec", "networks").Index(i).Child("nadName"), msgGone.With(n.NADName)))
		}
	}
	return out
}

// isMissing reports whether the NetworkAttachmentDefinition that a network names was looked for, and does not exist.
func isMissing(w *v1alpha1.Wukong, n *v1alpha1.Network, rs observed.Resources) bool {
	name := ownReference(w, n)
	return name != "" && rs.IsMissing(referenceKey(n), name)
}
