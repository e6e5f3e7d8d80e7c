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

// A server answers requests to create custom resources, as an API server with the definitions does. Clients ask it for strict validation of
// fields, as kubectl does. Several definitions of one kind, of which a cluster has one, must agree.
type server map[runtimeschema.GroupVersionKind][]resource

// A resource has the schema and the validation of one version of a definition.
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

// newResource returns the resource of one version of a definition.
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

// create returns the error of the API server for a request to create an object; nil if it accepts the object. It does not change the object.
func (s server) create(ctx context.Context, object map[string]any) error {
	var errs []error
	for i := 0; ; i++ {
		u, err := roundTrip(object)
		if err != nil {
			return err
		}
		resources, found := s[u.GroupVersionKind()]
		if !found {
			return fmt.Errorf("no matches for kind %q in version %q", u.GetKind(), u.GetAPIVersion())
		}
		if i == len(resources) {
			return commonError(errs)
		}
		errs = append(errs, resources[i].create(ctx, u))
	}
}

// commonError returns the error that all definitions of a kind return, or an error if they differ.
func commonError(errs []error) error {
	for _, err := range errs[1:] {
		if fmt.Sprint(err) != fmt.Sprint(errs[0]) {
			return errors.New("the definitions of one kind disagree")
		}
	}
	return errs[0]
}

// create returns the error of one definition for an object, and changes the object.
func (r resource) create(ctx context.Context, u *unstructured.Unstructured) error {
	// The order is that of the API server's handler: an unknown field is an error, a null value is absent.
	var errs []error
	for _, f := range structuralpruning.PruneWithOptions(u.Object, r.structural, true, structuralschema.UnknownFieldPathOptions{TrackUnknownFieldPaths: true}) {
		errs = append(errs, fmt.Errorf("unknown field %q", f))
	}
	structuraldefaulting.PruneNonNullableNullsWithoutDefaults(u.Object, r.structural)
	structuraldefaulting.Default(u.Object, r.structural)
	return errors.Join(append(errs, r.validate(ctx, u))...)
}

// roundTrip returns a copy of an object that was encoded and decoded, with numbers as the API server decodes them.
func roundTrip(object map[string]any) (*unstructured.Unstructured, error) {
	b := &bytes.Buffer{}
	u := &unstructured.Unstructured{Object: object}
	if err := unstructured.UnstructuredJSONScheme.Encode(u, b); err != nil {
		return nil, err
	}
	out := &unstructured.Unstructured{}
	return out, utiljson.Unmarshal(b.Bytes(), &out.Object)
}
