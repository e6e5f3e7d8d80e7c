package fn

import (
	"github.com/crossplane/function-sdk-go/logging"
	fnv1 "github.com/crossplane/function-sdk-go/proto/v1"
	"google.golang.org/protobuf/types/known/structpb"

	"github.com/novasphere/function-wukong/internal/decode"
	"github.com/novasphere/function-wukong/internal/fields"
	"github.com/novasphere/function-wukong/internal/report"
	"github.com/novasphere/function-wukong/internal/storage"
)

// withWukong returns a log with the name and namespace of a request's Wukong.
func withWukong(log logging.Logger, req *fnv1.RunFunctionRequest) logging.Logger {
	id := decode.Identity(req.GetObserved().GetComposite().GetResource())
	return log.WithValues("namespace", id.GetNamespace(), "name", id.GetName())
}

// logWukong logs the response for a Wukong. A rejection is at info level if the condition Valid does not report it yet, as Crossplane
// asks again every minute. All else is at debug level.
//
// The log has the paths of the wrong fields and the kinds of the errors. The condition has the rest, which may repeat values of the spec.
func logWukong(log logging.Logger, req *fnv1.RunFunctionRequest, rsp *fnv1.RunFunctionResponse, rejection error) {
	xr := req.GetObserved().GetComposite().GetResource()
	valid := conditionOf(rsp, report.ConditionValid)
	if valid == nil {
		// An observed object cannot be decoded. That says nothing about the spec: see rejectUnreadable.
		log.Info("Could not render a Wukong", "message", storage.ErrUnreadable.Error())
		return
	}
	if valid.GetStatus() == fnv1.Status_STATUS_CONDITION_TRUE {
		phase := fields.Text(rsp.GetDesired().GetComposite().GetResource(), "status", "phase")
		log.Debug("Rendered a Wukong", "phase", phase, "resources", len(rsp.GetDesired().GetResources()))
		return
	}
	write := log.Info
	if isReported(xr, valid) {
		write = log.Debug
	}
	write("Refused a Wukong, or a change of it", "reason", valid.GetReason(), "fields", invalidFields(rejection))
}

// isReported reports whether a composite has a condition with the same reason and message.
func isReported(xr *structpb.Struct, c *fnv1.Condition) bool {
	reported := fields.ConditionOf(xr, c.GetType())
	return reported.Reason == c.GetReason() && reported.Message == c.GetMessage()
}

// logAction logs the response to an Operation. A rejection is at info level: Crossplane retries an Operation a few times only.
func logAction(log logging.Logger, rsp *fnv1.RunFunctionResponse, rejection error) {
	if fields := invalidFields(rejection); len(fields) > 0 {
		log.Info("Refused an Operation", "fields", fields)
		return
	}
	if rejection != nil {
		log.Info("Refused an Operation", "message", fatalMessage(rsp))
		return
	}
	if rs := rsp.GetResults(); len(rs) > 0 {
		log.Info("Answered an Operation", "message", rs[0].GetMessage())
		return
	}
	log.Debug("Asked what an Operation must know of the cluster")
}

// fatalMessage returns the message of the fatal result in a response; empty if there is none.
func fatalMessage(rsp *fnv1.RunFunctionResponse) string {
	for _, r := range rsp.GetResults() {
		if r.GetSeverity() == fnv1.Severity_SEVERITY_FATAL {
			return r.GetMessage()
		}
	}
	return ""
}

// conditionOf returns the condition of a type in a response; nil if there is none.
func conditionOf(rsp *fnv1.RunFunctionResponse, conditionType string) *fnv1.Condition {
	for _, c := range rsp.GetConditions() {
		if c.GetType() == conditionType {
			return c
		}
	}
	return nil
}
