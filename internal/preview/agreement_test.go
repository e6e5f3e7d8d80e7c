package preview

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/novasphere/function-wukong/internal/compose"
	"github.com/novasphere/function-wukong/internal/crossplane"
	"github.com/novasphere/function-wukong/internal/manifest"
	"github.com/novasphere/function-wukong/internal/names"
)

// TestTargetsAgree shows that each example becomes the same objects under every target. Golden files hold those of one target.
func TestTargetsAgree(t *testing.T) {
	for _, file := range exampleFiles(t) {
		example := filepath.Base(filepath.Dir(file))
		t.Run(example, func(t *testing.T) {
			targets := []Target{Claim, Namespaced}
			if !slices.Contains(goldenTargets(example), Claim) {
				targets = append(targets, Native)
			}
			show := func(target Target, f Output) string {
				out, stderr, err := run(t, Command{Options: optionsOf(file, target), Output: f})
				if err != nil || stderr != "" {
					t.Fatalf("%s: an example renders without a warning: %v, %s", target, err, stderr)
				}
				return out
			}
			want := composedOf(t, show(Claim, Composed))
			if len(want.objects) == 0 || want.status == nil {
				t.Fatalf("nothing is composed, or no status is reported: %v", want)
			}
			for _, target := range targets[1:] {
				if diff := cmp.Diff(want, composedOf(t, show(target, Composed)), cmp.AllowUnexported(composed{})); diff != "" {
					t.Errorf("composed resources: -claim, +%s:\n%s", target, diff)
				}
				for _, f := range []Output{Tree, Manifests} {
					if diff := cmp.Diff(show(Claim, f), show(target, f)); diff != "" {
						t.Errorf("format %v: -claim, +%s:\n%s", f, target, diff)
					}
				}
			}
		})
	}
}

// TestTargetsAgreeObserved shows that the same state is reported in the same words under every target that has it.
func TestTargetsAgreeObserved(t *testing.T) {
	compared := 0
	for _, target := range []Target{Claim, Native} {
		for _, name := range stateNames(t, target) {
			if !slices.Contains(stateNames(t, Namespaced), name) {
				continue
			}
			compared++
			t.Run(string(target)+"/"+name, func(t *testing.T) {
				wantComposite, wantTree := runState(t, Namespaced, name)
				gotComposite, gotTree := runState(t, target, name)
				if diff := cmp.Diff(composedOf(t, wantComposite), composedOf(t, gotComposite), cmp.AllowUnexported(composed{})); diff != "" {
					t.Errorf("status: -namespaced, +%s:\n%s", target, diff)
				}
				if diff := cmp.Diff(wantTree, gotTree); diff != "" {
					t.Errorf("tree: -namespaced, +%s:\n%s", target, diff)
				}
			})
		}
	}
	if compared < 9 {
		t.Errorf("compared only %d states", compared)
	}
}

// composed is a preview without what a target adds.
type composed struct {
	// status is that of the composite.
	status any

	// objects are the composed ones by their keys, without Object around them and without Crossplane's metadata. Those of which nothing is desired are
	// left out, as the native target does not compose what it only observes.
	objects map[string]map[string]any
}

func composedOf(t *testing.T, preview string) composed {
	t.Helper()
	docs := documents(t, file(t, preview))
	if len(docs) == 0 {
		t.Fatalf("cannot read the preview:\n%s", preview)
	}
	out := composed{status: docs[0].Object["status"], objects: map[string]map[string]any{}}
	for _, d := range docs[1:] {
		key := keyOf(d)
		if key == "" || out.objects[key] != nil {
			t.Fatalf("a composed resource has no key of its own, but %q", key)
		}
		if o := unwrapped(t, d); !compose.IsNameOnly(o) {
			out.objects[key] = o
		}
	}
	return out
}

// unwrapped returns the object that a composed resource stands for.
func unwrapped(t *testing.T, d manifest.Document) map[string]any {
	t.Helper()
	o := d.Unstructured
	if o.GetKind() == "Object" && strings.HasPrefix(o.GetAPIVersion(), "kubernetes.") {
		manifest, found, err := unstructured.NestedMap(o.Object, "spec", "forProvider", "manifest")
		if err != nil || !found {
			t.Fatalf("Object %s has no manifest: %v", o.GetName(), err)
		}
		o = unstructured.Unstructured{Object: manifest}
	}
	unstructured.RemoveNestedField(o.Object, "metadata", "ownerReferences")
	unstructured.RemoveNestedField(o.Object, "metadata", "labels", "crossplane.io/composite")
	// The composite of a claim has a name of its own.
	for _, annotation := range []string{crossplane.AnnotationResourceName, names.AnnotationComposite} {
		unstructured.RemoveNestedField(o.Object, "metadata", "annotations", annotation)
	}
	if len(o.GetAnnotations()) == 0 {
		unstructured.RemoveNestedField(o.Object, "metadata", "annotations")
	}
	return o.Object
}
