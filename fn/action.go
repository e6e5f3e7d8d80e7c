package fn

import (
	fnv1 "github.com/crossplane/function-sdk-go/proto/v1"
	"google.golang.org/protobuf/proto"

	"github.com/novasphere/function-wukong/input/v1beta1"
	"github.com/novasphere/function-wukong/internal/action"
	"github.com/novasphere/function-wukong/internal/decode"
)

// isAction reports whether a request comes from an Operation. A request of a Composition has a composite.
func isAction(req *fnv1.RunFunctionRequest) bool {
	return req.GetObserved().GetComposite().GetResource() == nil && decode.Kind(req.GetInput()) == v1beta1.KindAction
}

// runAction answers an Operation. It also returns why the Operation was rejected; nil if it was not. An Operation has no composite, so that
// everything is reported as results and nothing as conditions.
func runAction(req *fnv1.RunFunctionRequest) (rsp *fnv1.RunFunctionResponse, rejection error) {
	rsp = respond(req)
	a, err := decode.Action(req.GetInput())
	if err != nil {
		return rejectAction(rsp, msgInvalidAction.Err(err))
	}
	outcome, requirements, err := action.Run(req, a)
	if err != nil {
		return rejectAction(rsp, err)
	}
	rsp.Requirements = requirements
	if len(outcome.Results) == 0 {
		return rsp, nil
	}
	desired := &fnv1.State{Resources: map[string]*fnv1.Resource{}}
	for _, result := range outcome.Results {
		if rsp.GetDesired().GetResources()[result.Key] != nil {
			return rejectAction(rsp, msgKeyTaken.Err(result.Key))
		}
		desired.Resources[result.Key] = &fnv1.Resource{Resource: result.Object}
		addResult(rsp, fnv1.Severity_SEVERITY_NORMAL, result.Message)
	}
	for _, refused := range outcome.Refused {
		addResult(rsp, fnv1.Severity_SEVERITY_WARNING, refused)
	}
	proto.Merge(desired, req.GetDesired())
	rsp.Desired = desired
	return rsp, nil
}

// rejectAction makes the response to an Operation fatal.
func rejectAction(rsp *fnv1.RunFunctionResponse, err error) (*fnv1.RunFunctionResponse, error) {
	addResult(rsp, fnv1.Severity_SEVERITY_FATAL, err.Error())
	return rsp, err
}
