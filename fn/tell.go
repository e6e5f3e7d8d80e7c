package fn

import (
	"fmt"
	"slices"

	fnv1 "github.com/crossplane/function-sdk-go/proto/v1"
	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/structpb"
	"k8s.io/apimachinery/pkg/runtime"

	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
	"github.com/novasphere/function-wukong/internal/fields"
	"github.com/novasphere/function-wukong/internal/message"
)

const (
	// conditionValid says whether the spec was accepted.
	conditionValid = "Valid"

	// conditionRestartRequired is there from the first change that waits for a restart, and True only while one does.
	conditionRestartRequired = "RestartRequired"

	// conditionStalled is there from the first time that waiting did not help, and True only while it does not. It is what kstatus, and
	// with it Flux, takes for a failure: https://github.com/kubernetes-sigs/cli-utils/blob/master/pkg/kstatus/README.md
	conditionStalled = "Stalled"

	reasonAccepted    = "Accepted"
	reasonInvalidSpec = "InvalidSpec"
	reasonImmutable   = "ImmutableChange"
	reasonNoRestart   = "NoRestartRequired"
	reasonNotStalled  = "NotStalled"
	reasonUnreadable  = "Unreadable"

	// reasonDataLoss is apart from reasonAdvice, as Kubernetes combines many events of one reason into one, which says the last of them.
	reasonDataLoss = "DataLoss"
	reasonAdvice   = "Advice"
	reasonPhase    = "PhaseChanged"
)

// tell the user how the Wukong stands: its status and conditions, and an event when its phase, or what to mind in its spec, is
// not what it was.
func tell(rsp *fnv1.RunFunctionResponse, req *fnv1.RunFunctionRequest, s standing) error {
	s.status.ObservedGeneration = observedGeneration(req)
	if err := setStatus(rsp, req, s.status); err != nil {
		return err
	}
	set(rsp, s.valid())
	for _, p := range s.parts {
		if p.Condition != "" {
			set(rsp, condition{p.Condition, p.Ready, p.Reason, p.Message})
		}
	}
	before := fields.In(req.GetObserved().GetComposite().GetResource(), "status")
	for _, c := range []condition{s.restart(), s.stalled()} {
		// Crossplane keeps a condition that it is not told again.
		if c.isTrue || conditionIn(before, c.kind) != nil {
			set(rsp, c)
		}
	}
	tellMigratability(rsp, before, s.migratability)
	announce(rsp, before, s)
	rsp.Meta.Ttl = durationpb.New(s.ttl())
	return nil
}

// observedGeneration returns the generation of the composite that was observed; 0 for one that is claimed. Crossplane copies the status
// of a composite to its claim, which has a generation of its own.
func observedGeneration(req *fnv1.RunFunctionRequest) int64 {
	xr := req.GetObserved().GetComposite().GetResource()
	metadata, spec := fields.In(xr, "metadata").GetFields(), fields.In(xr, "spec").GetFields()
	if metadata["namespace"].GetStringValue() == "" && spec["claimRef"] != nil {
		return 0
	}
	return int64(metadata["generation"].GetNumberValue())
}

// setStatus writes the status into the desired composite, beside what earlier steps of the pipeline wrote there.
func setStatus(rsp *fnv1.RunFunctionResponse, req *fnv1.RunFunctionRequest, status v1alpha1.WukongStatus) error {
	m, err := runtime.DefaultUnstructuredConverter.ToUnstructured(&status)
	if err != nil {
		return err
	}
	cleanStatus(m)
	s, err := structpb.NewStruct(m)
	if err != nil {
		return err
	}

	if rsp.GetDesired().GetComposite() == nil {
		rsp.Desired.Composite = &fnv1.Resource{}
	}
	composite := rsp.GetDesired().GetComposite()
	if len(composite.GetResource().GetFields()) == 0 {
		xr := req.GetObserved().GetComposite().GetResource().GetFields()
		composite.Resource = &structpb.Struct{Fields: map[string]*structpb.Value{
			"apiVersion": structpb.NewStringValue(xr["apiVersion"].GetStringValue()),
			"kind":       structpb.NewStringValue(xr["kind"].GetStringValue()),
		}}
	}
	for k, v := range fields.In(composite.GetResource(), "status").GetFields() {
		if _, ours := s.GetFields()[k]; !ours {
			s.Fields[k] = v
		}
	}
	composite.GetResource().Fields["status"] = structpb.NewStructValue(s)
	return nil
}

// announce what is not as it was: what to mind in the spec, and the phase.
func announce(rsp *fnv1.RunFunctionResponse, before *structpb.Struct, s standing) {
	if conditionIn(before, conditionValid).GetFields()["message"].GetStringValue() != message.Clean(s.valid().message) {
		for _, m := range s.lost {
			event(rsp, fnv1.Severity_SEVERITY_WARNING, reasonDataLoss, m)
		}
		for _, m := range slices.Concat(s.kept, s.advice) {
			event(rsp, fnv1.Severity_SEVERITY_WARNING, reasonAdvice, m)
		}
	}

	was := before.GetFields()["phase"].GetStringValue()
	switch {
	case was == "" || was == string(s.status.Phase):
	case s.status.Phase == v1alpha1.PhaseError:
		event(rsp, fnv1.Severity_SEVERITY_WARNING, reasonPhase, s.status.Message)
	default:
		event(rsp, fnv1.Severity_SEVERITY_NORMAL, reasonPhase, fmt.Sprintf("%s, after %s", s.status.Phase, was))
	}
}

// conditionIn is a condition in the status of a composite; nil where there is none.
func conditionIn(status *structpb.Struct, kind string) *structpb.Struct {
	for _, c := range status.GetFields()["conditions"].GetListValue().GetValues() {
		if s := c.GetStructValue(); s.GetFields()["type"].GetStringValue() == kind {
			return s
		}
	}
	return nil
}
