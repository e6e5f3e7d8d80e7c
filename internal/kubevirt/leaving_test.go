package kubevirt

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/types/known/structpb"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/utils/ptr"
	kubevirtv1 "kubevirt.io/api/core/v1"

	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
	"github.com/novasphere/function-wukong/internal/identity"
	"github.com/novasphere/function-wukong/internal/network"
	"github.com/novasphere/function-wukong/internal/observed"
	"github.com/novasphere/function-wukong/internal/plan"
	"github.com/novasphere/function-wukong/internal/template"
)

// web01 is the Wukong of the tests.
func web01(networks ...v1alpha1.Network) *v1alpha1.Wukong {
	return &v1alpha1.Wukong{
		ObjectMeta: metav1.ObjectMeta{Namespace: "team-a", Name: "web-01"},
		Spec:       v1alpha1.WukongSpec{PodNetwork: ptr.To(true), Networks: networks},
	}
}

// The interfaces of the tests. Each network has a NetworkAttachmentDefinition of its name.
var (
	podNIC  = network.NIC{Name: network.PodName, MAC: "02:00:00:00:00:01", Binding: network.BindingMasquerade}
	lanNIC  = network.NIC{Name: "lan", MAC: "02:00:00:00:00:02", NAD: "lan", Binding: network.BindingBridge}
	mgmtNIC = network.NIC{Name: "mgmt", MAC: "02:00:00:00:00:03", NAD: "shared/mgmt", Binding: network.BindingBridge}
	fastNIC = network.NIC{Name: "fast", MAC: "02:00:00:00:00:04", NAD: "fast", Binding: network.BindingSRIOV}
	ownNIC  = network.NIC{Name: "own", MAC: "02:00:00:00:00:05", NAD: "team-a/own", Binding: network.BindingBridge, ReplacesPodNetwork: true}
)

// ranAs returns the instance that a VirtualMachine runs with, which an edit changes.
func ranAs(vm *kubevirtv1.VirtualMachine, edit func(*kubevirtv1.VirtualMachineInstance)) *kubevirtv1.VirtualMachineInstance {
	vmi := &kubevirtv1.VirtualMachineInstance{Spec: *vm.Spec.Template.Spec.DeepCopy()}
	vmi.Status.Phase = kubevirtv1.Running
	for _, i := range vmi.Spec.Domain.Devices.Interfaces {
		vmi.Status.Interfaces = append(vmi.Status.Interfaces, kubevirtv1.VirtualMachineInstanceNetworkInterface{Name: i.Name})
	}
	if edit != nil {
		edit(vmi)
	}
	return vmi
}

// observe returns the observed state of a VirtualMachine that runs, and of its instance, which may be nil.
func observe(t *testing.T, vm *kubevirtv1.VirtualMachine, vmi *kubevirtv1.VirtualMachineInstance) observed.Resources {
	t.Helper()
	vm = vm.DeepCopy()
	vm.Status.Created = true
	rs := observed.Resources{plan.KeyVM: {Object: toStruct(t, vm)}}
	if vmi != nil {
		rs[plan.KeyVMI] = observed.Resource{Object: toStruct(t, vmi)}
	}
	return rs
}

