package network

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	nadv1 "github.com/k8snetworkplumbingwg/network-attachment-definition-client/pkg/apis/k8s.cni.cncf.io/v1"

	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
	"github.com/novasphere/function-wukong/internal/names"
	"github.com/novasphere/function-wukong/internal/observed"
	"github.com/novasphere/function-wukong/internal/observed/observedtest"
	"github.com/novasphere/function-wukong/internal/plan"
)

// nad returns an observed NetworkAttachmentDefinition with a configuration, and with annotations of the Wukong and of others.
func nad(config string) observed.Resource {
	return observed.Resource{Object: observedtest.Object(map[string]any{
		"metadata": map[string]any{"annotations": map[string]any{annotationResource: "example.org/fast", annotationMaster: "eth1", "example.org/note": "mine"}},
		"spec":     map[string]any{"config": config},
	})}
}

// TestNetworkAttachmentStays shows which NetworkAttachmentDefinitions stay though no network asks for them: those that the virtual machine refers to,
// as they are.
func TestNetworkAttachmentStays(t *testing.T) {
	w := wukong()
	lan, fast := "team-a/"+names.Object(w, names.Network, "lan"), "team-a/"+names.Object(w, names.Network, "fast")
	asItWas := map[string]string{"lan": `{"vlan":5}`}
	cases := map[string]struct {
		reason   string
		desired  []plan.Resource
		referred []string
		observed observed.Resources
		want     map[string]string
	}{
		"Referred": {reason: "The virtual machine refers to it.", referred: []string{lan}, observed: observed.Resources{"nad-lan": nad(`{"vlan":5}`)}, want: asItWas},
		"NotReferred": {
			reason: "It refers to another one.", referred: []string{fast}, observed: observed.Resources{"nad-lan": nad(`{"vlan":5}`)},
		},
		"Desired": {
			reason: "A network asks for it.", desired: []plan.Resource{{Key: "nad-lan"}}, referred: []string{lan},
			observed: observed.Resources{"nad-lan": nad(`{"vlan":5}`)},
		},
		"Foreign": {
			reason: "It belongs to somebody else.", referred: []string{lan}, observed: observed.Resources{"nad-lan": {Foreign: &observed.Foreign{}}},
		},
		"LastKnown": {
			reason: "It may have been created since.", referred: []string{lan},
			observed: observed.Resources{"nad-lan": {LastKnown: nad(`{"vlan":5}`).Object}}, want: asItWas,
		},
		"Emptied": {
			reason: "Somebody emptied it.", referred: []string{lan},
			observed: observed.Resources{"nad-lan": {Object: nad("").Object, Applied: nad(`{"vlan":5}`).Object}}, want: asItWas,
		},
		"Reference":   {reason: "It is only read.", referred: []string{lan}, observed: observed.Resources{"nadname-lan": nad(`{}`)}},
		"NeverExists": {reason: "Nothing is known of it.", referred: []string{lan}, observed: observed.Resources{"nad-lan": {}}},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			isReferred := func(nad string) bool { return len(tc.referred) > 0 && nad == tc.referred[0] }
			var got map[string]string
			for _, r := range Leaving(w, tc.desired, isReferred, tc.observed) {
				o := r.Object.(*nadv1.NetworkAttachmentDefinition)
				got = map[string]string{o.GetName()[len("web-01-") : len(o.GetName())-len("-xxxxx")]: o.Spec.Config}
				if !r.Leaving || r.Management != plan.Manage || o.GetLabels()[names.LabelWukong] != "web-01" {
					t.Errorf("want it managed as before and marked, got %+v with labels %v", r, o.GetLabels())
				}
				annotations := map[string]string{annotationResource: "example.org/fast", annotationMaster: "eth1"}
				if diff := cmp.Diff(annotations, o.GetAnnotations()); diff != "" {
					t.Errorf("annotations: -want, +got:\n%s", diff)
				}
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("%s\n-want, +got:\n%s", tc.reason, diff)
			}
		})
	}
}

// TestLeavingAdvice shows that the user is told of what the instance keeps, once.
func TestLeavingAdvice(t *testing.T) {
	w := wukong(v1alpha1.Network{Name: "other", Type: v1alpha1.NetworkTypeBridge})
	all := func(string) bool { return true }
	leaving := Leaving(w, nil, all, observed.Resources{"nad-lan": nad(`{}`), "nad-fast": nad(`{}`)})
	want := []string{"spec.networks: network fast is still attached by its earlier NetworkAttachmentDefinition " + names.Object(w, names.Network, "fast") +
		", which stays until the virtual machine restarts (virtctl restart web-01)"}
	if diff := cmp.Diff(want, LeavingAdvice(w, leaving, all, []string{"lan"})); diff != "" {
		t.Errorf("-want, +got:\n%s", diff)
	}
	if got := LeavingAdvice(w, leaving, func(string) bool { return false }, nil); len(got) > 0 {
		t.Errorf("want nothing of what only the template has until it is applied, got %v", got)
	}
	if got := Devices(append(leaving, plan.Resource{Object: &nadv1.NetworkAttachmentDefinition{}})); len(got) > 0 {
		t.Errorf("want no device requested for the next pod, got %v", got)
	}
}
