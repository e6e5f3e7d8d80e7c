package storage

import (
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	cdiv1 "kubevirt.io/containerized-data-importer-api/pkg/apis/core/v1beta1"
)

// What CDI 1.64 tells of a DataVolume that it cannot fill stands in its conditions, while the phase stays at one from before: of the claim in
// Bound (pkg/controller/datavolume/controller-base.go, updateDataVolumeStatusPhaseWithEvent), and of the pod that imports in Running
// (pkg/controller/common/util.go, HandleFailedPod; pkg/controller/util.go, setAnnotationsFromPodWithPrefix).
//
// Its reasons are its own, the container's and the scheduler's, and there is no list of them. Those of what passes by itself have none of
// these words: Pending, NotFound, ContainerCreating, PodInitializing, CreatingScratchSpace, "Scratch space required", Completed and empty.
var failureWords = []string{"Err", "Fail", "BackOff", "Invalid", "Lost", "OOMKilled", "CannotRun", "Deadline", "Evicted"}

const (
	// reasonError is the reason of a pod that failed and will be tried again.
	reasonError = "Error"

	// claimLost is the reason of a claim whose volume is gone, with all that was in it.
	claimLost = "ClaimLost"

	// podCompleted is the reason of a pod that has done its work.
	podCompleted = "Completed"

	// reasonUnschedulable is the reason of a pod that no node takes. It has it also until its volumes are bound, as any pod.
	reasonUnschedulable = "Unschedulable"
)

// retriedReasons are those of a pod that ran, or was to run, and is started again. ImagePullFailed is that of a registry's image that the
// importer could not pull, too.
var retriedReasons = []string{reasonError, "OOMKilled", "ContainerCannotRun", "ImagePullFailed"}

// isFailure reports whether a condition says that waiting does not help, or not by itself.
func isFailure(c cdiv1.DataVolumeCondition) bool {
	return c.Status != corev1.ConditionTrue && slices.ContainsFunc(failureWords, func(word string) bool { return strings.Contains(c.Reason, word) })
}

// claimTrouble returns why CDI cannot make the claim of a DataVolume, or lost it; empty where it can.
func claimTrouble(dv *cdiv1.DataVolume) string {
	if c := condition(dv, cdiv1.DataVolumeBound); isFailure(c) {
		return inWords(c)
	}
	return ""
}

// podTrouble returns why the pod that imports does not, and whether it was started and is tried again; empty where it does. No node for the
// pod is trouble once the claim is bound. Where CDI fills another claim than the one that the virtual machine attaches, that one is bound
// last of all, and whether the pod only waits for its volume is not known.
func podTrouble(dv *cdiv1.DataVolume) (why string, retried bool) {
	c := running(dv)
	bound := condition(dv, cdiv1.DataVolumeBound).Status == corev1.ConditionTrue
	if isFailure(c) || c.Reason == reasonUnschedulable && bound {
		return inWords(c), slices.Contains(retriedReasons, c.Reason)
	}
	return "", false
}

// isLost reports whether the volume of a DataVolume is gone. CDI calls that a failure, also where the import had succeeded.
func isLost(dv *cdiv1.DataVolume) bool {
	return condition(dv, cdiv1.DataVolumeBound).Reason == claimLost
}

// isUnfilled reports whether the import of a DataVolume does not succeed, and has never succeeded.
func isUnfilled(dv *cdiv1.DataVolume) bool {
	if isLost(dv) || running(dv).Reason == podCompleted {
		return false
	}
	why, _ := podTrouble(dv)
	return dv.Status.Phase != cdiv1.Succeeded && (dv.Status.Phase == cdiv1.Failed || why != "" || claimTrouble(dv) != "")
}

// inWords is what a condition says: its message, after its reason where that says more.
func inWords(c cdiv1.DataVolumeCondition) string {
	switch {
	case c.Message == "":
		return c.Reason
	case c.Reason == reasonError || strings.Contains(c.Message, c.Reason):
		return c.Message
	}
	return c.Reason + ": " + c.Message
}

// preparing is what CDI tells of a claim that is not bound yet, from the events of that claim; empty for nothing. It may be no more than
// that a driver is at work, or why it cannot.
func preparing(dv *cdiv1.DataVolume) string {
	c := condition(dv, cdiv1.DataVolumeBound)
	_, told, _ := strings.Cut(c.Message, " Pending and ")
	return told
}

// running is the condition in which CDI tells of the pod that imports.
func running(dv *cdiv1.DataVolume) cdiv1.DataVolumeCondition {
	return condition(dv, cdiv1.DataVolumeRunning)
}

// condition of a DataVolume; an empty one where CDI has told nothing.
func condition(dv *cdiv1.DataVolume, kind cdiv1.DataVolumeConditionType) cdiv1.DataVolumeCondition {
	for _, c := range dv.Status.Conditions {
		if c.Type == kind {
			return c
		}
	}
	return cdiv1.DataVolumeCondition{}
}
