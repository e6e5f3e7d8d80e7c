package kubevirt

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	kubevirtv1 "kubevirt.io/api/core/v1"

	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
	"github.com/novasphere/function-wukong/internal/observed"
)

// TestStatuses pins the outcome of each of KubeVirt's statuses, and that one of a later release is reported as unknown.
func TestStatuses(t *testing.T) {
	const always, halted, once = kubevirtv1.RunStrategyAlways, kubevirtv1.RunStrategyHalted, kubevirtv1.RunStrategyOnce
	cases := []struct {
		strategy kubevirtv1.VirtualMachineRunStrategy
		status   kubevirtv1.VirtualMachinePrintableStatus
		want     outcome
	}{
		{
			strategy: always,
			status:   kubevirtv1.VirtualMachineStatusRunning,
			want:     outcome{phase: "Running", ready: true, reason: "VMRunning", message: "Virtual machine is running"},
		},
		{
			strategy: halted,
			status:   kubevirtv1.VirtualMachineStatusRunning,
			want:     outcome{phase: "Running", reason: "VMStopping", message: "waiting for VM: it is about to stop"},
		},
		{
			strategy: always,
			status:   kubevirtv1.VirtualMachineStatusStopped,
			want:     outcome{phase: "Creating", reason: "VMStarting", message: "waiting for VM: it is about to start"},
		},
		{
			strategy: halted,
			status:   kubevirtv1.VirtualMachineStatusStopped,
			want:     outcome{phase: "Stopped", ready: true, reason: "VMStopped", message: "Virtual machine is stopped"},
		},
		{
			strategy: once,
			status:   kubevirtv1.VirtualMachineStatusStopped,
			want:     outcome{phase: "Stopped", ready: true, reason: "VMStopped", message: "Virtual machine is stopped"},
		},
		{
			strategy: always,
			status:   kubevirtv1.VirtualMachineStatusMigrating,
			want:     outcome{phase: "Running", reason: "VMMigrating", message: "VM: it is moving to another node"},
		},
		{
			strategy: always,
			status:   kubevirtv1.VirtualMachineStatusPaused,
			want:     outcome{phase: "Running", reason: "VMPaused", message: "VM: it is paused: virtctl unpause vm web-01 lets it go on"},
		},
		{
			strategy: halted,
			status:   kubevirtv1.VirtualMachineStatusStopping,
			want:     outcome{phase: "Running", reason: "VMStopping", message: "waiting for VM: it is stopping"},
		},
		{
			strategy: always,
			status:   kubevirtv1.VirtualMachineStatusTerminating,
			want:     outcome{phase: "Running", reason: "VMStopping", message: "waiting for VM: it is stopping"},
		},
		{
			strategy: always,
			status:   kubevirtv1.VirtualMachineStatusStarting,
			want:     outcome{phase: "Creating", reason: "VMStarting", message: "waiting for VM: it is starting"},
		},
		{
			strategy: always,
			status:   kubevirtv1.VirtualMachineStatusProvisioning,
			want:     outcome{phase: "Creating", reason: "VMPending", message: "waiting for VM: it waits for its volumes"},
		},
		{
			strategy: always,
			status:   kubevirtv1.VirtualMachineStatusWaitingForVolumeBinding,
			want:     outcome{phase: "Creating", reason: "VMPending", message: "waiting for VM: it waits for its volumes"},
		},
		{
			strategy: always,
			status:   kubevirtv1.VirtualMachineStatusWaitingForReceiver,
			want:     outcome{phase: "Creating", reason: "VMPending", message: "waiting for VM: it waits for a migration from another cluster"},
		},
		{
			strategy: always,
			status:   kubevirtv1.VirtualMachineStatusUnknown,
			want:     outcome{phase: "Creating", reason: "VMPending", message: "waiting for VM: its node does not answer"},
		},
		{strategy: always, want: outcome{phase: "Creating", reason: "VMPending", message: "waiting for VM"}},
		{
			strategy: always,
			status:   kubevirtv1.VirtualMachineStatusUnschedulable,
			want:     outcome{phase: "Error", failed: true, reason: "VMFailed", message: "VM: unschedulable: 0/3 nodes are available"},
		},
		{
			strategy: always,
			status:   kubevirtv1.VirtualMachineStatusCrashLoopBackOff,
			want:     outcome{phase: "Error", failed: true, reason: "VMFailed", message: "VM: it crashes again and again: guest panicked"},
		},
		{
			strategy: always,
			status:   kubevirtv1.VirtualMachineStatusErrImagePull,
			want:     outcome{phase: "Error", failed: true, reason: "VMFailed", message: "VM: an image of its pod cannot be pulled: guest panicked"},
		},
		{
			strategy: always,
			status:   kubevirtv1.VirtualMachineStatusImagePullBackOff,
			want:     outcome{phase: "Error", failed: true, reason: "VMFailed", message: "VM: an image of its pod cannot be pulled: guest panicked"},
		},
		{
			strategy: always,
			status:   kubevirtv1.VirtualMachineStatusPvcNotFound,
			want:     outcome{phase: "Creating", reason: "VMPending", message: "waiting for VM: it waits for its volumes"},
		},
		{
			strategy: always,
			status:   kubevirtv1.VirtualMachineStatusDataVolumeError,
			want: outcome{
				phase:   "Error",
				failed:  true,
				reason:  "VMFailed",
				message: "VM: the import of one of its disks failed: the condition VolumesBound says which",
			},
		},
		{
			strategy: always,
			status:   "Levitating",
			want:     outcome{phase: "Creating", reason: "VMPending", message: "waiting for VM: it is Levitating, which is not known here"},
		},
	}
	for _, tc := range cases {
		t.Run(string(tc.strategy)+string(tc.status), func(t *testing.T) {
			s := Report(wukongWith(tc.strategy), nil, nil, "", vmWith(object{"printableStatus": string(tc.status), "conditions": []any{
				object{"type": "PodScheduled", "status": "False", "message": "0/3 nodes are available"},
				object{"type": "Ready", "status": "False", "message": "guest panicked"},
			}}))
			got := outcome{phase: s.Phase, ready: s.Part.Ready, failed: s.Part.Failed, reason: s.Part.Reason, message: s.Part.Message}
			if diff := cmp.Diff(tc.want, got, cmp.AllowUnexported(outcome{})); diff != "" {
				t.Errorf("-want, +got:\n%s", diff)
			}
		})
	}
}

