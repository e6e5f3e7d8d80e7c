package preview

import (
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
	"github.com/novasphere/function-wukong/internal/crossplane"
)

// kindClaim stands for a claim, whose composite has a name that nobody can foretell.
const kindClaim = "claim"

// An owner is how a composed resource names the Wukong that it belongs to.
type owner struct {
	kind, namespace, name string
}

// keyOf returns the key by which Crossplane knows a composed resource; empty where it is none.
func keyOf(d document) string { return d.GetAnnotations()[crossplane.AnnotationResourceName] }

// ownersOf returns how a composed resource names the Wukong that it belongs to: as a composite, and as a claim. It returns none where the
// resource is controlled by anything else, or names nobody.
func ownersOf(d document) []owner {
	labels := d.GetLabels()
	composite := owner{kind: v1alpha1.CompositeKind, name: labels[crossplane.LabelComposite]}
	if d.GetNamespace() != "" {
		composite = owner{kind: v1alpha1.Kind, namespace: d.GetNamespace(), name: labels[crossplane.LabelComposite]}
	}
	if ref := metav1.GetControllerOf(&d); ref != nil {
		if schema.FromAPIVersionAndKind(ref.APIVersion, ref.Kind).Group != v1alpha1.Group || ref.Kind != composite.kind {
			return nil
		}
		composite.name = ref.Name
	}
	var out []owner
	if composite.name != "" {
		out = append(out, composite)
	}
	if claim := labels[crossplane.LabelClaimName]; claim != "" && composite.kind == v1alpha1.CompositeKind {
		out = append(out, owner{kind: kindClaim, namespace: labels[crossplane.LabelClaimNamespace], name: claim})
	}
	return out
}

// String returns how a user calls the owner.
func (o owner) String() string {
	name := o.name
	if o.namespace != "" {
		name = o.namespace + "/" + name
	}
	return o.kind + " " + name
}