func toStruct(t *testing.T, o any) *structpb.Struct {
	t.Helper()
	m, err := runtime.DefaultUnstructuredConverter.ToUnstructured(o)
	if err != nil {
		t.Fatal(err)
	}
	s, err := structpb.NewStruct(m)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// lose takes interfaces from the spec and the status of an instance.
func lose(names ...string) func(*kubevirtv1.VirtualMachineInstance) {
	return func(vmi *kubevirtv1.VirtualMachineInstance) {
		for _, name := range names {
			forget(vmi, name)
			statuses := vmi.Status.Interfaces[:0]
			for _, s := range vmi.Status.Interfaces {
				if s.Name != name {
					statuses = append(statuses, s)
				}
			}
			vmi.Status.Interfaces = statuses
		}
	}
}

// forget takes an interface from the spec of an instance.
func forget(vmi *kubevirtv1.VirtualMachineInstance, name string) {
	devices := vmi.Spec.Domain.Devices.Interfaces[:0]
	for _, i := range vmi.Spec.Domain.Devices.Interfaces {
		if i.Name != name {
			devices = append(devices, i)
		}
	}
	vmi.Spec.Domain.Devices.Interfaces = devices
}

// end ends an instance.
func end(vmi *kubevirtv1.VirtualMachineInstance) { vmi.Status.Phase = kubevirtv1.Succeeded }

// interfacesOf returns the interfaces of a VirtualMachine as NAME, or NAME STATE. It fails the test where the networks are others.
func interfacesOf(t *testing.T, vm *kubevirtv1.VirtualMachine) []string {
	t.Helper()
	var out, networks, names []string
	for _, i := range vm.Spec.Template.Spec.Domain.Devices.Interfaces {
		names = append(names, i.Name)
		out = append(out, strings.TrimSpace(i.Name+" "+string(i.State)))
	}
	for _, n := range vm.Spec.Template.Spec.Networks {
		networks = append(networks, n.Name)
	}
	if diff := cmp.Diff(names, networks); diff != "" {
		t.Errorf("networks: -interfaces, +networks:\n%s", diff)
	}
	return out
}

// TestLeaving shows which networks that a virtual machine no longer has leave it while it runs, and when they leave the template.
func TestLeaving(t *testing.T) {
	all := []network.NIC{podNIC, lanNIC, mgmtNIC, fastNIC}
	before := planned(v1alpha1.WukongSpec{}, Devices{NICs: all})
	absent := before.DeepCopy()
	absent.Spec.Template.Spec.Domain.Devices.Interfaces[1].State = kubevirtv1.InterfaceStateAbsent
	renamed := lanNIC
	renamed.Name, renamed.MAC = "office", strings.ToUpper(lanNIC.MAC)
	cases := map[string]struct {
		reason   string
		nics     []network.NIC
		observed observed.Resources
		want     []string
	}{
		"Running": {
			reason: "The instance has the network.", nics: []network.NIC{podNIC, mgmtNIC, fastNIC}, observed: observe(t, before, ranAs(before, nil)),
			want: []string{"pod_network", "lan absent", "mgmt", "fast"},
		},
		"Unknown": {
			reason: "It may have it.", nics: []network.NIC{podNIC, mgmtNIC, fastNIC}, observed: observe(t, absent, nil),
			want: []string{"pod_network", "lan absent", "mgmt", "fast"},
		},
		"StatusAlone": {
			reason: "Somebody may not read more of instances.", nics: []network.NIC{podNIC, mgmtNIC, fastNIC},
			observed: observe(t, absent, &kubevirtv1.VirtualMachineInstance{}), want: []string{"pod_network", "lan absent", "mgmt", "fast"},
		},
		"NotTold": {
			reason: "KubeVirt may have given the instance the network already.", nics: []network.NIC{podNIC, mgmtNIC, fastNIC},
			observed: observe(t, before, ranAs(before, lose("lan"))), want: []string{"pod_network", "lan absent", "mgmt", "fast"},
		},
		"InStatus": {
			reason: "The pod still has it.", nics: []network.NIC{podNIC, mgmtNIC, fastNIC},
			observed: observe(t, absent, ranAs(absent, func(vmi *kubevirtv1.VirtualMachineInstance) { forget(vmi, "lan") })),
			want:     []string{"pod_network", "lan absent", "mgmt", "fast"},
		},
		"InSpec": {
			reason: "Nobody has reported it yet.", nics: []network.NIC{podNIC, mgmtNIC, fastNIC},
			observed: observe(t, absent, ranAs(absent, func(vmi *kubevirtv1.VirtualMachineInstance) { vmi.Status.Interfaces = nil })),
			want:     []string{"pod_network", "lan absent", "mgmt", "fast"},
		},
		"Lost": {
			reason: "The instance has lost it.", nics: []network.NIC{podNIC, mgmtNIC, fastNIC},
			observed: observe(t, absent, ranAs(absent, lose("lan"))), want: []string{"pod_network", "mgmt", "fast"},
		},
		"Stopped": {
			reason: "The next instance has none.", nics: []network.NIC{podNIC, mgmtNIC, fastNIC},
			observed: observed.Resources{plan.KeyVM: {Object: toStruct(t, before)}}, want: []string{"pod_network", "mgmt", "fast"},
		},
		"Ended": {
			reason: "The same holds for an instance that has ended.", nics: []network.NIC{podNIC, mgmtNIC, fastNIC},
			observed: observe(t, before, ranAs(before, end)), want: []string{"pod_network", "mgmt", "fast"},
		},
		"Gone": {
			reason: "Somebody deleted the virtual machine.", nics: []network.NIC{podNIC, mgmtNIC, fastNIC},
			observed: observed.Resources{plan.KeyVM: {LastKnown: observe(t, before, nil)[plan.KeyVM].Object, Missing: true}},
			want:     []string{"pod_network", "mgmt", "fast"},
		},
		"New": {reason: "Nothing is observed.", nics: []network.NIC{podNIC}, want: []string{"pod_network"}},
		"Several": {
			reason: "Those of a bridge leave live, in their places, and others at once.", nics: nil,
			observed: observe(t, before, ranAs(before, nil)), want: []string{"lan absent", "mgmt absent"},
		},
		"Replaced": {
			reason:   "New networks come after those that stay.",
			nics:     []network.NIC{podNIC, {Name: "new", MAC: "02:00:00:00:00:09", NAD: "new", Binding: network.BindingBridge}},
			observed: observe(t, before, ranAs(before, nil)), want: []string{"pod_network", "lan absent", "mgmt absent", "new"},
		},
		"Returns": {
			reason: "The template has it as any other.", nics: all, observed: observe(t, absent, ranAs(absent, nil)),
			want: []string{"pod_network", "lan", "mgmt", "fast"},
		},
		"Renamed": {
			reason: "A guest cannot have two interfaces of one MAC address.", nics: []network.NIC{podNIC, renamed, mgmtNIC, fastNIC},
			observed: observe(t, before, ranAs(before, nil)), want: []string{"pod_network", "office", "mgmt", "fast"},
		},
		"PodsOwn": {
			reason: "KubeVirt refuses to unplug the pod's own network.", nics: []network.NIC{podNIC},
			observed: observe(t, planned(v1alpha1.WukongSpec{PodNetwork: ptr.To(false)}, Devices{NICs: []network.NIC{ownNIC}}), nil),
			want:     []string{"pod_network"},
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			w := web01()
			vm := Plan(w, identity.New(w, "", nil), Devices{NICs: tc.nics}, template.Choice{}, tc.observed).Object.(*kubevirtv1.VirtualMachine)
			if diff := cmp.Diff(tc.want, interfacesOf(t, vm)); diff != "" {
				t.Errorf("%s\n-want, +got:\n%s", tc.reason, diff)
			}
		})
	}
}

