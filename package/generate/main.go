// Command generate writes what follows from the Go types of the API and of the Input, and from the table of rules: the
// CompositeResourceDefinitions of the configurations, the CustomResourceDefinitions of the function package's inputs, JSON Schemas of both, the
// structure by which the function validates, the reference of the API and the rules in the chapter on troubleshooting.
//
// It takes the root of the repository as its only argument. The result depends on the Go types alone, so that running it
// again changes nothing.
package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"sigs.k8s.io/controller-tools/pkg/crd"
	crdmarkers "sigs.k8s.io/controller-tools/pkg/crd/markers"
	"sigs.k8s.io/controller-tools/pkg/loader"
	"sigs.k8s.io/controller-tools/pkg/markers"
	"sigs.k8s.io/yaml"

	"golang.org/x/tools/go/packages"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
	"github.com/novasphere/function-wukong/input/v1beta1"
)

// apiPackage is the package of the API of Wukongs, whose types the Input has, too.
const apiPackage = "github.com/novasphere/function-wukong/fn/api/v1alpha1"

// composition is the Composition that serves all Wukongs, whatever they name.
const composition = "wukong"

const header = "# Written by make generate from the Go types in %s. Do not edit.\n"

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "generate:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	if len(args) != 1 {
		return errors.New("usage: generate ROOT")
	}
	root, err := filepath.Abs(args[0])
	if err != nil {
		return err
	}

	api, err := definition(root, "./fn/api/v1alpha1", schema.GroupKind{Group: v1alpha1.Group, Kind: v1alpha1.Kind})
	if err != nil {
		return err
	}
	for dir, definition := range map[string]map[string]any{
		"configuration":            claimedXRD(api),
		"configuration-namespaced": namespacedXRD(api),
	} {
		if err := write(root, filepath.Join("package", dir, "definition.yaml"), "fn/api/v1alpha1", definition); err != nil {
			return err
		}
	}

	for file, kind := range map[string]string{"input.yaml": v1beta1.Kind, "action.yaml": v1beta1.KindAction} {
		input, err := definition(root, "./input/v1beta1", schema.GroupKind{Group: v1beta1.Group, Kind: kind})
		if err != nil {
			return err
		}
		if err := write(root, filepath.Join("package/function", file), "input/v1beta1", manifest(input)); err != nil {
			return err
		}
		if err := writeJSONSchema(root, input, nil); err != nil {
			return err
		}
	}
	if err := writeJSONSchema(root, api, fieldsOfCrossplane()); err != nil {
		return err
	}
	if err := writeReference(root, "docs/api.md"); err != nil {
		return err
	}
	forms, err := writeStructure(root, "internal/validation/zz_generated.schema.go")
	if err != nil {
		return err
	}
	return writeRules(root, "docs/troubleshooting.md", forms)
}

// definition is the CustomResourceDefinition of a kind, as its Go types and their markers describe it.
func definition(root, path string, gk schema.GroupKind) (*apiextensionsv1.CustomResourceDefinition, error) {
	roots, err := loader.LoadRootsWithConfig(&packages.Config{Dir: root}, path)
	if err != nil {
		return nil, err
	}
	parser, err := newParser(roots)
	if err != nil {
		return nil, err
	}
	parser.NeedCRDFor(gk, nil)
	if loader.PrintErrors(roots, packages.TypeError) {
		return nil, fmt.Errorf("cannot derive the schema of %s", gk)
	}
	d := parser.CustomResourceDefinitions[gk]
	crd.FixTopLevelMetadata(d)
	return &d, nil
}

// newParser reads the Go types of packages.
func newParser(roots []*loader.Package) (*crd.Parser, error) {
	registry := &markers.Registry{}
	if err := crdmarkers.Register(registry); err != nil {
		return nil, err
	}
	if err := registerMarkers(registry); err != nil {
		return nil, err
	}
	parser := &crd.Parser{Collector: &markers.Collector{Registry: registry}, Checker: &loader.TypeChecker{NodeFilters: []loader.NodeFilter{crd.Generator{}.CheckFilter()}}}
	crd.AddKnownTypes(parser)
	pkgs := map[*loader.Package]bool{}
	for _, r := range roots {
		pkgs[r] = true
		if api := r.Imports()[apiPackage]; api != nil {
			pkgs[api] = true
		}
	}
	for pkg := range pkgs {
		if err := addRules(parser, pkg); err != nil {
			return nil, err
		}
	}
	return parser, nil
}

// manifest is the CustomResourceDefinition without what only a running API server fills in.
func manifest(d *apiextensionsv1.CustomResourceDefinition) map[string]any {
	return map[string]any{
		"apiVersion": "apiextensions.k8s.io/v1",
		"kind":       "CustomResourceDefinition",
		"metadata":   map[string]any{"name": d.Name},
		"spec":       d.Spec,
	}
}

// claimedXRD is the CompositeResourceDefinition of the cluster-scoped XWukong, claimed as a Wukong.
func claimedXRD(d *apiextensionsv1.CustomResourceDefinition) map[string]any {
	return xrd("apiextensions.crossplane.io/v1", "x"+d.Spec.Names.Plural, d, map[string]any{
		"names":                        map[string]any{"kind": "X" + d.Spec.Names.Kind, "plural": "x" + d.Spec.Names.Plural},
		"claimNames":                   namesOf(d),
		"defaultCompositeDeletePolicy": "Foreground",
	})
}

// namespacedXRD is the CompositeResourceDefinition of the Wukong that is a composite itself.
func namespacedXRD(d *apiextensionsv1.CustomResourceDefinition) map[string]any {
	return xrd("apiextensions.crossplane.io/v2", d.Spec.Names.Plural, d, map[string]any{"names": namesOf(d), "scope": "Namespaced"})
}

func namesOf(d *apiextensionsv1.CustomResourceDefinition) map[string]any {
	return map[string]any{"kind": d.Spec.Names.Kind, "plural": d.Spec.Names.Plural, "shortNames": d.Spec.Names.ShortNames}
}

// xrd is the CompositeResourceDefinition with a plural name and a spec to which the group and the schema of a definition are added. Crossplane adds its own
// fields and columns, AGE among them.
func xrd(apiVersion, name string, d *apiextensionsv1.CustomResourceDefinition, spec map[string]any) map[string]any {
	v := d.Spec.Versions[0]
	schema := v.Schema.OpenAPIV3Schema.DeepCopy()
	for _, added := range []string{"apiVersion", "kind", "metadata"} {
		delete(schema.Properties, added)
	}
	spec["group"] = d.Spec.Group
	// Whoever may write a Wukong would choose its settings otherwise.
	spec["enforcedCompositionRef"] = map[string]any{"name": composition}
	spec["versions"] = []any{map[string]any{
		"name":                     v.Name,
		"served":                   true,
		"referenceable":            true,
		"additionalPrinterColumns": v.AdditionalPrinterColumns,
		"schema":                   map[string]any{"openAPIV3Schema": schema},
	}}
	return map[string]any{
		"apiVersion": apiVersion,
		"kind":       "CompositeResourceDefinition",
		"metadata":   map[string]any{"name": name + "." + d.Spec.Group},
		"spec":       spec,
	}
}

func write(root, path, source string, o any) error {
	y, err := yaml.Marshal(o)
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(root, path), fmt.Appendf(nil, header+"%s", source, y), 0o644) //nolint:gosec // Everybody may read the repository.
}
