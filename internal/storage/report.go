package storage

import (
	"cmp"

	corev1 "k8s.io/api/core/v1"
	cdiv1 "kubevirt.io/containerized-data-importer-api/pkg/apis/core/v1beta1"

	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
	"github.com/novasphere/function-wukong/internal/message"
	"github.com/novasphere/function-wukong/internal/observed"
	"github.com/novasphere/function-wukong/internal/report"
)

// conditionBound is the condition of a Wukong about its volumes.
var conditionBound = report.NewCondition("VolumesBound")

// Reasons of the condition VolumesBound.
var (
	reasonReady     = report.NewReason("VolumesReady")
	reasonPending   = report.NewReason("VolumesPending")
	reasonImporting = report.NewReason("VolumesImporting")
	reasonUpload    = report.NewReason("VolumesAwaitUpload")
	reasonResizing  = report.NewReason("VolumesResizing")
	reasonFailed    = report.NewReason("VolumesFailed")
)

// A state is why a disk cannot be used. The zero state is that of a disk which can.
type state struct {
	// reason of the condition VolumesBound.
	reason string

	// message of the condition VolumesBound.
	message string

	// expected reports whether the disk waits for a virtual machine that is stopped on purpose.
	expected bool
}

// failed returns the state of a disk that waiting does not help.
func failed(message string) state { return state{reason: reasonFailed, message: message} }

// pending returns the state of a disk that waits.
func pending(message string) state { return state{reason: reasonPending, message: message} }

// Report returns the status of each disk that has a claim, and the condition VolumesBound of all. Stopped reports whether the virtual machine is stopped on
// purpose.
func Report(w *v1alpha1.Wukong, set Settings, rs observed.Resources, stopped bool) ([]v1alpha1.VolumeStatus, report.Part) {
	statuses := make([]v1alpha1.VolumeStatus, 0, len(w.Spec.Disks))
	states := []state{leftover(w, rs), restoreState(w, rs)}
	var keys []string
	for i := range w.Spec.Disks {
		d := &w.Spec.Disks[i]
		if !HasClaim(d) {
			continue
		}
		statuses = append(statuses, v1alpha1.VolumeStatus{Name: string(d.Name), PVCName: ClaimName(w, d)})
		if !IsComposed(d) {
			continue
		}
		r := diskReporter{wukong: w, disk: d, settings: set, observed: rs, stopped: stopped, status: &statuses[len(statuses)-1]}
		s := r.report()
		if states = append(states, s); s.reason != "" && !s.expected {
			keys = append(keys, key(d))
		}
	}
	p := summarize(states)
	if p.Ready {
		p.Message = readyMessage(w.Spec.Disks)
	}
	p.Pending = keys
	return statuses, p
}

