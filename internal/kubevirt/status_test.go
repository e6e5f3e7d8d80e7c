package kubevirt

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	kubevirtv1 "kubevirt.io/api/core/v1"

	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
	"github.com/novasphere/function-wukong/internal/observed"
)

// TestStatuses holds down what every status of KubeVirt's becomes, and that one of a later release is said to be unknown.
func TestStatuses(t *testing.T) {
	type want struct {
		phase           v1alpha1.Phase
		ready, failed   bool
		reason, message string
	}
	const always, halted, once = kubevirtv1.RunStrategyAlways, kubevirtv1.RunStrategyHalted, kubevirtv1.RunStrategyOnce
	cases := []struct {
		strategy kubevirtv1.VirtualMachineRunStrategy
		status   kubevirtv1.VirtualMachinePrintableStatus
		want     want
	}{
		{
			strategy: always,
			status:   kubevirtv1.VirtualMachineStatusRunning,
			want:     want{phase: "Running", ready: true, reason: "VMRunning", message: "Virtual machine is running"},
		},
		{
			strategy: halted,
			status:   kubevirtv1.VirtualMachineStatusRunning,
			want:     want{phase: "Running", reason: "VMStopping", message: "waiting for VM: it is about to stop"},
		},
		{
			strategy: always,
			status:   kubevirtv1.VirtualMachineStatusStopped,
			want:     want{phase: "Creating", reason: "VMStarting", message: "waiting for VM: it is about to start"},
		},
		{
			strategy: halted,
			status:   kubevirtv1.VirtualMachineStatusStopped,
			want:     want{phase: "Stopped", ready: true, reason: "VMStopped", message: "Virtual machine is stopped"},
		},
		{
			strategy: once,
			status:   kubevirtv1.VirtualMachineStatusStopped,
			want:     want{phase: "Stopped", ready: true, reason: "VMStopped", message: "Virtual machine is stopped"},
		},
		{
			strategy: always,
			status:   kubevirtv1.VirtualMachineStatusMigrating,
			want:     want{phase: "Running", reason: "VMMigrating", message: "VM: it is moving to another node"},
		},
		{
			strategy: always,
			status:   kubevirtv1.VirtualMachineStatusPaused,
			want:     want{phase: "Running", reason: "VMPaused", message: "VM: it is paused: virtctl unpause vm web-01 lets it go on"},
		},
		{
			strategy: halted,
			status:   kubevirtv1.VirtualMachineStatusStopping,
			want:     want{phase: "Running", reason: "VMStopping", message: "waiting for VM: it is stopping"},
		},
		{
			strategy: always,
			status:   kubevirtv1.VirtualMachineStatusTerminating,
			want:     want{phase: "Running", reason: "VMStopping", message: "waiting for VM: it is stopping"},
		},
		{
			strategy: always,
			status:   kubevirtv1.VirtualMachineStatusStarting,
			want:     want{phase: "Creating", reason: "VMStarting", message: "waiting for VM: it is starting"},
		},
		{
			strategy: always,
			status:   kubevirtv1.VirtualMachineStatusProvisioning,
			want:     want{phase: "Creating", reason: "VMPending", message: "waiting for VM: it waits for its volumes"},
		},
		{
			strategy: always,
			status:   kubevirtv1.VirtualMachineStatusWaitingForVolumeBinding,
			want:     want{phase: "Creating", reason: "VMPending", message: "waiting for VM: it waits for its volumes"},
		},
		{
			strategy: always,
			status:   kubevirtv1.VirtualMachineStatusWaitingForReceiver,
			want:     want{phase: "Creating", reason: "VMPending", message: "waiting for VM: it waits for a migration from another cluster"},
		},
		{
			strategy: always,
			status:   kubevirtv1.VirtualMachineStatusUnknown,
			want:     want{phase: "Creating", reason: "VMPending", message: "waiting for VM: its node does not answer"},
		},
		{strategy: always, want: want{phase: "Creating", reason: "VMPending", message: "waiting for VM"}},
		{
			strategy: always,
			status:   kubevirtv1.VirtualMachineStatusUnschedulable,
			want:     want{phase: "Error", failed: true, reason: "VMFailed", message: "VM: unschedulable: 0/3 nodes are available"},
		},
		{
			strategy: always,
			status:   kubevirtv1.VirtualMachineStatusCrashLoopBackOff,
			want:     want{phase: "Error", failed: true, reason: "VMFailed", message: "VM: it crashes again and again: guest panicked"},
		},
		{
			strategy: always,
			status:   kubevirtv1.VirtualMachineStatusErrImagePull,
			want:     want{phase: "Error", failed: true, reason: "VMFailed", message: "VM: an image of its pod cannot be pulled: guest panicked"},
		},
		{
			strategy: always,
			status:   kubevirtv1.VirtualMachineStatusImagePullBackOff,
			want:     want{phase: "Error", failed: true, reason: "VMFailed", message: "VM: an image of its pod cannot be pulled: guest panicked"},
		},
		{
			strategy: always,
			status:   kubevirtv1.VirtualMachineStatusPvcNotFound,
			want:     want{phase: "Creating", reason: "VMPending", message: "waiting for VM: it waits for its volumes"},
		},
		{
			strategy: always,
			status:   kubevirtv1.VirtualMachineStatusDataVolumeError,
			want: want{
				phase:   "Error",
				failed:  true,
				reason:  "VMFailed",
				message: "VM: the import of one of its disks failed: the condition VolumesBound says which",
			},
		},
		{
			strategy: always,
			status:   "Levitating",
			want:     want{phase: "Creating", reason: "VMPending", message: "waiting for VM: it is Levitating, which is not known here"},
		},
	}
	for _, tc := range cases {
		t.Run(string(tc.strategy)+string(tc.status), func(t *testing.T) {
			s := Report(wukongWith(tc.strategy), nil, vmWith(object{"printableStatus": string(tc.status), "conditions": []any{
				object{"type": "PodScheduled", "status": "False", "message": "0/3 nodes are available"},
				object{"type": "Ready", "status": "False", "message": "guest panicked"},
			}}))
			got := want{phase: s.Phase, ready: s.Part.Ready, failed: s.Part.Failed, reason: s.Part.Reason, message: s.Part.Message}
			if diff := cmp.Diff(tc.want, got, cmp.AllowUnexported(want{})); diff != "" {
				t.Errorf("-want, +got:\n%s", diff)
			}
		})
	}
}

