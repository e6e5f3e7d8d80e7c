package player

import (
	"context"
	"encoding/binary"
	"net/netip"
	"sync"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	kubevirtv1 "kubevirt.io/api/core/v1"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// podNetwork is the network of the pods. It carries no traffic.
var podNetwork = netip.MustParsePrefix("10.244.0.0/16")

// exitKilled is the exit code of a container that was killed.
const exitKilled = 137

// pods plays the kubelets.
type pods struct {
	client client.Client

	// reader reads without a cache.
	reader client.Reader

	// storage is the folder of the CSI driver.
	storage string

	mu     sync.Mutex
	lastIP uint32
}

// setup adds the controller to a manager.
func (p *pods) setup(mgr ctrl.Manager) error {
	return ctrl.NewControllerManagedBy(mgr).For(&corev1.Pod{}).Complete(p)
}

// Reconcile starts, completes or deletes a pod, as the kubelet of its node would.
func (p *pods) Reconcile(ctx context.Context, r ctrl.Request) (ctrl.Result, error) {
	pod := &corev1.Pod{}
	if err := p.client.Get(ctx, r.NamespacedName, pod); err != nil {
		return ctrl.Result{}, client.IgnoreNotFound(err)
	}
	before := pod.DeepCopy()

	switch {
	case pod.DeletionTimestamp != nil:
		return ctrl.Result{}, p.terminate(ctx, pod)
	case pod.Spec.NodeName == "" || isFinished(pod):
		return ctrl.Result{}, nil
	case pod.Status.Phase == corev1.PodPending:
		return ctrl.Result{}, p.start(ctx, pod)
	case isImporter(pod):
		after := updateImporter(pod, time.Now())
		return ctrl.Result{RequeueAfter: after}, p.client.Status().Patch(ctx, pod, client.MergeFrom(before))
	case isCloneSource(pod):
		after := updateCloneSource(pod, time.Now())
		return ctrl.Result{RequeueAfter: after}, p.client.Status().Patch(ctx, pod, client.MergeFrom(before))
	case isUploadServer(pod):
		after, err := p.serveUpload(ctx, pod)
		if err != nil || after > 0 {
			return ctrl.Result{RequeueAfter: after}, err
		}
		return ctrl.Result{}, p.client.Status().Patch(ctx, pod, client.MergeFrom(before))
	case isSizeDetection(pod):
		if err := p.measure(ctx, pod); err != nil {
			return ctrl.Result{}, err
		}
		return ctrl.Result{}, p.client.Status().Patch(ctx, pod, client.MergeFrom(before))
	case isVirtLauncher(pod) && pod.Annotations[Attach] != "":
		return ctrl.Result{}, p.attach(ctx, pod)
	case isVirtLauncher(pod) || pod.Spec.RestartPolicy == corev1.RestartPolicyAlways:
		return ctrl.Result{}, nil
	}
	complete(pod, corev1.PodSucceeded, 0, "")
	return ctrl.Result{}, p.client.Status().Patch(ctx, pod, client.MergeFrom(before))
}

// start reports the networks of a pod as attached, and then its containers as running. A pod whose networks cannot be attached stays as it is, as
// its kubelet would try again.
func (p *pods) start(ctx context.Context, pod *corev1.Pod) error {
	networks, err := requestedNetworks(pod)
	if err != nil {
		return err
	}
	if err := p.findAttachments(ctx, networks); err != nil {
		return err
	}
	ip, err := p.nextIP(ctx)
	if err != nil {
		return err
	}
	before := pod.DeepCopy()
	if len(networks) > 0 {
		if err := reportNetworks(pod, networks, ip.String()); err != nil {
			return err
		}
	}
	if err := p.client.Patch(ctx, pod, client.MergeFrom(before)); err != nil {
		return client.IgnoreNotFound(err)
	}
	before = pod.DeepCopy()
	run(pod, ip)
	return client.IgnoreNotFound(p.client.Status().Patch(ctx, pod, client.StrategicMergeFrom(before)))
}

// terminate removes a pod that is being deleted, without a grace period.
func (p *pods) terminate(ctx context.Context, pod *corev1.Pod) error {
	if !isFinished(pod) && !isVirtLauncher(pod) {
		// A pod may have to wait for what it owns, such as a claim for CDI's scratch space, and that for the end of the pod which uses it.
		before := pod.DeepCopy()
		complete(pod, corev1.PodFailed, exitKilled, "")
		if err := p.client.Status().Patch(ctx, pod, client.MergeFrom(before)); err != nil {
			return client.IgnoreNotFound(err)
		}
	}
	return client.IgnoreNotFound(p.client.Delete(ctx, pod, client.GracePeriodSeconds(0), client.Preconditions{UID: &pod.UID}))
}

// nextIP returns an address of podNetwork that no pod has.
func (p *pods) nextIP(ctx context.Context) (netip.Addr, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	network := podNetwork.Addr().As4()
	base := binary.BigEndian.Uint32(network[:])
	if p.lastIP == 0 {
		all := &corev1.PodList{}
		if err := p.client.List(ctx, all); err != nil {
			return netip.Addr{}, err
		}
		p.lastIP = base
		for i := range all.Items {
			if ip, err := netip.ParseAddr(all.Items[i].Status.PodIP); err == nil && ip.Is4() {
				b := ip.As4()
				p.lastIP = max(p.lastIP, binary.BigEndian.Uint32(b[:]))
			}
		}
	}
	p.lastIP++
	return netip.AddrFrom4([4]byte(binary.BigEndian.AppendUint32(nil, p.lastIP))), nil
}

// run sets the status of a pod to running: init containers have completed, and all other containers are ready.
func run(pod *corev1.Pod, ip netip.Addr) {
	now := metav1.Now()
	s := &pod.Status
	s.Phase, s.StartTime = corev1.PodRunning, &now
	s.PodIP, s.PodIPs = ip.String(), []corev1.PodIP{{IP: ip.String()}}
	s.InitContainerStatuses, s.ContainerStatuses = nil, nil
	yes := true
	for _, c := range pod.Spec.InitContainers {
		state := corev1.ContainerState{Terminated: &corev1.ContainerStateTerminated{Reason: "Completed", StartedAt: now, FinishedAt: now}}
		if c.RestartPolicy != nil && *c.RestartPolicy == corev1.ContainerRestartPolicyAlways {
			state = corev1.ContainerState{Running: &corev1.ContainerStateRunning{StartedAt: now}}
		}
		s.InitContainerStatuses = append(s.InitContainerStatuses, corev1.ContainerStatus{Name: c.Name, Image: c.Image, Ready: true, Started: &yes, State: state})
	}
	for _, c := range pod.Spec.Containers {
		s.ContainerStatuses = append(s.ContainerStatuses, corev1.ContainerStatus{
			Name: c.Name, Image: c.Image, Ready: true, Started: &yes,
			State: corev1.ContainerState{Running: &corev1.ContainerStateRunning{StartedAt: now}},
		})
	}
	for _, kind := range []corev1.PodConditionType{corev1.PodInitialized, corev1.ContainersReady, corev1.PodReady} {
		setPodCondition(pod, kind, corev1.ConditionTrue, "")
	}
}

// complete sets the status of a pod to completed: all its containers have terminated.
func complete(pod *corev1.Pod, phase corev1.PodPhase, exitCode int32, message string) {
	now := metav1.Now()
	reason := "Completed"
	if exitCode != 0 {
		reason = "Error"
	}
	pod.Status.Phase = phase
	for i := range pod.Status.ContainerStatuses {
		c := &pod.Status.ContainerStatuses[i]
		no := false
		started := now
		if c.State.Running != nil {
			started = c.State.Running.StartedAt
		}
		c.Ready, c.Started = false, &no
		c.State = corev1.ContainerState{Terminated: &corev1.ContainerStateTerminated{
			ExitCode: exitCode, Reason: reason, Message: message, StartedAt: started, FinishedAt: now,
		}}
	}
	for _, kind := range []corev1.PodConditionType{corev1.ContainersReady, corev1.PodReady} {
		setPodCondition(pod, kind, corev1.ConditionFalse, "PodCompleted")
	}
}

// setPodCondition sets a condition of a pod.
func setPodCondition(pod *corev1.Pod, kind corev1.PodConditionType, status corev1.ConditionStatus, reason string) {
	c := corev1.PodCondition{Type: kind, Status: status, Reason: reason, LastTransitionTime: metav1.Now()}
	for i := range pod.Status.Conditions {
		if pod.Status.Conditions[i].Type == kind {
			pod.Status.Conditions[i] = c
			return
		}
	}
	pod.Status.Conditions = append(pod.Status.Conditions, c)
}

// isFinished reports whether all containers of a pod have terminated.
func isFinished(pod *corev1.Pod) bool {
	return pod.Status.Phase == corev1.PodSucceeded || pod.Status.Phase == corev1.PodFailed
}

// isVirtLauncher reports whether a pod runs an instance for KubeVirt.
func isVirtLauncher(pod *corev1.Pod) bool { return pod.Labels[kubevirtv1.AppLabel] == "virt-launcher" }
