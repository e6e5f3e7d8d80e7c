package player

import (
	"slices"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

const (
	// importDuration is how long an import takes. CDI reads its progress every 2 seconds.
	importDuration = 7 * time.Second

	// failureDelay is how long a failing importer is in each of the states running and failed. retryDelay is how long it then waits.
	failureDelay, retryDelay = time.Second, 10 * time.Second

	importerContainer = "importer"
	endpointVariable  = "IMPORTER_ENDPOINT"
	ownerVariable     = "OWNER_UID"
	progressMetric    = "kubevirt_cdi_import_progress_total"

	podIPField = "status.podIP"
)

// componentLabel says which part of CDI a pod is.
const componentLabel = "cdi.kubevirt.io"

// isImporter reports whether a pod imports an image for CDI.
func isImporter(pod *corev1.Pod) bool {
	return pod.Labels[componentLabel] == "importer" && !isSizeDetection(pod)
}

// updateImporter sets the status of an importer pod at a time, and returns the duration until it changes next; 0 if it does not.
func updateImporter(pod *corev1.Pod, now time.Time) time.Duration {
	image := envValue(pod, endpointVariable)
	status := containerStatus(pod, importerContainer)
	if status == nil {
		return 0
	}
	switch {
	case strings.Contains(image, stuckImage):
		return 0
	case strings.Contains(image, missingImage):
		return failImporter(status, image, now)
	}
	left := importDuration - now.Sub(pod.Status.StartTime.Time)
	if left > 0 {
		return left
	}
	complete(pod, corev1.PodSucceeded, 0, `{"message": "Import Complete"}`)
	return 0
}

// failImporter moves the container of an importer from running to failed, to CrashLoopBackOff, and to running again, as a kubelet would.
func failImporter(status *corev1.ContainerStatus, image string, now time.Time) time.Duration {
	at, no, yes := metav1.NewTime(now), false, true
	switch {
	case status.State.Running != nil:
		if left := failureDelay - now.Sub(status.State.Running.StartedAt.Time); left > 0 {
			return left
		}
		status.Ready, status.Started = false, &no
		status.State = corev1.ContainerState{Terminated: &corev1.ContainerStateTerminated{
			ExitCode: 1, Reason: "Error", Message: notFoundMessage(image), StartedAt: status.State.Running.StartedAt, FinishedAt: at,
		}}
		return failureDelay
	case status.State.Terminated != nil:
		status.LastTerminationState = status.State
		status.State = corev1.ContainerState{Waiting: &corev1.ContainerStateWaiting{
			Reason: "CrashLoopBackOff", Message: "back-off restarting failed container=" + importerContainer,
		}}
		return retryDelay
	case status.State.Waiting != nil && status.LastTerminationState.Terminated != nil:
		if left := retryDelay - now.Sub(status.LastTerminationState.Terminated.FinishedAt.Time); left > 0 {
			return left
		}
	}
	status.RestartCount++
	status.Ready, status.Started = true, &yes
	status.State = corev1.ContainerState{Running: &corev1.ContainerStateRunning{StartedAt: at}}
	return failureDelay
}

// notFoundMessage returns the termination message of an importer whose image does not exist.
func notFoundMessage(image string) string {
	if strings.HasPrefix(image, "docker:") {
		return "Unable to process data: Failed to read registry image: Error reading manifest: manifest unknown"
	}
	return "Unable to process data: Unable to connect to http data source: expected status code 200, got 404. Status: 404 Not Found"
}

// envValue returns the value of an environment variable of a pod; empty if it is not set.
func envValue(pod *corev1.Pod, name string) string {
	for _, c := range pod.Spec.Containers {
		if i := slices.IndexFunc(c.Env, func(e corev1.EnvVar) bool { return e.Name == name }); i >= 0 {
			return c.Env[i].Value
		}
	}
	return ""
}

// containerStatus returns the status of a container; nil if there is none.
func containerStatus(pod *corev1.Pod, name string) *corev1.ContainerStatus {
	for i := range pod.Status.ContainerStatuses {
		if pod.Status.ContainerStatuses[i].Name == name {
			return &pod.Status.ContainerStatuses[i]
		}
	}
	return nil
}