// summarize returns the condition of all disks: that of the first disk that failed, else of the first that waits for somebody's upload, else of the first
// that is imported, else of the first that waits.
func summarize(states []state) report.Part {
	p := report.Part{Condition: conditionBound}
	for _, reason := range []string{reasonFailed, reasonUpload, reasonImporting, reasonPending, reasonResizing} {
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

// readyMessage counts the volumes that the Wukong composes, and names the claims that it does not. Those are not observed: KubeVirt reports a
// missing one in the status of the virtual machine.
func readyMessage(disks []v1alpha1.Disk) string {
	var claims []string
	composed := 0
	for i := range disks {
		switch d := &disks[i]; {
		case d.ClaimName != "":
			claims = append(claims, string(d.ClaimName))
		case IsComposed(d):
			composed++
		}
	}
	bound, boundAttached := msgVolumesBound, msgVolumesBoundAttached
	if composed == 1 {
		bound, boundAttached = msgVolumeBound, msgVolumeBoundAttached
	}
	switch {
	case len(claims) == 0 && composed == 0:
		return msgNoVolume.String()
	case len(claims) == 0:
		return bound.With(composed)
	case composed == 0:
		return msgAttached.With(report.List(claims))
	}
	return boundAttached.With(composed, report.List(claims))
}

// A diskReporter reports one disk that the Wukong composes.
type diskReporter struct {
	wukong   *v1alpha1.Wukong
	disk     *v1alpha1.Disk
	settings Settings
	observed observed.Resources

	// stopped reports whether the virtual machine is stopped on purpose.
	stopped bool

	// status of the disk, which the report completes.
	status *v1alpha1.VolumeStatus
}

// say returns a message that begins with the name of the disk.
func (r diskReporter) say(m message.Message, values ...any) string {
	return m.With(append([]any{r.disk.Name}, values...)...)
}

// report returns the state of the disk.
func (r diskReporter) report() state {
	holder := r.observed[key(r.disk)]
	switch f := holder.Foreign; {
	case f != nil && f.Deleting:
		return pending(r.say(msgNameInUse))
	case f != nil:
		return failed(report.Foreign(r.wukong, r.subject(), holderKind(r.disk, r.observed), r.status.PVCName, f))
	case holder.MaybeRefused:
		return pending(r.say(msgMaybeRefused))
	case r.observed.Deleting(key(r.disk)):
		return pending(r.say(msgDeleting))
	case holderKind(r.disk, r.observed) == kindDataVolume:
		return r.reportImported(holder.Refused)
	}
	return r.reportEmpty(holder.Refused)
}

// subject returns the name of the disk in messages of package report.
func (r diskReporter) subject() string { return "disk " + string(r.disk.Name) }

// reportEmpty returns the state of an empty disk. Refused is why the API server refused its claim; empty where it accepted it.
func (r diskReporter) reportEmpty(refused string) state {
	pvc, ok := observed.Get[corev1.PersistentVolumeClaim](r.observed, key(r.disk))
	switch {
	case !ok && refused != "":
		return r.refused(refused)
	case !ok:
		return pending(r.say(msgWaiting))
	case r.isUnfit(refused, pvc, emptySizing(r.disk, pvc, r.observed)):
		return r.refused(refused)
	}
	return r.reportClaim(pvc)
}

// reportImported returns the state of a disk with content from elsewhere. Refused is why the API server refused its DataVolume; empty where it accepted it.
func (r diskReporter) reportImported(refused string) state {
	dv, ok := observed.Get[cdiv1.DataVolume](r.observed, key(r.disk))
	switch {
	case refused != "":
		return r.refused(refused)
	case !ok && isLed(r.disk) && !isAskedFor(r.wukong, r.disk, r.observed):
		if s := leadOf(r.wukong, r.disk, r.settings, r.observed).state; s.reason != "" {
			return s
		}
		return pending(r.say(msgWaiting))
	case !ok && isCopy(r.disk):
		return pending(r.say(msgCopiedOnceStopped))
	case !ok:
		return pending(r.say(msgWaiting))
	case r.disk.ImageChecksum != "" && hasDroppedChecksum(r.disk, dv, r.observed):
		return failed(r.say(msgChecksumDropped))
	}
	if dv.Status.Progress != "" && dv.Status.Progress != "N/A" {
		r.status.Progress = string(dv.Status.Progress)
	}
	switch {
	case isLost(dv):
		return failed(r.say(msgLost))
	case dv.Status.Phase == cdiv1.Succeeded:
		return r.reportImportedClaim(dv)
	}
	if s := r.importFailure(dv); s.reason != "" {
		return s
	}
	return r.importProgress(dv)
}

// reportImportedClaim returns the state of a disk whose import is complete. Its claim may not have been observed yet.
func (r diskReporter) reportImportedClaim(dv *cdiv1.DataVolume) state {
	k := importedClaimKey(r.disk)
	pvc, ok := observed.Get[corev1.PersistentVolumeClaim](r.observed, k)
	if !ok {
		r.status.Bound = true
		return state{}
	}
	if refused := r.observed[k].Refused; r.isUnfit(refused, pvc, importedSizing(r.disk, dv, pvc, r.observed)) {
		return r.refused(refused)
	}
	return r.reportClaim(pvc)
}

// reportClaim returns the state of a disk by the phase of its claim.
func (r diskReporter) reportClaim(pvc *corev1.PersistentVolumeClaim) state {
	if q, ok := pvc.Status.Capacity[corev1.ResourceStorage]; ok {
		r.status.Size = q.String()
	}
	switch pvc.Status.Phase {
	case corev1.ClaimBound:
		r.status.Bound = true
		capacity, request := pvc.Status.Capacity[corev1.ResourceStorage], pvc.Spec.Resources.Requests[corev1.ResourceStorage]
		if !capacity.IsZero() && capacity.Cmp(request) < 0 {
			return state{reason: reasonResizing, message: r.say(msgGrowing, capacity.String(), request.String())}
		}
		return state{}
	case corev1.ClaimLost:
		return failed(r.say(msgLost))
	case corev1.ClaimPending, "":
		if r.stopped {
			// The storage class may bind volumes to the node of their first consumer (WaitForFirstConsumer).
			return state{reason: reasonPending, message: r.say(msgBoundAtStart), expected: true}
		}
		return pending(r.say(msgUnbound))
	default:
		return pending(r.say(msgClaimPhase, pvc.Status.Phase))
	}
}

// importFailure returns the state of a disk whose import fails, and the zero state of any other.
func (r diskReporter) importFailure(dv *cdiv1.DataVolume) state {
	claim, pod := claimFailure(dv), importerFailure(dv)
	switch {
	case dv.Status.Phase == cdiv1.Failed:
		if reason := cmp.Or(claim, runningCondition(dv).Message); reason != "" {
			return failed(r.say(msgImportFailed, reason))
		}
		return failed(r.say(msgImportFailedDV, r.status.PVCName))
	case claim != "":
		return failed(r.say(msgClaimFailed, claim))
	case pod.reason != "" && pod.mayPass:
		return pending(r.say(msgImportRefused, pod.reason))
	case pod.reason != "" && pod.retried:
		return failed(r.say(msgImportRetried, pod.reason))
	case pod.reason != "":
		return failed(r.say(msgImportBlocked, pod.reason))
	}
	return state{}
}

// importProgress returns the state of a disk by the phase of its import. A phase that CDI adds in a later release is reported by its name.
func (r diskReporter) importProgress(dv *cdiv1.DataVolume) state {
	from := originOfDataVolume(dv, r.observed.Annotation(key(r.disk), annotationImageFrom), r.wukong.GetNamespace())
	task, importing := r.task(from, dv)
	switch dv.Status.Phase {
	case cdiv1.UploadReady:
		return state{reason: reasonUpload, message: r.say(msgUploadAwaited, r.status.PVCName, r.wukong.GetNamespace())}
	case cdiv1.UploadScheduled:
		return pending(r.say(msgUploading))
	default:
	}
	running := runningCondition(dv)
	if running.Status == corev1.ConditionTrue {
		// CDI may leave the phase at an earlier one until the import ends.
		return importing
	}
	switch dv.Status.Phase {
	case cdiv1.WaitForFirstConsumer, cdiv1.PendingPopulation:
		return state{reason: reasonPending, message: r.say(msgImportAtStart, task), expected: r.stopped}
	case cdiv1.ImportScheduled, cdiv1.ImportInProgress:
		if running.Reason == reasonUnschedulable {
			return pending(r.say(msgNoNode, running.Message))
		}
		return importing
	case cdiv1.CloneScheduled, cdiv1.CloneInProgress, cdiv1.SnapshotForSmartCloneInProgress, cdiv1.CloneFromSnapshotSourceInProgress,
		cdiv1.SmartClonePVCInProgress, cdiv1.CSICloneInProgress, cdiv1.NamespaceTransferInProgress:
		return importing
	case cdiv1.PhaseUnset, cdiv1.Pending, cdiv1.PVCBound, cdiv1.PrepClaimInProgress, cdiv1.RebindInProgress, cdiv1.ExpansionInProgress:
		if event := claimEvent(dv); event != "" {
			return pending(r.say(msgPreparingWhy, event))
		}
		return pending(r.say(msgPreparing))
	case cdiv1.Paused:
		return pending(r.say(msgPaused))
	case cdiv1.Unknown:
		return pending(r.say(msgImportUnknown))
	default:
		return pending(r.say(msgImportPhase, dv.Status.Phase))
	}
}

// task returns what CDI does to fill a disk with content of an origin, in a word, and the state of a disk for which it does that.
//
// CDI copies a claim once no pod uses it. Why it waits is in an event alone, of which the DataVolume shows the last one, and which Kubernetes drops after a
// while. So a copy without progress says what it may wait for.
func (r diskReporter) task(from origin, dv *cdiv1.DataVolume) (word string, s state) {
	word, s = taskImport, state{reason: reasonImporting, message: r.say(msgImporting)}
	switch {
	case from == originUpload:
		word, s.message = taskUpload, r.say(msgUploading)
	case from != "" && !from.isURL():
		word, s.message = taskClone, r.say(msgCloning, describe(from))
		switch {
		case r.status.Progress != "":
			s.message = r.say(msgCloneProgress, describe(from), r.status.Progress)
		case dv.Status.Phase == cdiv1.CloneInProgress && dv.Spec.Source != nil && dv.Spec.Source.PVC != nil:
			s.message = r.say(msgCloneBegins, describe(from))
		}
	case r.status.Progress != "":
		s.message = r.say(msgProgress, r.status.Progress)
	}
	return word, s
}

// Words for what CDI does to fill a disk.
const (
	taskImport = "import"
	taskClone  = "clone"
	taskUpload = "upload"
)

// refused returns the state of a disk that the API server refused.
func (r diskReporter) refused(reason string) state {
	return failed(report.Refused(r.subject(), reason))
}

// isUnfit reports whether a refusal of the API server leaves the existing claim unfit for the disk. A claim whose growth was refused can be used
// as it is: checkSize rejects the growth.
func (r diskReporter) isUnfit(refused string, pvc *corev1.PersistentVolumeClaim, s sizing) bool {
	return refused != "" && !isOutdatedRefusal(refused) && (!canGrow(r.disk, pvc, s) || !isRefusal(refused))
}
