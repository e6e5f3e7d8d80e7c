package network

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"k8s.io/utils/ptr"

	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
	"github.com/novasphere/function-wukong/internal/observed"
	"github.com/novasphere/function-wukong/internal/observed/observedtest"
)

// TestVersion shows that a version differs where the NetworkAttachmentDefinition does, and is that of nothing that somebody else made.
func TestVersion(t *testing.T) {
	lan := v1alpha1.Network{Name: "lan", Type: v1alpha1.NetworkTypeBridge}
	others := map[string]func(n *v1alpha1.Network){
		"VLAN":     func(n *v1alpha1.Network) { n.VLANID = ptr.To[int32](7) },
		"Bridge":   func(n *v1alpha1.Network) { n.BridgeName = "br-office" },
		"MTU":      func(n *v1alpha1.Network) { n.MTU = ptr.To[int32](9000) },
		"Type":     func(n *v1alpha1.Network) { n.Type = v1alpha1.NetworkTypeOVS },
		"Resource": func(n *v1alpha1.Network) { n.Type, n.ResourceName = v1alpha1.NetworkTypeSRIOV, "example.org/fast" },
		"None":     func(n *v1alpha1.Network) { n.NADName = "theirs" },
	}
	was := versionsOf(t, lan)
	if was == "" {
		t.Fatal("a network that is made has a version")
	}
	seen := map[string]string{was: "nothing"}
	for name, change := range others {
		n := lan
		change(&n)
		got := versionsOf(t, n)
		if other, taken := seen[got]; taken {
			t.Errorf("a change of %s gives the same version as that of %s: %s", name, other, got)
		}
		seen[got] = name
	}
	if n := (v1alpha1.Network{Name: "lan", Type: v1alpha1.NetworkTypeBridge, MACAddress: "02:00:00:00:00:01"}); versionsOf(t, n) != was {
		t.Error("a MAC address is no part of the NetworkAttachmentDefinition: KubeVirt itself tells that it changed")
	}
}

func versionsOf(t *testing.T, n v1alpha1.Network) string {
	t.Helper()
	_, nics, err := planned(wukong(n), platform())
	if err != nil {
		t.Fatal(err)
	}
	return Versions(nics)
}

func TestOutdated(t *testing.T) {
	at := func(minute int) time.Time { return time.Date(2026, 1, 1, 0, minute, 0, 0, time.UTC) }
	applied := func(minute int) observed.Resources {
		return observed.Resources{"nad-lan": {Object: observedtest.Object(map[string]any{"metadata": map[string]any{"managedFields": []any{
			map[string]any{"manager": "a", "time": at(0).Format(time.RFC3339), "fieldsV1": map[string]any{"f:spec": map[string]any{}}},
			map[string]any{"manager": "b", "time": at(minute).Format(time.RFC3339), "fieldsV1": map[string]any{"f:spec": map[string]any{}}},
			map[string]any{"manager": "c", "time": at(59).Format(time.RFC3339), "fieldsV1": map[string]any{"f:metadata": map[string]any{}}},
		}}})}}
	}
	nics := []NIC{{Name: podName}, {Name: "lan", NAD: "web-01-lan", Version: "new"}, {Name: "theirs", NAD: "theirs"}}
	cases := map[string]struct {
		reason   string
		instance Instance
		seen     observed.Resources
		want     []string
	}{
		"Same": {reason: "It started with what is there.", instance: Instance{Versions: "lan=new"}, seen: applied(10)},
		"Changed": {
			reason:   "It has what was there when it started.",
			instance: Instance{Versions: "lan=old"},
			seen:     applied(10),
			want:     []string{"network lan"},
		},
		"Unknown": {reason: "It was started before there were versions, or by somebody else.", instance: Instance{}, seen: applied(10)},
		"Added":   {reason: "KubeVirt itself tells of a network that is not attached yet.", instance: Instance{Versions: "mgmt=old"}, seen: applied(10)},
		"MovedAfter": {
			reason:   "The pod that it moved to was attached to what is there.",
			instance: Instance{Versions: "lan=old", Migrated: at(20)},
			seen:     applied(10),
		},
		"ChangedAfterMove": {
			reason:   "It moved to what was there before.",
			instance: Instance{Versions: "lan=old", Migrated: at(5)},
			seen:     applied(10),
			want:     []string{"network lan"},
		},
		"SameAfterMove": {reason: "Labels of the platform change the time as well.", instance: Instance{Versions: "lan=new", Migrated: at(5)}, seen: applied(10)},
		"CreatedAfter": {
			reason:   "It was made from a virtual machine that did not bear the new version yet.",
			instance: Instance{Versions: "lan=old", Created: at(20)},
			seen:     applied(10),
		},
		"ChangedAfter":     {instance: Instance{Versions: "lan=old", Created: at(5)}, seen: applied(10), want: []string{"network lan"}},
		"BackAfterCreated": {instance: Instance{Versions: "lan=new", Created: at(5)}, seen: applied(10)},
		"NoTimes": {
			reason:   "Where nothing says when it changed, what it started with decides.",
			instance: Instance{Versions: "lan=old", Migrated: at(20)},
			want:     []string{"network lan"},
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(tc.want, Outdated(nics, tc.instance, tc.seen)); diff != "" {
				t.Errorf("%s\n-want, +got:\n%s", tc.reason, diff)
			}
		})
	}
}
