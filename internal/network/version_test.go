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

// TestVersion shows that different NetworkAttachmentDefinitions have different versions, and that those of a nadName have none.
func TestVersion(t *testing.T) {
	lan := v1alpha1.Network{Name: "lan", Type: v1alpha1.NetworkTypeBridge}
	others := map[string]func(n *v1alpha1.Network){
		"VLAN":     func(n *v1alpha1.Network) { n.VLANID = ptr.To[int32](7) },
		"Bridge":   func(n *v1alpha1.Network) { n.BridgeName = "br-office" },
		"MTU":      func(n *v1alpha1.Network) { n.MTU = ptr.To[int32](9000) },
		"Check":    func(n *v1alpha1.Network) { n.MACSpoofCheck = ptr.To(true) },
		"Type":     func(n *v1alpha1.Network) { n.Type = v1alpha1.NetworkTypeOVS },
		"Resource": func(n *v1alpha1.Network) { n.Type, n.ResourceName = v1alpha1.NetworkTypeSRIOV, "example.org/fast" },
		"None":     func(n *v1alpha1.Network) { n.NADName = "existing" },
	}
	first := versionsOf(t, lan)
	if first == "" {
		t.Fatal("want a version of a composed network")
	}
	names := map[string]string{first: "nothing"}
	for name, change := range others {
		n := lan
		change(&n)
		got := versionsOf(t, n)
		if other, taken := names[got]; taken {
			t.Errorf("a change of %s gives the same version as that of %s: %s", name, other, got)
		}
		names[got] = name
	}
	if n := (v1alpha1.Network{Name: "lan", Type: v1alpha1.NetworkTypeBridge, MACAddress: "02:00:00:00:00:01"}); versionsOf(t, n) != first {
		t.Error("a MAC address is not part of the NetworkAttachmentDefinition: KubeVirt reports its change")
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

// TestOutdated shows that an instance is outdated where a network changed after it was attached.
func TestOutdated(t *testing.T) {
	at := func(minute int) time.Time { return time.Date(2026, 1, 1, 0, minute, 0, 0, time.UTC) }
	applied := func(minute int) observed.Resources {
		return observed.Resources{"nad-lan": {Object: observedtest.Object(map[string]any{"metadata": map[string]any{"managedFields": []any{
			map[string]any{"manager": "a", "time": at(0).Format(time.RFC3339), "fieldsV1": map[string]any{"f:spec": map[string]any{}}},
			map[string]any{"manager": "b", "time": at(minute).Format(time.RFC3339), "fieldsV1": map[string]any{"f:spec": map[string]any{}}},
			map[string]any{"manager": "c", "time": at(59).Format(time.RFC3339), "fieldsV1": map[string]any{"f:metadata": map[string]any{}}},
		}}})}}
	}
	nics := []NIC{{Name: PodName}, {Name: "lan", NAD: "web-01-lan", Version: "new"}, {Name: "existing", NAD: "existing"}}
	cases := map[string]struct {
		reason   string
		instance Instance
		observed observed.Resources
		want     []string
	}{
		"Same": {reason: "It started with the current version.", instance: Instance{Versions: "lan=new"}, observed: applied(10)},
		"Changed": {
			reason:   "It started with an earlier version.",
			instance: Instance{Versions: "lan=old"},
			observed: applied(10),
			want:     []string{"network lan"},
		},
		"Unknown": {reason: "It started without the annotation.", instance: Instance{}, observed: applied(10)},
		"Added":   {reason: "KubeVirt reports a network that is not attached yet.", instance: Instance{Versions: "mgmt=old"}, observed: applied(10)},
		"MigratedAfter": {
			reason:   "The pod after the migration has the current version.",
			instance: Instance{Versions: "lan=old", Migrated: at(20)},
			observed: applied(10),
		},
		"ChangedAfterMigration": {
			reason:   "The migration came before the change.",
			instance: Instance{Versions: "lan=old", Migrated: at(5)},
			observed: applied(10),
			want:     []string{"network lan"},
		},
		"SameAfterMigration": {
			reason:   "The platform team's labels also set the time.",
			instance: Instance{Versions: "lan=new", Migrated: at(5)},
			observed: applied(10),
		},
		"CreatedAfter": {
			reason:   "The annotation of the virtual machine was not updated yet.",
			instance: Instance{Versions: "lan=old", Created: at(20)},
			observed: applied(10),
		},
		"ChangedAfter":     {instance: Instance{Versions: "lan=old", Created: at(5)}, observed: applied(10), want: []string{"network lan"}},
		"BackAfterCreated": {instance: Instance{Versions: "lan=new", Created: at(5)}, observed: applied(10)},
		"NoTimes": {
			reason:   "Without the time of the change, the versions decide.",
			instance: Instance{Versions: "lan=old", Migrated: at(20)},
			want:     []string{"network lan"},
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(tc.want, Outdated(nics, tc.instance, tc.observed)); diff != "" {
				t.Errorf("%s\n-want, +got:\n%s", tc.reason, diff)
			}
		})
	}
}

// TestOutdatedReference shows what happens when nadName changes for the network in place of the pod network. It is outdated until the virtual
// machine gets a new pod. The time of the change is when the spec of the virtual machine was last changed.
func TestOutdatedReference(t *testing.T) {
	at := func(minute int) time.Time { return time.Date(2026, 1, 1, 0, minute, 0, 0, time.UTC) }
	nic := func(nad string) NIC {
		w := wukong(v1alpha1.Network{Name: "lan", Type: v1alpha1.NetworkTypeBridge, Primary: true, NADName: nad})
		w.Spec.PodNetwork = ptr.To(false)
		_, nics, err := planned(w, platform())
		if err != nil {
			t.Fatal(err)
		}
		return nics[0]
	}
	before, after := nic("backbone"), nic("other")
	rs := observed.Resources{"vm": {Object: observedtest.Object(map[string]any{"metadata": map[string]any{"managedFields": []any{
		map[string]any{"time": at(10).Format(time.RFC3339), "fieldsV1": map[string]any{"f:spec": map[string]any{}}},
	}}})}}
	started := Instance{Versions: Versions([]NIC{before}), Created: at(0)}
	migrated := started
	migrated.Migrated = at(20)
	for reason, tc := range map[string]struct {
		nic      NIC
		instance Instance
		want     []string
	}{
		"It is the same.":               {nic: before, instance: started},
		"The pod has the earlier one.":  {nic: after, instance: started, want: []string{"network lan"}},
		"A migration made another pod.": {nic: after, instance: migrated},
	} {
		if diff := cmp.Diff(tc.want, Outdated([]NIC{tc.nic}, tc.instance, rs)); diff != "" {
			t.Errorf("%s -want, +got:\n%s", reason, diff)
		}
	}
}
