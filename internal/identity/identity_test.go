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

// machine is a virtual machine whose instances have the given spec.
func machine(spec string) observed.Resource {
	return observed.Resource{Object: observedtest.YAML("{kind: VirtualMachine, spec: {template: {spec: " + spec + "}}}")}
}

// facts are what a test compares of an identity.
type facts struct {
	UUID, PodMAC, LanMAC, System, Data string
}

func factsOf(i Identity) facts {
	return facts{string(i.UUID()), i.MACAddress("pod_network"), i.MACAddress("lan"), i.Serial("system"), i.Serial("data")}
}

// TestDerived holds down what a virtual machine gets that does not exist yet. A change gives those that are made anew another identity.
func TestDerived(t *testing.T) {
	without := facts{"1157163d-b485-5f0a-9759-b046aa815419", "92:9c:42:90:8f:c3", "5e:47:7b:b8:ed:0a", "system", "data"}
	if diff := cmp.Diff(without, factsOf(Of(wukong("team-a", "web-01"), "", nil))); diff != "" {
		t.Errorf("without a salt: -want, +got:\n%s", diff)
	}
	with := facts{"f698e96d-eab0-5439-808d-26d578c7f2f9", "02:73:1e:66:7b:6c", "4e:05:9b:5a:d6:86", "system", "data"}
	if diff := cmp.Diff(with, factsOf(Of(wukong("team-a", "web-01"), "east", nil))); diff != "" {
		t.Errorf("with a salt: -want, +got:\n%s", diff)
	}
}

// TestObserved shows that a virtual machine which exists keeps its identity, whatever the platform's settings are.
func TestObserved(t *testing.T) {
	w := wukong("team-a", "web-01")
	derived := factsOf(Of(w, "east", nil))
	whole := machine(`{
		domain: {
			firmware: {uuid: 6c1b0d2e-5a3f-4b1c-8d7e-9f0a1b2c3d4e},
			devices: {
				disks: [{name: system, serial: other}, {name: data}],
				interfaces: [{name: pod_network, macAddress: '02:00:5E:10:00:01'}]}}}`)
	kept := facts{"6c1b0d2e-5a3f-4b1c-8d7e-9f0a1b2c3d4e", "02:00:5e:10:00:01", derived.LanMAC, "other", ""}

	cases := map[string]struct {
		reason string
		vm     observed.Resource
		want   facts
	}{
		"Nothing": {"What does not exist follows from the names and the salt.", observed.Resource{}, derived},
		"Exists":  {"What the guest knows stays; a network that is added gets an address.", whole, kept},
		"Pending": {"What is not observed yet may be there as it is known.", observed.Resource{Known: whole.Object}, kept},
		"Foreign": {"What somebody else's virtual machine has is theirs.", observed.Resource{Foreign: &observed.Foreign{}}, derived},
		"Old":     {"KubeVirt itself gives one without a UUID another, and records it.", machine("{domain: {}}"), facts{"", derived.PodMAC, derived.LanMAC, "system", "data"}},
		"Odd":     {"What is no address is none that can be kept.", machine("{domain: {firmware: {uuid: u}, devices: {interfaces: [{name: lan, macAddress: x}, 7], disks: {}}}}"), facts{"u", derived.PodMAC, derived.LanMAC, "system", "data"}},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(c.want, factsOf(Of(w, "east", observed.Resources{plan.KeyVM: c.vm}))); diff != "" {
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
		"Nothing":    {observed.Resource{}, false, false},
		"Attached":   {machine("{networks: [{name: lan, multus: {networkName: a}}, {name: any, pod: {}}]}"), true, true},
		"Others":     {machine("{networks: [{name: lan, multus: {networkName: a}}]}"), false, true},
		"Primary":    {machine("{networks: [{name: lan, multus: {networkName: a, default: true}}]}"), false, false},
		"ByKubeVirt": {machine("{domain: {}}"), true, true},
		"None":       {machine("{domain: {devices: {autoattachPodInterface: false}}}"), false, true},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			attached, known := Of(wukong("a", "b"), "", observed.Resources{plan.KeyVM: c.vm}).PodNetwork()
			if attached != c.attached || known != c.known {
				t.Errorf("want attached %t, known %t, got %t, %t", c.attached, c.known, attached, known)
			}
		})
	}
}

// TestDerivedDiffer shows that derived addresses are of one interface and locally administered, that derived UUIDs are of version 5, and
// that all of them differ by all that they follow from.
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
				i := Of(wukong(namespace, name), salt, nil)
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
