package storage

import (
	"cmp"
	"fmt"

	corev1 "k8s.io/api/core/v1"
	cdiv1 "kubevirt.io/containerized-data-importer-api/pkg/apis/core/v1beta1"

	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
	"github.com/novasphere/function-wukong/internal/names"
	"github.com/novasphere/function-wukong/internal/observed"
	"github.com/novasphere/function-wukong/internal/report"
)

// Reasons of the condition VolumesBound.
const (
	reasonReady     = "VolumesReady"
	reasonPending   = "VolumesPending"
	reasonImporting = "VolumesImporting"
	reasonResizing  = "VolumesResizing"
	reasonFailed    = "VolumesFailed"
)

// A state of a disk: why it cannot be used yet, if it cannot.
type state struct {
	reason, message string

	// asWished says that it need not be usable: it waits for a virtual machine that is not to start.
	asWished bool
}

// Report how the disks of a Wukong stand, one by one and together. Stopped says that its virtual machine is stopped as it is to be.
func Report(w *v1alpha1.Wukong, rs observed.Resources, stopped bool) ([]v1alpha1.VolumeStatus, report.Part) {
	statuses := make([]v1alpha1.VolumeStatus, len(w.Spec.Disks))
	states := make([]state, len(w.Spec.Disks))
	var pending []string
	for i := range w.Spec.Disks {
		d := &w.Spec.Disks[i]
		statuses[i] = v1alpha1.VolumeStatus{Name: string(d.Name), PVCName: string(d.ClaimName)}
		if d.ClaimName == "" {
			statuses[i].PVCName = names.Object(w, names.Disk, string(d.Name))
			states[i] = reportDisk(w, d, rs, stopped, &statuses[i])
		}
		if states[i].reason != "" && !states[i].asWished {
			pending = append(pending, key(d))
		}
	}
	p := together(states)
	if p.Ready {
		p.Message = ready(w.Spec.Disks)
	}
	p.Pending = pending
	return statuses, p
}

// ready says which volumes can be used. Of a claim that exists nobody has looked whether it is there, but KubeVirt, which says so of the
// virtual machine.
func ready(disks []v1alpha1.Disk) string {
	var claims []string
	for _, d := range disks {
		if d.ClaimName != "" {
			claims = append(claims, string(d.ClaimName))
		}
	}
	made := report.Count(len(disks)-len(claims), "volume", "bound")
	switch {
	case len(claims) == 0:
		return made
	case len(claims) == len(disks):
		return "attached as they are: " + report.List(claims)
	}
	return made + "; attached as they are: " + report.List(claims)
}

// together is the part of all disks: that of the first which failed, else of the first which is imported, else of the first which
// waits for something.
func together(states []state) report.Part {
	p := report.Part{Condition: "VolumesBound"}
	for _, reason := range []string{reasonFailed, reasonImporting, reasonPending, reasonResizing} {
		for _, s := range states {
			if s.reason == reason {
				p.Failed, p.Reason, p.Message = reason == reasonFailed, reason, s.message
				return p
			}
		}
	}
	p.Ready, p.Reason = true, reasonReady
	return p
}

func reportDisk(w *v1alpha1.Wukong, d *v1alpha1.Disk, rs observed.Resources, stopped bool, status *v1alpha1.VolumeStatus) state {
	what := "disk " + string(d.Name)
	why := rs[key(d)].Refused
	switch f := rs[key(d)].Foreign; {
	case f != nil && f.Deleting:
		return pending("waiting for " + what + report.Going)
	case f != nil:
		return failed(report.Foreign(w, what, kindOf(d, rs), status.PVCName, f))
	case rs[key(d)].MaybeRefused:
		return pending("waiting for " + what + report.Unsure)
	}
	if rs.Deleting(key(d)) {
		return pending(what + ": the earlier disk of this name is being deleted, which may wait for the virtual machine to stop; then it is made anew")
	}
	if isImported(d, rs) {
		dv, ok := observed.Get[cdiv1.DataVolume](rs, key(d))
		switch {
		case why != "":
			return refused(what, why)
		case !ok:
			return pending("waiting for " + what)
		}
		return reportImport(d, what, dv, rs, stopped, status)
	}

	pvc, ok := observed.Get[corev1.PersistentVolumeClaim](rs, key(d))
	switch {
	case why != "" && (!ok || hinders(why, d, pvc, emptySizing(d, pvc, rs))):
		return refused(what, why)
	case !ok:
		return pending("waiting for " + what)
	}
	return reportClaim(what, pvc, stopped, status)
}

// hinders reports whether a claim that exists does not become what the disk needs, for the reason that the cluster gives; empty for none. One
// that cannot grow can be used as it is, and the wish is told: see keepSize.
func hinders(why string, d *v1alpha1.Disk, pvc *corev1.PersistentVolumeClaim, s sizing) bool {
	return why != "" && !isOutdated(why) && (!grows(d, pvc, s) || !isRefusal(why))
}

func refused(what, why string) state { return failed(report.Refused(what, why)) }

func failed(message string) state { return state{reason: reasonFailed, message: message} }

func pending(message string) state { return state{reason: reasonPending, message: message} }

