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

// An object is a JSON object.
type object = map[string]any

// wukongWith returns the Wukong web-01 in team-a with a run strategy.
func wukongWith(strategy kubevirtv1.VirtualMachineRunStrategy) *v1alpha1.Wukong {
	return &v1alpha1.Wukong{
		ObjectMeta: metav1.ObjectMeta{Namespace: "team-a", Name: "web-01"},
		Spec:       v1alpha1.WukongSpec{StartStrategy: &v1alpha1.StartStrategy{RunStrategy: strategy}},
	}
}

// vmWith returns an observed VirtualMachine with a status.
func vmWith(status object) observed.Resources {
	return observed.Resources{"vm": {Object: observedtest.Object(object{"metadata": object{"name": "web-01"}, "status": status})}}
}

// TestUnreadable shows that an unreadable virtual machine counts as missing.
func TestUnreadable(t *testing.T) {
	rs := observed.Resources{"vm": {Object: observedtest.Object(object{"status": 5})}}
	if s := Report(wukongWith(""), nil, nil, "", rs); s.Part.Message != "waiting for VM" || len(Observers(wukongWith(""), rs)) != 0 {
		t.Errorf("got %+v", s)
	}
}

// TestForeign shows that a virtual machine of another owner is reported with the ways out, and without its state.
func TestForeign(t *testing.T) {
	s := Report(wukongWith(""), nil, nil, "", observed.Resources{"vm": {Foreign: &observed.Foreign{}}})
	if !s.Part.Failed || s.Name != "" || !strings.Contains(s.Part.Message, "kubectl label virtualmachine web-01 -n team-a vm.novasphere.dev/wukong=web-01") {
		t.Errorf("got %+v", s)
	}
}

func TestRestartRequired(t *testing.T) {
	const cause = "a non-live-updatable field was changed"
	s := Report(wukongWith(""), nil, nil, "", vmWith(object{"conditions": []any{object{"type": "RestartRequired", "status": "True", "message": cause}}}))
	if s.RestartRequired != cause+": virtctl restart web-01 restarts it, and so does an Operation" {
		t.Errorf("got %q", s.RestartRequired)
	}
	s = Report(wukongWith(""), nil, nil, "", vmWith(object{"conditions": []any{object{"type": "RestartRequired", "status": "False", "message": "no"}}}))
	if s.RestartRequired != "" {
		t.Errorf("want none, got %q", s.RestartRequired)
	}
	s = Report(wukongWith(""), nil, nil, "", vmWith(object{"conditions": []any{object{"type": "MigrationRequired", "status": "False", "reason": "AutoMigrationPending"}}}))
	if !strings.Contains(s.RestartRequired, "networks") {
		t.Errorf("want a message about a network that is not attached yet, got %q", s.RestartRequired)
	}
}

// TestNetworkChanged shows that a network that changed under an instance is reported until the instance restarts or migrates.
func TestNetworkChanged(t *testing.T) {
	const changed = "network lan changed: that takes effect when the virtual machine restarts (virtctl restart web-01) " +
		"or moves to another node (virtctl migrate web-01), and its guest keeps the addresses that it has"
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
			want:   changed,
		},
		"Migrated": {
			reason: "It migrated after the change.",
			vm:     "{created: true}",
			vmi: "{metadata: {annotations: {vm.novasphere.dev/networks: lan=old}}, " +
				"status: {phase: Running, migrationState: {startTimestamp: '2026-01-01T00:20:00Z', completed: true}}}",
		},
		"Migrating": {
			reason: "It still runs in its old pod.",
			vm:     "{created: true}",
			vmi: "{metadata: {annotations: {vm.novasphere.dev/networks: lan=old}}, " +
				"status: {phase: Running, migrationState: {startTimestamp: '2026-01-01T00:20:00Z'}}}",
			want: changed,
		},
		"Failed": {
			reason: "It stayed in its old pod.",
			vm:     "{created: true}",
			vmi: "{metadata: {annotations: {vm.novasphere.dev/networks: lan=old}}, " +
				"status: {phase: Running, migrationState: {startTimestamp: '2026-01-01T00:20:00Z', completed: true, failed: true}}}",
			want: changed,
		},
		"Final": {
			reason: "The next instance starts with the change.",
			vm:     "{created: true}",
			vmi:    "{metadata: {annotations: {vm.novasphere.dev/networks: lan=old}}, status: {phase: Succeeded}}",
		},
		"Gone": {
			reason: "The last state of a deleted instance does not count.",
			vm:     "{created: false}",
			vmi:    "{metadata: {annotations: {vm.novasphere.dev/networks: lan=old}}, status: {phase: Running}}",
		},
		"Both": {
			reason: "KubeVirt waits for a restart, too.",
			vm:     "{created: true, conditions: [{type: RestartRequired, status: 'True', message: CPU was changed}]}",
			vmi:    "{metadata: {annotations: {vm.novasphere.dev/networks: lan=old}}, status: {phase: Running}}",
			want:   "CPU was changed: virtctl restart web-01 restarts it, and so does an Operation; " + changed,
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			rs := observed.Resources{"vm": {Object: observedtest.YAML("{status: " + tc.vm + "}")}, "vmi": {Object: observedtest.YAML(tc.vmi)}, "nad-lan": nad}
			if got := Report(wukongWith(""), nics, nil, "", rs).RestartRequired; got != tc.want {
				t.Errorf("%s\nwant: %s\ngot:  %s", tc.reason, tc.want, got)
			}
		})
	}
}