// TestFailures shows which condition is reported of a virtual machine that does not start.
func TestFailures(t *testing.T) {
	conditionOf := func(kind, status, reason, message string) object {
		return object{"type": kind, "status": status, "reason": reason, "message": message}
	}
	const noVolumes = "0/3 nodes are available: pod has unbound immediate PersistentVolumeClaims."
	cases := map[string]struct {
		reason     string
		status     string
		conditions []any
		phase      v1alpha1.Phase
		want       string
	}{
		"Failure": {
			reason:     "KubeVirt fails to run the virtual machine.",
			status:     "Starting",
			conditions: []any{conditionOf("Failure", "True", "", "pods is forbidden: exceeded quota")},
			phase:      v1alpha1.PhaseError,
			want:       "VM: KubeVirt cannot run it as the Wukong specifies, and tries again: pods is forbidden: exceeded quota",
		},
		"NoPod": {
			reason:     "KubeVirt cannot make the pod.",
			status:     "Starting",
			conditions: []any{conditionOf("Synchronized", "False", "FailedCreate", "failed to locate network attachment definition")},
			phase:      v1alpha1.PhaseError,
			want:       "VM: KubeVirt cannot make its pod, and tries again: failed to locate network attachment definition",
		},
		"NoPodAnyMore": {
			reason: "What was missing before does not count.",
			status: "ErrorUnschedulable",
			conditions: []any{
				conditionOf("PodScheduled", "False", "", "PVC team-a/web-01-system-cctl4 does not exist, waiting for it to appear"),
				conditionOf("Synchronized", "False", "FailedCreate", "exceeded quota: requests.memory"),
			},
			phase: v1alpha1.PhaseError,
			want:  "VM: KubeVirt cannot make its pod, and tries again: exceeded quota: requests.memory",
		},
		"NoVolumes": {
			reason:     "A virtual machine whose volumes are being made waits, and the message says where to look.",
			status:     "ErrorUnschedulable",
			conditions: []any{conditionOf("PodScheduled", "False", "", noVolumes)},
			phase:      v1alpha1.PhaseCreating,
			want:       "waiting for VM: its pod had no node while its volumes were being made: if that lasts, the pod's events say why",
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			s := Report(wukongWith(""), nil, nil, "", vmWith(object{"printableStatus": tc.status, "conditions": tc.conditions}))
			if s.Phase != tc.phase || s.Part.Message != tc.want || s.Part.Failed != (tc.phase == v1alpha1.PhaseError) {
				t.Errorf("%s\nwant %s: %s\ngot  %s: %+v", tc.reason, tc.phase, tc.want, s.Phase, s.Part)
			}
		})
	}
}

func TestRefused(t *testing.T) {
	s := Report(wukongWith(""), nil, nil, "", observed.Resources{"vm": {Refused: "denied"}})
	if !s.Part.Failed || s.Part.Message != "VM: refused by the cluster: denied" {
		t.Errorf("want the refusal, got %+v", s.Part)
	}
}

// TestMissingClaim shows that a claim that KubeVirt does not find is an error where a disk names it. Otherwise it is being made. The messages
// are those of KubeVirt 1.8 and 1.9.
func TestMissingClaim(t *testing.T) {
	for message, failed := range map[string]bool{
		"PVC team-a/archive does not exist, waiting for it to appear":             true,
		"failed to render launch manifest: didn't find PVC archive":               true,
		"PVC team-a/web-01-system-cctl4 does not exist, waiting for it to appear": false,
		"failed to render launch manifest: didn't find PVC web-01-archive-cctl4":  false,
		"": true,
	} {
		w := wukongWith("")
		w.Spec.Disks = []v1alpha1.Disk{{Name: "system"}, {Name: "old", ClaimName: "archive"}}
		for status, condition := range map[string]string{"ErrorPvcNotFound": "Synchronized", "ErrorUnschedulable": "PodScheduled"} {
			if message == "" && status == "ErrorUnschedulable" {
				continue
			}
			s := Report(w, nil, nil, "", vmWith(object{"printableStatus": status, "conditions": []any{object{"type": condition, "status": "False", "message": message}}}))
			if s.Part.Failed != failed || failed && !strings.HasPrefix(s.Part.Message, "VM: a claim that it attaches does not exist: "+message) {
				t.Errorf("%s, %q: want failed %t, got %+v", status, message, failed, s.Part)
			}
		}
	}
}
