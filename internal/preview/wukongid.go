package preview

import (
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
	"github.com/novasphere/function-wukong/internal/crossplane"
	"github.com/novasphere/function-wukong/internal/manifest"
)

// kindClaim is the kind in the ID of a claim. Composed resources name the claim in labels, as its composite has a random name.
const kindClaim = "claim"

// A wukongID is how composed resources refer to the Wukong that they belong to.
type wukongID struct {
	kind, namespace, name string
}

// keyOf returns the key of a composed resource. Empty for another object.
func keyOf(d manifest.Document) string { return d.GetAnnotations()[crossplane.AnnotationResourceName] }

// idsOf returns the IDs of the Wukong that a composed resource belongs to: that of the composite, and that of its claim. It returns none where
// the resource has another controller, or where it refers to no Wukong.
func idsOf(d manifest.Document) []wukongID {
	labels := d.GetLabels()
	composite := wukongID{kind: v1alpha1.CompositeKind, name: labels[crossplane.LabelComposite]}
	if d.GetNamespace() != "" {
		composite = wukongID{kind: v1alpha1.Kind, namespace: d.GetNamespace(), name: labels[crossplane.LabelComposite]}
	}
	if ref := metav1.GetControllerOf(&d); ref != nil {
		if schema.FromAPIVersionAndKind(ref.APIVersion, ref.Kind).Group != v1alpha1.Group || ref.Kind != composite.kind {
			return nil
		}
		composite.name = ref.Name
	}
	var out []wukongID
	if composite.name != "" {
		out = append(out, composite)
	}
	if claim := labels[crossplane.LabelClaimName]; claim != "" && composite.kind == v1alpha1.CompositeKind {
		out = append(out, wukongID{kind: kindClaim, namespace: labels[crossplane.LabelClaimNamespace], name: claim})
	}
	return out
}

// String returns the ID for messages: KIND NAMESPACE/NAME.
func (id wukongID) String() string {
	name := id.name
	if id.namespace != "" {
		name = id.namespace + "/" + name
	}
	return id.kind + " " + name
}