// TestLeavingStaysAsItIs shows that network and interface are those that were observed, but for the state.
func TestLeavingStaysAsItIs(t *testing.T) {
	before := planned(v1alpha1.WukongSpec{}, Devices{NICs: []network.NIC{podNIC, lanNIC}})
	lan := &before.Spec.Template.Spec.Domain.Devices.Interfaces[1]
	lan.Model, lan.BootOrder = "e1000e", ptr.To[uint](2)
	w := web01()
	vm := Plan(w, identity.New(w, "", nil), Devices{NICs: []network.NIC{podNIC}}, template.Choice{}, observe(t, before, nil)).Object.(*kubevirtv1.VirtualMachine)
	want := before.DeepCopy().Spec.Template.Spec
	want.Domain.Devices.Interfaces[1].State = kubevirtv1.InterfaceStateAbsent
	if diff := cmp.Diff(want.Networks, vm.Spec.Template.Spec.Networks); diff != "" {
		t.Errorf("networks: -want, +got:\n%s", diff)
	}
	if diff := cmp.Diff(want.Domain.Devices.Interfaces, vm.Spec.Template.Spec.Domain.Devices.Interfaces); diff != "" {
		t.Errorf("interfaces: -want, +got:\n%s", diff)
	}
}

// TestAttachments shows which NetworkAttachmentDefinitions an existing virtual machine refers to.
func TestAttachments(t *testing.T) {
	full := planned(v1alpha1.WukongSpec{}, Devices{NICs: []network.NIC{podNIC, lanNIC, mgmtNIC}})
	less := planned(v1alpha1.WukongSpec{}, Devices{NICs: []network.NIC{podNIC}})
	both := []string{"team-a/lan", "shared/mgmt"}
	cases := map[string]struct {
		observed       observed.Resources
		referred, used []string
	}{
		"Nothing":     {},
		"Template":    {observed: observed.Resources{plan.KeyVM: {Object: toStruct(t, full)}}, referred: both},
		"LastDesired": {observed: observed.Resources{plan.KeyVM: {LastKnown: toStruct(t, full)}}, referred: both},
		"Gone":        {observed: observed.Resources{plan.KeyVM: {LastKnown: observe(t, less, nil)[plan.KeyVM].Object, Missing: true}}},
		"Both":        {observed: observe(t, full, ranAs(full, nil)), referred: both, used: both},
		"Instance":    {observed: observe(t, less, ranAs(full, nil)), referred: both, used: both},
		"Neither":     {observed: observe(t, less, ranAs(less, nil))},
		"Ended":       {observed: observe(t, less, ranAs(full, end))},
		"Unknown":     {observed: observe(t, less, nil), referred: append(both, "team-a/any"), used: append(both, "team-a/any")},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			a := AttachmentsOf(web01(), tc.observed)
			var referred, used []string
			for _, nad := range []string{"team-a/lan", "shared/mgmt", "team-a/any"} {
				if a.IsReferred(nad) {
					referred = append(referred, nad)
				}
				if a.IsUsed(nad) {
					used = append(used, nad)
				}
			}
			if diff := cmp.Diff([][]string{tc.referred, tc.used}, [][]string{referred, used}); diff != "" {
				t.Errorf("referred to, used: -want, +got:\n%s", diff)
			}
		})
	}
}

