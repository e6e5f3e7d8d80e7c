//go:build e2e

package e2e

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	extv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/yaml"
)

// TestMigrate moves a claim to a namespaced Wukong: its disks are retained, the configuration is exchanged, and the same manifest finds
// them again. It needs a control plane for itself, as the configuration is that of every tenant.
func TestMigrate(t *testing.T) {
	if *to == "" {
		t.Skip("there is no target to move to: -to")
	}
	tenant := cluster.NewTenant(t)
	asked := with(imported("system", retained), empty("data", retained))
	claim := tenant.Apply(t, "minimal", asked)
	claim.EventuallyRuns(t)
	system, data := claim.PVC(t, "system"), claim.PVC(t, "data")
	claim.Delete(t)
	left := []string{"DataVolume/" + system.Name, "PersistentVolumeClaim/" + system.Name, "PersistentVolumeClaim/" + data.Name}
	tenant.EventuallyHas(t, left...)

	cluster.uninstall(t, "configuration")
	*target = *to
	cluster.install(t, "configuration-"+*to)

	if *to == targetNative {
		asked = with(imported("system"), empty("data"))
		left = nil
	}
	moved := tenant.Apply(t, "minimal", asked)
	moved.EventuallyRuns(t)
	tenant.GoesOnWith(t, system)
	tenant.GoesOnWith(t, data)
	moved.Delete(t)
	tenant.EventuallyHas(t, left...)
}

// install the definition and the Composition of a configuration.
func (c *Cluster) install(t *testing.T, configuration string) {
	t.Helper()
	for _, o := range packaged(t, configuration) {
		if err := c.Create(t.Context(), o); err != nil {
			t.Fatal(err)
		}
	}
	eventually(t, "the API server serves Wukongs", func() error {
		crd, err := c.wukongs(t)
		if err != nil {
			return err
		}
		for _, condition := range crd.Status.Conditions {
			if condition.Type == extv1.Established && condition.Status == extv1.ConditionTrue {
				return nil
			}
		}
		return errors.New("it is not established")
	})
}

// uninstall them, and wait until Wukongs are not served any more.
func (c *Cluster) uninstall(t *testing.T, configuration string) {
	t.Helper()
	for _, o := range packaged(t, configuration) {
		if err := c.Delete(t.Context(), o); err != nil {
			t.Fatal(err)
		}
	}
	eventually(t, "nobody serves Wukongs", func() error {
		_, err := c.wukongs(t)
		if apierrors.IsNotFound(err) {
			return nil
		}
		return fmt.Errorf("they are served: %w", err)
	})
}

func (c *Cluster) wukongs(t *testing.T) (*extv1.CustomResourceDefinition, error) {
	crd := &extv1.CustomResourceDefinition{}
	return crd, c.Get(t.Context(), types.NamespacedName{Name: "wukongs.vm.novasphere.dev"}, crd)
}

// packaged are the definition and the Composition of a configuration.
func packaged(t *testing.T, configuration string) []client.Object {
	t.Helper()
	var out []client.Object
	for _, file := range []string{"definition.yaml", "composition.yaml"} {
		b, err := os.ReadFile(filepath.Join(repository, "package", configuration, file))
		if err != nil {
			t.Fatal(err)
		}
		o := &unstructured.Unstructured{}
		if err := yaml.Unmarshal(b, &o.Object); err != nil {
			t.Fatal(err)
		}
		out = append(out, o)
	}
	return out
}
