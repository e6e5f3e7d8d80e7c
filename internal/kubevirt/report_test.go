package kubevirt

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/types/known/structpb"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	kubevirtv1 "kubevirt.io/api/core/v1"

	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
	"github.com/novasphere/function-wukong/internal/network"
	"github.com/novasphere/function-wukong/internal/observed"
	"github.com/novasphere/function-wukong/internal/observed/observedtest"
)

type object = map[string]any

func wukongWith(strategy kubevirtv1.VirtualMachineRunStrategy) *v1alpha1.Wukong {
	return &v1alpha1.Wukong{
		ObjectMeta: metav1.ObjectMeta{Namespace: "team-a", Name: "web-01"},
		Spec:       v1alpha1.WukongSpec{StartStrategy: &v1alpha1.StartStrategy{RunStrategy: strategy}},
	}
}

func vmWith(status object) observed.Resources {
	return observed.Resources{"vm": {Object: observedtest.Object(object{"metadata": object{"name": "web-01"}, "status": status})}}
}

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

// TestUnreadable shows that a virtual machine which cannot be read counts as not there, and stops nothing.
func TestUnreadable(t *testing.T) {
	rs := observed.Resources{"vm": {Object: observedtest.Object(object{"status": 5})}}
	if s := Report(wukongWith(""), nil, rs); s.Part.Message != "waiting for VM" || len(Observers(wukongWith(""), rs)) != 0 {
		t.Errorf("got %+v", s)
	}
}

// TestForeign shows that a virtual machine which somebody else made is told of, with the ways out, and nothing of it is reported.
func TestForeign(t *testing.T) {
	s := Report(wukongWith(""), nil, observed.Resources{"vm": {Foreign: &observed.Foreign{}}})
	if !s.Part.Failed || s.Name != "" || !strings.Contains(s.Part.Message, "kubectl label virtualmachine web-01 -n team-a vm.novasphere.dev/wukong=web-01") {
		t.Errorf("got %+v", s)
	}
}

func TestRestartRequired(t *testing.T) {
	s := Report(wukongWith(""), nil, vmWith(object{"conditions": []any{object{"type": "RestartRequired", "status": "True", "message": "a non-live-updatable field was changed"}}}))
	if s.RestartRequired != "a non-live-updatable field was changed: virtctl restart web-01 restarts it, and so does an Operation" {
		t.Errorf("got %q", s.RestartRequired)
	}
	s = Report(wukongWith(""), nil, vmWith(object{"conditions": []any{object{"type": "RestartRequired", "status": "False", "message": "no"}}}))
	if s.RestartRequired != "" {
		t.Errorf("want none, got %q", s.RestartRequired)
	}
	s = Report(wukongWith(""), nil, vmWith(object{"conditions": []any{object{"type": "MigrationRequired", "status": "False", "reason": "AutoMigrationPending"}}}))
	if !strings.Contains(s.RestartRequired, "networks") {
		t.Errorf("want a network that is not attached yet to be told of, got %q", s.RestartRequired)
	}
}

