package storage

import (
	"fmt"

	corev1 "k8s.io/api/core/v1"
	cdiv1 "kubevirt.io/containerized-data-importer-api/pkg/apis/core/v1beta1"

	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
	"github.com/novasphere/function-wukong/fn/names"
	"github.com/novasphere/function-wukong/fn/observed"
	"github.com/novasphere/function-wukong/fn/report"
)

// Reasons of the condition VolumesBound.
const (
	reasonReady     = "VolumesReady"
	reasonPending   = "VolumesPending"
	reasonImporting = "VolumesImporting"
	reasonResizing  = "VolumesResizing"
	reasonFailed    = "VolumesFailed"
)

// reasonError is the reason that CDI gives a DataVolume's condition Running when its pod failed and will be tried again.
const reasonError = "Error"

// A state of a disk: why it cannot be used yet, if it cannot.
type state struct {
	reason, message string
}

// Report how the disks of a Wukong stand, one by one and together. RefusedSizes are what their plan found.
func Report(w *v1alpha1.Wukong, rs observed.Resources, refusedSizes map[string]string) ([]v1alpha1.VolumeStatus, report.Part) {
	statuses := make([]v1alpha1.VolumeStatus, len(w.Spec.Disks))
	states := make([]state, len(w.Spec.Disks))
	for i := range w.Spec.Disks {
		d := &w.Spec.Disks[i]
		statuses[i] = v1alpha1.VolumeStatus{Name: string(d.Name), PVCName: string(d.ClaimName), RefusedSize: refusedSizes[string(d.Name)]}
		if d.ClaimName == "" {
			statuses[i].PVCName = names.Object(w, names.Disk, string(d.Name))
			states[i] = reportDisk(d, rs, &statuses[i])
		}
	}
	return statuses, together(states)
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
	p.Ready, p.Reason, p.Message = true, reasonReady, report.Count(len(states), "volume", "bound")
	return p
}

func reportDisk(d *v1alpha1.Disk, rs observed.Resources, status *v1alpha1.VolumeStatus) state {
	what := "disk " + string(d.Name)
	if why := rs[key(d)].Refused; why != "" {
		return state{reasonFailed, report.Refused(what, why)}
	}
	if !isImported(d, rs) {
		pvc, ok := observed.Get[corev1.PersistentVolumeClaim](rs, key(d))
		if !ok {
			return state{reasonPending, "waiting for " + what}
		}
		return reportClaim(what, pvc, status)
	}
	dv, ok := observed.Get[cdiv1.DataVolume](rs, key(d))
	if !ok {
		return state{reasonPending, "waiting for " + what}
	}
	return reportImport(d, what, dv, rs, status)
}

// reportClaim maps the phases of a PersistentVolumeClaim.
func reportClaim(what string, pvc *corev1.PersistentVolumeClaim, status *v1alpha1.VolumeStatus) state {
	if q, ok := pvc.Status.Capacity[corev1.ResourceStorage]; ok {
		status.Size = q.String()
	}
	switch pvc.Status.Phase {
	case corev1.ClaimBound:
		status.Bound = true
		if has, wants := pvc.Status.Capacity[corev1.ResourceStorage], pvc.Spec.Resources.Requests[corev1.ResourceStorage]; !has.IsZero() && has.Cmp(wants) < 0 {
			return state{reasonResizing, fmt.Sprintf("%s: growing from %s to %s", what, has.String(), wants.String())}
		}
		return state{}
	case corev1.ClaimLost:
		return state{reasonFailed, what + ": its volume is lost: restore it, or remove the disk from the list and add it again"}
	case corev1.ClaimPending, "":
		return state{reasonPending, fmt.Sprintf("waiting for %s: no volume is bound yet", what)}
	default:
		return state{reasonPending, fmt.Sprintf("waiting for %s: its claim is in phase %s, which is not known here", what, pvc.Status.Phase)}
	}
}

// reportImport maps the phases of a DataVolume.
func reportImport(d *v1alpha1.Disk, what string, dv *cdiv1.DataVolume, rs observed.Resources, status *v1alpha1.VolumeStatus) state {
	if dv.Status.Progress != "" && dv.Status.Progress != "N/A" {
		status.Progress = string(dv.Status.Progress)
	}
	waiting := func(format string, args ...any) string {
		return fmt.Sprintf("waiting for %s: ", what) + fmt.Sprintf(format, args...)
	}

	switch dv.Status.Phase {
	case cdiv1.Succeeded:
		if pvc, ok := observed.Get[corev1.PersistentVolumeClaim](rs, claimKey(d)); ok {
			return reportClaim(what, pvc, status)
		}
		status.Bound = true
		return state{}
	case cdiv1.Failed:
		return state{reasonFailed, fmt.Sprintf("%s: import failed: %s", what, failure(dv))}
	case cdiv1.WaitForFirstConsumer, cdiv1.PendingPopulation:
		return state{reasonPending, waiting("its import begins with the start of the virtual machine")}
	case cdiv1.ImportScheduled, cdiv1.ImportInProgress:
		if why := retried(dv); why != "" {
			return state{reasonFailed, fmt.Sprintf("%s: import failed, and is tried again: %s", what, why)}
		}
		if status.Progress != "" {
			return state{reasonImporting, waiting("importing %s", status.Progress)}
		}
		return state{reasonImporting, waiting("importing")}
	case cdiv1.PhaseUnset, cdiv1.Pending, cdiv1.PVCBound, cdiv1.PrepClaimInProgress, cdiv1.RebindInProgress, cdiv1.ExpansionInProgress,
		cdiv1.CloneScheduled, cdiv1.CloneInProgress, cdiv1.SnapshotForSmartCloneInProgress, cdiv1.CloneFromSnapshotSourceInProgress,
		cdiv1.SmartClonePVCInProgress, cdiv1.CSICloneInProgress, cdiv1.NamespaceTransferInProgress, cdiv1.UploadScheduled, cdiv1.UploadReady:
		return state{reasonPending, waiting("its volume is being prepared")}
	case cdiv1.Paused:
		return state{reasonPending, waiting("its import is paused")}
	case cdiv1.Unknown:
		return state{reasonPending, waiting("the state of its import is not known at the moment")}
	default:
		return state{reasonPending, waiting("its import is in phase %s, which is not known here", dv.Status.Phase)}
	}
}

// retried says why the pod that imports failed, while it is tried again.
func retried(dv *cdiv1.DataVolume) string {
	for _, c := range dv.Status.Conditions {
		if c.Type == cdiv1.DataVolumeRunning && c.Status == corev1.ConditionFalse && c.Reason == reasonError {
			return c.Message
		}
	}
	return ""
}

// failure says why an import failed for good.
func failure(dv *cdiv1.DataVolume) string {
	for _, c := range dv.Status.Conditions {
		if c.Type == cdiv1.DataVolumeRunning && c.Message != "" {
			return c.Message
		}
	}
	return "see the events of DataVolume " + dv.GetName()
}
