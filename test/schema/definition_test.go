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

// root of the repository.
const root = "../.."

// definitions are the CustomResourceDefinitions that Crossplane derives from the CompositeResourceDefinitions of the
// configuration packages. They come from the code with which Crossplane 2 derives them; that of Crossplane 1 is the same but for
// the fields that Crossplane adds.
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

func readDefinition(file string) (*xpv1.CompositeResourceDefinition, error) {
	b, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	xrd := &xpv1.CompositeResourceDefinition{}
	if err := yaml.UnmarshalStrict(b, xrd); err != nil {
		return nil, err
	}
	// Its own API server gives it one, and the owner references that follow from it do not do without.
	xrd.SetUID("0")
	return xrd, nil
}

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
		c, err := internal(crd)
		if err != nil {
			return nil, err
		}
		out = append(out, c)
	}
	return out, nil
}

// internal is a definition as the API server has it in memory after a create request.
func internal(crd *extv1.CustomResourceDefinition) (*apiextensions.CustomResourceDefinition, error) {
	scheme := runtime.NewScheme()
	install.Install(scheme)
	scheme.Default(crd)
	out := &apiextensions.CustomResourceDefinition{}
	if err := scheme.Convert(crd, out, nil); err != nil {
		return nil, err
	}
	// As the strategy of the API server does when a definition is created.
	for _, v := range out.Spec.Versions {
		if v.Storage {
			out.Status.StoredVersions = append(out.Status.StoredVersions, v.Name)
		}
	}
	return out, nil
}

// TestDefinitions shows that an API server takes the definitions: their schemas are structural, their rules compile, and what a
// rule may cost at most is within what the API server allows.
func TestDefinitions(t *testing.T) {
	crds, err := definitions()
	if err != nil {
		t.Fatal(err)
	}
	scopes := map[string]int{}
	for _, crd := range crds {
		scopes[crd.GetName()+" "+string(crd.Spec.Scope)]++
	}
	want := map[string]int{"xwukongs.vm.novasphere.dev Cluster": 1, "wukongs.vm.novasphere.dev Namespaced": 3}
	if diff := cmp.Diff(want, scopes); diff != "" {
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