// TestNetworkAdvice shows the advice for a network that is removed from a running machine, and for one that is added again before it has left.
func TestNetworkAdvice(t *testing.T) {
	before := planned(v1alpha1.WukongSpec{}, Devices{NICs: []network.NIC{podNIC, lanNIC, fastNIC}})
	absent := before.DeepCopy()
	absent.Spec.Template.Spec.Domain.Devices.Interfaces[1].State = kubevirtv1.InterfaceStateAbsent
	cases := map[string]struct {
		wukong   *v1alpha1.Wukong
		nics     []network.NIC
		observed observed.Resources
		want     []string
	}{
		"Leaves": {
			wukong: web01(), nics: []network.NIC{podNIC}, observed: observe(t, before, ranAs(before, nil)),
			want: []string{"spec.networks: network lan leaves: the guest loses it while it runs, and the virtual machine stays attached to it until " +
				"it has moved to another node (virtctl migrate web-01) or restarted"},
		},
		"Left": {wukong: web01(), nics: []network.NIC{podNIC}, observed: observe(t, absent, ranAs(absent, lose("lan")))},
		"Returns": {
			wukong: web01(v1alpha1.Network{Name: "fast"}, v1alpha1.Network{Name: "lan"}), nics: []network.NIC{podNIC, fastNIC, lanNIC},
			observed: observe(t, before, ranAs(absent, nil)),
			want: []string{"spec.networks[1].name: this network was removed and is still leaving: KubeVirt adds it anew once it has left, each by a move to " +
				"another node (virtctl migrate web-01), or both by a restart"},
		},
		"Stays": {wukong: web01(v1alpha1.Network{Name: "lan"}), nics: []network.NIC{podNIC, lanNIC, fastNIC}, observed: observe(t, before, ranAs(before, nil))},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(tc.want, NetworkAdvice(tc.wukong, tc.nics, tc.observed)); diff != "" {
				t.Errorf("-want, +got:\n%s", diff)
			}
		})
	}
}

