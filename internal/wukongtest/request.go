package wukongtest

import (
	fnv1 "github.com/crossplane/function-sdk-go/proto/v1"
	"google.golang.org/protobuf/types/known/structpb"

	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
	"github.com/novasphere/function-wukong/input/v1beta1"
)

// The name and the namespace of the Wukongs that the functions of this package make of a spec.
const (
	Name      = "web-01"
	Namespace = "team-a"
)

// Claim is the manifest that a user writes.
func Claim(spec map[string]any) map[string]any {
	return map[string]any{
		"apiVersion": v1alpha1.APIVersion,
		"kind":       v1alpha1.Kind,
		"metadata":   map[string]any{"name": Name, "namespace": Namespace},
		"spec":       spec,
	}
}

// Composite is the composite resource that stands behind the claim of the spec.
func Composite(spec map[string]any) map[string]any {
	claimed := make(map[string]any, len(spec)+1)
	for k, v := range spec {
		claimed[k] = v
	}
	claimed["claimRef"] = map[string]any{"apiVersion": v1alpha1.APIVersion, "kind": v1alpha1.Kind, "name": Name, "namespace": Namespace}
	return map[string]any{
		"apiVersion": v1alpha1.APIVersion,
		"kind":       v1alpha1.CompositeKind,
		"metadata":   map[string]any{"name": Name + "-x7k2p"},
		"spec":       claimed,
	}
}

// Request asks for the first rendering of the spec, with an Input that names what the types of network cannot do without. It
// fails on a spec that is not JSON in UTF-8.
func Request(spec map[string]any) (*fnv1.RunFunctionRequest, error) {
	return request(Composite(spec), v1beta1.TargetObject)
}

// NamespacedRequest asks for the first rendering of a Wukong with the spec that is a composite itself, by a target.
func NamespacedRequest(spec map[string]any, target v1beta1.Target) (*fnv1.RunFunctionRequest, error) {
	return request(Claim(spec), target)
}

func request(composite map[string]any, target v1beta1.Target) (*fnv1.RunFunctionRequest, error) {
	xr, err := structpb.NewStruct(composite)
	if err != nil {
		return nil, err
	}
	in, err := structpb.NewStruct(map[string]any{
		"apiVersion": v1beta1.APIVersion,
		"kind":       v1beta1.Kind,
		"target":     string(target),
		"defaults":   map[string]any{"master": "eth1", "resourceName": "openshift.io/fast"},
	})
	if err != nil {
		return nil, err
	}
	return &fnv1.RunFunctionRequest{
		Observed: &fnv1.State{Composite: &fnv1.Resource{Resource: xr}},
		Input:    in,
	}, nil
}
