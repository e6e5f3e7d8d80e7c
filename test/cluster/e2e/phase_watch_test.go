//go:build e2e

package e2e

import (
	"context"
	"testing"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/watch"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
)

// life are the phases of something that is made and does not fail. The first may be over before it shows.
var startPhases = []v1alpha1.Phase{v1alpha1.PhasePending, v1alpha1.PhaseCreating, v1alpha1.PhaseRunning}

// Phases begins to watch the tenant's claim, and returns what tells the phases that it has had, in order.
func (n *Tenant) Phases(t *testing.T) func() []v1alpha1.Phase {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	look := func() (watch.Interface, error) {
		all := &unstructured.UnstructuredList{}
		all.SetGroupVersionKind(wukongGVK)
		return n.Watch(ctx, all, client.InNamespace(n.Namespace))
	}
	w, err := look()
	if err != nil {
		t.Fatal(err)
	}
	var out []v1alpha1.Phase
	done := make(chan struct{})
	go func() {
		defer close(done)
		// The API server ends a watch when the definition of what is watched changes, as Crossplane does when it starts.
		for err == nil && ctx.Err() == nil {
			for e := range w.ResultChan() {
				o, ok := e.Object.(*unstructured.Unstructured)
				if !ok {
					continue
				}
				is, _, _ := unstructured.NestedString(o.Object, "status", "phase")
				if is != "" && (len(out) == 0 || out[len(out)-1] != v1alpha1.Phase(is)) {
					out = append(out, v1alpha1.Phase(is))
					why, _, _ := unstructured.NestedString(o.Object, "status", "message")
					logf(t, "%s/%s is %s: %s", n.Namespace, o.GetName(), is, why)
				}
			}
			w, err = look()
		}
	}()
	return func() []v1alpha1.Phase {
		stop()
		<-done
		return out
	}
}
