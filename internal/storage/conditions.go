package storage

import (
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	cdiv1 "kubevirt.io/containerized-data-importer-api/pkg/apis/core/v1beta1"
)

// CDI 1.64 reports an import that fails in two conditions of the DataVolume, while the phase stays at an earlier one. Bound is about the claim
// (pkg/controller/datavolume/controller-base.go, updateDataVolumeStatusPhaseWithEvent). Running is about the importer pod
// (pkg/controller/common/util.go, HandleFailedPod; pkg/controller/util.go, setAnnotationsFromPodWithPrefix).
//
// Their reasons come from CDI, the container runtime and the scheduler, without a common list. Reasons of a normal import have none of the
// words of a failure: Pending, NotFound, ContainerCreating, PodInitializing, CreatingScratchSpace, "Scratch space required", Completed, "".
var failureWords = []string{"Err", "Fail", "BackOff", "Invalid", "Lost", "OOMKilled", "CannotRun", "Deadline", "Evicted", "WithoutSource"}

const (
	// reasonError is the reason of an importer pod that failed and is restarted.
	reasonError = "Error"

	// reasonClaimLost is the reason of a claim whose PersistentVolume, with its data, is gone.
	reasonClaimLost = "ClaimLost"

	// reasonCompleted is the reason of an importer pod that has finished.
	reasonCompleted = "Completed"

	// reasonPodRefused is the reason of an importer pod that could not be created. It is so for a moment, too, where a controller of CDI is about to create one
	// that it has created just now. CDI tries again in both cases.
	reasonPodRefused = "ErrStartingPod"

	// reasonUnschedulable is the reason of a pod without a node. Any pod has it until its volumes are bound.
	reasonUnschedulable = "Unschedulable"

	// eventConflict is in the event of a controller that writes an object which another one has just written, and tries again at once.
	eventConflict = "please apply your changes to the latest version and try again"

	// beforeEvent separates the phase of a claim from its last event, in the message of the condition Bound.
	beforeEvent = " Pending and "
)

// retriedReasons are the reasons of an importer pod that is restarted. CDI also uses ImagePullFailed for a registry's image that the importer
// could not pull.
var retriedReasons = []string{reasonError, "OOMKilled", "ContainerCannotRun", "ImagePullFailed"}

// A podFailure is why an importer pod does not import.
type podFailure struct {
	// reason is empty where the pod has not failed.
	reason string

	// retried reports whether the pod ran and is restarted.
	retried bool

	// mayPass reports whether the reason cannot be told from one that is gone in a moment.
	mayPass bool
}

// isFailure reports whether a condition is of a failure that needs more than time.
func isFailure(c cdiv1.DataVolumeCondition) bool {
	return c.Status != corev1.ConditionTrue && slices.ContainsFunc(failureWords, func(word string) bool { return strings.Contains(c.Reason, word) })
}

// claimFailure returns why CDI cannot create the claim of a DataVolume, or lost it; empty where neither is so.
func claimFailure(dv *cdiv1.DataVolume) string {
	if c := boundCondition(dv); isFailure(c) {
		return conditionText(c)
	}
	return ""
}

// importerFailure returns why the importer pod of a DataVolume does not import. An unschedulable pod is a failure only once the claim is
// bound: before that, the pod may wait for its volume. CDI may bind the claim last, after it has filled another one.
func importerFailure(dv *cdiv1.DataVolume) podFailure {
	c := runningCondition(dv)
	if isFailure(c) || c.Reason == reasonUnschedulable && boundCondition(dv).Status == corev1.ConditionTrue {
		return podFailure{
			reason: conditionText(c), retried: slices.Contains(retriedReasons, c.Reason), mayPass: c.Reason == reasonPodRefused,
		}
	}
	return podFailure{}
}

// isLost reports whether the volume of a DataVolume is gone. CDI then reports a failed import, even after one that succeeded.
func isLost(dv *cdiv1.DataVolume) bool { return boundCondition(dv).Reason == reasonClaimLost }

// importFails reports whether the import of a DataVolume fails and has never succeeded.
func importFails(dv *cdiv1.DataVolume) bool {
	if isLost(dv) || runningCondition(dv).Reason == reasonCompleted || dv.Status.Phase == cdiv1.Succeeded {
		return false
	}
	return dv.Status.Phase == cdiv1.Failed || importerFailure(dv).reason != "" || claimFailure(dv) != ""
}

// conditionText returns the message of a condition, after its reason where the message does not contain it.
func conditionText(c cdiv1.DataVolumeCondition) string {
	switch {
	case c.Message == "":
		return c.Reason
	case c.Reason == reasonError || strings.Contains(c.Message, c.Reason):
		return c.Message
	}
	return c.Reason + ": " + c.Message
}

// claimEvent returns the last event of a claim that is not bound, which CDI copies into the condition Bound; empty for none. It may be an
// error or the progress of a driver.
func claimEvent(dv *cdiv1.DataVolume) string {
	_, event, _ := strings.Cut(boundCondition(dv).Message, beforeEvent)
	if strings.Contains(event, eventConflict) {
		return ""
	}
	return event
}

// boundCondition returns the condition of the claim.
func boundCondition(dv *cdiv1.DataVolume) cdiv1.DataVolumeCondition {
	return condition(dv, cdiv1.DataVolumeBound)
}

// runningCondition returns the condition of the importer pod.
func runningCondition(dv *cdiv1.DataVolume) cdiv1.DataVolumeCondition {
	return condition(dv, cdiv1.DataVolumeRunning)
}

// condition returns the condition of a DataVolume with a type, and the zero condition where it has none.
func condition(dv *cdiv1.DataVolume, kind cdiv1.DataVolumeConditionType) cdiv1.DataVolumeCondition {
	i := slices.IndexFunc(dv.Status.Conditions, func(c cdiv1.DataVolumeCondition) bool { return c.Type == kind })
	if i < 0 {
		return cdiv1.DataVolumeCondition{}
	}
	return dv.Status.Conditions[i]
}
