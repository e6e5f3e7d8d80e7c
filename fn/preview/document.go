package preview

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"

	fnv1 "github.com/crossplane/function-sdk-go/proto/v1"
	"google.golang.org/protobuf/types/known/structpb"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	utilyaml "k8s.io/apimachinery/pkg/util/yaml"
	"sigs.k8s.io/yaml"

	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
	"github.com/novasphere/function-wukong/fn/decode"
	"github.com/novasphere/function-wukong/input/v1beta1"
)

// standardInput is the path that stands for standard input.
const standardInput = "-"

// A document is an object of a YAML file.
type document struct {
	unstructured.Unstructured

	// source says where it stands, for errors.
	source string
}

// readFile reads the documents of a YAML or JSON file; - is standard input.
func readFile(path string, stdin io.Reader) ([]document, error) {
	if path == standardInput {
		return readDocuments(stdin, sourceName(path))
	}
	f, err := os.Open(path) //nolint:gosec // Reading the file that the user names is what the command is for.
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return readDocuments(f, path)
}

func sourceName(path string) string {
	if path == standardInput {
		return "standard input"
	}
	return path
}

func readDocuments(r io.Reader, source string) ([]document, error) {
	var out []document
	reader := utilyaml.NewYAMLReader(bufio.NewReader(r))
	for i := 1; ; i++ {
		b, err := reader.Read()
		if errors.Is(err, io.EOF) {
			return out, nil
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", source, err)
		}
		d := document{source: fmt.Sprintf("%s, document %d", source, i)}
		if err := yaml.UnmarshalStrict(b, &d.Object); err != nil {
			return nil, fmt.Errorf("%s: %w", d.source, err)
		}
		if len(d.Object) == 0 || len(bytes.TrimSpace(b)) == 0 {
			continue
		}
		out = append(out, d)
	}
}

// A wukong is a document that asks for a virtual machine.
type wukong struct {
	// composite that stands for it.
	composite *unstructured.Unstructured

	// title is what its user calls it: its kind, namespace and name.
	title string

	// source says where it stands, for errors.
	source string
}

// Composites returns the composites that stand for the Wukongs of a file, as Crossplane makes them of claims, or, with a Composition of
// namespaced Wukongs, those themselves. The file may hold composites, too; - is standard input.
func Composites(path, composition string, stdin io.Reader) ([]*unstructured.Unstructured, error) {
	p, err := readPlatform(composition, stdin)
	if err != nil {
		return nil, err
	}
	wukongs, err := readWukongs(path, stdin, p.namespaced)
	out := make([]*unstructured.Unstructured, len(wukongs))
	for i, w := range wukongs {
		out[i] = w.composite
	}
	return out, err
}

func readWukongs(path string, stdin io.Reader, namespaced bool) ([]wukong, error) {
	docs, err := readFile(path, stdin)
	if err != nil {
		return nil, err
	}
	if len(docs) == 0 {
		return nil, fmt.Errorf("%s: holds no documents", sourceName(path))
	}
	out := make([]wukong, len(docs))
	for i, d := range docs {
		if out[i], err = asWukong(d, namespaced); err != nil {
			return nil, fmt.Errorf("%s: %w", d.source, err)
		}
	}
	return out, nil
}

func asWukong(d document, namespaced bool) (wukong, error) {
	if d.GetAPIVersion() != v1alpha1.APIVersion {
		return wukong{}, fmt.Errorf("apiVersion %q is not that of a %s, which is %s", d.GetAPIVersion(), v1alpha1.Kind, v1alpha1.APIVersion)
	}
	switch d.GetKind() {
	case v1alpha1.CompositeKind:
		return wukong{composite: &d.Unstructured, title: d.GetKind() + " " + d.GetName(), source: d.source}, nil
	case v1alpha1.Kind:
		if d.GetNamespace() == "" {
			d.SetNamespace(metav1.NamespaceDefault)
		}
		w := wukong{composite: &d.Unstructured, title: d.GetKind() + " " + d.GetNamespace() + "/" + d.GetName(), source: d.source}
		if !namespaced {
			w.composite = claimed(d.Unstructured)
		}
		return w, nil
	default:
		return wukong{}, fmt.Errorf("kind %q is neither %s nor %s", d.GetKind(), v1alpha1.Kind, v1alpha1.CompositeKind)
	}
}

// claimed is the composite of a claim. Crossplane ends its name by chance; here it is always the same.
func claimed(claim unstructured.Unstructured) *unstructured.Unstructured {
	labels := map[string]string{}
	maps.Copy(labels, claim.GetLabels())
	labels[decode.LabelClaimName], labels[decode.LabelClaimNamespace] = claim.GetName(), claim.GetNamespace()

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

// A platform is what a platform team decides.
type platform struct {
	// input is its settings; nil for none.
	input *structpb.Struct

	// namespaced says that a Wukong is a composite itself, and not a claim.
	namespaced bool
}

// readPlatform reads it from a file with an Input, or with a Composition of which a step has one. Without a file there are no settings.
func readPlatform(path string, stdin io.Reader) (platform, error) {
	if path == "" {
		return platform{}, nil
	}
	docs, err := readFile(path, stdin)
	if err != nil {
		return platform{}, err
	}
	for _, d := range docs {
		in := inputIn(d.Object)
		if in == nil {
			continue
		}
		kind, _, _ := unstructured.NestedString(d.Object, "spec", "compositeTypeRef", "kind")
		s, err := structpb.NewStruct(in)
		return platform{input: s, namespaced: kind == v1alpha1.Kind || in["target"] == string(v1beta1.TargetNative)}, err
	}
	return platform{}, fmt.Errorf("%s: found no %s of %s, nor a Composition with one", path, v1beta1.Kind, v1beta1.APIVersion)
}

// inputIn is the Input that a document is, or has in a step; nil for none.
func inputIn(o map[string]any) map[string]any {
	if isInput(o) {
		return o
	}
	steps, _, _ := unstructured.NestedSlice(o, "spec", "pipeline")
	for _, s := range steps {
		step, _ := s.(map[string]any)
		if in, ok := step["input"].(map[string]any); ok && isInput(in) {
			return in
		}
	}
	return nil
}

func isInput(o map[string]any) bool {
	return o["apiVersion"] == v1beta1.APIVersion && o["kind"] == v1beta1.Kind
}

// readObserved reads composed resources as they are in the cluster, by the keys in their annotations. Without a file there are
// none.
func readObserved(path string, stdin io.Reader) (map[string]*fnv1.Resource, error) {
	if path == "" {
		return nil, nil
	}
	docs, err := readFile(path, stdin)
	if err != nil {
		return nil, err
	}
	out := make(map[string]*fnv1.Resource, len(docs))
	for _, d := range docs {
		key := d.GetAnnotations()[annotationResourceName]
		if key == "" {
			return nil, fmt.Errorf("%s: has no annotation %s, which says what resource of the Wukong it is", d.source, annotationResourceName)
		}
		s, err := structpb.NewStruct(d.Object)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", d.source, err)
		}
		out[key] = &fnv1.Resource{Resource: s}
	}
	return out, nil
}

// readRequired reads what else is in the cluster. Without a file there is nothing.
func readRequired(path string, stdin io.Reader) ([]document, error) {
	if path == "" {
		return nil, nil
	}
	return readFile(path, stdin)
}
