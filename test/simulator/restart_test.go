package simulator

import (
	"testing"

	"pgregory.net/rapid"

	"github.com/novasphere/function-wukong/internal/wukongtest"
)

// TestRestart requests restarts while Crossplane, the provider and the cluster reconcile at random. Only instances for which a restart was
// requested are deleted, and each of them is replaced in the end.
func TestRestart(t *testing.T) {
	for _, target := range []string{targetClaim, targetNamespaced, targetNative} {
		t.Run(target, func(t *testing.T) {
			t.Parallel()
			rapid.Check(t, func(t *rapid.T) { restart(t, newWorld(target)) })
		})
	}
}

func restart(t *rapid.T, w *world) {
	w.x.spec["startStrategy"] = object{"runStrategy": rapid.SampledFrom([]any{"Always", "Once", "RerunOnFailure"}).Draw(t, "strategy")}
	w.settle(t)
	previous, requested := w.instanceUID(), ""

	t.Repeat(map[string]func(*rapid.T){
		"restart": func(t *rapid.T) {
			if previous == "" {
				t.Skip("no instance runs")
			}
			w.x.restart, requested = previous, previous
		},
		"reconcile": func(t *rapid.T) {
			w.compose(w.runFunction(t, w.x.request(nil)), rapid.SampledFrom([]int{1000, 0, 1, 2}).Draw(t, "applied"), rapid.Bool().Draw(t, "backwards"))
		},
		"provider": w.runProvider,
		"run":      func(*rapid.T) { w.cluster.Run() },
		"": func(t *rapid.T) {
			current := w.instanceUID()
			if current != previous && previous != "" && previous != requested {
				t.Fatalf("instance %s was deleted, and a restart was requested only of %q", previous, requested)
			}
			previous = current
		},
	})
	w.settle(t)
	if current := w.instanceUID(); current == "" || current == requested {
		t.Fatalf("a restart of instance %q was requested, and instance %q runs", requested, current)
	}
}

// instanceUID returns the UID of the running instance; empty if there is none.
func (w *world) instanceUID() string {
	if vmi := w.cluster.objects[id{kindVMI, wukongtest.Name}]; vmi != nil {
		return vmi.uid
	}
	return ""
}
