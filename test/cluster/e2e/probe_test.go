//go:build e2e

package e2e

import (
	"slices"
	"testing"

	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/cli-utils/pkg/kstatus/status"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
)

// TestReadinessProbe shows that KubeVirt asks the guest what a probe says, and that a Wukong is ready while its pod is. The test says in the place of the
// kubelet whether the guest answers.
func TestReadinessProbe(t *testing.T) {
	t.Parallel()
	wukong := cluster.NewTenant(t).Apply(t, "minimal", withDisks(emptyDisk("system")), func(w *v1alpha1.Wukong) {
		w.Spec.ReadinessProbe = &v1alpha1.Probe{TCPSocket: &v1alpha1.TCPSocketAction{Port: 22}, InitialDelaySeconds: 5, FailureThreshold: 6}
		w.Spec.LivenessProbe = &v1alpha1.Probe{Exec: &v1alpha1.ExecAction{Command: []v1alpha1.Argument{"/usr/bin/systemctl", "is-active", "sshd"}}, InitialDelaySeconds: 60}
	})
	o := wukong.EventuallyRuns(t)
	if o.Status.GuestAgent != v1alpha1.GuestAgentConnected || o.Status.GuestOS != "Debian GNU/Linux 12" {
		t.Errorf("want the guest's agent and operating system, got %q and %q", o.Status.GuestAgent, o.Status.GuestOS)
	}

	containers := wukong.Pod(t).Spec.Containers
	compute := slices.IndexFunc(containers, func(c corev1.Container) bool { return c.Name == computeContainer })
	if compute < 0 {
		t.Fatalf("the pod has no container %s", computeContainer)
	}
	// KubeVirt waits 10 seconds more.
	p := containers[compute].ReadinessProbe
	if p == nil || p.TCPSocket == nil || p.TCPSocket.Port.IntValue() != 22 || p.InitialDelaySeconds != 15 || p.FailureThreshold != 6 {
		t.Errorf("want the pod to have the readinessProbe, got %+v", p)
	}
	p = containers[compute].LivenessProbe
	if p == nil || p.Exec == nil || !slices.Contains(p.Exec.Command, "is-active") || p.Exec.Command[0] != "virt-probe" {
		t.Errorf("want the pod to have the livenessProbe, got %+v", p)
	}

	wukong.answers(t, false)
	wukong.Eventually(t, "runs and is not ready", func(o Observed) bool {
		return o.Runs() && !o.True("Ready") && o.Reason("VirtualMachineReady") == "VMNotReady" && !o.True("Stalled") && o.Kstatus == status.InProgressStatus
	})
	wukong.answers(t, true)
	wukong.EventuallyRuns(t)
}

// computeContainer is the container of a virt-launcher pod that runs the guest.
const computeContainer = "compute"

// answers sets in the status of the pod whether the guest answers its readinessProbe, as its kubelet would.
func (w *Wukong) answers(t *testing.T, ready bool) {
	t.Helper()
	pod := w.Pod(t)
	before := pod.DeepCopy()
	state, reason := corev1.ConditionTrue, ""
	if !ready {
		state, reason = corev1.ConditionFalse, "ContainersNotReady"
	}
	for i := range pod.Status.ContainerStatuses {
		if s := &pod.Status.ContainerStatuses[i]; s.Name == computeContainer {
			s.Ready = ready
		}
	}
	for i := range pod.Status.Conditions {
		if c := &pod.Status.Conditions[i]; c.Type == corev1.ContainersReady || c.Type == corev1.PodReady {
			c.Status, c.Reason = state, reason
		}
	}
	if err := w.Status().Patch(t.Context(), pod, client.MergeFrom(before)); err != nil {
		t.Fatal(err)
	}
}
