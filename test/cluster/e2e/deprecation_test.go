//go:build e2e

package e2e

import (
	"os"
	"path/filepath"
	"sync"
	"testing"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/yaml"
)

// TestDeprecations shows that Crossplane 2 warns of nothing that the configurations for it install, nor of their Wukongs. Of the one with
// claims it does.
func TestDeprecations(t *testing.T) {
	t.Parallel()
	if *crossplaneVersion == "1.20" {
		t.Skip("Crossplane 1.20 warns of nothing yet")
	}
	folder := "configuration-" + *target
	if *target == targetClaim {
		folder = "configuration"
	}
	namespace := cluster.NewTenant(t).Namespace

	heard := &warnings{}
	config := rest.CopyConfig(cluster.config)
	config.WarningHandler = heard
	c, err := client.New(config, client.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range []string{"package/" + folder + "/definition.yaml", "package/" + folder + "/composition.yaml", "examples/minimal/wukong.yaml"} {
		b, err := os.ReadFile(filepath.Join(repository, file))
		if err != nil {
			t.Fatal(err)
		}
		o := &unstructured.Unstructured{}
		if err := yaml.Unmarshal(b, &o.Object); err != nil {
			t.Fatal(err)
		}
		if o.GetNamespace() != "" {
			o.SetNamespace(namespace)
		}
		if err := c.Patch(t.Context(), o, client.Apply, client.DryRunAll, client.ForceOwnership, client.FieldOwner("kubectl")); err != nil { //nolint:staticcheck // As kubectl applies a file.
			t.Errorf("%s cannot be applied: %v", file, err)
		}
	}
	if warned := len(heard.texts) > 0; warned != (*target == targetClaim) {
		t.Errorf("target %s: warnings: %q", *target, heard.texts)
	}
}

// warnings that the API server gives with its answers.
type warnings struct {
	mu    sync.Mutex
	texts []string
}

// HandleWarningHeader takes one up.
func (w *warnings) HandleWarningHeader(_ int, _, text string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.texts = append(w.texts, text)
}
