package function

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

// mostAnswers is how often Crossplane calls a function because it requires something else than before.
const mostAnswers = 5

// A Cluster is what Crossplane shows a function of one.
type Cluster interface {
	// Fetch what a selector selects; nil for nothing.
	Fetch(s *fnv1.ResourceSelector) (*fnv1.Resources, error)

	// Schema of a kind; an empty one for a kind that the cluster does not have.
	Schema(s *fnv1.SchemaSelector) *fnv1.Schema
}

// Ask a function as Crossplane does: again for as long as it requires something of the cluster that it was not yet shown. Fetch finds what
// a selector selects; nil for nothing. The request stays as it is.
func Ask(ctx context.Context, fn fnv1.FunctionRunnerServiceServer, req *fnv1.RunFunctionRequest, fetch func(*fnv1.ResourceSelector) *fnv1.Resources) (*fnv1.RunFunctionResponse, error) {
	return AskCluster(ctx, fn, req, whole(fetch))
}

// whole is a cluster that has every kind.
type whole func(*fnv1.ResourceSelector) *fnv1.Resources

// Fetch what a selector selects.
func (c whole) Fetch(s *fnv1.ResourceSelector) (*fnv1.Resources, error) { return c(s), nil }

// Schema of a kind, as far as it says that there is one.
func (whole) Schema(*fnv1.SchemaSelector) *fnv1.Schema {
	return &fnv1.Schema{OpenapiV3: &structpb.Struct{Fields: map[string]*structpb.Value{"type": structpb.NewStringValue("object")}}}
}

// AskCluster is Ask, in a cluster that may not have what is asked for. What cannot be fetched is an error, in Crossplane's words.
func AskCluster(ctx context.Context, fn fnv1.FunctionRunnerServiceServer, req *fnv1.RunFunctionRequest, cluster Cluster) (*fnv1.RunFunctionResponse, error) {
	req = proto.CloneOf(req)
	var required *fnv1.Requirements
	for range mostAnswers + 1 {
		rsp, err := fn.RunFunction(ctx, req)
		if err != nil || fatal(rsp) != "" || proto.Equal(required, rsp.GetRequirements()) {
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
