// Package crossplane holds what the function knows of Crossplane: its labels and conditions, and how resources are required. For previews and
// tests it also calls a function as Crossplane does.
package crossplane

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	fnv1 "github.com/crossplane/function-sdk-go/proto/v1"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/structpb"
)

// MaxIterations is how often Crossplane calls a function again because its requirements changed.
const MaxIterations = 5

// A Cluster answers the requirements of a function.
type Cluster interface {
	// Fetch returns the objects that a selector matches; nil for none.
	Fetch(s *fnv1.ResourceSelector) (*fnv1.Resources, error)

	// Schema returns the schema of a kind; an empty one for a kind that the cluster does not serve.
	Schema(s *fnv1.SchemaSelector) *fnv1.Schema
}

// A Fetcher is a Cluster that serves every kind and whose objects can always be read.
type Fetcher func(*fnv1.ResourceSelector) *fnv1.Resources

// Fetch returns the objects that a selector matches; nil for none.
func (f Fetcher) Fetch(s *fnv1.ResourceSelector) (*fnv1.Resources, error) { return f(s), nil }

// Schema returns the smallest schema that says that a kind is served.
func (Fetcher) Schema(*fnv1.SchemaSelector) *fnv1.Schema {
	return &fnv1.Schema{OpenapiV3: &structpb.Struct{Fields: map[string]*structpb.Value{"type": structpb.NewStringValue("object")}}}
}

// RunFunction calls a function, and calls it again for as long as it requires something of the cluster that it was not yet shown. What cannot
// be fetched is an error, in Crossplane's words. The request is not changed.
func RunFunction(ctx context.Context, f fnv1.FunctionRunnerServiceServer, req *fnv1.RunFunctionRequest, cluster Cluster) (*fnv1.RunFunctionResponse, error) {
	req = proto.CloneOf(req)
	var required *fnv1.Requirements
	for range MaxIterations + 1 {
		rsp, err := f.RunFunction(ctx, req)
		if err != nil || isFatal(rsp) || proto.Equal(required, rsp.GetRequirements()) {
			return rsp, err
		}
		required = rsp.GetRequirements()
		if req.RequiredResources, err = fetch(cluster, required.GetResources()); err != nil {
			return nil, err
		}
		if req.ExtraResources, err = fetch(cluster, required.GetExtraResources()); err != nil { //nolint:staticcheck // As Crossplane does.
			return nil, err
		}
		req.RequiredSchemas = make(map[string]*fnv1.Schema, len(required.GetSchemas()))
		for name, s := range required.GetSchemas() {
			req.RequiredSchemas[name] = cluster.Schema(s)
		}
	}
	return nil, errors.New("the function never stops requiring something else")
}

// fetch returns the objects of a cluster that selectors match.
func fetch(cluster Cluster, selectors map[string]*fnv1.ResourceSelector) (map[string]*fnv1.Resources, error) {
	out := make(map[string]*fnv1.Resources, len(selectors))
	for _, name := range slices.Sorted(maps.Keys(selectors)) {
		found, err := cluster.Fetch(selectors[name])
		if err != nil {
			return nil, fmt.Errorf("fetching resources for %s: cannot get required resource by name: %w", name, err)
		}
		out[name] = found
	}
	return out, nil
}

// isFatal reports whether a response has a fatal result.
func isFatal(rsp *fnv1.RunFunctionResponse) bool {
	return slices.ContainsFunc(rsp.GetResults(), func(r *fnv1.Result) bool { return r.GetSeverity() == fnv1.Severity_SEVERITY_FATAL })
}
