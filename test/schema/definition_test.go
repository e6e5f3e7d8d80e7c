package schema

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/crossplane/crossplane-runtime/v2/pkg/xcrd"
	xpv1 "github.com/crossplane/crossplane/apis/v2/apiextensions/v1"
	"github.com/google/go-cmp/cmp"
	"k8s.io/apiextensions-apiserver/pkg/apis/apiextensions"
	"k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/install"
	extv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/validation"
	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/yaml"
)

// root is the path of the repository.
const root = "../.."

// definitions returns the CustomResourceDefinitions that Crossplane derives from the CompositeResourceDefinitions of the configuration packages.
// It derives them with the code of Crossplane 2. The code of Crossplane 1 differs only in the fields that Crossplane adds.
func definitions() ([]*apiextensions.CustomResourceDefinition, error) {
	files, err := filepath.Glob(filepath.Join(root, "package", "*", "definition.yaml"))
	if err != nil {
		return nil, err
	}
	var out []*apiextensions.CustomResourceDefinition
	for _, file := range files {
		xrd, err := readDefinition(file)
		if err != nil {
			return nil, err
		}
		crds, err := derive(xrd)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}
		out = append(out, crds...)
	}
	return out, nil
}

// readDefinition returns the CompositeResourceDefinition in a file.
func readDefinition(file string) (*xpv1.CompositeResourceDefinition, error) {
	b, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	xrd := &xpv1.CompositeResourceDefinition{}
	if err := yaml.UnmarshalStrict(b, xrd); err != nil {
		return nil, err
	}
	// The API server sets the UID. The owner references of the derived definitions need it.
	xrd.SetUID("0")
	return xrd, nil
}

// derive returns the definition of the composite, and that of the claim if there is one.
func derive(xrd *xpv1.CompositeResourceDefinition) ([]*apiextensions.CustomResourceDefinition, error) {
	composite, err := xcrd.ForCompositeResource(xrd)
	if err != nil {
		return nil, err
	}
	derived := []*extv1.CustomResourceDefinition{composite}
	if xrd.Spec.ClaimNames != nil {
		claim, err := xcrd.ForCompositeResourceClaim(xrd)
		if err != nil {
			return nil, err
		}
		derived = append(derived, claim)
	}

	var out []*apiextensions.CustomResourceDefinition
	for _, crd := range derived {
		c, err := newInternal(crd)
		if err != nil {
			return nil, err
		}
		out = append(out, c)
	}
	return out, nil
}

// newInternal returns the internal version of a definition, as the API server has it after a create request.
func newInternal(crd *extv1.CustomResourceDefinition) (*apiextensions.CustomResourceDefinition, error) {
	scheme := runtime.NewScheme()
	install.Install(scheme)
	scheme.Default(crd)
	out := &apiextensions.CustomResourceDefinition{}
	if err := scheme.Convert(crd, out, nil); err != nil {
		return nil, err
	}
	// The strategy of the API server does so when a client creates a definition.
	for _, v := range out.Spec.Versions {
		if v.Storage {
			out.Status.StoredVersions = append(out.Status.StoredVersions, v.Name)
		}
	}
	return out, nil
}

// TestDefinitions shows that an API server accepts the definitions. Their schemas are structural, their rules compile, and the estimated cost of
// each rule is within the limit of the API server.
func TestDefinitions(t *testing.T) {
	crds, err := definitions()
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]int{}
	for _, crd := range crds {
		got[crd.GetName()+" "+string(crd.Spec.Scope)]++
	}
	want := map[string]int{"xwukongs.vm.novasphere.dev Cluster": 1, "wukongs.vm.novasphere.dev Namespaced": 3}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("definitions of the composite, of its claim, and of the two namespaced composites: -want, +got:\n%s", diff)
	}
	for _, crd := range crds {
		t.Run(crd.GetName(), func(t *testing.T) {
			for _, err := range validation.ValidateCustomResourceDefinition(context.Background(), crd) {
				t.Error(err)
			}
		})
	}
}
