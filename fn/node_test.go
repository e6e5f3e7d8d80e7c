package fn

import (
	"strings"
	"testing"

	fnv1 "github.com/crossplane/function-sdk-go/proto/v1"
	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/testing/protocmp"
	"google.golang.org/protobuf/types/known/structpb"

	"github.com/novasphere/function-wukong/input/v1beta1"
	"github.com/novasphere/function-wukong/internal/wukongtest"
)

// TestNodeNetworkState shows that the NodeNetworkState of the node is required if the Input says that the cluster has NMState and a network depends on
// it. It is not in an Object, which a tenant could read.
func TestNodeNetworkState(t *testing.T) {
	tagged := []any{map[string]any{"name": "lan", "type": "bridge", "vlanId": int64(300)}}
	want := &fnv1.ResourceSelector{ApiVersion: "nmstate.io/v1beta1", Kind: "NodeNetworkState", Match: &fnv1.ResourceSelector_MatchName{MatchName: "node-1"}}
	const running, instance = "{printableStatus: Running, created: true}", "{nodeName: node-1, phase: Running}"
	cases := map[string]struct {
		nmstate  bool
		networks []any
		vm, vmi  string
		want     *fnv1.ResourceSelector
	}{
		"Running": {nmstate: true, networks: tagged, vm: running, vmi: instance, want: want},
		"Off":     {networks: tagged, vm: running, vmi: instance},
		"NoVLAN":  {nmstate: true, networks: []any{map[string]any{"name": "lan", "type": "bridge"}}, vm: running, vmi: instance},
		"NoNode":  {nmstate: true, networks: tagged, vm: running, vmi: "{phase: Scheduling}"},
		"Stopped": {nmstate: true, networks: tagged, vm: "{printableStatus: Stopped, created: false}", vmi: instance},
	}
	for _, target := range []v1beta1.Target{v1beta1.TargetObject, v1beta1.TargetNative} {
		for name, tc := range cases {
			t.Run(string(target)+name, func(t *testing.T) {
				req := nodeRequest(t, target, tc.nmstate, tc.networks, tc.vm, tc.vmi)
				rsp := run(t, req)
				if diff := cmp.Diff(tc.want, rsp.GetRequirements().GetResources()["node-network-state"], protocmp.Transform()); diff != "" {
					t.Fatalf("-want, +got:\n%s", diff)
				}
				for key, r := range rsp.GetDesired().GetResources() {
					if strings.Contains(r.GetResource().String(), "NodeNetworkState") {
						t.Errorf("%s reads the NodeNetworkState", key)
					}
				}
				if req.RequiredResources == nil {
					req.RequiredResources = map[string]*fnv1.Resources{}
				}
				req.RequiredResources["node-network-state"] = &fnv1.Resources{Items: []*fnv1.Resource{{Resource: structOf(t, "{metadata: {name: node-1}, status: "+
					"{currentState: {interfaces: []}}}")}}}
				reported := strings.Contains(strings.Join(adviceIn(run(t, req)), "\n"), "by NMState node node-1 has no Linux bridge br-lan")
				if reported != (tc.want != nil) {
					t.Errorf("want advice: %t, got: %v", tc.want != nil, adviceIn(run(t, req)))
				}
			})
		}
	}
}

// TestNodeNetworkStateMissing shows that a missing NMState is reported, and not required again while it is missing.
func TestNodeNetworkStateMissing(t *testing.T) {
	tagged := []any{map[string]any{"name": "lan", "type": "bridge", "vlanId": int64(300)}}
	for _, target := range []v1beta1.Target{v1beta1.TargetObject, v1beta1.TargetNative} {
		t.Run(string(target), func(t *testing.T) {
			req := nodeRequest(t, target, true, tagged, "{printableStatus: Running, created: true}", "{nodeName: node-1, phase: Running}")
			req.Meta = &fnv1.RequestMeta{Capabilities: []fnv1.Capability{
				fnv1.Capability_CAPABILITY_CAPABILITIES, fnv1.Capability_CAPABILITY_CONDITIONS,
				fnv1.Capability_CAPABILITY_REQUIRED_RESOURCES, fnv1.Capability_CAPABILITY_REQUIRED_SCHEMAS,
			}}
			const failed = "{conditions: [{type: Synced, status: 'False', message: 'cannot compose resources: fetching resources for node-network-state: " +
				"cannot get required resource by name: no matches for kind \"NodeNetworkState\" in version \"nmstate.io/v1beta1\"'}]}"
			req.GetObserved().GetComposite().GetResource().Fields["status"] = structpb.NewStructValue(structOf(t, failed))
			rsp := run(t, req)
			if rsp.GetRequirements().GetResources()["node-network-state"] != nil ||
				rsp.GetRequirements().GetSchemas()["node-network-state.kind.NodeNetworkState"] == nil {
				t.Fatalf("want the kind asked for, and not the object, got: %v", rsp.GetRequirements())
			}
			req.RequiredSchemas = map[string]*fnv1.Schema{"node-network-state.kind.NodeNetworkState": {}}
			rsp = run(t, req)
			if advice := strings.Join(adviceIn(rsp), "\n"); !strings.Contains(advice, "NodeNetworkState node-1 cannot be read") {
				t.Errorf("want advice about it, got: %s", advice)
			}
		})
	}
}

// nodeRequest returns a request for a Wukong with an instance.
func nodeRequest(t *testing.T, target v1beta1.Target, nmstate bool, networks []any, vm, vmi string) *fnv1.RunFunctionRequest {
	t.Helper()
	req, err := wukongtest.NamespacedRequest(map[string]any{
		"cpu":      int64(1),
		"memory":   "1Gi",
		"disks":    []any{map[string]any{"name": "system", "size": "10Gi"}},
		"networks": networks,
	}, target)
	if err != nil {
		t.Fatal(err)
	}
	req.GetInput().Fields["cluster"] = structpb.NewStructValue(&structpb.Struct{Fields: map[string]*structpb.Value{"nmstate": structpb.NewBoolValue(nmstate)}})
	machine := structOf(t, "{apiVersion: kubevirt.io/v1, kind: VirtualMachine, metadata: {name: web-01, namespace: team-a, labels: "+
		"{vm.novasphere.dev/wukong: web-01}}, status: "+vm+"}")
	instance := structOf(t, "{apiVersion: kubevirt.io/v1, kind: VirtualMachineInstance, metadata: {name: web-01, namespace: team-a}, status: "+vmi+"}")
	if target == v1beta1.TargetNative {
		req.Observed.Resources = map[string]*fnv1.Resource{"vm": {Resource: machine}}
		req.RequiredResources = map[string]*fnv1.Resources{"vmi": {Items: []*fnv1.Resource{{Resource: instance}}}}
		return req
	}
	req.Observed.Resources = map[string]*fnv1.Resource{}
	for key, manifest := range map[string]*structpb.Struct{"vm": machine, "vmi": instance} {
		o := structOf(t, "{apiVersion: kubernetes.m.crossplane.io/v1alpha1, kind: Object, metadata: {name: x}, spec: {managementPolicies: ['*'], "+
			"forProvider: {manifest: {}}}, status: {atProvider: {}, conditions: [{type: Synced, status: 'True'}]}}")
		o.GetFields()["status"].GetStructValue().GetFields()["atProvider"].GetStructValue().Fields["manifest"] = structpb.NewStructValue(manifest)
		req.Observed.Resources[key] = &fnv1.Resource{Resource: o}
	}
	return req
}
