package fn

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/util/validation/field"

	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
	"github.com/novasphere/function-wukong/internal/cloudinit"
	"github.com/novasphere/function-wukong/internal/kubevirt"
	"github.com/novasphere/function-wukong/internal/network"
	"github.com/novasphere/function-wukong/internal/report"
	"github.com/novasphere/function-wukong/internal/snapshot"
	"github.com/novasphere/function-wukong/internal/storage"
)

// An evaluation is the state of a Wukong: how its observed objects compare to the planned ones.
type evaluation struct {
	status v1alpha1.WukongStatus
	parts  []report.Part

	// dataLoss, unread, rejectedChanges and kept are those of the plan. Advice has what depends on the state as well.
	dataLoss, unread, rejectedChanges, kept, advice []string

	// restartRequired says which change waits for a restart; empty if none does.
	restartRequired string

	// migratability says whether the virtual machine can migrate live.
	migratability kubevirt.Migratability
}

// evaluate returns the state of a Wukong.
func evaluate(r wukongRequest, p objectPlan) evaluation {
	w, rs := r.wukong, r.observed
	vm := kubevirt.Report(w, p.nics, r.input.Cluster, p.held, rs)
	volumes, disks := storage.Report(w, r.storageSettings(), rs, vm.Phase == v1alpha1.PhaseStopped)

	e := evaluation{
		status: v1alpha1.WukongStatus{
			VMName: vm.Name, NodeName: vm.NodeName, CPU: vm.CPUs, Memory: vm.Memory, GuestAgent: vm.GuestAgent, GuestOS: vm.GuestOS,
			StatePVCName: vm.StateClaim, Networks: vm.Networks, Volumes: volumes,
			Snapshots: snapshot.Report(w, rs),
		},
		parts:           []report.Part{network.Report(w, vm.Starts(), rs), disks, cloudinit.Report(w, rs), vm.Part},
		dataLoss:        p.dataLoss,
		rejectedChanges: p.rejectedChanges,
		unread:          p.unread,
		kept:            p.kept,
		advice:          p.advice,
		restartRequired: vm.RestartRequired,
		migratability:   vm.Migratability,
	}
	if vm.Name != "" && !vm.Starts() {
		e.advice = append(e.advice, network.ReferenceAdvice(w, rs)...)
	}
	e.status.Phase, e.status.Message = report.Summarize(e.parts, vm.Phase)
	e.status.Message = cmp.Or(e.status.Message, vm.Growth)
	if rs.Nothing() {
		e.status.Phase = v1alpha1.PhasePending
	}
	return e
}

// isReady reports whether the object of a composed resource is in its desired state.
func (e evaluation) isReady(key string) bool {
	return !slices.ContainsFunc(e.parts, func(p report.Part) bool { return slices.Contains(p.Pending, key) })
}

// isSettled reports whether nothing is under way, and everything is known of a virtual machine that runs.
func (e evaluation) isSettled() bool {
	for _, p := range e.parts {
		if !p.Ready {
			return false
		}
	}
	if e.status.Phase != v1alpha1.PhaseRunning {
		return true
	}
	// The pod network always has an address. Those of other networks depend on the guest agent.
	pod := slices.IndexFunc(e.status.Networks, func(n v1alpha1.NetworkStatus) bool { return n.NADName == "" })
	return e.status.NodeName != "" && (pod < 0 || e.status.Networks[pod].IPAddress != "")
}

// rejection returns the rejected changes as an error, each with the path of its field; nil if there are none.
func (e evaluation) rejection() error {
	if len(e.rejectedChanges) == 0 {
		return nil
	}
	errs := make(field.ErrorList, len(e.rejectedChanges))
	for i, message := range e.rejectedChanges {
		path, detail, _ := strings.Cut(message, ": ")
		errs[i] = field.Forbidden(field.NewPath(path), detail)
	}
	return errs.ToAggregate()
}

// ttl returns after what time Crossplane calls the function again if nothing changes before. Final reports whether the composed resources are
// what the plan asks for.
func (e evaluation) ttl(final bool) time.Duration {
	if e.status.Phase == v1alpha1.PhaseError {
		return 30 * time.Second
	}
	if e.status.Phase == v1alpha1.PhaseCreating || !final || !e.isSettled() {
		// Crossplane may ignore watch events for a while if there are many, as when a virtual machine starts.
		return 10 * time.Second
	}
	return defaultTTL
}
