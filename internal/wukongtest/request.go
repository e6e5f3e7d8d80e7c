package wukongtest

import (
	"maps"

	fnv1 "github.com/crossplane/function-sdk-go/proto/v1"
	"google.golang.org/protobuf/types/known/structpb"

	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
	"github.com/novasphere/function-wukong/input/v1beta1"
)

// Name and Namespace are the metadata of the Wukongs that this package makes. SharedImages is a namespace whose images the requests share with them.
const (
	Name         = "web-01"
	Namespace    = "team-a"
	SharedImages = "golden-images"
)

// Claim returns the manifest of a Wukong with a spec, as a user writes it.
func Claim(spec map[string]any) map[string]any {
	return map[string]any{
		"apiVersion": v1alpha1.APIVersion,
		"kind":       v1alpha1.Kind,
		"metadata":   map[string]any{"name": Name, "namespace": Namespace},
		"spec":       spec,
	}
}

// Composite returns the composite that Crossplane creates for the claim of a spec.
func Composite(spec map[string]any) map[string]any {
	withClaim := make(map[string]any, len(spec)+1)
	maps.Copy(withClaim, spec)
	withClaim["claimRef"] = map[string]any{"apiVersion": v1alpha1.APIVersion, "kind": v1alpha1.Kind, "name": Name, "namespace": Namespace}
	return map[string]any{
		"apiVersion": v1alpha1.APIVersion,
		"kind":       v1alpha1.CompositeKind,
		"metadata":   map[string]any{"name": Name + "-x7k2p"},
		"spec":       withClaim,
	}
}

// Request returns a request to render the composite of a claim of which nothing is observed. The Input has the defaults that the types of network
// require, and allows every uplink, every device, every template, every share and the images of SharedImages. It returns an error for a spec that is not JSON in UTF-8.
func Request(spec map[string]any) (*fnv1.RunFunctionRequest, error) {
	return request(Composite(spec), v1beta1.TargetObject)
}

// NamespacedRequest does the same for a Wukong that is a composite itself, with a target.
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

		"sharedImageNamespaces": []any{SharedImages},
		"defaults": map[string]any{
			"master": "eth1", "resourceName": "openshift.io/fast", "windowsDriversImage": "docker://quay.io/kubevirt/virtio-container-disk:v1.9.0",
		},
		"limits": map[string]any{
			"masters": []any{map[string]any{"name": "*"}}, "deviceNames": []any{"*"}, "templatePaths": []any{"*"},
			"cpuAllocationRatio": 1000, "memoryOvercommit": 1000,
		},
	})
	if err != nil {
		return nil, err
	}
	return &fnv1.RunFunctionRequest{
		Observed: &fnv1.State{Composite: &fnv1.Resource{Resource: xr}},
		Input:    in,
	}, nil
}

// RequestOf returns a request to render a namespaced Wukong with a namespace, a name and a spec, of which nothing is observed. The fields of an Input, which may
// be nil, are added to those of the other requests.
func RequestOf(namespace, name string, spec, input map[string]any) (*fnv1.RunFunctionRequest, error) {
	manifest := Claim(spec)
	manifest["metadata"] = map[string]any{"name": name, "namespace": namespace}
	req, err := request(manifest, v1beta1.TargetObject)
	if err != nil {
		return nil, err
	}
	added, err := structpb.NewStruct(input)
	if err != nil {
		return nil, err
	}
	maps.Copy(req.GetInput().GetFields(), added.GetFields())
	return req, nil
}