func TestFailureAndRefusal(t *testing.T) {
	s := Report(wukongWith(""), nil, vmWith(object{"printableStatus": "Starting", "conditions": []any{object{"type": "Failure", "status": "True", "message": "pods is forbidden: exceeded quota"}}}))
	if s.Phase != v1alpha1.PhaseError || s.Part.Message != "VM: KubeVirt cannot run it as the Wukong specifies, and tries again: pods is forbidden: exceeded quota" {
		t.Errorf("want KubeVirt's failure, got %s: %s", s.Phase, s.Part.Message)
	}
	s = Report(wukongWith(""), nil, vmWith(object{"printableStatus": "Starting", "conditions": []any{object{"type": "Synchronized", "status": "False", "reason": "FailedCreate", "message": "failed to locate network attachment definition"}}}))
	if s.Phase != v1alpha1.PhaseError || s.Part.Message != "VM: KubeVirt cannot make its pod, and tries again: failed to locate network attachment definition" {
		t.Errorf("want why no pod can be made, got %s: %s", s.Phase, s.Part.Message)
	}
	s = Report(wukongWith(""), nil, vmWith(object{"printableStatus": "ErrorUnschedulable", "conditions": []any{
		object{"type": "PodScheduled", "status": "False", "message": "PVC team-a/web-01-system-cctl4 does not exist, waiting for it to appear"},
		object{"type": "Synchronized", "status": "False", "reason": "FailedCreate", "message": "exceeded quota: requests.memory"},
	}}))
	if s.Part.Message != "VM: KubeVirt cannot make its pod, and tries again: exceeded quota: requests.memory" {
		t.Errorf("want why no pod can be made, and not what was missing before, got %s", s.Part.Message)
	}
	s = Report(wukongWith(""), nil, vmWith(object{"printableStatus": "ErrorUnschedulable", "conditions": []any{object{"type": "PodScheduled", "status": "False", "message": "0/3 nodes are available: pod has unbound immediate PersistentVolumeClaims."}}}))
	if s.Phase != v1alpha1.PhaseCreating || s.Part.Failed || !strings.Contains(s.Part.Message, "the pod's events say why") {
		t.Errorf("a virtual machine whose volumes are being made waits, and its user is told where to look, got %s: %s", s.Phase, s.Part.Message)
	}
	s = Report(wukongWith(""), nil, observed.Resources{"vm": {Refused: "denied"}})
	if !s.Part.Failed || s.Part.Message != "VM: refused by the cluster: denied" {
		t.Errorf("want the refusal, got %+v", s.Part)
	}
}

// TestMissingClaim shows that a claim which KubeVirt does not find is an error where a disk names it, and else one that is being made. The
// messages are as KubeVirt 1.8 writes them.
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
			s := Report(w, nil, vmWith(object{"printableStatus": status, "conditions": []any{object{"type": condition, "status": "False", "message": message}}}))
			if s.Part.Failed != failed || failed && !strings.HasPrefix(s.Part.Message, "VM: a claim that it attaches does not exist: "+message) {
				t.Errorf("%s, %q: want failed %t, got %+v", status, message, failed, s.Part)
			}
		}
	}
}
