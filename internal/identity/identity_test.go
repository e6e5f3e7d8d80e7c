package identity

import (
	"net"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
	"github.com/novasphere/function-wukong/internal/observed"
	"github.com/novasphere/function-wukong/internal/observed/observedtest"
	"github.com/novasphere/function-wukong/internal/plan"
)

func wukong(namespace, name string) *v1alpha1.Wukong {
	return &v1alpha1.Wukong{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: name}}
}

// machine returns an observed virtual machine whose template has the given spec.
func machine(spec string) observed.Resource {
	return observed.Resource{Object: observedtest.YAML("{kind: VirtualMachine, spec: {template: {spec: " + spec + "}}}")}
}

// facts are the parts of an identity that tests compare.
type facts struct {
	UUID, PodMAC, LanMAC, System, Data string
}

func factsOf(i Identity) facts {
	return facts{UUID: string(i.UUID()), PodMAC: i.MACAddress("pod_network"), LanMAC: i.MACAddress("lan"), System: i.Serial("system"), Data: i.Serial("data")}
}

// TestDerived pins the identity of a new virtual machine. A change here gives recreated ones another identity.
func TestDerived(t *testing.T) {
	without := facts{UUID: "1157163d-b485-5f0a-9759-b046aa815419", PodMAC: "92:9c:42:90:8f:c3", LanMAC: "5e:47:7b:b8:ed:0a", System: "system", Data: "data"}
	if diff := cmp.Diff(without, factsOf(New(wukong("team-a", "web-01"), "", nil))); diff != "" {
		t.Errorf("without a salt: -want, +got:\n%s", diff)
	}
	with := facts{UUID: "f698e96d-eab0-5439-808d-26d578c7f2f9", PodMAC: "02:73:1e:66:7b:6c", LanMAC: "4e:05:9b:5a:d6:86", System: "system", Data: "data"}
	if diff := cmp.Diff(with, factsOf(New(wukong("team-a", "web-01"), "east", nil))); diff != "" {
		t.Errorf("with a salt: -want, +got:\n%s", diff)
	}
}

// TestObserved shows that an observed virtual machine keeps its identity, whatever the platform's settings are.
func TestObserved(t *testing.T) {
	w := wukong("team-a", "web-01")
	derived := factsOf(New(w, "east", nil))
	whole := machine(`{
		domain: {
			firmware: {uuid: 6c1b0d2e-5a3f-4b1c-8d7e-9f0a1b2c3d4e},
			devices: {
				disks: [{name: system, serial: other}, {name: data}],
				interfaces: [{name: pod_network, macAddress: '02:00:5E:10:00:01'}]}}}`)
	same := facts{UUID: "6c1b0d2e-5a3f-4b1c-8d7e-9f0a1b2c3d4e", PodMAC: "02:00:5e:10:00:01", LanMAC: derived.LanMAC, System: "other"}

	cases := map[string]struct {
		reason string
		vm     observed.Resource
		want   facts
	}{
		"Nothing": {reason: "A new virtual machine has a derived identity.", vm: observed.Resource{}, want: derived},
		"Exists":  {reason: "The guest knows what it has; an added network gets a derived address.", vm: whole, want: same},
		"Pending": {reason: "An object that is not observed yet may exist as it was last known.", vm: observed.Resource{LastKnown: whole.Object}, want: same},
		"Foreign": {reason: "Another's virtual machine does not matter.", vm: observed.Resource{Foreign: &observed.Foreign{}}, want: derived},
		"Old": {
			reason: "KubeVirt derives a UUID for a virtual machine without one.",
			vm:     machine("{domain: {}}"),
			want:   facts{PodMAC: derived.PodMAC, LanMAC: derived.LanMAC, System: "system", Data: "data"},
		},
		"Odd": {
			reason: "A value that is not an address is replaced.",
			vm:     machine("{domain: {firmware: {uuid: u}, devices: {interfaces: [{name: lan, macAddress: x}, 7], disks: {}}}}"),
			want:   facts{UUID: "u", PodMAC: derived.PodMAC, LanMAC: derived.LanMAC, System: "system", Data: "data"},
		},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(c.want, factsOf(New(w, "east", observed.Resources{plan.KeyVM: c.vm}))); diff != "" {
				t.Errorf("%s -want, +got:\n%s", c.reason, diff)
			}
		})
	}
}

func TestPodNetwork(t *testing.T) {
	cases := map[string]struct {
		vm              observed.Resource
		attached, known bool
	}{
		"Nothing":    {vm: observed.Resource{}},
		"Attached":   {vm: machine("{networks: [{name: lan, multus: {networkName: a}}, {name: any, pod: {}}]}"), attached: true, known: true},
		"Others":     {vm: machine("{networks: [{name: lan, multus: {networkName: a}}]}"), known: true},
		"Primary":    {vm: machine("{networks: [{name: lan, multus: {networkName: a, default: true}}]}")},
		"ByKubeVirt": {vm: machine("{domain: {}}"), attached: true, known: true},
		"None":       {vm: machine("{domain: {devices: {autoattachPodInterface: false}}}"), known: true},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			attached, known := New(wukong("a", "b"), "", observed.Resources{plan.KeyVM: c.vm}).PodNetwork()
			if attached != c.attached || known != c.known {
				t.Errorf("want attached %t, known %t, got %t, %t", c.attached, c.known, attached, known)
			}
		})
	}
}

// TestDerivedDiffer shows that derived MAC addresses are locally administered unicast ones, and that derived UUIDs have version 5.
// Each name, namespace, network and salt gives a different value.
func TestDerivedDiffer(t *testing.T) {
	macs, uuids := map[string]string{}, map[string]string{}
	take := func(owners map[string]string, value, thing string) {
		if other, taken := owners[value]; taken {
			t.Errorf("%q and %q share %s", thing, other, value)
		}
		owners[value] = thing
	}
	for _, salt := range []string{"", "a", "b", "c\x00d"} {
		for _, namespace := range []string{"a", "a-b", "b"} {
			for _, name := range []string{"a", "b", "b-c"} {
				i := New(wukong(namespace, name), salt, nil)
				thing := strings.Join([]string{salt, namespace, name}, "/")
				id, err := uuid.Parse(string(i.UUID()))
				if err != nil || id.Version() != 5 || id.Variant() != uuid.RFC4122 {
					t.Errorf("%s is no UUID of version 5: %v", i.UUID(), err)
				}
				take(uuids, string(i.UUID()), thing)
				for _, network := range []string{"c", "b-c", "pod_network", "default"} {
					mac, err := net.ParseMAC(i.MACAddress(network))
					if err != nil || mac[0]&0x03 != 0x02 {
						t.Errorf("%s is no locally administered address of one interface: %v", mac, err)
					}
					take(macs, mac.String(), thing+"/"+network)
				}
			}
		}
	}
}