// TestNetworkChanged shows that a network which changed under an instance is told of until that has restarted or moved.
func TestNetworkChanged(t *testing.T) {
	const told = "network lan changed: that takes effect when the virtual machine restarts (virtctl restart web-01) or moves to another node (virtctl migrate web-01), and its guest keeps the addresses that it has"
	nics := []network.NIC{{Name: "lan", NAD: "web-01-lan", Version: "new"}}
	nad := observed.Resource{Object: observedtest.YAML("{metadata: {managedFields: [{time: '2026-01-01T00:10:00Z', fieldsV1: {'f:spec': {}}}]}}")}
	cases := map[string]struct {
		reason, vm, vmi, want string
	}{
		"Started": {
			reason: "It started after the change.",
			vm:     "{created: true}",
			vmi:    "{metadata: {annotations: {vm.novasphere.dev/networks: lan=new}}, status: {phase: Running}}",
		},
		"Changed": {
			reason: "It started before the change.",
			vm:     "{created: true}",
			vmi:    "{metadata: {annotations: {vm.novasphere.dev/networks: lan=old}}, status: {phase: Running}}",
			want:   told,
		},
		"Moved": {
			reason: "It moved after the change.",
			vm:     "{created: true}",
			vmi:    "{metadata: {annotations: {vm.novasphere.dev/networks: lan=old}}, status: {phase: Running, migrationState: {startTimestamp: '2026-01-01T00:20:00Z', completed: true}}}",
		},
		"Moving": {
			reason: "It runs where it did.",
			vm:     "{created: true}",
			vmi:    "{metadata: {annotations: {vm.novasphere.dev/networks: lan=old}}, status: {phase: Running, migrationState: {startTimestamp: '2026-01-01T00:20:00Z'}}}",
			want:   told,
		},
		"Failed": {
			reason: "It stayed where it was.",
			vm:     "{created: true}",
			vmi:    "{metadata: {annotations: {vm.novasphere.dev/networks: lan=old}}, status: {phase: Running, migrationState: {startTimestamp: '2026-01-01T00:20:00Z', completed: true, failed: true}}}",
			want:   told,
		},
		"Over": {
			reason: "The next instance starts with the change.",
			vm:     "{created: true}",
			vmi:    "{metadata: {annotations: {vm.novasphere.dev/networks: lan=old}}, status: {phase: Succeeded}}",
		},
		"Gone": {
			reason: "What was read last of an instance that is gone stays.",
			vm:     "{created: false}",
			vmi:    "{metadata: {annotations: {vm.novasphere.dev/networks: lan=old}}, status: {phase: Running}}",
		},
		"Both": {reason: "KubeVirt waits for a restart, too.", vm: "{created: true, conditions: [{type: RestartRequired, status: 'True', message: CPU was changed}]}", vmi: "{metadata: {annotations: {vm.novasphere.dev/networks: lan=old}}, status: {phase: Running}}",
			want: "CPU was changed: virtctl restart web-01 restarts it, and so does an Operation; " + told},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			rs := observed.Resources{"vm": {Object: observedtest.YAML("{status: " + tc.vm + "}")}, "vmi": {Object: observedtest.YAML(tc.vmi)}, "nad-lan": nad}
			if got := Report(wukongWith(""), nics, rs).RestartRequired; got != tc.want {
				t.Errorf("%s\nwant: %s\ngot:  %s", tc.reason, tc.want, got)
			}
		})
	}
}

// TestInstance shows that the node and the addresses are those of an instance that exists: what was read last of one that is gone
// stays readable.
func TestInstance(t *testing.T) {
	nics := []network.NIC{{Name: "pod_network", MAC: "02:00:00:00:00:01"}, {Name: "lan", MAC: "02:00:00:00:00:02", NAD: "web-01-lan"}}
	instance := observed.Resource{Object: observedtest.Object(object{"status": object{"nodeName": "node-1", "interfaces": []any{
		object{"name": "lan", "interfaceName": "nic-lan", "mac": "02:00:00:00:00:02", "ipAddress": "10.0.0.5", "ipAddresses": []any{"10.0.0.5", "fe80::1"}},
		object{"name": "docker0", "ipAddress": "172.17.0.1"},
	}}})}
	bare := []v1alpha1.NetworkStatus{{Name: "pod_network", MACAddress: "02:00:00:00:00:01"}, {Name: "lan", MACAddress: "02:00:00:00:00:02", NADName: "web-01-lan"}}
	full := []v1alpha1.NetworkStatus{bare[0], {
		Name:        "lan",
		Interface:   "nic-lan",
		IPAddress:   "10.0.0.5",
		IPAddresses: []string{"10.0.0.5", "fe80::1"},
		MACAddress:  "02:00:00:00:00:02",
		NADName:     "web-01-lan",
	}}

	cases := map[string]struct {
		created   bool
		phase     string
		node      string
		networks  []v1alpha1.NetworkStatus
		observers int
	}{
		"Running": {created: true, phase: "Running", node: "node-1", networks: full, observers: 1},
		"Over":    {created: true, phase: "Succeeded", networks: bare, observers: 1},
		"Gone":    {phase: "Running", networks: bare},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			rs := vmWith(object{"created": tc.created})
			instance.Object.GetFields()["status"].GetStructValue().Fields["phase"] = structpb.NewStringValue(tc.phase)
			rs["vmi"] = instance
			s := Report(wukongWith(""), nics, rs)
			if s.NodeName != tc.node {
				t.Errorf("want node %q, got %q", tc.node, s.NodeName)
			}
			if diff := cmp.Diff(tc.networks, s.Networks); diff != "" {
				t.Errorf("-want, +got:\n%s", diff)
			}
			if got := Observers(wukongWith(""), rs); len(got) != tc.observers {
				t.Errorf("want %d observers, got %d", tc.observers, len(got))
			}
		})
	}
}
