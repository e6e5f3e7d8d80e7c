package preview

import (
	"fmt"
	"maps"

	fnv1 "github.com/crossplane/function-sdk-go/proto/v1"
	"google.golang.org/protobuf/types/known/structpb"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
	"github.com/novasphere/function-wukong/internal/crossplane"
	"github.com/novasphere/function-wukong/internal/decode"
)

// A Wukong is a document that asks for a virtual machine.
type Wukong struct {
	// Composite that stands for it.
	Composite *unstructured.Unstructured

	// Observed are the composed resources that belong to it, as they are in the cluster.
	Observed []*unstructured.Unstructured

	// document that it was read from.
	document document

	// nowhere says that it names no namespace.
	nowhere bool

	// owner is how what belongs to it names it.
	owner owner

	// resources are the observed ones, by their keys.
	resources map[string]*fnv1.Resource
}

// isWukong reports whether a document asks for a virtual machine; an error is why one that is meant to does not.
func isWukong(d document) (bool, error) {
	if d.GetAPIVersion() == "" || d.GetKind() == "" {
		return false, fmt.Errorf("%s: has no apiVersion or no kind, and is no Kubernetes manifest", d.source)
	}
	if schema.FromAPIVersionAndKind(d.GetAPIVersion(), d.GetKind()).Group != v1alpha1.Group {
		return false, nil
	}
	if d.GetAPIVersion() != v1alpha1.APIVersion {
		return false, fmt.Errorf("%s: apiVersion %q is not that of a %s, which is %s", d.source, d.GetAPIVersion(), v1alpha1.Kind, v1alpha1.APIVersion)
	}
	if d.GetKind() != v1alpha1.Kind && d.GetKind() != v1alpha1.CompositeKind {
		return false, fmt.Errorf("%s: kind %q is neither %s nor %s", d.source, d.GetKind(), v1alpha1.Kind, v1alpha1.CompositeKind)
	}
	return true, nil
}

// asWukong returns the Wukong of a document, composed as a target does.
func asWukong(d document, t Target) *Wukong {
	if d.GetKind() == v1alpha1.CompositeKind {
		return &Wukong{Composite: &d.Unstructured, document: d, owner: owner{kind: v1alpha1.CompositeKind, name: d.GetName()}}
	}
	nowhere := d.GetNamespace() == ""
	if nowhere {
		d.SetNamespace(metav1.NamespaceDefault)
	}
	if t == Claim {
		return &Wukong{Composite: claimed(d.Unstructured), document: d, nowhere: nowhere, owner: owner{kind: kindClaim, namespace: d.GetNamespace(), name: d.GetName()}}
	}
	return &Wukong{Composite: &d.Unstructured, document: d, nowhere: nowhere, owner: owner{kind: v1alpha1.Kind, namespace: d.GetNamespace(), name: d.GetName()}}
}

// claimed returns the composite of a claim. Crossplane ends its name at random; here it is always the same.
func claimed(claim unstructured.Unstructured) *unstructured.Unstructured {
	labels := map[string]string{}
	maps.Copy(labels, claim.GetLabels())
	labels[crossplane.LabelClaimName], labels[crossplane.LabelClaimNamespace] = claim.GetName(), claim.GetNamespace()

	xr := &unstructured.Unstructured{Object: map[string]any{}}
	xr.SetAPIVersion(claim.GetAPIVersion())
	xr.SetKind(v1alpha1.CompositeKind)
	xr.SetName(claim.GetName() + "-preview")
	xr.SetLabels(labels)
	xr.SetAnnotations(claim.GetAnnotations())

	spec := map[string]any{}
	if s, ok := claim.Object["spec"].(map[string]any); ok {
		maps.Copy(spec, s)
	}
	spec["claimRef"] = map[string]any{
		"apiVersion": claim.GetAPIVersion(),
		"kind":       claim.GetKind(),
		"namespace":  claim.GetNamespace(),
		"name":       claim.GetName(),
	}
	xr.Object["spec"] = spec
	return xr
}

// title returns how messages and trees name the Wukong.
func (w *Wukong) title() string { return w.document.title() }

// check returns why kubectl would refuse the Wukong for what is beside its spec.
func (w *Wukong) check() error {
	s, err := structpb.NewStruct(w.document.Object)
	if err != nil {
		return err
	}
	return decode.Manifest(s)
}

// observe adds a composed resource that belongs to the Wukong; an error is why it cannot be one.
func (w *Wukong) observe(d document) error {
	key := keyOf(d)
	if _, twice := w.resources[key]; twice {
		return fmt.Errorf("%s: the file has resource %s of %s twice", d.source, key, w.title())
	}
	s, err := structpb.NewStruct(d.Object)
	if err != nil {
		return fmt.Errorf("%s: %w", d.source, err)
	}
	if w.resources == nil {
		w.resources = map[string]*fnv1.Resource{}
	}
	w.resources[key] = &fnv1.Resource{Resource: s}
	w.Observed = append(w.Observed, &d.Unstructured)
	return nil
}

// forget the status that the manifest of a Wukong in a cluster has, where the preview is not given what that status was derived from: the
// preview is then that of a Wukong which is new.
func (w *Wukong) forget() {
	if len(w.resources) == 0 {
		delete(w.Composite.Object, "status")
	}
}
