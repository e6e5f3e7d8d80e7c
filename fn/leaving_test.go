package fn

import (
	"maps"
	"slices"
	"strings"
	"testing"

	fnv1 "github.com/crossplane/function-sdk-go/proto/v1"
	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
	"github.com/novasphere/function-wukong/input/v1beta1"
	"github.com/novasphere/function-wukong/internal/fields"
	"github.com/novasphere/function-wukong/internal/names"
	"github.com/novasphere/function-wukong/internal/wukongtest"
)

// TestNetworkLeaves removes a network of a virtual machine that runs, step by step: the interface leaves the template once the instance has lost it,
// and the NetworkAttachmentDefinition after both. Nothing that is reported of the networks counts it.
func TestNetworkLeaves(t *testing.T) {
	const (
		pod    = "networks: [{name: pod_network, pod: {}}"
		device = "domain: {devices: {disks: [], interfaces: [{name: pod_network, masquerade: {}}"
		has    = pod + ", {name: lan, multus: {networkName: NAD}}], " + device + ", {name: lan, bridge: {}}]}}"
		absent = pod + ", {name: lan, multus: {networkName: NAD}}], " + device + ", {name: lan, bridge: {}, state: absent}]}}"
		lost   = pod + "], " + device + "]}}"
		there  = "interfaces: [{name: lan}]"
	)
	nad := names.Object(&v1alpha1.Wukong{ObjectMeta: metav1.ObjectMeta{Namespace: wukongtest.Namespace, Name: wukongtest.Name}}, names.Network, "lan")
	cases := []struct {
		reason   string
		template string
		instance string
		status   string

		// state of the interface in the template; empty where it has none.
		state  string
		hasNAD bool
		told   bool
	}{
		{reason: "It was removed just now.", template: has, instance: has, status: there, state: "absent", hasNAD: true, told: true},
		{reason: "KubeVirt has told the instance.", template: absent, instance: absent, status: there, state: "absent", hasNAD: true, told: true},
		{reason: "The pod has it until it is another one.", template: absent, instance: lost, status: there, state: "absent", hasNAD: true, told: true},
		{reason: "The instance has lost it, and the template is yet to follow.", template: absent, instance: lost, hasNAD: true},
		{reason: "The instance refers to it, as when a template let it go at once.", template: lost, instance: has, status: there, hasNAD: true, told: true},
		{reason: "It has left.", template: lost, instance: lost},
	}
	for _, target := range []v1beta1.Target{v1beta1.TargetObject, v1beta1.TargetNative} {
		for _, tc := range cases {
			t.Run(string(target)+tc.reason, func(t *testing.T) {
				name := strings.NewReplacer("NAD", nad)
				req := leavingRequest(t, target, nil, name.Replace(tc.template), name.Replace(tc.instance), tc.status, "nad-lan",
					"{apiVersion: k8s.cni.cncf.io/v1, kind: NetworkAttachmentDefinition, metadata: {name: "+nad+", "+ours+"}, spec: {config: '{}'}}")
				rsp := run(t, req)
				if got := rsp.GetDesired().GetResources()["nad-lan"] != nil; got != tc.hasNAD {
					t.Errorf("want the NetworkAttachmentDefinition desired: %t, got %t", tc.hasNAD, got)
				}
				if got := desiredState(t, target, rsp); got != tc.state {
					t.Errorf("want the interface %q, got %q", tc.state, got)
				}
				isAboutLAN := func(s string) bool { return strings.Contains(s, "network lan ") }
				if advice := adviceIn(rsp); slices.ContainsFunc(advice, isAboutLAN) != tc.told {
					t.Errorf("want it told: %t, got %q", tc.told, advice)
				}
				for _, c := range rsp.GetConditions() {
					if c.GetType() == "NetworksConfigured" && c.GetMessage() != "no network to configure" {
						t.Errorf("NetworksConfigured says %q", c.GetMessage())
					}
				}
				if diff := cmp.Diff([]any{"pod_network"}, networkNames(rsp)); diff != "" {
					t.Errorf("status.networks: -want, +got:\n%s", diff)
				}
			})
		}
	}
}

