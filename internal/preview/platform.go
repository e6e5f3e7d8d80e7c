package preview

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"slices"

	"google.golang.org/protobuf/types/known/structpb"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/novasphere/function-wukong/fn"
	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
	"github.com/novasphere/function-wukong/input/v1beta1"
)

// A Target is what Wukongs are composed of, as by one of the configurations.
type Target string

// The targets.
const (
	// Namespaced composes Objects of provider-kubernetes in the namespace of the Wukong.
	Namespaced Target = "namespaced"

	// Native composes the objects themselves, in the namespace of the Wukong.
	Native Target = "native"

	// Claim composes cluster-scoped Objects of provider-kubernetes; the Wukong is the claim of a composite.
	Claim Target = "claim"
)

// A platform is what a platform team decides.
type platform struct {
	// input holds its settings; nil for none.
	input *structpb.Struct

	target Target
}

// readPlatform returns what a file with an Input decides, or one with a Composition of which a step has one. Without a file, or where the
// Input alone does not say, the target is the wanted one, by default the namespaced one.
func readPlatform(path string, wanted Target, stdin io.Reader) (platform, error) {
	if path == "" {
		return newPlatform(map[string]any{"apiVersion": v1beta1.APIVersion, "kind": v1beta1.Kind}, cmp.Or(wanted, Namespaced))
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
		decided := targetsOf(d, in)
		if !slices.Contains(decided, cmp.Or(wanted, decided[0])) {
			return platform{}, fmt.Errorf("%s: is of target %s, and --target says %s: leave --target out", d.source, decided[0], wanted)
		}
		p, err := newPlatform(in, cmp.Or(wanted, decided[0]))
		if err != nil {
			return platform{}, fmt.Errorf("%s: invalid %s: %w", d.source, v1beta1.Kind, err)
		}
		return p, nil
	}
	return platform{}, fmt.Errorf("%s: found no %s of %s, nor a Composition with one", sourceName(path), v1beta1.Kind, v1beta1.APIVersion)
}

// newPlatform returns what an Input decides with a target.
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

// targetsOf returns the targets that a document with an Input can have, the default first: a Composition says what its composite is, and an
// Input alone no more than whether there are Objects.
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

// inputIn returns the Input that a document is, or has in a step; nil for none.
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
