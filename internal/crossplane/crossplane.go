// Package crossplane calls a composition function as Crossplane does, for previews and tests.
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

// MaxIterations is the number of times that Crossplane calls a function again because its requirements changed.
const MaxIterations = 5

// A Cluster answers the requirements of a function.
type Cluster interface {
	// Fetch returns the objects that a selector matches. Nil where none does.
	Fetch(s *fnv1.ResourceSelector) (*fnv1.Resources, error)

	// Schema returns the schema of a kind. It is empty where the cluster does not serve the kind.
	Schema(s *fnv1.SchemaSelector) *fnv1.Schema
}

// A Fetcher is a Cluster that serves every kind, and that allows to read every object.
type Fetcher func(*fnv1.ResourceSelector) *fnv1.Resources

// Fetch returns the objects that a selector matches. Nil where none does.
func (f Fetcher) Fetch(s *fnv1.ResourceSelector) (*fnv1.Resources, error) { return f(s), nil }

// Schema returns a minimal schema: Crossplane passes an empty one for a kind that is not served.
func (Fetcher) Schema(*fnv1.SchemaSelector) *fnv1.Schema {
	return &fnv1.Schema{OpenapiV3: &structpb.Struct{Fields: map[string]*structpb.Value{"type": structpb.NewStringValue("object")}}}
}

// RunFunction calls a function, and calls it again while its requirements change, each time with the required resources. It returns an error
// in Crossplane's words where a resource cannot be fetched, or where the requirements do not settle. It does not change the request.
//
// Source: FetchingFunctionRunner of https://github.com/crossplane/crossplane.
func RunFunction(ctx context.Context, f fnv1.FunctionRunnerServiceServer, req *fnv1.RunFunctionRequest, cluster Cluster) (*fnv1.RunFunctionResponse, error) {
	req = proto.CloneOf(req)
	var required *fnv1.Requirements
	for range MaxIterations + 1 {
		rsp, err := f.RunFunction(ctx, req)
		if err != nil || isFatal(rsp) || proto.Equal(required, rsp.GetRequirements()) {
			return rsp, err
		}
		required = rsp.GetRequirements()
		req.RequiredResources = make(map[string]*fnv1.Resources, len(required.GetResources()))
		for _, name := range slices.Sorted(maps.Keys(required.GetResources())) {
			if req.RequiredResources[name], err = cluster.Fetch(required.GetResources()[name]); err != nil {
				return nil, fmt.Errorf("fetching resources for %s: cannot get required resource by name: %w", name, err)
			}
		}
		req.RequiredSchemas = make(map[string]*fnv1.Schema, len(required.GetSchemas()))
		for name, s := range required.GetSchemas() {
			req.RequiredSchemas[name] = cluster.Schema(s)
		}
	}
	return nil, errors.New("the function never stops requiring something else")
}

// isFatal reports whether a response has a fatal result.
func isFatal(rsp *fnv1.RunFunctionResponse) bool {
	return slices.ContainsFunc(rsp.GetResults(), func(r *fnv1.Result) bool { return r.GetSeverity() == fnv1.Severity_SEVERITY_FATAL })
}
