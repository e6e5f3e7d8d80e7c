package network

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
	"github.com/novasphere/function-wukong/internal/observed"
	"github.com/novasphere/function-wukong/internal/observed/observedtest"
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
	cases := map[string]struct {
		observed observed.Resources
		want     report.Part
	}{
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
			if diff := cmp.Diff(tc.want, Report(w, tc.observed)); diff != "" {
				t.Errorf("-want, +got:\n%s", diff)
			}
		})
	}
}
