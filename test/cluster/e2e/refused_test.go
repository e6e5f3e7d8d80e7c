//go:build e2e

package e2e

import (
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/novasphere/function-wukong/internal/wukongtest"
)

// TestRefused applies what the API server refuses by itself: the example of each rule.
func TestRefused(t *testing.T) {
	t.Parallel()
	tenant := cluster.NewTenant(t)
	for _, r := range wukongtest.Refused() {
		if r.FunctionAlone {
			continue
		}
		t.Run(r.ID, func(t *testing.T) {
			err := tenant.Create(t.Context(), refusedWukong(tenant, &r))
			want := r.APIServerError()
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("want it refused with %q, got %v", want, err)
			}
		})
	}
	tenant.EventuallyHasOnly(t)
}

// TestRefusedByInput applies what only the function can refuse, as it depends on its Input. The claim says so, with the path of the
// field, and nothing is made.
func TestRefusedByInput(t *testing.T) {
	t.Parallel()
	for _, r := range wukongtest.RefusedByInput() {
		t.Run(r.ID, func(t *testing.T) {
			t.Parallel()
			tenant := cluster.NewTenant(t)
			if err := tenant.Create(t.Context(), refusedWukong(tenant, &r)); err != nil {
				t.Fatal(err)
			}
			wukong := &Wukong{Tenant: tenant, Name: wukongtest.Name}
			wukong.Eventually(t, "says why it is refused", func(o Observed) bool { return refusedAt(o, r.At) && !o.True("Ready") })
			tenant.EventuallyHasOnly(t)
			wukong.Delete(t)
		})
	}
}

// refusedWukong returns the Wukong of a tenant with a spec that is refused.
func refusedWukong(tenant *Tenant, r *wukongtest.Refusal) *unstructured.Unstructured {
	w := &unstructured.Unstructured{Object: wukongtest.Claim(r.Spec)}
	w.SetNamespace(tenant.Namespace)
	return w
}
