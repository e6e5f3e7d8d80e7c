package player

import (
	"context"
	"fmt"
	"os"
	"strconv"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/novasphere/function-wukong/test/cluster/storage"
)

// CDI copies a claim into another one by two pods: one that reads the claim sends to one that serves uploads. Here the files of the one volume get into the
// other one. The server alone receives what somebody uploads. Where a clone names no size, a pod measures the image first.

// Upload is an annotation of the pod that serves an upload. It asks the player to end the pod as if the image had been uploaded.
const Upload = "player.wukong.test/upload"

const (
	cloneProgressMetric = "kubevirt_cdi_clone_progress_total"

	// clientVariable says whom an upload server serves: uploadClient, or the pod of a clone.
	clientVariable = "CLIENT_NAME"
	uploadClient   = "client.upload-server.cdi.kubevirt.io"

	// serverDelay is how long an upload server waits before it looks again for what it serves.
	serverDelay = time.Second

	// overheadPercent is the part of a file system that is not an image, in the default of CDI.
	overheadPercent = 6
)

// isCloneSource reports whether a pod reads a claim that CDI clones.
func isCloneSource(pod *corev1.Pod) bool { return pod.Labels[componentLabel] == "cdi-clone-source" }

// isUploadServer reports whether a pod receives an upload, or a clone.
func isUploadServer(pod *corev1.Pod) bool { return pod.Labels[componentLabel] == "cdi-upload-server" }

// isSizeDetection reports whether a pod measures an image that CDI clones. It has the label of importers.
func isSizeDetection(pod *corev1.Pod) bool {
	return pod.Labels[componentLabel] == "importer" && len(pod.Spec.Containers) > 0 && pod.Spec.Containers[0].Name == "size-detection-volume"
}

// updateCloneSource sets the status of a pod that reads a claim at a time, and returns the duration until it changes next; 0 if it does not.
func updateCloneSource(pod *corev1.Pod, now time.Time) time.Duration {
	if left := importDuration - now.Sub(pod.Status.StartTime.Time); left > 0 {
		return left
	}
	complete(pod, corev1.PodSucceeded, 0, `{"message": "Clone Complete"}`)
	return 0
}

// serveUpload sets the status of an upload server, and returns the duration until it looks again; 0 if the pod changes before.
func (p *pods) serveUpload(ctx context.Context, pod *corev1.Pod) (time.Duration, error) {
	const uploaded = `{"message": "Upload Complete"}`
	if envValue(pod, clientVariable) == uploadClient {
		if _, done := pod.Annotations[Upload]; done {
			complete(pod, corev1.PodSucceeded, 0, uploaded)
		}
		return 0, nil
	}
	claim := metav1.GetControllerOf(pod)
	if claim == nil {
		return 0, nil
	}
	source := &corev1.Pod{}
	err := p.client.Get(ctx, client.ObjectKey{Namespace: pod.Namespace, Name: string(claim.UID) + "-source-pod"}, source)
	switch {
	case apierrors.IsNotFound(err), err == nil && source.Status.Phase != corev1.PodSucceeded:
		return serverDelay, nil
	case err != nil:
		return 0, err
	}
	if err := p.copy(ctx, source, pod); err != nil {
		return 0, err
	}
	complete(pod, corev1.PodSucceeded, 0, uploaded)
	return 0, nil
}

// copy copies the files of the volume of one pod into that of another one, which has none or the same.
func (p *pods) copy(ctx context.Context, from, to *corev1.Pod) error {
	var folders [2]string
	for i, pod := range []*corev1.Pod{from, to} {
		claim, err := p.claimOf(ctx, pod)
		if err != nil {
			return err
		}
		folders[i] = storage.VolumeDir(p.storage, claim.Spec.VolumeName)
	}
	if err := os.RemoveAll(folders[1]); err != nil {
		return err
	}
	return os.CopyFS(folders[1], os.DirFS(folders[0]))
}

// claimOf returns the claim of a pod's volume.
func (p *pods) claimOf(ctx context.Context, pod *corev1.Pod) (*corev1.PersistentVolumeClaim, error) {
	for _, v := range pod.Spec.Volumes {
		if v.PersistentVolumeClaim != nil {
			claim := &corev1.PersistentVolumeClaim{}
			return claim, p.client.Get(ctx, client.ObjectKey{Namespace: pod.Namespace, Name: v.PersistentVolumeClaim.ClaimName}, claim)
		}
	}
	return nil, fmt.Errorf("pod %s/%s has no volume with a claim", pod.Namespace, pod.Name)
}

// measure completes a pod that measures an image, which fills its file system.
func (p *pods) measure(ctx context.Context, pod *corev1.Pod) error {
	claim, err := p.claimOf(ctx, pod)
	if err != nil {
		return err
	}
	size := claim.Status.Capacity.Storage().Value() * (100 - overheadPercent) / 100
	complete(pod, corev1.PodSucceeded, 0, strconv.FormatInt(size, 10))
	return nil
}
