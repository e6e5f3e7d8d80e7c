package preview

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"

	"google.golang.org/protobuf/types/known/structpb"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/novasphere/function-wukong/fn"
	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
	"github.com/novasphere/function-wukong/input/v1beta1"
	"github.com/novasphere/function-wukong/internal/manifest"
	"github.com/novasphere/function-wukong/internal/validation"
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

	// ready reports whether the settings could be read.
	ready bool
}

// readPlatform reads the settings of a file with an Input, or with a Composition that has one. The requested target may be empty: then it is
// the one that the file implies, else Namespaced. A file that implies another one is refused.
func (r *Repository) readPlatform(ctx context.Context, files, revised manifest.Reader, o Options) {
	if o.Input == "" {
		p, err := newPlatform(map[string]any{"apiVersion": v1beta1.APIVersion, "kind": v1beta1.Kind}, cmp.Or(o.Target, Namespaced))
		if err != nil {
			r.add(manifest.Problem{Severity: manifest.Error, Text: err.Error()})
		}
		r.platform = p
		return
	}
	r.platform.target = cmp.Or(o.Target, Namespaced)
	before := len(r.Problems)
	docs := r.read(ctx, revised, o.Input)
	if len(docs) == 0 && !manifest.HasErrors(r.Problems[before:]) && revised.Revision != "" {
		// The revision does not have it.
		docs = r.read(ctx, files, o.Input)
	}
	for _, d := range docs {
		in, path := inputIn(d.Object)
		if in == nil {
			continue
		}
		targets := targetsOf(d, in)
		target := cmp.Or(o.Target, targets[0])
		if !slices.Contains(targets, target) {
			r.add(d.Problem(manifest.Error, "", msgOtherTarget.With(targets[0], o.Target)))
			return
		}
		p, err := newPlatform(in, target)
		if err != nil {
			r.add(inputProblems(d.Within(path, in), err)...)
		}
		r.platform = p
		return
	}
	if !manifest.HasErrors(r.Problems[before:]) {
		r.add(manifest.Problem{Position: manifest.Position{File: o.Input}, Severity: manifest.Error, Text: msgNoInput.String()})
	}
}

// ReadInput returns the Input of a file, or of a Composition in it, with its defaults, and what is wrong with the file. It is nil where there is
// none that is valid.
func ReadInput(ctx context.Context, files manifest.Reader, path string) (*v1beta1.Input, []manifest.Problem) {
	docs, problems := files.Read(ctx, path)
	for _, d := range docs {
		in, at := inputIn(d.Object)
		if in == nil {
			continue
		}
		s, err := structpb.NewStruct(in)
		if err != nil {
			return nil, append(problems, d.Problem(manifest.Error, "", err.Error()))
		}
		valid, err := fn.Input(s)
		if err != nil {
			return nil, append(problems, inputProblems(d.Within(at, in), err)...)
		}
		return valid, problems
	}
	if !manifest.HasErrors(problems) {
		problems = append(problems, manifest.Problem{Position: manifest.Position{File: path}, Severity: manifest.Error, Text: msgNoInput.String()})
	}
	return nil, problems
}

// inputProblems returns an error about an Input as problems.
func inputProblems(d manifest.Document, err error) []manifest.Problem {
	if errs := validation.Errors(err); len(errs) > 0 {
		return fieldProblems(d, errs)
	}
	return []manifest.Problem{d.Problem(manifest.Error, "", err.Error())}
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
	return platform{input: s, target: t, ready: err == nil}, err
}

// targetsOf returns the targets that a document with an Input can have, the default first. A Composition has the kind of its composite; an
// Input alone tells at most whether Objects are composed.
func targetsOf(d manifest.Document, in map[string]any) []Target {
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

// inputIn returns the Input that a document is, or that a step of it has, and its path. Nil where there is none.
func inputIn(o map[string]any) (in map[string]any, path string) {
	if isInput(o) {
		return o, ""
	}
	steps, _, _ := unstructured.NestedSlice(o, "spec", "pipeline")
	for i, s := range steps {
		step, _ := s.(map[string]any)
		if in, ok := step["input"].(map[string]any); ok && isInput(in) {
			return in, fmt.Sprintf("spec.pipeline[%d].input", i)
		}
	}
	return nil, ""
}

// isInput reports whether an object is an Input.
func isInput(o map[string]any) bool {
	return o["apiVersion"] == v1beta1.APIVersion && o["kind"] == v1beta1.Kind
}
