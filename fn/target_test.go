package fn

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/crossplane/function-sdk-go/logging"
	fnv1 "github.com/crossplane/function-sdk-go/proto/v1"
	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/testing/protocmp"
	"google.golang.org/protobuf/types/known/structpb"

	"github.com/novasphere/function-wukong/internal/crossplane"
)

// namespaced returns a namespaced Wukong, which is itself the composite.
func namespaced(t testing.TB, spec string) *structpb.Struct {
	t.Helper()
	xr := structOf(t, "{apiVersion: vm.novasphere.dev/v1alpha1, kind: Wukong, metadata: {name: web-01, namespace: team-a, uid: xr}}")
	xr.Fields["spec"] = structpb.NewStructValue(structOf(t, spec))
	return xr
}

// native returns a request for a namespaced Wukong with the native target.
func native(t testing.TB, spec string) *fnv1.RunFunctionRequest {
	t.Helper()
	req := request(namespaced(t, spec))
	req.Input = structOf(t, "{apiVersion: wukong.fn.crossplane.io/v1beta1, kind: Input, target: Native, defaults: {master: eth1}}")
	return req
}

// ask calls the function as Crossplane does, in a cluster with the documents, by their names.
func ask(t testing.TB, req *fnv1.RunFunctionRequest, cluster map[string]string) *fnv1.RunFunctionResponse {
	t.Helper()
	rsp, err := crossplane.RunFunction(context.Background(), New(logging.NewNopLogger()), req, fetching(t, cluster))
	if err != nil {
		t.Fatal(err)
	}
	return rsp
}

// fetching returns a Fetcher of the objects in a cluster, by kind and name.
func fetching(t testing.TB, cluster map[string]string) crossplane.Fetcher {
	return func(s *fnv1.ResourceSelector) *fnv1.Resources {
		t.Helper()
		if y, ok := cluster[s.GetKind()+"/"+s.GetMatchName()]; ok {
			return &fnv1.Resources{Items: []*fnv1.Resource{{Resource: structOf(t, y)}}}
		}
		return nil
	}
}

// TestTarget shows that the scope of the composite selects the target, unless the Input does.
func TestTarget(t *testing.T) {
	const input = "{apiVersion: wukong.fn.crossplane.io/v1beta1, kind: Input, "
	cases := map[string]struct {
		xr    *structpb.Struct
		input string
		want  string
		ref   any
	}{
		"Claimed": {
			xr:    composite(t, minimal),
			input: "target: Object}",
			want:  "kubernetes.crossplane.io/v1alpha2 Object",
			ref:   map[string]any{"name": "default"},
		},
		"Namespaced": {
			xr:    namespaced(t, minimal),
			input: "target: Object}",
			want:  "kubernetes.m.crossplane.io/v1alpha1 Object",
			ref:   map[string]any{"kind": "ClusterProviderConfig", "name": "default"},
		},
		"OwnConfig": {
			xr:    namespaced(t, minimal),
			input: "providerConfigRef: {kind: ProviderConfig, name: site}}",
			want:  "kubernetes.m.crossplane.io/v1alpha1 Object",
			ref:   map[string]any{"kind": "ProviderConfig", "name": "site"},
		},
		"Native":          {xr: namespaced(t, minimal), input: "target: Native}", want: "kubevirt.io/v1 VirtualMachine"},
		"NativeOfCluster": {xr: composite(t, minimal), input: "target: Native}", want: "target: Forbidden"},
		"Unknown":         {xr: namespaced(t, minimal), input: "target: Other}", want: "target: Unsupported value"},
		"UnknownConfig":   {xr: namespaced(t, minimal), input: "providerConfigRef: {kind: Other, name: x}}", want: "providerConfigRef.kind: Unsupported value"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			req := request(tc.xr)
			req.Input = structOf(t, input+tc.input)
			rsp := ask(t, req, nil)
			vm := rsp.GetDesired().GetResources()["vm"].GetResource().AsMap()
			if got := fmt.Sprint(vm["apiVersion"], " ", vm["kind"], fatalMessage(rsp)); !strings.Contains(got, tc.want) {
				t.Errorf("want %q, got %q", tc.want, got)
			}
			if diff := cmp.Diff(tc.ref, dig(vm, "spec", "providerConfigRef")); diff != "" {
				t.Errorf("ProviderConfig: -want, +got:\n%s", diff)
			}
		})
	}
}

