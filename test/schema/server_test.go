package schema

import (
	"bytes"
	"context"
	"errors"
	"fmt"

	"k8s.io/apiextensions-apiserver/pkg/apis/apiextensions"
	structuralschema "k8s.io/apiextensions-apiserver/pkg/apiserver/schema"
	structuraldefaulting "k8s.io/apiextensions-apiserver/pkg/apiserver/schema/defaulting"
	structuralpruning "k8s.io/apiextensions-apiserver/pkg/apiserver/schema/pruning"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/validation"
	"k8s.io/apiextensions-apiserver/pkg/registry/customresource"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	runtimeschema "k8s.io/apimachinery/pkg/runtime/schema"
	utiljson "k8s.io/apimachinery/pkg/util/json"
)

// A server answers requests to create custom resources, as an API server does on which the definitions are installed, and
// whose clients ask it for strict validation of fields, as kubectl does. Where several definitions are of one kind, of which a cluster has
// one installed, they must agree.
type server map[runtimeschema.GroupVersionKind][]resource

// A resource is what the API server keeps for one version of a definition.
type resource struct {
	structural *structuralschema.Structural
	validate   func(ctx context.Context, o runtime.Object) error
}

// newServer returns a server that knows the definitions.
func newServer(crds ...*apiextensions.CustomResourceDefinition) (server, error) {
	s := server{}
	for _, crd := range crds {
		for _, v := range crd.Spec.Versions {
			gvk := runtimeschema.GroupVersionKind{Group: crd.Spec.Group, Version: v.Name, Kind: crd.Spec.Names.Kind}
			r, err := newResource(gvk, crd)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", gvk, err)
			}
			s[gvk] = append(s[gvk], r)
		}
	}
	return s, nil
}

func newResource(gvk runtimeschema.GroupVersionKind, crd *apiextensions.CustomResourceDefinition) (resource, error) {
	v, err := apiextensions.GetSchemaForVersion(crd, gvk.Version)
	if err != nil {
		return resource{}, err
	}
	validator, _, err := validation.NewSchemaValidator(v.OpenAPIV3Schema)
	if err != nil {
		return resource{}, err
	}
	structural, err := structuralschema.NewStructural(v.OpenAPIV3Schema)
	if err != nil {
		return resource{}, err
	}
	namespaced := crd.Spec.Scope == apiextensions.NamespaceScoped
	strategy := customresource.NewStrategy(nil, namespaced, gvk, validator, nil, structural, nil, nil, nil)
	return resource{
		structural: structural,
		validate: func(ctx context.Context, o runtime.Object) error {
			return strategy.Validate(ctx, o).ToAggregate()
		},
	}, nil
}

// create says why the API server would refuse an object; nil where it would not. The object stays as it is.
func (s server) create(ctx context.Context, object map[string]any) error {
	var said []error
	for i := 0; ; i++ {
		u, err := transmitted(object)
		if err != nil {
			return err
		}
		resources, found := s[u.GroupVersionKind()]
		if !found {
			return fmt.Errorf("no matches for kind %q in version %q", u.GetKind(), u.GetAPIVersion())
		}
		if i == len(resources) {
			return agreed(said)
		}
		said = append(said, resources[i].create(ctx, u))
	}
}

// agreed is what all definitions of a kind say.
func agreed(said []error) error {
	for _, err := range said[1:] {
		if fmt.Sprint(err) != fmt.Sprint(said[0]) {
			return errors.New("the definitions of one kind disagree")
		}
	}
	return said[0]
}

// create does so by one definition, and changes the object.
func (r resource) create(ctx context.Context, u *unstructured.Unstructured) error {
	// In the order of the API server's handler: what is unknown is an error, what is null is absent.
	var errs []error
	for _, f := range structuralpruning.PruneWithOptions(u.Object, r.structural, true, structuralschema.UnknownFieldPathOptions{TrackUnknownFieldPaths: true}) {
		errs = append(errs, fmt.Errorf("unknown field %q", f))
	}
	structuraldefaulting.PruneNonNullableNullsWithoutDefaults(u.Object, r.structural)
	structuraldefaulting.Default(u.Object, r.structural)
	return errors.Join(append(errs, r.validate(ctx, u))...)
}

// transmitted is the object after its way over the network: a copy, with numbers as the API server decodes them.
func transmitted(object map[string]any) (*unstructured.Unstructured, error) {
	b := &bytes.Buffer{}
	u := &unstructured.Unstructured{Object: object}
	if err := unstructured.UnstructuredJSONScheme.Encode(u, b); err != nil {
		return nil, err
	}
	out := &unstructured.Unstructured{}
	return out, utiljson.Unmarshal(b.Bytes(), &out.Object)
}