// TestUnplug shows what KubeVirt makes of an interface that becomes absent, that goes after that, or that comes back.
func TestUnplug(t *testing.T) {
	const device, net = "spec.template.spec.domain.devices.interfaces[lan]", "spec.template.spec.networks[lan]"
	has := machine(nil)
	absent := has.DeepCopy()
	absent.Spec.Template.Spec.Domain.Devices.Interfaces[1].State = kubevirtv1.InterfaceStateAbsent
	gone := machine(func(_ *v1alpha1.WukongSpec, d *Devices) { d.NICs = d.NICs[:1] })
	runs := func(vm *kubevirtv1.VirtualMachine, migratable string) RolloutState {
		return RolloutState{Runs: true, Instance: ranAs(vm, func(vmi *kubevirtv1.VirtualMachineInstance) {
			vmi.Status.Conditions = []kubevirtv1.VirtualMachineInstanceCondition{
				{Type: kubevirtv1.VirtualMachineInstanceIsMigratable, Status: corev1.ConditionStatus(migratable)},
			}
		})}
	}
	cases := map[string]struct {
		reason   string
		from, to *kubevirtv1.VirtualMachine
		state    RolloutState
		want     []Difference
	}{
		"Leaves": {
			reason: "KubeVirt unplugs it, and migrates the instance to a pod without it.", from: has, to: absent, state: runs(has, "True"),
			want: []Difference{{Path: device + ".state", Field: "networks[lan]", To: "absent", Effect: plan.EffectMigration}},
		},
		"NotMigratable": {
			reason: "The guest loses it all the same.", from: has, to: absent, state: runs(has, "False"),
			want: []Difference{{Path: device + ".state", Field: "networks[lan]", To: "absent", Effect: plan.EffectLive}},
		},
		"Unknown": {
			reason: "The instance is taken for what KubeVirt started.", from: has, to: absent, state: RolloutState{Runs: true},
			want: []Difference{{Path: device + ".state", Field: "networks[lan]", To: "absent", Effect: plan.EffectMigration}},
		},
		"Held": {
			reason: "What holds CPUs does not hold networks.", from: has, to: absent, state: RolloutState{Runs: true, RestartRequired: true},
			want: []Difference{{Path: device + ".state", Field: "networks[lan]", To: "absent", Effect: plan.EffectMigration}},
		},
		"Lost": {
			reason: "The instance has lost it already.", from: absent, to: gone, state: runs(gone, "True"),
			want: []Difference{
				{Path: device, Field: "networks[lan]", From: "bridge, macAddress=02:00:00:00:00:02, state=absent", Effect: plan.EffectLive},
				{Path: net, Field: "networks[lan]", From: "multus.networkName=lan", Effect: plan.EffectLive},
			},
		},
		"AtOnce": {
			reason: "KubeVirt requires a restart for an interface that is gone from the template alone.", from: has, to: gone, state: runs(has, "True"),
			want: []Difference{
				{Path: device, Field: "networks[lan]", From: "bridge, macAddress=02:00:00:00:00:02", Effect: plan.EffectRestart, RestartRequired: true},
				{Path: net, Field: "networks[lan]", From: "multus.networkName=lan", Effect: plan.EffectRestart, RestartRequired: true},
			},
		},
		"Returns": {
			reason: "It is added anew, by migration.", from: absent, to: has, state: runs(absent, "True"),
			want: []Difference{{Path: device + ".state", Field: "networks[lan]", From: "absent", Effect: plan.EffectMigration}},
		},
		"ReturnsByRestart": {
			reason: "KubeVirt cannot migrate, and requires nothing.", from: absent, to: has, state: runs(absent, "False"),
			want: []Difference{{Path: device + ".state", Field: "networks[lan]", From: "absent", Effect: plan.EffectRestart}},
		},
		"ReturnsInTime": {
			reason: "The instance has not been told.", from: absent, to: has, state: runs(has, "True"),
			want: []Difference{{Path: device + ".state", Field: "networks[lan]", From: "absent", Effect: plan.EffectLive}},
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(tc.want, Rollout(tc.from, tc.to, nil, tc.state), differed); diff != "" {
				t.Errorf("%s\n-want, +got:\n%s", tc.reason, diff)
			}
		})
	}
	// An interface that KubeVirt is about to take out of the template waits for nothing.
	if waiting := Waiting(absent, ranAs(gone, nil), nil); len(waiting) > 0 {
		t.Errorf("want nothing that waits for a restart, got %+v", waiting)
	}
}
