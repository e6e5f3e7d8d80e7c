package function

import (
	"context"
	"errors"

	fnv1 "github.com/crossplane/function-sdk-go/proto/v1"
	"google.golang.org/protobuf/proto"
)

// mostAnswers is how often Crossplane calls a function because it requires something else than before.
const mostAnswers = 5

// Ask a function as Crossplane does: again for as long as it requires something of the cluster that it was not yet shown. Fetch finds what
// a selector selects; nil for nothing. The request stays as it is.
func Ask(ctx context.Context, fn fnv1.FunctionRunnerServiceServer, req *fnv1.RunFunctionRequest, fetch func(*fnv1.ResourceSelector) *fnv1.Resources) (*fnv1.RunFunctionResponse, error) {
	req = proto.CloneOf(req)
	var required *fnv1.Requirements
	for range mostAnswers + 1 {
		rsp, err := fn.RunFunction(ctx, req)
		if err != nil || fatal(rsp) != "" || proto.Equal(required, rsp.GetRequirements()) {
			return rsp, err
		}
		required = rsp.GetRequirements()
		req.RequiredResources = make(map[string]*fnv1.Resources, len(required.GetResources()))
		for name, s := range required.GetResources() {
			req.RequiredResources[name] = fetch(s)
		}
	}
	return nil, errors.New("the function never stops requiring something else")
}
