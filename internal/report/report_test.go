package report

import (
	"strings"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
	"github.com/novasphere/function-wukong/internal/observed"
)

// TestForeign shows that the message about a foreign object has the command that hands it over, and mentions data that is deleted with it.
func TestForeign(t *testing.T) {
	cases := map[string]struct {
		reason  string
		kind    string
		foreign observed.Foreign
		want    []string
		not     string
	}{
		"VM": {
			reason: "A virtual machine may own disks.",
			kind:   "VirtualMachine",
			want:   []string{"kubectl label virtualmachine x -n team-a vm.novasphere.dev/wukong=web-01", "or delete it with the data that it holds"},
		},
		"Claim": {
			reason: "A claim holds data.",
			kind:   "PersistentVolumeClaim",
			want:   []string{"kubectl label persistentvolumeclaim x -n team-a", "or delete it with the data that it holds"},
		},
		"DataVolume": {
			reason: "A DataVolume owns its claim.",
			kind:   "DataVolume",
			want:   []string{"kubectl label datavolume x -n team-a", "or delete it with the data that it holds"},
		},
		"Network": {
			reason: "A network holds no data.",
			kind:   "NetworkAttachmentDefinition",
			want:   []string{"kubectl label network-attachment-definition x -n team-a", "or delete it"},
			not:    "data",
		},
		"Controlled": {
			reason:  "The label is right, but the controller is not.",
			kind:    "PersistentVolumeClaim",
			foreign: observed.Foreign{Controller: &observed.Owner{Kind: "Wukong", Name: "old", UID: "u1", Index: 2}},
			want: []string{
				"still controlled by Wukong old (UID u1)",
				`kubectl patch persistentvolumeclaim x -n team-a --type=json -p '[{"op":"remove","path":"/metadata/ownerReferences/2"}]'`,
			},
			not: "delete it",
		},
		"Elsewhere": {
			reason:  "Another Wukong uses it.",
			kind:    "VirtualMachine",
			foreign: observed.Foreign{Composite: "u2"},
			want:    []string{"(UID u2)", "kubectl annotate virtualmachine x -n team-a vm.novasphere.dev/composite-"},
			not:     "delete",
		},
	}
	w := &v1alpha1.Wukong{ObjectMeta: metav1.ObjectMeta{Namespace: "team-a", Name: "web-01"}}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			got := Foreign(w, "it", tc.kind, "x", &tc.foreign)
			for _, want := range tc.want {
				if !strings.Contains(got, want) {
					t.Errorf("%s Want %q in %q", tc.reason, want, got)
				}
			}
			if tc.not != "" && strings.Contains(got, tc.not) {
				t.Errorf("%s Want no %q in %q", tc.reason, tc.not, got)
			}
		})
	}
}
