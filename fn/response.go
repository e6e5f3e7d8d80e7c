package fn

import (
	"time"

	fnv1 "github.com/crossplane/function-sdk-go/proto/v1"
	"google.golang.org/protobuf/types/known/durationpb"
	"k8s.io/utils/ptr"

	"github.com/novasphere/function-wukong/internal/message"
)

// The messages are made of Crossplane's protocol alone. The packages request and response of function-sdk-go would bring a Kubernetes
// client and the types of every API into the function, half of its size once more, for what is a few lines here.
//
// Whatever is told leaves the function here: what others say, such as the cluster and the guest, may be long, hold credentials or obey a
// terminal.

// defaultTTL is how soon a composite is looked at again where nothing is under way.
const defaultTTL = time.Minute

// respond to a request, with what earlier steps of the pipeline want.
func respond(req *fnv1.RunFunctionRequest) *fnv1.RunFunctionResponse {
	return &fnv1.RunFunctionResponse{
		Meta:    &fnv1.ResponseMeta{Tag: req.GetMeta().GetTag(), Ttl: durationpb.New(defaultTTL)},
		Desired: req.GetDesired(),
		Context: req.GetContext(),
	}
}

// A condition of a composite and its claim.
type condition struct {
	kind            string
	isTrue          bool
	reason, message string
}

func set(rsp *fnv1.RunFunctionResponse, c condition) {
	out := &fnv1.Condition{
		Type:   c.kind,
		Status: fnv1.Status_STATUS_CONDITION_FALSE,
		Reason: c.reason,
		Target: fnv1.Target_TARGET_COMPOSITE_AND_CLAIM.Enum(),
	}
	if c.isTrue {
		out.Status = fnv1.Status_STATUS_CONDITION_TRUE
	}
	if c.message != "" {
		out.Message = ptr.To(message.Clean(c.message))
	}
	rsp.Conditions = append(rsp.GetConditions(), out)
}

// setUnknown sets a condition of which nobody knows whether it is so.
func setUnknown(rsp *fnv1.RunFunctionResponse, c condition) {
	set(rsp, c)
	rsp.GetConditions()[len(rsp.GetConditions())-1].Status = fnv1.Status_STATUS_CONDITION_UNKNOWN
}

// fail the request: Crossplane then changes nothing.
func fail(rsp *fnv1.RunFunctionResponse, err error) *fnv1.RunFunctionResponse {
	rsp.Results = append(rsp.GetResults(), &fnv1.Result{
		Severity: fnv1.Severity_SEVERITY_FATAL,
		Message:  message.Clean(err.Error()),
		Target:   fnv1.Target_TARGET_COMPOSITE.Enum(),
	})
	return rsp
}

// event of a composite and its claim.
func event(rsp *fnv1.RunFunctionResponse, s fnv1.Severity, reason, text string) {
	rsp.Results = append(rsp.GetResults(), &fnv1.Result{
		Severity: s,
		Message:  message.Clean(text),
		Reason:   ptr.To(reason),
		Target:   fnv1.Target_TARGET_COMPOSITE_AND_CLAIM.Enum(),
	})
}

// cleanStatus cleans the texts in a status.
func cleanStatus(v any) any {
	switch v := v.(type) {
	case string:
		return message.Clean(v)
	case []any:
		for i := range v {
			v[i] = cleanStatus(v[i])
		}
	case map[string]any:
		for k := range v {
			v[k] = cleanStatus(v[k])
		}
	}
	return v
}
