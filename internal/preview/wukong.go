package preview

import (
	"errors"
	"fmt"
	"maps"
	"strconv"

	fnv1 "github.com/crossplane/function-sdk-go/proto/v1"
	"google.golang.org/protobuf/types/known/structpb"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
	"github.com/novasphere/function-wukong/internal/crossplane"
	"github.com/novasphere/function-wukong/internal/decode"
)

// A Wukong is a document with a Wukong, and the composite that Crossplane makes of it.
type Wukong struct {
	// Composite that the function gets.
	Composite *unstructured.Unstructured

	// Observed are its composed resources in the cluster.
	Observed []*unstructured.Unstructured

	// document is the manifest.
	document document

	// defaultNamespace reports whether the manifest has no namespace, so that the one of kubectl is used.
	defaultNamespace bool

	// id is how composed resources refer to it.
	id wukongID

	// resources are its composed resources in the cluster, by their keys.
	resources map[string]*fnv1.Resource
}

// isWukong reports whether a document is a Wukong. It returns an error for one that is no manifest, or a Wukong of an unknown version or kind.
func isWukong(d document) (bool, error) {
	if d.GetAPIVersion() == "" || d.GetKind() == "" {
		return false, errors.New(msgNoManifest.With(d.source))
	}
	if schema.FromAPIVersionAndKind(d.GetAPIVersion(), d.GetKind()).Group != v1alpha1.Group {
		return false, nil
	}
	if d.GetAPIVersion() != v1alpha1.APIVersion {
		return false, errors.New(msgOtherVersion.With(d.source, strconv.Quote(d.GetAPIVersion())))
	}
	if d.GetKind() != v1alpha1.Kind && d.GetKind() != v1alpha1.CompositeKind {
		return false, errors.New(msgOtherKind.With(d.source, strconv.Quote(d.GetKind())))
	}
	return true, nil
}

// newWukong returns the Wukong of a document for a target.
func newWukong(d document, t Target) *Wukong {
	if d.GetKind() == v1alpha1.CompositeKind {
		return &Wukong{Composite: &d.Unstructured, document: d, id: wukongID{kind: v1alpha1.CompositeKind, name: d.GetName()}}
	}
	w := &Wukong{defaultNamespace: d.GetNamespace() == ""}
	if w.defaultNamespace {
		d.SetNamespace(metav1.NamespaceDefault)
	}
	w.document = d
	w.Composite = &d.Unstructured
	w.id = wukongID{kind: v1alpha1.Kind, namespace: d.GetNamespace(), name: d.GetName()}
	if t == Claim {
		w.Composite = compositeOf(d.Unstructured)
		w.id.kind = kindClaim
	}
	return w
}

// compositeOf returns the composite of a claim, as Crossplane makes it but for the random ending of its name.
func compositeOf(claim unstructured.Unstructured) *unstructured.Unstructured {
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

// title returns the name of the Wukong in messages and trees.
func (w *Wukong) title() string { return w.document.title() }

// check returns why the API server would refuse the manifest, but for its spec.
func (w *Wukong) check() error {
	s, err := structpb.NewStruct(w.document.Object)
	if err != nil {
		return err
	}
	return decode.Manifest(s)
}

// observe adds a composed resource of the Wukong. It returns an error where the key is taken.
func (w *Wukong) observe(d document) error {
	key := keyOf(d)
	if _, twice := w.resources[key]; twice {
		return errors.New(msgResourceTwice.With(d.source, key, w.title()))
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

// dropStatus removes the status that an exported manifest has, where nothing is observed. The status would be at odds with a preview of a new
// Wukong.
func (w *Wukong) dropStatus() {
	if len(w.resources) == 0 {
		delete(w.Composite.Object, "status")
	}
}
