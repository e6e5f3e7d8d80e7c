//go:build e2e

package e2e

import (
	"strings"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/novasphere/function-wukong/internal/wukongtest"
)

// TestRefused creates the example of each rule that the API server checks. It refuses the Wukong with the message of the rule. Unknown fields are
// refused by strict field validation, which is kubectl's default.
func TestRefused(t *testing.T) {
	t.Parallel()
	tenant := cluster.NewTenant(t)
	strict := client.WithFieldValidation(tenant.Cluster, metav1.FieldValidationStrict)
	for _, r := range wukongtest.Refused() {
		if r.FunctionAlone {
			continue
		}
		t.Run(r.ID, func(t *testing.T) {
			err := strict.Create(t.Context(), refusedWukong(tenant, &r))
			want := r.APIServerError()
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("want it refused with %q, got %v", want, err)
			}
		})
	}
	tenant.EventuallyHasOnly(t)
}

// TestRefusedByInput creates the example of each rule that depends on the Input, so that only the function can check it. The Wukong reports the
// path of the field, and no object is created.
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
			wukong.Eventually(t, "reports why it is refused", func(o Observed) bool { return refusedAt(o, r.At) && !o.True("Ready") })
			tenant.EventuallyHasOnly(t)
			wukong.Delete(t)
		})
	}
}

// refusedWukong returns a Wukong in the tenant's namespace with the spec of a refusal.
func refusedWukong(tenant *Tenant, r *wukongtest.Refusal) *unstructured.Unstructured {
	w := &unstructured.Unstructured{Object: wukongtest.Claim(r.Spec)}
	w.SetNamespace(tenant.Namespace)
	return w
}
