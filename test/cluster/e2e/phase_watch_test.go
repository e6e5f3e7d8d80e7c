//go:build e2e

package e2e

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/watch"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
)

// startPhases are the phases of a Wukong that starts without failure. A watch may miss the first.
var startPhases = []v1alpha1.Phase{v1alpha1.PhasePending, v1alpha1.PhaseCreating, v1alpha1.PhaseRunning}

// Phases starts to watch the tenant's Wukong. The returned function waits until the watch has seen a phase, which the Wukong has already, stops the
// watch, and returns the phases so far, in order.
func (n *Tenant) Phases(t *testing.T) func(last v1alpha1.Phase) []v1alpha1.Phase {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	start := func() (watch.Interface, error) {
		all := &unstructured.UnstructuredList{}
		all.SetGroupVersionKind(wukongGVK)
		return n.Watch(ctx, all, client.InNamespace(n.Namespace))
	}
	w, err := start()
	if err != nil {
		t.Fatal(err)
	}
	var out []v1alpha1.Phase
	var lock sync.Mutex
	done := make(chan struct{})
	go func() {
		defer close(done)
		// The API server ends a watch when the CustomResourceDefinition changes, as it does when Crossplane starts.
		for err == nil && ctx.Err() == nil {
			for e := range w.ResultChan() {
				o, ok := e.Object.(*unstructured.Unstructured)
				if !ok {
					continue
				}
				lock.Lock()
				phase, _, _ := unstructured.NestedString(o.Object, "status", "phase")
				if phase != "" && (len(out) == 0 || out[len(out)-1] != v1alpha1.Phase(phase)) {
					out = append(out, v1alpha1.Phase(phase))
					message, _, _ := unstructured.NestedString(o.Object, "status", "message")
					logf(t, "%s/%s is %s: %s", n.Namespace, o.GetName(), phase, message)
				}
				lock.Unlock()
			}
			w, err = start()
		}
	}()
	return func(last v1alpha1.Phase) []v1alpha1.Phase {
		eventually(t, "the watch has seen phase "+string(last), func() error {
			lock.Lock()
			defer lock.Unlock()
			if !slices.Contains(out, last) {
				return fmt.Errorf("it has seen %q", out)
			}
			return nil
		})
		stop()
		<-done
		return out
	}
}
