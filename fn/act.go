package fn

import (
	"fmt"

	fnv1 "github.com/crossplane/function-sdk-go/proto/v1"
	"google.golang.org/protobuf/proto"

	"github.com/novasphere/function-wukong/input/v1beta1"
	"github.com/novasphere/function-wukong/internal/action"
	"github.com/novasphere/function-wukong/internal/decode"
	"github.com/novasphere/function-wukong/internal/message"
)

// isAction says whether a request is an Operation's: that of a Composition has a composite.
func isAction(req *fnv1.RunFunctionRequest) bool {
	return req.GetObserved().GetComposite().GetResource() == nil && decode.Kind(req.GetInput()) == v1beta1.KindAction
}

// act answers an Operation. There is nothing that a condition could be told of, so that all is told as a result. It also
// returns why the Operation was refused; nil where it was not.
func act(req *fnv1.RunFunctionRequest) (rsp *fnv1.RunFunctionResponse, refused error) {
	rsp = respond(req)
	a, err := decode.Action(req.GetInput())
	if err != nil {
		return failed(rsp, fmt.Errorf("invalid Action of the Operation: %w", err))
	}
	if err := action.Validate(a).ToAggregate(); err != nil {
		return failed(rsp, fmt.Errorf("invalid Action of the Operation: %w", err))
	}
	step, required, err := action.Take(req, a)
	if err != nil {
		return failed(rsp, err)
	}
	rsp.Requirements = required
	if step.Apply == nil {
		return rsp, nil
	}
	if rsp.GetDesired().GetResources()[step.Key] != nil {
		return failed(rsp, fmt.Errorf("an earlier step of the Operation already changes %s: give each an Operation of its own", step.Key))
	}
	rsp.Desired = &fnv1.State{Resources: map[string]*fnv1.Resource{step.Key: {Resource: step.Apply}}}
	proto.Merge(rsp.Desired, req.GetDesired())
	rsp.Results = append(rsp.GetResults(), &fnv1.Result{Severity: fnv1.Severity_SEVERITY_NORMAL, Message: message.Clean(step.Message), Target: fnv1.Target_TARGET_COMPOSITE.Enum()})
	return rsp, nil
}

// failed returns the answer to an Operation that is refused, and why.
func failed(rsp *fnv1.RunFunctionResponse, err error) (*fnv1.RunFunctionResponse, error) {
	return fail(rsp, err), err
}
