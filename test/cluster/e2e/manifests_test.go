//go:build e2e

package e2e

import (
	"path/filepath"
	"slices"
	"testing"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/yaml"

	"github.com/novasphere/function-wukong/test/cluster/plane"
)

// productionObjects returns the objects in a file of examples/production.
func productionObjects(t *testing.T, file string) []*unstructured.Unstructured {
	t.Helper()
	return readObjects(t, filepath.Join("examples", "production", file))
}

// readObjects returns the objects in a file of this repository.
func readObjects(t *testing.T, file string) []*unstructured.Unstructured {
	t.Helper()
	objects, err := plane.ReadObjects(filepath.Join(repository, file))
	if err != nil {
		t.Fatal(err)
	}
	return objects
}

// findKind returns the first object of a kind. The test fails if there is none.
func findKind(t *testing.T, objects []*unstructured.Unstructured, kind string) *unstructured.Unstructured {
	t.Helper()
	i := slices.IndexFunc(objects, func(o *unstructured.Unstructured) bool { return o.GetKind() == kind })
	if i < 0 {
		t.Fatalf("there is no %s", kind)
	}
	return objects[i]
}

// decodeStrict converts a decoded object, or a part of one, to a type. Unknown fields fail the test.
func decodeStrict(t *testing.T, from, to any) {
	t.Helper()
	b, err := yaml.Marshal(from)
	if err != nil {
		t.Fatal(err)
	}
	if err := yaml.UnmarshalStrict(b, to); err != nil {
		t.Fatal(err)
	}
}

// serverSideApply applies an object as kubectl apply --server-side --force-conflicts does.
func serverSideApply(t *testing.T, c client.Client, o client.Object, options ...client.PatchOption) error {
	t.Helper()
	options = append(options, client.FieldOwner("kubectl"), client.ForceOwnership)
	return c.Patch(t.Context(), o, client.Apply, options...) //nolint:staticcheck // client.Client.Apply takes apply configurations.
}
