package preview

import (
	"cmp"
	"errors"
	"io"
	"maps"
	"slices"

	"google.golang.org/protobuf/types/known/structpb"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/novasphere/function-wukong/fn"
	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
	"github.com/novasphere/function-wukong/input/v1beta1"
)

// A Target is how Wukongs are composed. Each is that of a configuration in package/.
type Target string

// The targets.
const (
	// Namespaced composes Objects of provider-kubernetes in the namespace of the Wukong.
	Namespaced Target = "namespaced"

	// Native composes the objects themselves, in the namespace of the Wukong.
	Native Target = "native"

	// Claim composes cluster-scoped Objects of provider-kubernetes. The Wukong is the claim of a composite.
	Claim Target = "claim"
)

// A platform holds what the platform team decides.
type platform struct {
	// input is the Input of the function.
	input *structpb.Struct

	target Target
}

// readPlatform returns the platform of a file with an Input, or with a Composition that has one. The requested target may be empty: then it is
// the one that the file implies, else Namespaced. It returns an error where the file implies another one.
func readPlatform(path string, requested Target, stdin io.Reader) (platform, error) {
	if path == "" {
		return newPlatform(map[string]any{"apiVersion": v1beta1.APIVersion, "kind": v1beta1.Kind}, cmp.Or(requested, Namespaced))
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
		targets := targetsOf(d, in)
		target := cmp.Or(requested, targets[0])
		if !slices.Contains(targets, target) {
			return platform{}, errors.New(msgOtherTarget.With(d.source, targets[0], requested))
		}
		p, err := newPlatform(in, target)
		if err != nil {
			return platform{}, errors.New(msgInvalidInput.With(d.source, err))
		}
		return p, nil
	}
	return platform{}, errors.New(msgNoInput.With(sourceName(path)))
}

// newPlatform returns the platform with an Input and a target.
func newPlatform(in map[string]any, t Target) (platform, error) {
	if t == Native {
		in = maps.Clone(in)
		in["target"] = string(v1beta1.TargetNative)
	}
	s, err := structpb.NewStruct(in)
	if err != nil {
		return platform{}, err
	}
	_, err = fn.Input(s)
	return platform{input: s, target: t}, err
}

// targetsOf returns the targets that a document with an Input can have, the default first. A Composition has the kind of its composite; an
// Input alone tells at most whether Objects are composed.
func targetsOf(d document, in map[string]any) []Target {
	native := in["target"] == string(v1beta1.TargetNative)
	switch composite, _, _ := unstructured.NestedString(d.Object, "spec", "compositeTypeRef", "kind"); {
	case composite == v1alpha1.CompositeKind:
		return []Target{Claim}
	case native:
		return []Target{Native}
	case composite != "":
		return []Target{Namespaced}
	case in["target"] != nil:
		return []Target{Namespaced, Claim}
	default:
		return []Target{Namespaced, Claim, Native}
	}
}

// inputIn returns the Input that a document is, or that a step of it has. Nil where there is none.
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

// isInput reports whether an object is an Input.
func isInput(o map[string]any) bool {
	return o["apiVersion"] == v1beta1.APIVersion && o["kind"] == v1beta1.Kind
}
