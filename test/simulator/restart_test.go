package simulator

import (
	"testing"

	"pgregory.net/rapid"

	"github.com/novasphere/function-wukong/internal/wukongtest"
)

// TestRestart asks for restarts while Crossplane, the provider and the cluster look when they like: no instance goes that was not asked to,
// every one goes that was, and another runs in the end.
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
	was, asked := w.instance(), ""

	t.Repeat(map[string]func(*rapid.T){
		"restart": func(t *rapid.T) {
			if was == "" {
				t.Skip("nothing runs")
			}
			w.x.restart, asked = was, was
		},
		"reconcile": func(t *rapid.T) {
			w.compose(w.ask(t, w.x.request(nil)), rapid.SampledFrom([]int{1000, 0, 1, 2}).Draw(t, "applied"), rapid.Bool().Draw(t, "backwards"))
		},
		"provide": w.provide,
		"run":     func(*rapid.T) { w.cluster.Run() },
		"": func(t *rapid.T) {
			is := w.instance()
			if is != was && was != "" && was != asked {
				t.Fatalf("instance %s is gone, and only %q was to go", was, asked)
			}
			was = is
		},
	})
	w.settle(t)
	if is := w.instance(); is == "" || is == asked {
		t.Fatalf("instance %q was to be restarted, and now %q runs", asked, is)
	}
}

// instance is the UID of the instance that runs; empty while none does.
func (w *world) instance() string {
	if vmi := w.cluster.things[id{kindVMI, wukongtest.Name}]; vmi != nil {
		return vmi.uid
	}
	return ""
}
