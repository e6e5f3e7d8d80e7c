package preview

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"

	"google.golang.org/protobuf/types/known/structpb"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	utilyaml "k8s.io/apimachinery/pkg/util/yaml"
	"sigs.k8s.io/yaml"

	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
	"github.com/novasphere/function-wukong/input/v1beta1"
)

// A document is an object of a YAML file.
type document struct {
	unstructured.Unstructured

	// source says where it stands, for errors.
	source string
}

// readFile reads the documents of a YAML or JSON file; - is standard input.
func readFile(path string, stdin io.Reader) ([]document, error) {
	if path == "-" {
		return readDocuments(stdin, "standard input")
	}
	f, err := os.Open(path) //nolint:gosec // Reading the file that the user names is what the command is for.
	if err != nil {
		return nil, err
	}
	defer f.Close() //nolint:errcheck // It was only read.
	return readDocuments(f, path)
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

// composite is the composite resource that stands for a Wukong, as Crossplane makes it of a claim.
func composite(d document) (*unstructured.Unstructured, error) {
	if d.GetAPIVersion() != v1alpha1.APIVersion {
		return nil, fmt.Errorf("%s: apiVersion %q is not that of a Wukong: want %s", d.source, d.GetAPIVersion(), v1alpha1.APIVersion)
	}
	switch d.GetKind() {
	case v1alpha1.CompositeKind:
		return &d.Unstructured, nil
	case v1alpha1.Kind:
		return claimed(d.Unstructured), nil
	default:
		return nil, fmt.Errorf("%s: kind %q is neither %s nor %s", d.source, d.GetKind(), v1alpha1.Kind, v1alpha1.CompositeKind)
	}
}

// claimed is the composite of a claim. Crossplane ends its name by chance; here it is always the same.
func claimed(claim unstructured.Unstructured) *unstructured.Unstructured {
	namespace := claim.GetNamespace()
	if namespace == "" {
		namespace = "default"
	}
	labels := map[string]string{"crossplane.io/claim-name": claim.GetName(), "crossplane.io/claim-namespace": namespace}
	for k, v := range claim.GetLabels() {
		labels[k] = v
	}

	xr := &unstructured.Unstructured{Object: map[string]any{}}
	xr.SetAPIVersion(claim.GetAPIVersion())
	xr.SetKind(v1alpha1.CompositeKind)
	xr.SetName(claim.GetName() + "-preview")
	xr.SetLabels(labels)
	xr.SetAnnotations(claim.GetAnnotations())

	spec := map[string]any{}
	if s, ok := claim.Object["spec"].(map[string]any); ok {
		for k, v := range s {
			spec[k] = v
		}
	}
	spec["claimRef"] = map[string]any{
		"apiVersion": claim.GetAPIVersion(),
		"kind":       claim.GetKind(),
		"namespace":  namespace,
		"name":       claim.GetName(),
	}
	xr.Object["spec"] = spec
	return xr
}

// readInput reads the settings from a file with an Input, or with a Composition of which a step has one. Without a file there
// are none.
func readInput(path string, stdin io.Reader) (*structpb.Struct, error) {
	if path == "" {
		return nil, nil
	}
	docs, err := readFile(path, stdin)
	if err != nil {
		return nil, err
	}
	for _, d := range docs {
		if isInput(d.Object) {
			return structpb.NewStruct(d.Object)
		}
		steps, _, _ := unstructured.NestedSlice(d.Object, "spec", "pipeline")
		for _, s := range steps {
			step, _ := s.(map[string]any)
			if in, ok := step["input"].(map[string]any); ok && isInput(in) {
				return structpb.NewStruct(in)
			}
		}
	}
	return nil, fmt.Errorf("%s: found no %s of %s, nor a Composition with one", path, v1beta1.Kind, v1beta1.APIVersion)
}

func isInput(o map[string]any) bool {
	return o["apiVersion"] == v1beta1.APIVersion && o["kind"] == v1beta1.Kind
}
