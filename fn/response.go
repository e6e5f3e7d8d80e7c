package fn

import (
	"time"

	fnv1 "github.com/crossplane/function-sdk-go/proto/v1"
	"google.golang.org/protobuf/types/known/durationpb"

	"github.com/novasphere/function-wukong/internal/compose"
	"github.com/novasphere/function-wukong/internal/message"
	"github.com/novasphere/function-wukong/internal/report"
)

// Responses are built from Crossplane's protocol alone. The packages request and response of function-sdk-go would make the binary half as large
// again: they link a Kubernetes client and the types of every Kubernetes API.
//
// Every text is cleaned here, where it leaves the function. What the cluster and the guest report may be long, hold credentials, or have
// characters that control a terminal.

// defaultTTL is the time after which Crossplane calls the function again if nothing is under way.
const defaultTTL = time.Minute

// respond returns a response that keeps what earlier steps of the pipeline desire.
func respond(req *fnv1.RunFunctionRequest) *fnv1.RunFunctionResponse {
	return &fnv1.RunFunctionResponse{
		Meta:    &fnv1.ResponseMeta{Tag: req.GetMeta().GetTag(), Ttl: durationpb.New(defaultTTL)},
		Desired: req.GetDesired(),
		Context: req.GetContext(),
	}
}

// writeResponse writes the desired state and the status, conditions and events of a Wukong.
func writeResponse(rsp *fnv1.RunFunctionResponse, req *fnv1.RunFunctionRequest, c compose.Composition, e evaluation) error {
	xr := req.GetObserved().GetComposite().GetResource()
	rsp.Desired, rsp.Requirements = c.Desired, c.Requirements
	e.status.ObservedGeneration = observedGeneration(xr)
	if err := setStatus(rsp, xr, e.status); err != nil {
		return err
	}
	setConditions(rsp, xr, e)
	emitEvents(rsp, xr, e)
	rsp.Meta.Ttl = durationpb.New(e.ttl(c.Final))
	return nil
}

// rejectSpec makes a response fatal because of the spec or the platform's settings: Crossplane then changes nothing.
func rejectSpec(rsp *fnv1.RunFunctionResponse, err error) *fnv1.RunFunctionResponse {
	setCondition(rsp, condition{conditionType: report.ConditionValid, status: statusFalse, reason: report.ReasonInvalidSpec, message: err.Error()})
	setCondition(rsp, condition{conditionType: report.ConditionStalled, status: statusTrue, reason: report.ReasonInvalidSpec, message: err.Error()})
	addResult(rsp, fnv1.Severity_SEVERITY_FATAL, err.Error())
	rsp.GetResults()[len(rsp.GetResults())-1].Target = fnv1.Target_TARGET_COMPOSITE_AND_CLAIM.Enum()
	return rsp
}

// rejectUnreadable makes a response fatal because an observed object cannot be decoded. It leaves out the condition Valid, as the spec is not
// wrong.
func rejectUnreadable(rsp *fnv1.RunFunctionResponse, err error) *fnv1.RunFunctionResponse {
	setCondition(rsp, condition{conditionType: report.ConditionStalled, status: statusTrue, reason: report.ReasonUnreadable, message: err.Error()})
	addResult(rsp, fnv1.Severity_SEVERITY_FATAL, err.Error())
	return rsp
}

// addResult adds a result of the composite. Crossplane makes an event of each.
func addResult(rsp *fnv1.RunFunctionResponse, s fnv1.Severity, text string) {
	rsp.Results = append(rsp.GetResults(), &fnv1.Result{
		Severity: s,
		Message:  message.Clean(text),
		Target:   fnv1.Target_TARGET_COMPOSITE.Enum(),
	})
}
