package fn

import (
	"github.com/crossplane/function-sdk-go/logging"
	fnv1 "github.com/crossplane/function-sdk-go/proto/v1"
	"google.golang.org/protobuf/types/known/structpb"

	"github.com/novasphere/function-wukong/internal/decode"
	"github.com/novasphere/function-wukong/internal/fields"
	"github.com/novasphere/function-wukong/internal/storage"
)

// forWukong returns a log that names the Wukong of a request.
func forWukong(log logging.Logger, req *fnv1.RunFunctionRequest) logging.Logger {
	id := decode.Identity(req.GetObserved().GetComposite().GetResource())
	return log.WithValues("namespace", id.GetNamespace(), "name", id.GetName())
}

// logWukong logs an answer about a Wukong. Crossplane asks about one that is refused again every minute, and its condition Valid
// keeps what it was told. So what is refused is at info level only when that condition does not say it yet; all else is at debug
// level. The log says where something is wrong and of what kind it is; the condition says the rest, which may repeat what the spec holds.
func logWukong(log logging.Logger, req *fnv1.RunFunctionRequest, rsp *fnv1.RunFunctionResponse, refused error) {
	xr := req.GetObserved().GetComposite().GetResource()
	valid := conditionOf(rsp, conditionValid)
	if valid == nil {
		log.Info("Could not render a Wukong", "message", storage.ErrUnreadable.Error())
		return
	}
	if valid.GetStatus() == fnv1.Status_STATUS_CONDITION_TRUE {
		phase := fields.In(rsp.GetDesired().GetComposite().GetResource(), "status").GetFields()["phase"].GetStringValue()
		log.Debug("Rendered a Wukong", "phase", phase, "resources", len(rsp.GetDesired().GetResources()))
		return
	}
	write := log.Info
	if wasTold(xr, valid) {
		write = log.Debug
	}
	write("Refused a Wukong, or a change of it", "reason", valid.GetReason(), "fields", fieldsOf(refused))
}

// wasTold says whether a composite has a condition as it is to be told.
func wasTold(xr *structpb.Struct, c *fnv1.Condition) bool {
	is := conditionIn(xr.GetFields()["status"].GetStructValue(), c.GetType()).GetFields()
	return is["reason"].GetStringValue() == c.GetReason() && is["message"].GetStringValue() == c.GetMessage()
}

// logAction logs an answer to an Operation, which is tried a few times and then never again: what it could not do is at info level.
func logAction(log logging.Logger, rsp *fnv1.RunFunctionResponse, refused error) {
	if fields := fieldsOf(refused); len(fields) > 0 {
		log.Info("Refused an Operation", "fields", fields)
		return
	}
	if refused != nil {
		log.Info("Refused an Operation", "message", fatal(rsp))
		return
	}
	if rs := rsp.GetResults(); len(rs) > 0 {
		log.Info("Answered an Operation", "message", rs[0].GetMessage())
		return
	}
	log.Debug("Asked what an Operation must know of the cluster")
}

// fatal is the message of the fatal result in an answer; empty where there is none.
func fatal(rsp *fnv1.RunFunctionResponse) string {
	for _, r := range rsp.GetResults() {
		if r.GetSeverity() == fnv1.Severity_SEVERITY_FATAL {
			return r.GetMessage()
		}
	}
	return ""
}

// conditionOf is a condition in an answer; nil where there is none.
func conditionOf(rsp *fnv1.RunFunctionResponse, kind string) *fnv1.Condition {
	for _, c := range rsp.GetConditions() {
		if c.GetType() == kind {
			return c
		}
	}
	return nil
}