// TestTargetsAgree shows that all targets compose the same objects. What is only observed the native target requires instead.
func TestTargetsAgree(t *testing.T) {
	spec := strings.Replace(full, ", deletionPolicy: Retain", "", 1)
	xr := composite(t, spec)
	xr.GetFields()["metadata"].GetStructValue().Fields["uid"] = structpb.NewStringValue("xr")
	claimed, inNamespace, bare := run(t, request(xr)), run(t, request(namespaced(t, spec))), ask(t, native(t, spec), nil)
	want := 0
	for key, r := range claimed.GetDesired().GetResources() {
		manifests := map[string]map[string]any{"namespaced": manifest(t, inNamespace, key)}
		if onlyObserves(r.GetResource().AsMap()) {
			if bare.GetRequirements().GetResources()[key] == nil {
				t.Errorf("native: want the requirement %s", key)
			}
		} else {
			want++
			manifests["native"] = manifest(t, bare, key)
		}
		for name, got := range manifests {
			if diff := cmp.Diff(manifest(t, claimed, key), got); diff != "" {
				t.Errorf("%s, %s: -claimed, +got:\n%s", name, key, diff)
			}
		}
	}
	if got := len(bare.GetDesired().GetResources()); got != want {
		t.Errorf("want %d resources, got %d", want, got)
	}
}

// TestCapabilities shows that a Crossplane that lacks a capability is rejected, and that one that reports no capabilities is not.
func TestCapabilities(t *testing.T) {
	const (
		capabilities = fnv1.Capability_CAPABILITY_CAPABILITIES
		conditions   = fnv1.Capability_CAPABILITY_CONDITIONS
		required     = fnv1.Capability_CAPABILITY_REQUIRED_RESOURCES
	)
	cases := map[string]struct {
		req  *fnv1.RunFunctionRequest
		can  []fnv1.Capability
		want string
	}{
		"Silent":         {req: native(t, minimal)},
		"All":            {req: native(t, minimal), can: []fnv1.Capability{capabilities, conditions, required}},
		"NoRequirements": {req: native(t, minimal), can: []fnv1.Capability{capabilities, conditions}, want: "does not support required resources"},
		"NotNeeded":      {req: request(namespaced(t, minimal)), can: []fnv1.Capability{capabilities, conditions}},
		"NoConditions":   {req: request(composite(t, minimal)), can: []fnv1.Capability{capabilities, required}, want: "does not support conditions"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			tc.req.Meta.Capabilities = tc.can
			if got := fatalMessage(run(t, tc.req)); !strings.Contains(got, tc.want) || (got == "") != (tc.want == "") {
				t.Errorf("want %q, got %q", tc.want, got)
			}
		})
	}
}

// TestNativeForeign shows that a foreign object is not changed and is reported, and that the Wukong is not ready then.
func TestNativeForeign(t *testing.T) {
	const spec = minimal + "- {name: tools, size: 1Gi, image: debian}\nnetworks: [{name: lan, type: bridge}]\n"
	selectors := run(t, native(t, spec)).GetRequirements().GetResources()
	if len(selectors) != 5 {
		t.Fatalf("want five requirements, got %v", selectors)
	}
	for name, s := range selectors {
		key := strings.TrimSuffix(name, ".look")
		kind := s.GetKind()
		rsp := ask(t, native(t, spec), map[string]string{kind + "/" + s.GetMatchName(): "{kind: " + kind + ", metadata: {name: x}}"})
		if _, ok := rsp.GetDesired().GetResources()[key]; ok || len(rsp.GetDesired().GetResources()) != 4 {
			t.Errorf("%s: the foreign object is composed, or another is not: %v", key, rsp.GetDesired().GetResources())
		}
		status := statusOf(rsp)
		if m := fmt.Sprint(status["message"]); status["phase"] != "Error" || !strings.Contains(m, "a "+kind+" called "+s.GetMatchName()+" already exists, "+
			"does not belong to this Wukong") {
			t.Errorf("%s: got %v: %s", key, status["phase"], m)
		}
		if rsp.GetDesired().GetComposite().GetReady() != fnv1.Ready_READY_FALSE {
			t.Errorf("%s: the Wukong is ready without it", key)
		}
	}
}

