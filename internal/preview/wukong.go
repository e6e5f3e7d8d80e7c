package preview

import (
	"cmp"
	"maps"
	"slices"
	"strconv"

	fnv1 "github.com/crossplane/function-sdk-go/proto/v1"
	"google.golang.org/protobuf/types/known/structpb"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/util/validation/field"

	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
	"github.com/novasphere/function-wukong/internal/crossplane"
	"github.com/novasphere/function-wukong/internal/decode"
	"github.com/novasphere/function-wukong/internal/manifest"
	"github.com/novasphere/function-wukong/internal/suggest"
	"github.com/novasphere/function-wukong/internal/validation"
)

// A Wukong is a document with a Wukong, and the composite that Crossplane makes of it.
type Wukong struct {
	// Composite that the function gets.
	Composite *unstructured.Unstructured

	// Observed are its composed resources in the cluster.
	Observed []*unstructured.Unstructured

	// Document is the manifest.
	Document manifest.Document

	// inCluster is the Wukong as it is in the cluster; nil where that is not known.
	inCluster *manifest.Document

	// defaultNamespace reports whether neither the manifest nor the user names a namespace.
	defaultNamespace bool

	// refused reports whether the manifest is refused, and wrong are the reasons that are about fields.
	refused bool
	wrong   field.ErrorList

	// id is how composed resources refer to it.
	id wukongID

	// resources are its composed resources in the cluster, by their keys.
	resources map[string]*fnv1.Resource
}

// kindWukong is the kind that people write.
const kindWukong = v1alpha1.Kind

// kinds are those of Wukongs.
var kinds = []string{v1alpha1.Kind, v1alpha1.CompositeKind}

// isWukong reports whether a document is a Wukong.
func isWukong(d manifest.Document) bool {
	return d.GetAPIVersion() == v1alpha1.APIVersion && slices.Contains(kinds, d.GetKind())
}

// recognize returns what is wrong with the kind of a document that is meant to be a Wukong. Empty for a Wukong, and for another object.
func recognize(d manifest.Document) string {
	group := schema.FromAPIVersionAndKind(d.GetAPIVersion(), d.GetKind()).Group
	switch {
	case isWukong(d), d.GetAPIVersion() == "", d.GetKind() == "":
		return ""
	case slices.Contains(kinds, d.GetKind()) && group != v1alpha1.Group:
		return msgOtherGroup.With(d.GetKind(), strconv.Quote(d.GetAPIVersion()))
	case group != v1alpha1.Group:
		return ""
	case d.GetAPIVersion() != v1alpha1.APIVersion:
		return msgOtherVersion.With(strconv.Quote(d.GetAPIVersion()))
	}
	if near, found := suggest.Nearest(d.GetKind(), kinds); found {
		return msgMisspeltKind.With(strconv.Quote(d.GetKind()), near)
	}
	return msgOtherKind.With(strconv.Quote(d.GetKind()))
}

// newWukong returns the Wukong of a document for a target. The namespace is that of a Wukong that names none; empty for default.
func newWukong(d manifest.Document, t Target, namespace string) *Wukong {
	if d.GetKind() == v1alpha1.CompositeKind {
		return &Wukong{Composite: &d.Unstructured, Document: d, id: wukongID{kind: v1alpha1.CompositeKind, name: d.GetName()}}
	}
	w := &Wukong{}
	if meta, isObject := d.Object["metadata"].(map[string]any); (isObject || d.Object["metadata"] == nil) && meta["namespace"] == nil {
		w.defaultNamespace = namespace == ""
		d.SetNamespace(cmp.Or(namespace, metav1.NamespaceDefault))
	}
	w.Document = d
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

// Title returns the name of the Wukong in messages and trees: KIND NAMESPACE/NAME.
func (w *Wukong) Title() string { return w.Document.Title() }

// check returns why the API server would refuse the manifest, but for its spec.
func (w *Wukong) check() []manifest.Problem {
	s, err := structpb.NewStruct(w.Document.Object)
	if err != nil {
		w.refused = true
		return []manifest.Problem{w.Document.Problem(manifest.Error, "", err.Error())}
	}
	w.wrong = decode.Manifest(s)
	w.refused = len(w.wrong) > 0 || w.Document.Damaged
	return fieldProblems(w.Document, w.wrong)
}

// fieldProblems returns errors about fields of a document as problems.
func fieldProblems(d manifest.Document, errs field.ErrorList) []manifest.Problem {
	out := make([]manifest.Problem, len(errs))
	for i, e := range errs {
		out[i] = d.Problem(manifest.Error, e.Field, validation.Sentence(e))
	}
	return out
}

// IsObserved reports whether something of the Wukong was observed.
func (w *Wukong) IsObserved() bool { return len(w.resources) > 0 }

// Refused reports whether the manifest is refused for what is beside its spec.
func (w *Wukong) Refused() bool { return w.refused }

// Key returns what the Wukong is known by: its kind, namespace and name.
func (w *Wukong) Key() string { return w.id.String() }

// Problems returns an error of the function about the Wukong as problems, without those that follow from what is wrong with the manifest.
func (w *Wukong) Problems(err error) []manifest.Problem {
	if errs := validation.Errors(err); len(errs) > 0 {
		out := fieldProblems(w.Document, validation.Unrelated(errs, w.wrong))
		slices.SortStableFunc(out, manifest.Problem.Compare)
		return out
	}
	return []manifest.Problem{w.Document.Problem(manifest.Error, "", err.Error())}
}

// observe adds a composed resource of the Wukong. It returns false where the key is taken.
func (w *Wukong) observe(d manifest.Document) (bool, error) {
	key := keyOf(d)
	if _, twice := w.resources[key]; twice {
		return false, nil
	}
	s, err := structpb.NewStruct(d.Object)
	if err != nil {
		return false, err
	}
	if w.resources == nil {
		w.resources = map[string]*fnv1.Resource{}
	}
	w.resources[key] = &fnv1.Resource{Resource: s}
	w.Observed = append(w.Observed, &d.Unstructured)
	return true, nil
}

// dropStatus removes the status that an exported manifest has, where nothing is observed. The status would be at odds with a preview of a new
// Wukong.
func (w *Wukong) dropStatus() {
	if len(w.resources) == 0 {
		delete(w.Composite.Object, "status")
	}
}