func lost(what string) state {
	return failed(what + ": its volume is lost: restore it, or give the disk another name, which makes a new one")
}

// reportClaim maps the phases of a PersistentVolumeClaim.
func reportClaim(what string, pvc *corev1.PersistentVolumeClaim, stopped bool, status *v1alpha1.VolumeStatus) state {
	if q, ok := pvc.Status.Capacity[corev1.ResourceStorage]; ok {
		status.Size = q.String()
	}
	switch pvc.Status.Phase {
	case corev1.ClaimBound:
		status.Bound = true
		if has, wants := pvc.Status.Capacity[corev1.ResourceStorage], pvc.Spec.Resources.Requests[corev1.ResourceStorage]; !has.IsZero() && has.Cmp(wants) < 0 {
			return state{reason: reasonResizing, message: fmt.Sprintf("%s: growing from %s to %s", what, has.String(), wants.String())}
		}
		return state{}
	case corev1.ClaimLost:
		return lost(what)
	case corev1.ClaimPending, "":
		s := pending(fmt.Sprintf("waiting for %s: no volume is bound yet", what))
		if stopped {
			// Its storage class may bind it only when it is needed.
			s.asWished = true
			s.message = fmt.Sprintf("waiting for %s: its volume is bound when the virtual machine starts, if not before", what)
		}
		return s
	default:
		return pending(fmt.Sprintf("waiting for %s: its claim is in phase %s, which is not known here", what, pvc.Status.Phase))
	}
}

// reportImport maps the phases of a DataVolume.
func reportImport(d *v1alpha1.Disk, what string, dv *cdiv1.DataVolume, rs observed.Resources, stopped bool, status *v1alpha1.VolumeStatus) state {
	if dv.Status.Progress != "" && dv.Status.Progress != "N/A" {
		status.Progress = string(dv.Status.Progress)
	}
	waiting := func(format string, args ...any) string {
		return fmt.Sprintf("waiting for %s: ", what) + fmt.Sprintf(format, args...)
	}

	if isLost(dv) {
		return lost(what)
	}
	switch dv.Status.Phase {
	case cdiv1.Succeeded:
		if pvc, ok := observed.Get[corev1.PersistentVolumeClaim](rs, claimKey(d)); ok {
			if why := rs[claimKey(d)].Refused; hinders(why, d, pvc, importedSizing(d, dv, pvc, rs)) {
				return refused(what, why)
			}
			return reportClaim(what, pvc, stopped, status)
		}
		status.Bound = true
		return state{}
	case cdiv1.Failed:
		return failed(fmt.Sprintf("%s: import failed: %s", what, failure(dv, status.PVCName)))
	default:
	}
	if why := claimTrouble(dv); why != "" {
		return failed(fmt.Sprintf("%s: CDI cannot make its volume: %s", what, why))
	}
	if why, retried := podTrouble(dv); retried {
		return failed(fmt.Sprintf("%s: import failed, and is tried again: %s", what, why))
	} else if why != "" {
		return failed(fmt.Sprintf("%s: its import cannot begin: %s", what, why))
	}

	importing := state{reason: reasonImporting, message: waiting("importing")}
	if status.Progress != "" {
		importing.message = waiting("importing %s", status.Progress)
	}
	if running(dv).Status == corev1.ConditionTrue {
		// CDI may leave the phase at one from before the import until the end.
		return importing
	}
	switch dv.Status.Phase {
	case cdiv1.WaitForFirstConsumer, cdiv1.PendingPopulation:
		s := pending(waiting("its import begins with the start of the virtual machine"))
		s.asWished = stopped
		return s
	case cdiv1.ImportScheduled, cdiv1.ImportInProgress:
		if c := running(dv); c.Reason == reasonUnschedulable {
			return pending(waiting("its import waits for a node, and for its volume: %s", c.Message))
		}
		return importing
	case cdiv1.PhaseUnset, cdiv1.Pending, cdiv1.PVCBound, cdiv1.PrepClaimInProgress, cdiv1.RebindInProgress, cdiv1.ExpansionInProgress,
		cdiv1.CloneScheduled, cdiv1.CloneInProgress, cdiv1.SnapshotForSmartCloneInProgress, cdiv1.CloneFromSnapshotSourceInProgress,
		cdiv1.SmartClonePVCInProgress, cdiv1.CSICloneInProgress, cdiv1.NamespaceTransferInProgress, cdiv1.UploadScheduled, cdiv1.UploadReady:
		if told := preparing(dv); told != "" {
			return pending(waiting("its volume is being prepared: %s", told))
		}
		return pending(waiting("its volume is being prepared"))
	case cdiv1.Paused:
		return pending(waiting("its import is paused"))
	case cdiv1.Unknown:
		return pending(waiting("the state of its import is not known at the moment"))
	default:
		return pending(waiting("its import is in phase %s, which is not known here", dv.Status.Phase))
	}
}

// failure says why the import of a DataVolume of a name failed for good.
func failure(dv *cdiv1.DataVolume, name string) string {
	return cmp.Or(claimTrouble(dv), running(dv).Message, "see the events of DataVolume "+name)
}
