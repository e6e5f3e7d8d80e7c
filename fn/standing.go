package fn

import (
	"slices"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/util/validation/field"

	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
	"github.com/novasphere/function-wukong/internal/cloudinit"
	"github.com/novasphere/function-wukong/internal/kubevirt"
	"github.com/novasphere/function-wukong/internal/message"
	"github.com/novasphere/function-wukong/internal/network"
	"github.com/novasphere/function-wukong/internal/observed"
	"github.com/novasphere/function-wukong/internal/report"
	"github.com/novasphere/function-wukong/internal/storage"
)

// A standing is how a Wukong stands, by what was observed.
type standing struct {
	status v1alpha1.WukongStatus
	parts  []report.Part

	// lost says which data is deleted, kept which wishes were not granted, and advice what is granted with another effect than its author
	// may expect.
	lost, kept, advice []string

	// done says that all that is wished was composed, and not a step on the way to it.
	done bool

	// restartRequired says which change waits for a restart; empty where none does.
	restartRequired string

	// migratability says whether the virtual machine can migrate live.
	migratability kubevirt.Migratability
}

// standingOf a Wukong that was planned so.
func standingOf(w *v1alpha1.Wukong, wish wish, rs observed.Resources) standing {
	vm := kubevirt.Report(w, wish.nics, rs)
	volumes, disks := storage.Report(w, rs, vm.Phase == v1alpha1.PhaseStopped)

	s := standing{
		status:          v1alpha1.WukongStatus{VMName: vm.Name, NodeName: vm.NodeName, Networks: vm.Networks, Volumes: volumes},
		parts:           []report.Part{network.Report(w, rs), disks, cloudinit.Report(w, rs), vm.Part},
		lost:            wish.lost,
		kept:            wish.kept,
		advice:          wish.advice,
		restartRequired: vm.RestartRequired,
		migratability:   vm.Migratability,
	}
	s.status.Phase, s.status.Message = report.Summarize(s.parts, vm.Phase)
	if len(rs) == 0 {
		s.status.Phase = v1alpha1.PhasePending
	}
	return s
}

// asWished says whether the composed resource with a key is as wished.
func (s standing) asWished(key string) bool {
	return !slices.ContainsFunc(s.parts, func(p report.Part) bool { return slices.Contains(p.Pending, key) })
}

// minds are what the author of the spec should mind: first what cannot be undone, as a message may have no room for all.
func (s standing) minds() []string { return slices.Concat(s.lost, s.kept, s.advice) }

// stalled returns the condition for tools that wait: True, with the reason, where waiting alone does not help.
func (s standing) stalled() condition {
	if len(s.kept) > 0 {
		return condition{conditionStalled, true, reasonImmutable, strings.Join(s.kept, "; ")}
	}
	for _, p := range s.parts {
		if p.Failed {
			return condition{conditionStalled, true, p.Reason, p.Message}
		}
	}
	return condition{kind: conditionStalled, reason: reasonNotStalled}
}

// valid is the condition that says whether the spec was accepted.
func (s standing) valid() condition {
	c := condition{kind: conditionValid, isTrue: true, reason: reasonAccepted, message: message.Join(s.minds())}
	if len(s.kept) > 0 {
		c.isTrue, c.reason = false, reasonImmutable
	}
	return c
}

// refused returns why wishes were not granted, which each begin with a field; nil where all are.
func (s standing) refused() error {
	if len(s.kept) == 0 {
		return nil
	}
	errs := make(field.ErrorList, len(s.kept))
	for i, k := range s.kept {
		path, why, _ := strings.Cut(k, ": ")
		errs[i] = field.Forbidden(field.NewPath(path), why)
	}
	return errs.ToAggregate()
}

// ttl is how soon the Wukong is looked at again, if nothing happens before.
func (s standing) ttl() time.Duration {
	switch {
	case s.status.Phase == v1alpha1.PhaseError:
		return 30 * time.Second
	case s.status.Phase == v1alpha1.PhaseCreating, !s.settled():
		// Crossplane may drop what it watches for a while where much happens at once, as when a virtual machine starts.
		return 10 * time.Second
	}
	return defaultTTL
}

// restart returns the condition that says whether a change waits for a restart.
func (s standing) restart() condition {
	if s.restartRequired == "" {
		return condition{kind: conditionRestartRequired, reason: reasonNoRestart}
	}
	return condition{conditionRestartRequired, true, conditionRestartRequired, s.restartRequired}
}

// settled says whether all is known of a virtual machine that runs, and nothing is under way.
func (s standing) settled() bool {
	if !s.done {
		return false
	}
	for _, p := range s.parts {
		if !p.Ready {
			return false
		}
	}
	if s.status.Phase != v1alpha1.PhaseRunning {
		return true
	}
	// The pod network always has an address, whether or not the guest tells those of the others.
	pod := slices.IndexFunc(s.status.Networks, func(n v1alpha1.NetworkStatus) bool { return n.NADName == "" })
	return s.status.NodeName != "" && (pod < 0 || s.status.Networks[pod].IPAddress != "")
}