// TestNativeStays shows that composed resources stay if no requirement is answered.
func TestNativeStays(t *testing.T) {
	req := native(t, minimal)
	req.Observed.Resources = ask(t, req, nil).GetDesired().GetResources()
	if rsp := run(t, req); len(rsp.GetDesired().GetResources()) != 3 || rsp.GetRequirements() != nil {
		t.Errorf("want all resources and no requirements, got %v, %v", rsp.GetDesired(), rsp.GetRequirements())
	}
}

// TestNativeRetained shows that the disks that an earlier Wukong retained are managed again, with their immutable settings.
func TestNativeRetained(t *testing.T) {
	claim := manifest(t, run(t, request(composite(t, minimal))), "disk-system")
	name := fmt.Sprint(dig(claim, "metadata", "name"))
	cluster := map[string]string{"PersistentVolumeClaim/" + name: `
kind: PersistentVolumeClaim
metadata: {name: ` + name + `, labels: {vm.novasphere.dev/wukong: web-01}}
spec: {accessModes: [ReadWriteOnce], storageClassName: fast, volumeMode: Filesystem, resources: {requests: {storage: 40Gi}}}
status: {phase: Bound}
`}
	rsp := ask(t, native(t, minimal), cluster)
	want := map[string]any{
		"accessModes":      []any{"ReadWriteOnce"},
		"storageClassName": "fast",
		"volumeMode":       "Filesystem",
		"resources":        map[string]any{"requests": map[string]any{"storage": "40Gi"}},
	}
	if diff := cmp.Diff(want, manifest(t, rsp, "disk-system")["spec"]); diff != "" {
		t.Errorf("the disk stays as it is: -want, +got:\n%s", diff)
	}
}

// TestNativeInstance shows that the node and the addresses are read from the instance while it exists.
func TestNativeInstance(t *testing.T) {
	req := native(t, minimal)
	req.Observed.Resources = ask(t, req, nil).GetDesired().GetResources()
	for key, status := range map[string]string{"vm": running, "disk-system": bound} {
		req.Observed.Resources[key].Resource.Fields["status"] = structpb.NewStructValue(structOf(t, status))
	}
	rsp := ask(t, req, map[string]string{"VirtualMachineInstance/web-01": "{kind: VirtualMachineInstance, status: " + instance + "}"})
	if status := statusOf(rsp); status["nodeName"] != "node-1" || dig(status, "networks", 0, "ipAddress") != "10.0.0.5" {
		t.Errorf("got %v", status)
	}
	if keys := slices.Sorted(maps.Keys(rsp.GetDesired().GetResources())); !slices.Equal(keys, []string{"cloud-init", "disk-system", "vm"}) {
		t.Errorf("the instance must not be composed, got %v", keys)
	}
}

// TestNativeRetain shows that deletionPolicy Retain is rejected without a provider.
func TestNativeRetain(t *testing.T) {
	got := fatalMessage(run(t, native(t, strings.Replace(minimal, "size: 20Gi", "size: 20Gi\n  deletionPolicy: Retain", 1))))
	if !strings.Contains(got, "spec.disks[0].deletionPolicy: Forbidden") || !strings.Contains(got, "claimName") {
		t.Errorf("want the field and the way out, got %q", got)
	}
}

// TestRequestStays shows that the function does not modify the request.
func TestRequestStays(t *testing.T) {
	req := native(t, minimal)
	before := proto.CloneOf(req)
	ask(t, req, nil)
	if diff := cmp.Diff(before, req, protocmp.Transform()); diff != "" {
		t.Errorf("-before, +after:\n%s", diff)
	}
}
