package network

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
	"github.com/novasphere/function-wukong/internal/observed"
	"github.com/novasphere/function-wukong/internal/observed/observedtest"
	"github.com/novasphere/function-wukong/internal/plan"
	"github.com/novasphere/function-wukong/internal/report"
)

// TestReport shows the condition for networks that are missing, refused or ready.
func TestReport(t *testing.T) {
	w := wukong(
		v1alpha1.Network{Name: "default", Type: v1alpha1.NetworkTypeBridge},
		v1alpha1.Network{Name: "lan", Type: v1alpha1.NetworkTypeBridge},
		v1alpha1.Network{Name: "mgmt", Type: v1alpha1.NetworkTypeBridge},
		v1alpha1.Network{Name: "existing", Type: v1alpha1.NetworkTypeBridge, NADName: "backbone"},
	)
	exists := observed.Resource{Object: observedtest.Object(map[string]any{"kind": "NetworkAttachmentDefinition"})}
	missing := observed.Resources{"nad-lan": exists, "nad-mgmt": exists, "nadname-existing": {Missing: true}}
	cases := map[string]struct {
		observed observed.Resources
		want     report.Part
	}{
		"Missing": {
			missing,
			report.Part{
				Failed:  true,
				Reason:  "NetworksFailed",
				Message: "network existing: there is no NetworkAttachmentDefinition backbone: create it, or correct nadName",
			},
		},
		"Nothing": {nil, report.Part{Reason: "NetworksPending", Message: "waiting for network lan, network mgmt", Pending: []string{"nad-lan", "nad-mgmt"}}},
		"One": {
			observed.Resources{"nad-lan": exists},
			report.Part{Reason: "NetworksPending", Message: "waiting for network mgmt", Pending: []string{"nad-mgmt"}},
		},
		"All": {
			observed.Resources{"nad-lan": exists, "nad-mgmt": exists},
			report.Part{Ready: true, Reason: "NetworksReady", Message: "2 networks configured; used as they are: network existing"},
		},
		"Refused": {
			observed.Resources{"nad-mgmt": {Refused: "no matches for kind"}},
			report.Part{
				Failed:  true,
				Reason:  "NetworksFailed",
				Message: "network mgmt: refused by the cluster: no matches for kind",
				Pending: []string{"nad-lan", "nad-mgmt"},
			},
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			tc.want.Condition = "NetworksConfigured"
			if diff := cmp.Diff(tc.want, Report(w, true, tc.observed)); diff != "" {
				t.Errorf("-want, +got:\n%s", diff)
			}
		})
	}

	// A virtual machine that runs or is stopped does not need the network now.
	want := report.Part{
		Condition: "NetworksConfigured", Ready: true, Reason: "NetworksReady", Message: "2 networks configured; used as they are: network existing",
	}
	if diff := cmp.Diff(want, Report(w, false, missing)); diff != "" {
		t.Errorf("-want, +got:\n%s", diff)
	}
	advice := []string{"spec.networks[3].nadName: there is no NetworkAttachmentDefinition backbone, without which the virtual machine cannot start again: " +
		"create it, or correct nadName"}
	if diff := cmp.Diff(advice, ReferenceAdvice(w, missing)); diff != "" {
		t.Errorf("advice: -want, +got:\n%s", diff)
	}
}

// TestReferences shows that the networks of a nadName are looked for, but for those in the namespace of somebody else.
func TestReferences(t *testing.T) {
	w := wukong(
		v1alpha1.Network{Name: "lan", Type: v1alpha1.NetworkTypeBridge},
		v1alpha1.Network{Name: "own", Type: v1alpha1.NetworkTypeBridge, NADName: "backbone"},
		v1alpha1.Network{Name: "shared", Type: v1alpha1.NetworkTypeBridge, NADName: "platform/backbone"},
		v1alpha1.Network{Name: "full", Type: v1alpha1.NetworkTypeBridge, NADName: "team-a/backbone"},
	)
	got := map[string]string{}
	for _, r := range References(w) {
		if r.Management != plan.Observe || r.Object.GetNamespace() != w.GetNamespace() {
			t.Errorf("want to observe what is in the Wukong's namespace, got %v", r)
		}
		got[r.Key] = r.Object.GetName()
	}
	if diff := cmp.Diff(map[string]string{"nadname-own": "backbone", "nadname-full": "backbone"}, got); diff != "" {
		t.Errorf("-want, +got:\n%s", diff)
	}
}

// TestReferenceKeys shows that no network has the key of another one's NetworkAttachmentDefinition, whatever both are called.
func TestReferenceKeys(t *testing.T) {
	for _, name := range []v1alpha1.Label{"a", "of-a", "nadname-a", "name-a"} {
		for _, other := range []v1alpha1.Label{"a", "of-a", "nadname-a", "name-a"} {
			if key(&v1alpha1.Network{Name: name}) == referenceKey(&v1alpha1.Network{Name: other}) {
				t.Errorf("%s and %s have one key", name, other)
			}
		}
	}
}
