//go:build e2e

package e2e

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/yaml"

	"github.com/novasphere/function-wukong/internal/wukongtest"
)

// TestRefused applies what the API server refuses by itself, each with the path of its field.
func TestRefused(t *testing.T) {
	t.Parallel()
	tenant := cluster.NewTenant(t)
	for _, m := range manifests(t, "test/refused/*.yaml") {
		t.Run(m.file, func(t *testing.T) {
			m.SetNamespace(tenant.Namespace)
			err := tenant.Create(t.Context(), &m.Unstructured)
			if err == nil || !strings.Contains(err.Error(), m.field) {
				t.Errorf("want it refused at %s, got %v", m.field, err)
			}
		})
	}
	tenant.EventuallyHas(t)
}

// TestRefusedByInput applies what only the function can refuse, as it depends on its Input. The claim says so, with the path of the
// field, and nothing is made.
func TestRefusedByInput(t *testing.T) {
	t.Parallel()
	for _, m := range manifests(t, "test/refused/by-input/*.yaml") {
		t.Run(m.file, func(t *testing.T) {
			t.Parallel()
			tenant := cluster.NewTenant(t)
			m.SetNamespace(tenant.Namespace)
			if err := tenant.Create(t.Context(), &m.Unstructured); err != nil {
				t.Fatal(err)
			}
			claim := &Claim{Tenant: tenant, Name: m.GetName()}
			claim.Eventually(t, "says why it is refused", func(s Sight) bool { return refusedAt(s, m.field) && !s.True("Ready") })
			tenant.EventuallyHas(t)
			claim.Delete(t)
		})
	}
}

// A manifest of a Wukong that is refused.
type manifest struct {
	unstructured.Unstructured

	// File that it is in, and the field that its first line names.
	file, field string
}

// manifests are those in the files of this repository that match a pattern.
func manifests(t *testing.T, pattern string) []*manifest {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(repository, pattern))
	if err != nil || len(files) == 0 {
		t.Fatalf("no file matches %s: %v", pattern, err)
	}
	var out []*manifest
	for _, f := range files {
		b, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		m := &manifest{file: filepath.Base(f), field: wukongtest.RefusedAt(b)}
		if err := yaml.Unmarshal(b, &m.Object); err != nil {
			t.Fatal(err)
		}
		if m.field == "" {
			t.Fatalf("the first line of %s must be: # Refused at FIELD: REASON", f)
		}
		out = append(out, m)
	}
	return out
}
