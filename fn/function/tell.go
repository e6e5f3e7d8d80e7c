package function

import (
	"errors"
	"slices"
	"strings"
	"time"

	fnv1 "github.com/crossplane/function-sdk-go/proto/v1"
	"github.com/crossplane/function-sdk-go/response"
	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/structpb"
	"k8s.io/apimachinery/pkg/runtime"

	"github.com/novasphere/function-wukong/fn/admission"
	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
	"github.com/novasphere/function-wukong/fn/cloudinit"
	"github.com/novasphere/function-wukong/fn/kubevirt"
	"github.com/novasphere/function-wukong/fn/network"
	"github.com/novasphere/function-wukong/fn/observed"
	"github.com/novasphere/function-wukong/fn/report"
	"github.com/novasphere/function-wukong/fn/storage"
)

const (
	// conditionRestartRequired is there only while a change waits for a restart.
	conditionRestartRequired = "RestartRequired"

	reasonImmutable = "ImmutableChange"

	reasonAdvice = "Advice"
	reasonPhase  = "PhaseChanged"
)

// tell the user how the Wukong stands: its status and conditions, what to mind in its spec, and an event when its phase changed.
func tell(rsp *fnv1.RunFunctionResponse, req *fnv1.RunFunctionRequest, w *v1alpha1.Wukong, wish wish, rs observed.Resources) error {
	vm := kubevirt.Report(w, wish.nics, rs)
	volumes, disks := storage.Report(w, rs, wish.refusedSizes)
	parts := []report.Part{network.Report(w, rs), disks, vm.Part}

	status := v1alpha1.WukongStatus{VMName: vm.Name, NodeName: vm.NodeName, Networks: vm.Networks, Volumes: volumes}
	status.Phase, status.Message = report.Summarize(withSeed(parts, rs), vm.Phase)
	if len(rs) == 0 {
		status.Phase = v1alpha1.PhasePending
	}
	if err := setStatus(rsp, req, status); err != nil {
		return err
	}

	if len(wish.kept) > 0 {
		response.ConditionFalse(rsp, conditionValid, reasonImmutable).WithMessage(strings.Join(wish.kept, "; ")).TargetCompositeAndClaim()
	} else {
		response.ConditionTrue(rsp, conditionValid, reasonAccepted).TargetCompositeAndClaim()
	}
	for _, p := range parts {
		set := response.ConditionFalse
		if p.Ready {
			set = response.ConditionTrue
		}
		set(rsp, p.Condition, p.Reason).WithMessage(p.Message).TargetCompositeAndClaim()
	}
	if vm.RestartRequired != "" {
		response.ConditionTrue(rsp, conditionRestartRequired, conditionRestartRequired).WithMessage(vm.RestartRequired).TargetCompositeAndClaim()
	}

	for _, warning := range slices.Concat(wish.kept, admission.Warnings(w)) {
		response.Warning(rsp, errors.New(warning)).TargetCompositeAndClaim().WithReason(reasonAdvice)
	}
	announce(rsp, req, status)
	rsp.Meta.Ttl = durationpb.New(ttl(status.Phase))
	return nil
}

// withSeed adds the Secret with cloud-init's data, which has no condition of its own, to the parts where the cluster refuses it.
func withSeed(parts []report.Part, rs observed.Resources) []report.Part {
	why := rs[cloudinit.Key].Refused
	if why == "" {
		return parts
	}
	return append([]report.Part{{Failed: true, Message: report.Refused("cloud-init data", why)}}, parts...)
}

// setStatus writes the status into the desired composite, beside what earlier steps of the pipeline wrote there.
func setStatus(rsp *fnv1.RunFunctionResponse, req *fnv1.RunFunctionRequest, status v1alpha1.WukongStatus) error {
	m, err := runtime.DefaultUnstructuredConverter.ToUnstructured(&status)
	if err != nil {
		return err
	}
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
	fields := composite.GetResource().GetFields()
	for k, v := range fields["status"].GetStructValue().GetFields() {
		if _, ours := s.GetFields()[k]; !ours {
			s.Fields[k] = v
		}
	}
	fields["status"] = structpb.NewStructValue(s)
	return nil
}

// refusedSizes are what the status of a composite says of sizes to which the cluster refused to grow disks.
func refusedSizes(xr *structpb.Struct) map[string]string {
	out := map[string]string{}
	volumes := xr.GetFields()["status"].GetStructValue().GetFields()["volumes"].GetListValue()
	for _, v := range volumes.GetValues() {
		f := v.GetStructValue().GetFields()
		out[f["name"].GetStringValue()] = f["refusedSize"].GetStringValue()
	}
	return out
}

// announce an event when the phase is another one than before.
func announce(rsp *fnv1.RunFunctionResponse, req *fnv1.RunFunctionRequest, status v1alpha1.WukongStatus) {
	before := req.GetObserved().GetComposite().GetResource().GetFields()["status"].GetStructValue().GetFields()["phase"].GetStringValue()
	if before == "" || before == string(status.Phase) {
		return
	}
	if status.Phase == v1alpha1.PhaseError {
		response.Warning(rsp, errors.New(status.Message)).TargetCompositeAndClaim().WithReason(reasonPhase)
		return
	}
	response.Normalf(rsp, "%s, after %s", status.Phase, before).TargetCompositeAndClaim().WithReason(reasonPhase)
}

// ttl is how soon the Wukong is looked at again, if nothing happens before.
func ttl(p v1alpha1.Phase) time.Duration {
	switch p {
	case v1alpha1.PhaseCreating:
		return 10 * time.Second
	case v1alpha1.PhaseError:
		return 30 * time.Second
	case v1alpha1.PhasePending, v1alpha1.PhaseRunning, v1alpha1.PhaseStopped:
	}
	return response.DefaultTTL
}
