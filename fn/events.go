package fn

import (
	"slices"

	fnv1 "github.com/crossplane/function-sdk-go/proto/v1"
	"google.golang.org/protobuf/types/known/structpb"
	"k8s.io/utils/ptr"

	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
	"github.com/novasphere/function-wukong/internal/fields"
	"github.com/novasphere/function-wukong/internal/message"
	"github.com/novasphere/function-wukong/internal/report"
)

// emitEvents adds events about the advice and the phase, if either differs from what the composite reports already.
func emitEvents(rsp *fnv1.RunFunctionResponse, xr *structpb.Struct, e evaluation) {
	if fields.ConditionOf(xr, report.ConditionValid).Message != message.Clean(e.validCondition().message) {
		for _, m := range e.dataLoss {
			emitEvent(rsp, fnv1.Severity_SEVERITY_WARNING, report.ReasonDataLoss, m)
		}
		for _, m := range slices.Concat(e.unread, e.rejectedChanges, e.kept, e.advice) {
			emitEvent(rsp, fnv1.Severity_SEVERITY_WARNING, report.ReasonAdvice, m)
		}
	}

	phase, earlier := e.status.Phase, v1alpha1.Phase(fields.Text(xr, "status", "phase"))
	if earlier == "" || earlier == phase {
		return
	}
	if phase == v1alpha1.PhaseError {
		emitEvent(rsp, fnv1.Severity_SEVERITY_WARNING, report.ReasonPhase, e.status.Message)
		return
	}
	emitEvent(rsp, fnv1.Severity_SEVERITY_NORMAL, report.ReasonPhase, msgPhaseChanged.With(phase, earlier))
}

// emitEvent adds an event of the composite and its claim.
func emitEvent(rsp *fnv1.RunFunctionResponse, s fnv1.Severity, reason, text string) {
	addResult(rsp, s, text)
	last := rsp.GetResults()[len(rsp.GetResults())-1]
	last.Reason = ptr.To(reason)
	last.Target = fnv1.Target_TARGET_COMPOSITE_AND_CLAIM.Enum()
}
