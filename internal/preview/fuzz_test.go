package preview

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/runtime"
	"pgregory.net/rapid"

	"github.com/novasphere/function-wukong/internal/manifest"
	"github.com/novasphere/function-wukong/internal/wukongtest"
)

// FuzzPreview shows that no file makes a preview panic.
func FuzzPreview(f *testing.F) {
	for _, target := range []Target{Claim, Namespaced, Native} {
		for _, name := range []string{"importing", "running", "stopped"} {
			observed := readRoot(f, "examples/observed/"+string(target)+"/"+name+".yaml")
			wukong := readRoot(f, "examples/"+wukongtest.ExampleOf(observed)+"/wukong.yaml")
			f.Add(string(wukong), string(target), string(observed), string(readRoot(f, "examples/required/running.yaml")))
		}
	}
	f.Fuzz(func(t *testing.T, wukong, target, observed, required string) {
		previewed(t, Command{Options: Options{Files: []string{file(t, wukong)}, Target: Target(target), Observed: file(t, observed), Required: file(t, required)}})
	})
}

// previewed runs a preview in every format. Its output does not matter.
func previewed(t *testing.T, c Command) {
	t.Helper()
	for _, c.Output = range []Output{Composed, Manifests, Tree} {
		_, _, _ = run(t, c)
	}
}

// disturbed generates the resources of an observed state with something wrong, or hostile, in a few places.
func disturbed(s state) *rapid.Generator[state] {
	return rapid.Custom(func(t *rapid.T) state {
		out := slices.Clone(s)
		for range rapid.IntRange(1, 4).Draw(t, "places") {
			i := rapid.IntRange(0, len(out)-1).Draw(t, "resource")
			out[i].Object = runtime.DeepCopyJSON(out[i].Object)
			within := rapid.SampledFrom(slices.Sorted(maps.Keys(out[i].Object))).Draw(t, "within")
			part, ok := out[i].Object[within].(map[string]any)
			if !ok {
				continue
			}
			out[i].Object[within] = wukongtest.Break(part).Draw(t, "broken").Spec
		}
		return out
	})
}

// FuzzObserved shows that no observed object makes a preview panic, whatever its shape: immutable fields of a desired object are the observed
// ones.
func FuzzObserved(f *testing.F) {
	states := observedStates(f)
	f.Fuzz(rapid.MakeFuzz(func(t *rapid.T) { previewDisturbed(t, states) }))
}

// TestDisturbed runs a small part of FuzzObserved.
func TestDisturbed(t *testing.T) {
	states := observedStates(t)
	rapid.Check(t, func(t *rapid.T) { previewDisturbed(t, states) })
}

// An observedState is an observed state of an example, with the required objects.
type observedState struct {
	target   Target
	example  string
	required string
	state    state
}

func observedStates(t rapid.TB) []observedState {
	t.Helper()
	var out []observedState
	for _, target := range []Target{Claim, Namespaced, Native} {
		for _, name := range []string{"importing", "running", "stopped"} {
			path := "examples/observed/" + string(target) + "/" + name + ".yaml"
			b := readRoot(t, path)
			s := observedState{target, inRoot("examples/" + wukongtest.ExampleOf(b) + "/wukong.yaml"), inRoot(wukongtest.RequiredBy(b)), readState(t, path)}
			out = append(out, s)
			if target != Native {
				s.state = s.state.withClaim(t, "40Gi").handedOver(t, "vm").handedOver(t, "disk-system")
				out = append(out, s)
			}
		}
	}
	return out
}

func previewDisturbed(t *rapid.T, states []observedState) {
	s := states[rapid.IntRange(0, len(states)-1).Draw(t, "state")]
	observed := disturbed(s.state).Draw(t, "observed").documents(t)
	for _, format := range []Output{Composed, Manifests, Tree} {
		c := Command{Options: Options{Files: []string{s.example}, Target: s.target, Observed: "-", Required: s.required, Stdin: strings.NewReader(observed)}, Output: format}
		var out, errs strings.Builder
		c.Stdout, c.Problems = &out, manifest.Printer{Writer: &errs}
		// Only a panic matters.
		_ = c.Run(t.Context())
	}
}