// TestSeedLeaves makes a virtual machine that runs one of Windows: the Secret with the seed stays as it is, until the virtual machine no longer refers to it.
func TestSeedLeaves(t *testing.T) {
	const (
		has  = "volumes: [{name: cloudinitdisk, cloudInitNoCloud: {secretRef: {name: seed}}}], domain: {devices: {disks: []}}"
		lost = "volumes: [], domain: {devices: {disks: []}}"
	)
	seed := names.Object(&v1alpha1.Wukong{ObjectMeta: metav1.ObjectMeta{Namespace: wukongtest.Namespace, Name: wukongtest.Name}}, names.Seed, "cloud-init")
	cases := []struct {
		reason, template, instance string
		stays                      bool
	}{
		{reason: "It was asked for just now.", template: has, instance: has, stays: true},
		{reason: "The instance has the volume until it restarts.", template: lost, instance: has, stays: true},
		{reason: "It has restarted.", template: lost, instance: lost},
	}
	for _, target := range []v1beta1.Target{v1beta1.TargetObject, v1beta1.TargetNative} {
		for _, tc := range cases {
			t.Run(string(target)+tc.reason, func(t *testing.T) {
				req := leavingRequest(t, target, map[string]any{"windows": map[string]any{}}, tc.template, tc.instance, "", "cloud-init",
					"{apiVersion: v1, kind: Secret, metadata: {name: "+seed+", "+ours+"}, data: {userdata: YQ==, networkdata: Yg==}}")
				planned, err := Plan(req)
				if err != nil {
					t.Fatal(err)
				}
				var got map[string][]byte
				for _, r := range planned.Resources {
					if s, ok := r.Object.(*corev1.Secret); ok {
						got = s.Data
					}
				}
				var want map[string][]byte
				if tc.stays {
					want = map[string][]byte{"userdata": []byte("a"), "networkdata": []byte("b")}
				}
				if diff := cmp.Diff(want, got); diff != "" {
					t.Errorf("%s\n-want, +got:\n%s", tc.reason, diff)
				}
			})
		}
	}
}

// ours is the metadata of what belongs to the Wukong.
const ours = "namespace: team-a, labels: {vm.novasphere.dev/wukong: web-01}"

// leavingRequest returns a request about a Wukong without networks, with more fields in its spec, whose virtual machine and instance have the given specs. One
// more object exists.
func leavingRequest(t *testing.T, target v1beta1.Target, more map[string]any, template, instance, status, key, object string) *fnv1.RunFunctionRequest {
	t.Helper()
	spec := map[string]any{"cpu": int64(1), "memory": "1Gi", "disks": []any{map[string]any{"name": "system", "size": "10Gi"}}}
	maps.Copy(spec, more)
	req, err := wukongtest.NamespacedRequest(spec, target)
	if err != nil {
		t.Fatal(err)
	}
	objects := map[string]string{
		"vm": "{apiVersion: kubevirt.io/v1, kind: VirtualMachine, metadata: {name: web-01, " + ours + "}, " +
			"spec: {template: {spec: {" + template + "}}}, status: {created: true, printableStatus: Running}}",
		"vmi": "{apiVersion: kubevirt.io/v1, kind: VirtualMachineInstance, metadata: {name: web-01, namespace: team-a}, " +
			"spec: {" + instance + "}, status: {phase: Running, " + status + "}}",
		key: object,
	}
	req.Observed.Resources, req.RequiredResources = map[string]*fnv1.Resource{}, map[string]*fnv1.Resources{}
	for key, y := range objects {
		switch {
		case target == v1beta1.TargetNative && key == "vmi":
			req.RequiredResources[key] = &fnv1.Resources{Items: []*fnv1.Resource{{Resource: structOf(t, y)}}}
		case target == v1beta1.TargetNative:
			req.Observed.Resources[key] = &fnv1.Resource{Resource: structOf(t, y)}
		default:
			req.Observed.Resources[key] = &fnv1.Resource{Resource: structOf(t, "{apiVersion: kubernetes.m.crossplane.io/v1alpha1, kind: Object, metadata: {name: x}, "+
				"spec: {managementPolicies: ['*'], forProvider: {manifest: {}}}, status: {atProvider: {manifest: "+y+"}, conditions: [{type: Synced, status: 'True'}]}}")}
		}
	}
	return req
}

// desiredState returns the state of the interface lan in the desired VirtualMachine. Empty where it has none.
func desiredState(t *testing.T, target v1beta1.Target, rsp *fnv1.RunFunctionResponse) string {
	t.Helper()
	for _, key := range []string{"vm.change", "vm"} {
		o := rsp.GetDesired().GetResources()[key].GetResource()
		if target == v1beta1.TargetObject {
			o = fields.In(o, "spec", "forProvider", "manifest")
		}
		for _, i := range fields.List(o, "spec", "template", "spec", "domain", "devices", "interfaces") {
			if fields.Text(i, "name") == "lan" {
				return fields.Text(i, "state")
			}
		}
	}
	return ""
}

// networkNames returns the names of the networks in the status.
func networkNames(rsp *fnv1.RunFunctionResponse) []any {
	networks, _ := statusOf(rsp)["networks"].([]any)
	out := make([]any, len(networks))
	for i, n := range networks {
		m, _ := n.(map[string]any)
		out[i] = m["name"]
	}
	return out
}
