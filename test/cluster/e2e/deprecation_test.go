//go:build e2e

package e2e

import (
	"sync"
	"testing"

	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// TestDeprecations shows that Crossplane 2 warns of no deprecated API in the configurations for it and in their Wukongs. It does so for the
// configuration of target claim.
func TestDeprecations(t *testing.T) {
	t.Parallel()
	if cluster.set(t).HasClaimsAlone() {
		t.Skip("Crossplane 1 deprecates nothing of this")
	}
	folder := "configuration-" + *target
	if *target == targetClaim {
		folder = "configuration"
	}
	namespace := cluster.NewTenant(t).Namespace

	received := &warnings{}
	config := rest.CopyConfig(cluster.config)
	config.WarningHandler = received
	c, err := client.New(config, client.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range []string{"package/" + folder + "/definition.yaml", "package/" + folder + "/composition.yaml", "examples/minimal/wukong.yaml"} {
		o := readObjects(t, file)[0]
		if o.GetNamespace() != "" {
			o.SetNamespace(namespace)
		}
		if err := serverSideApply(t, c, o, client.DryRunAll); err != nil {
			t.Errorf("%s cannot be applied: %v", file, err)
		}
	}
	if warned := len(received.texts) > 0; warned != (*target == targetClaim) {
		t.Errorf("target %s: warnings: %q", *target, received.texts)
	}
}

// warnings collects the warnings in responses of the API server.
type warnings struct {
	mu    sync.Mutex
	texts []string
}

// HandleWarningHeader adds a warning.
func (w *warnings) HandleWarningHeader(_ int, _, text string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.texts = append(w.texts, text)
}
