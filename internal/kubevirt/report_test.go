package kubevirt

import (
	"strings"
	"testing"

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
		"Both": {reason: "KubeVirt waits for a restart, too.",
			vm:   "{created: true, conditions: [{type: RestartRequired, status: 'True', message: CPU was changed}]}",
			vmi:  "{metadata: {annotations: {vm.novasphere.dev/networks: lan=old}}, status: {phase: Running}}",
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
