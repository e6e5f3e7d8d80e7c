package fn

import (
	"strings"

	fnv1 "github.com/crossplane/function-sdk-go/proto/v1"
	"google.golang.org/protobuf/types/known/structpb"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/utils/ptr"

	"github.com/novasphere/function-wukong/internal/fields"
	"github.com/novasphere/function-wukong/internal/kubevirt"
	"github.com/novasphere/function-wukong/internal/message"
	"github.com/novasphere/function-wukong/internal/report"
)

// A condition is one of a composite and its claim.
type condition struct {
	conditionType string
	status        fnv1.Status
	reason        string
	message       string
}

// Statuses of conditions.
const (
	statusTrue    = fnv1.Status_STATUS_CONDITION_TRUE
	statusFalse   = fnv1.Status_STATUS_CONDITION_FALSE
	statusUnknown = fnv1.Status_STATUS_CONDITION_UNKNOWN
)

// conditionStatus returns the status of a condition that is true or false.
func conditionStatus(isTrue bool) fnv1.Status {
	if isTrue {
		return statusTrue
	}
	return statusFalse
}

// setCondition adds a condition to a response.
func setCondition(rsp *fnv1.RunFunctionResponse, c condition) {
	out := &fnv1.Condition{
		Type:   c.conditionType,
		Status: c.status,
		Reason: c.reason,
		Target: fnv1.Target_TARGET_COMPOSITE_AND_CLAIM.Enum(),
	}
	if c.message != "" {
		out.Message = ptr.To(message.Clean(c.message))
	}
	rsp.Conditions = append(rsp.GetConditions(), out)
}

// setConditions adds the conditions of a Wukong to a response. Three of them exist from the first time that they matter. From then on they are
// always set, as Crossplane keeps a condition that a response leaves out.
func setConditions(rsp *fnv1.RunFunctionResponse, xr *structpb.Struct, e evaluation) {
	setCondition(rsp, e.validCondition())
	for _, p := range e.parts {
		if p.Condition != "" {
			setCondition(rsp, condition{conditionType: p.Condition, status: conditionStatus(p.Ready), reason: p.Reason, message: p.Message})
		}
	}
	for _, c := range []condition{e.restartCondition(), e.stalledCondition()} {
		if c.status == statusTrue || hasCondition(xr, c.conditionType) {
			setCondition(rsp, c)
		}
	}
	if c := migrationCondition(e.migratability); c.status != statusUnknown || hasCondition(xr, c.conditionType) {
		setCondition(rsp, c)
	}
}

// hasCondition reports whether a composite has a condition of a type.
func hasCondition(xr *structpb.Struct, conditionType string) bool {
	return fields.ConditionOf(xr, conditionType).Type != ""
}

// validCondition returns the condition that says whether the spec was accepted. Its message has what cannot be undone first, as there may not be
// room for everything.
func (e evaluation) validCondition() condition {
	var messages []string
	messages = append(messages, e.dataLoss...)
	messages = append(messages, e.unread...)
	messages = append(messages, e.rejectedChanges...)
	messages = append(messages, e.kept...)
	messages = append(messages, e.advice...)
	c := condition{conditionType: report.ConditionValid, status: statusTrue, reason: report.ReasonAccepted, message: message.Join(messages)}
	switch {
	case len(e.rejectedChanges) > 0:
		c.status, c.reason = statusFalse, report.ReasonImmutable
	case len(e.kept) > 0:
		c.reason = report.ReasonOutOfLimits
	}
	return c
}

// stalledCondition returns the condition that says whether waiting does not help.
func (e evaluation) stalledCondition() condition {
	if len(e.rejectedChanges) > 0 {
		return condition{conditionType: report.ConditionStalled, status: statusTrue, reason: report.ReasonImmutable, message: strings.Join(e.rejectedChanges, "; ")}
	}
	for _, p := range e.parts {
		if p.Failed {
			return condition{conditionType: report.ConditionStalled, status: statusTrue, reason: p.Reason, message: p.Message}
		}
	}
	return condition{conditionType: report.ConditionStalled, status: statusFalse, reason: report.ReasonNotStalled}
}

// restartCondition returns the condition that says whether a change waits for a restart.
func (e evaluation) restartCondition() condition {
	if e.restartRequired == "" {
		return condition{conditionType: report.ConditionRestartRequired, status: statusFalse, reason: report.ReasonNoRestart}
	}
	return condition{conditionType: report.ConditionRestartRequired, status: statusTrue, reason: report.ConditionRestartRequired, message: e.restartRequired}
}

// migrationCondition returns the condition that says whether the virtual machine can migrate live.
func migrationCondition(m kubevirt.Migratability) condition {
	out := condition{
		conditionType: report.ConditionLiveMigratable,
		status:        conditionStatus(m.Status == corev1.ConditionTrue),
		reason:        m.Reason,
		message:       m.Message,
	}
	if m.Status == corev1.ConditionUnknown {
		out.status = statusUnknown
	}
	return out
}
