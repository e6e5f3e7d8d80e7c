package fn

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/crossplane/function-sdk-go/logging"
	fnv1 "github.com/crossplane/function-sdk-go/proto/v1"
	"github.com/go-logr/logr/funcr"
	"github.com/google/go-cmp/cmp"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/encoding/prototext"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/testing/protocmp"
	"google.golang.org/protobuf/types/known/structpb"
	"sigs.k8s.io/yaml"

	"github.com/novasphere/function-wukong/internal/compose"
	"github.com/novasphere/function-wukong/internal/wukongtest"
)

// minimal is a spec with the required fields only.
const minimal = `
cpu: 2
memory: 4Gi
disks:
- name: system
  size: 20Gi
`

// halted is the part of a spec that stops the virtual machine.
const halted = "startStrategy: {runStrategy: Halted}\n"

// structOf returns the object in a YAML document.
func structOf(t testing.TB, y string) *structpb.Struct {
	t.Helper()
	j, err := yaml.YAMLToJSON([]byte(y))
	if err != nil {
		t.Fatalf("bad YAML in a test: %v\n%s", err, y)
	}
	s := &structpb.Struct{}
	if err := s.UnmarshalJSON(j); err != nil {
		t.Fatalf("no object in a test: %v\n%s", err, y)
	}
	return s
}

// composite returns the composite of a claim team-a/web-01 with a spec.
func composite(t testing.TB, spec string) *structpb.Struct {
	t.Helper()
	xr := structOf(t, `
apiVersion: vm.novasphere.dev/v1alpha1
kind: XWukong
metadata:
  name: web-01-x7k2p
`)
	s := structOf(t, spec)
	s.Fields["claimRef"] = structpb.NewStructValue(structOf(t, `{apiVersion: vm.novasphere.dev/v1alpha1, kind: Wukong, namespace: team-a, name: web-01}`))
	xr.Fields["spec"] = structpb.NewStructValue(s)
	return xr
}

func request(xr *structpb.Struct) *fnv1.RunFunctionRequest {
	return &fnv1.RunFunctionRequest{
		Meta:     &fnv1.RequestMeta{Tag: "test"},
		Observed: &fnv1.State{Composite: &fnv1.Resource{Resource: xr}},
	}
}

// everyUplink returns a request with an Input that allows every uplink and every device of the nodes.
func everyUplink(t testing.TB, req *fnv1.RunFunctionRequest) *fnv1.RunFunctionRequest {
	t.Helper()
	req.Input = structOf(t, "{apiVersion: wukong.fn.crossplane.io/v1beta1, kind: Input, limits: {masters: [{name: '*'}], deviceNames: ['*']}}")
	return req
}

// run calls the function, and fails the test on an error.
func run(t testing.TB, req *fnv1.RunFunctionRequest) *fnv1.RunFunctionResponse {
	t.Helper()
	rsp, err := New(logging.NewNopLogger()).RunFunction(context.Background(), req)
	if err != nil {
		t.Fatalf("RunFunction(...): %v", err)
	}
	return rsp
}

// manifest returns the manifest of the object of a composed resource.
func manifest(t testing.TB, rsp *fnv1.RunFunctionResponse, key string) map[string]any {
	t.Helper()
	r, ok := rsp.GetDesired().GetResources()[key]
	if !ok {
		t.Fatalf("want a resource %q, got none; result: %q", key, fatalMessage(rsp))
	}
	return compose.Unwrap(r.GetResource().AsMap())
}

// onlyObserves reports whether a composed resource is an Object that reads what somebody else creates: it names that, and desires nothing of it.
func onlyObserves(resource map[string]any) bool { return compose.IsNameOnly(compose.Unwrap(resource)) }

// TestRefused shows that the function refuses each example of the table with its message, at its field, and renders nothing.
func TestRefused(t *testing.T) {
	for _, r := range slices.Concat(wukongtest.Refused(), wukongtest.RefusedByInput()) {
		t.Run(r.ID, func(t *testing.T) {
			composite, err := structpb.NewStruct(wukongtest.Composite(r.Spec))
			if err != nil {
				t.Fatal(err)
			}
			req := request(composite)
			// The devices of the examples are allowed.
			req.Input = structOf(t, "{apiVersion: wukong.fn.crossplane.io/v1beta1, kind: Input, limits: {deviceNames: ['*']}}")
			rsp := run(t, req)
			at, said, _ := strings.Cut(fatalMessage(rsp), ": ")
			// What Kubernetes puts before the message of an error: its type, and mostly the value.
			for !r.Message().Says(said) && strings.Contains(said, ": ") {
				_, said, _ = strings.Cut(said, ": ")
			}
			if at != r.At || !r.Message().Says(said) {
				t.Errorf("want a fatal result at %s that says %q, got %q", r.At, r.Message().Text, fatalMessage(rsp))
			}
			if len(rsp.GetDesired().GetResources()) > 0 {
				t.Error("a refused Wukong must not render anything")
			}
			if c := rsp.GetConditions()[0]; c.GetType() != "Valid" || c.GetStatus() != fnv1.Status_STATUS_CONDITION_FALSE || c.GetReason() != "InvalidSpec" ||
				c.GetTarget() != fnv1.Target_TARGET_COMPOSITE_AND_CLAIM {
				t.Errorf("want the condition Valid to be False on composite and claim, got %v", c)
			}
		})
	}
}

func TestReadRefuses(t *testing.T) {
	cases := map[string]struct {
		reason string
		spec   string
		want   string
	}{
		"UnknownField": {
			reason: "A misspelt field must not be ignored silently.",
			spec:   minimal + "network: []\n",
			want:   "spec.network: Forbidden: there is no such field",
		},
		"UnknownNestedField": {
			reason: "The path names the list's entry.",
			spec:   minimal + "networks:\n- {name: a, type: bridge}\n- {name: lan, type: bridge, vlan: 3}\n",
			want:   "spec.networks[1].vlan: Forbidden",
		},
		"TextForNumber": {
			reason: "The message says what the field takes.",
			spec:   "cpu: two\nmemory: 1Gi\ndisks: [{name: system, size: 1Gi}]\n",
			want:   `spec.cpu: Invalid value: "two": must be a whole number`,
		},
		"FractionOfCPU": {
			reason: "A virtual CPU is whole.",
			spec:   "cpu: 1.5\nmemory: 1Gi\ndisks: [{name: system, size: 1Gi}]\n",
			want:   "spec.cpu: Invalid value: 1.5: must be a whole number",
		},
		"NumberForQuantity": {
			reason: "5 would be five bytes.",
			spec:   "cpu: 1\nmemory: 5\ndisks: [{name: system, size: 1Gi}]\n",
			want:   "spec.memory: Invalid value: 5: must have a unit, such as 5Gi: a number alone would be bytes",
		},
		"NumberForAddress": {
			reason: "An address is a string in JSON, whatever it is in Go.",
			spec:   minimal + "networks: [{name: lan, type: bridge, ipConfig: {mode: static, address: 5}}]\n",
			want:   "spec.networks[0].ipConfig.address: Invalid value: 5: must be a string",
		},
		"ObjectForList": {
			reason: "The message says what the field takes.",
			spec:   "cpu: 1\nmemory: 1Gi\ndisks: {name: system}\n",
			want:   "spec.disks: Invalid value: must be a list",
		},
		"LabelValue": {
			reason: "The path names a key with a slash.",
			spec:   minimal + "highAvailability: {nodeSelector: {example.org/rack: 5}}\n",
			want:   "spec.highAvailability.nodeSelector[example.org/rack]: Invalid value: 5: must be a string",
		},
		"UserDataOfAnotherFormat": {
			reason: "It could not be merged.",
			spec:   minimal + "cloudInit: {userData: 'packages: []'}\n",
			want:   "spec.cloudInit.userData",
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			if got := fatalMessage(run(t, request(composite(t, tc.spec)))); !strings.Contains(got, tc.want) {
				t.Errorf("%s\nwant a fatal result with %q, got %q", tc.reason, tc.want, got)
			}
		})
	}
}

func TestInputRefused(t *testing.T) {
	cases := map[string]struct{ input, want string }{
		"UnknownField": {"{apiVersion: wukong.fn.crossplane.io/v1beta1, kind: Input, default: {}}", "default: Forbidden: there is no such field"},
		"WrongKind":    {"{apiVersion: wukong.fn.crossplane.io/v1beta1, kind: Output}", `kind: Unsupported value: "Output"`},
		"WrongVersion": {"{apiVersion: wukong.fn.crossplane.io/v1, kind: Input}", `apiVersion: Unsupported value: "wukong.fn.crossplane.io/v1"`},
		"BadServer": {
			"{apiVersion: wukong.fn.crossplane.io/v1beta1, kind: Input, defaults: {dnsServers: [dns.example.org]}}",
			"defaults.dnsServers[0]: Invalid value",
		},
		"BadNamespace":   {"{apiVersion: wukong.fn.crossplane.io/v1beta1, kind: Input, sharedNetworkNamespaces: [A_B]}", "sharedNetworkNamespaces[0]: Invalid value"},
		"NoProviderName": {"{apiVersion: wukong.fn.crossplane.io/v1beta1, kind: Input, providerConfigRef: {name: ''}}", "providerConfigRef.name: Invalid value"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			req := request(composite(t, minimal))
			req.Input = structOf(t, tc.input)
			if got := fatalMessage(run(t, req)); !strings.Contains(got, "Input of the Composition: "+tc.want) {
				t.Errorf("want a fatal result with %q, got %q", tc.want, got)
			}
		})
	}
}

func TestInputApplies(t *testing.T) {
	req := request(composite(t, minimal+`
networks:
- {name: uplink, type: macvlan}
- {name: fast, type: sriov}
- {name: backbone, type: bridge, nadName: shared/backbone, ipConfig: {mode: static, address: 10.0.0.2/24}}
`))
	req.Input = structOf(t, `
apiVersion: wukong.fn.crossplane.io/v1beta1
kind: Input
providerConfigRef: {name: site-b}
watch: false
sharedNetworkNamespaces: [shared]
defaults:
  storageClassName: fast
  podNetwork: false
  dnsServers: [10.0.0.53]
  master: ens9
  resourceName: example.org/fast
`)
	rsp := run(t, req)

	vm := manifest(t, rsp, "vm")["spec"].(map[string]any)["template"].(map[string]any)["spec"].(map[string]any)
	if diff := cmp.Diff(3, len(vm["networks"].([]any))); diff != "" {
		t.Errorf("without the pod network, the virtual machine has its three networks: -want, +got:\n%s", diff)
	}
	claim := manifest(t, rsp, "disk-system")["spec"].(map[string]any)
	if diff := cmp.Diff("fast", claim["storageClassName"]); diff != "" {
		t.Errorf("default storage class: -want, +got:\n%s", diff)
	}
	if got := manifest(t, rsp, "nad-uplink")["spec"].(map[string]any)["config"].(string); !strings.Contains(got, `"master":"ens9"`) {
		t.Errorf("want the default master, got %s", got)
	}
	annotations := manifest(t, rsp, "nad-fast")["metadata"].(map[string]any)["annotations"].(map[string]any)
	if got := annotations["k8s.v1.cni.cncf.io/resourceName"]; got != "example.org/fast" {
		t.Errorf("want the default resource, got %v", got)
	}
	object := rsp.GetDesired().GetResources()["vm"].GetResource().AsMap()["spec"].(map[string]any)
	if diff := cmp.Diff(map[string]any{"name": "site-b"}, object["providerConfigRef"]); diff != "" {
		t.Errorf("ProviderConfig: -want, +got:\n%s", diff)
	}
	if _, ok := object["watch"]; ok {
		t.Error("want no watch")
	}
}

// TestNamespace pins the namespace of all objects, and shows that every object has one.
func TestNamespace(t *testing.T) {
	cases := map[string]struct {
		xr            string
		want, wantErr string
	}{
		"Claim": {
			xr:   "{metadata: {name: x}, spec: {claimRef: {name: web-01, namespace: team-a}, cpu: 1, memory: 1Gi, disks: [{name: d, size: 1Gi}]}}",
			want: "team-a/web-01",
		},
		"OwnNotClaim": {
			xr: "{metadata: {name: web-01, namespace: team-a}, spec: {claimRef: {name: victim, namespace: kube-system}, cpu: 1, memory: 1Gi, disks: " +
				"[{name: d, size: 1Gi}]}}",
			wantErr: "spec.claimRef.namespace: Forbidden: the composite lies in namespace team-a, and cannot belong to a claim in namespace kube-system: " +
				"remove claimRef",
		},
		"OwnAndClaim": {
			xr: "{metadata: {name: web-01, namespace: team-a}, spec: {claimRef: {name: victim, namespace: team-a}, cpu: 1, memory: 1Gi, disks: [{name: d, " +
				"size: 1Gi}]}}",
			want: "team-a/web-01",
		},
		"Namespaced": {
			xr:   "{metadata: {name: web-02, namespace: team-b}, spec: {cpu: 1, memory: 1Gi, disks: [{name: d, size: 1Gi}]}}",
			want: "team-b/web-02",
		},
		"Labels": {
			xr: "{metadata: {name: x, labels: {crossplane.io/claim-name: web-03, crossplane.io/claim-namespace: team-c}}, spec: {cpu: 1, memory: 1Gi, " +
				"disks: [{name: d, size: 1Gi}]}}",
			want: "team-c/web-03",
		},
		"OwnNotLabel": {
			xr: "{metadata: {name: web-04, namespace: team-d, labels: {crossplane.io/claim-name: x, crossplane.io/claim-namespace: other}}, spec: {cpu: 1, " +
				"memory: 1Gi, disks: [{name: d, size: 1Gi}]}}",
			want: "team-d/web-04",
		},
		"ClaimNotLabel": {
			xr: "{metadata: {name: x, labels: {crossplane.io/claim-name: x, crossplane.io/claim-namespace: other}}, spec: {claimRef: {name: web-05, " +
				"namespace: team-e}, cpu: 1, memory: 1Gi, disks: [{name: d, size: 1Gi}]}}",
			want: "team-e/web-05",
		},
		"OnlyNamespaceLabel": {
			xr:   "{metadata: {name: web-06, labels: {crossplane.io/claim-namespace: team-f}}, spec: {cpu: 1, memory: 1Gi, disks: [{name: d, size: 1Gi}]}}",
			want: "team-f/web-06",
		},
		"Nowhere": {xr: "{metadata: {name: x}, spec: {cpu: 1, memory: 1Gi, disks: [{name: d, size: 1Gi}]}}", wantErr: "metadata.namespace: Required value"},
		"LongName": {
			xr:      "{metadata: {name: " + strings.Repeat("a", 64) + ", namespace: team-a}, spec: {cpu: 1, memory: 1Gi, disks: [{name: d, size: 1Gi}]}}",
			wantErr: "the name of a Wukong has at most 63 characters",
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			rsp := run(t, request(structOf(t, tc.xr)))
			if tc.wantErr != "" {
				if got := fatalMessage(rsp); !strings.Contains(got, tc.wantErr) {
					t.Errorf("want a fatal result with %q, got %q", tc.wantErr, got)
				}
				return
			}
			for key := range rsp.GetDesired().GetResources() {
				meta := manifest(t, rsp, key)["metadata"].(map[string]any)
				if got := meta["namespace"].(string); got != strings.Split(tc.want, "/")[0] {
					t.Errorf("%s lies in namespace %q, want that of %s", key, got, tc.want)
				}
			}
			if got := manifest(t, rsp, "vm")["metadata"].(map[string]any)["name"]; got != strings.Split(tc.want, "/")[1] {
				t.Errorf("the virtual machine is called %v, want the name in %s", got, tc.want)
			}
		})
	}
}

// TestEarlierSteps shows that the desired state of earlier pipeline steps is passed on, and that a key of theirs cannot be used.
func TestEarlierSteps(t *testing.T) {
	earlier := &fnv1.Resource{Resource: structOf(t, "{apiVersion: v1, kind: ConfigMap}"), Ready: fnv1.Ready_READY_TRUE}

	req := request(composite(t, minimal))
	req.Context = structOf(t, "{a: b}")
	req.Desired = &fnv1.State{
		Composite: &fnv1.Resource{Resource: structOf(t, "{status: {earlier: true}}")},
		Resources: map[string]*fnv1.Resource{"earlier": earlier},
	}
	before := proto.Clone(req)
	rsp := run(t, req)
	if diff := cmp.Diff(before, req, protocmp.Transform()); diff != "" {
		t.Errorf("the request must stay as it is: -want, +got:\n%s", diff)
	}
	if diff := cmp.Diff(earlier, rsp.GetDesired().GetResources()["earlier"], protocmp.Transform()); diff != "" {
		t.Errorf("an earlier step's resource: -want, +got:\n%s", diff)
	}
	status := rsp.GetDesired().GetComposite().GetResource().AsMap()["status"].(map[string]any)
	if status["earlier"] != true || status["phase"] != "Pending" {
		t.Errorf("want an earlier step's status beside the Wukong's, got %v", status)
	}
	if diff := cmp.Diff(req.GetContext(), rsp.GetContext(), protocmp.Transform()); diff != "" {
		t.Errorf("the context: -want, +got:\n%s", diff)
	}
	if len(rsp.GetDesired().GetResources()) != 4 {
		t.Errorf("want the earlier one, the disk, the seed and the virtual machine, got %d resources", len(rsp.GetDesired().GetResources()))
	}

	req.Desired.Resources["vm"] = earlier
	rsp = run(t, req)
	if got := fatalMessage(rsp); !strings.Contains(got, `"vm"`) {
		t.Errorf("want a resource of the same key to be refused, got %q", got)
	}
	if diff := cmp.Diff(req.GetDesired(), rsp.GetDesired(), protocmp.Transform()); diff != "" {
		t.Errorf("after an error the desired state is that of the earlier steps: -want, +got:\n%s", diff)
	}
}

// TestReadiness shows that a composed resource is ready when its object is in its desired state, whatever the Object reports.
func TestReadiness(t *testing.T) {
	const ready, not = fnv1.Ready_READY_TRUE, fnv1.Ready_READY_FALSE
	cases := map[string]struct {
		spec     string
		statuses map[string]string
		want     map[string]fnv1.Ready
	}{
		"Nothing": {spec: minimal, want: map[string]fnv1.Ready{"vm": not, "disk-system": not, "cloud-init": not}},
		"Starting": {
			spec:     minimal,
			statuses: map[string]string{"vm": pending, "disk-system": bound},
			want:     map[string]fnv1.Ready{"vm": not, "disk-system": ready, "cloud-init": ready},
		},
		"Running": {
			spec:     minimal,
			statuses: map[string]string{"vm": running, "disk-system": bound},
			want:     map[string]fnv1.Ready{"vm": ready, "vmi": ready, "disk-system": ready, "cloud-init": ready},
		},
		"Migrating": {
			spec:     minimal,
			statuses: map[string]string{"vm": "{printableStatus: Migrating}", "disk-system": bound},
			want:     map[string]fnv1.Ready{"vm": ready, "disk-system": ready, "cloud-init": ready},
		},
		"Halted": {
			spec:     minimal + halted,
			statuses: map[string]string{"vm": running, "disk-system": bound},
			want:     map[string]fnv1.Ready{"vm": not, "vmi": ready, "disk-system": ready, "cloud-init": ready},
		},
		"Stopped": {
			spec:     minimal + halted,
			statuses: map[string]string{"vm": "{printableStatus: Stopped}", "disk-system": "{phase: Pending}"},
			want:     map[string]fnv1.Ready{"vm": ready, "disk-system": ready, "cloud-init": ready},
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			req := disked(t, tc.statuses)
			req.GetObserved().GetComposite().Resource = composite(t, tc.spec)
			got := map[string]fnv1.Ready{}
			for key, r := range run(t, req).GetDesired().GetResources() {
				got[key] = r.GetReady()
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("-want, +got:\n%s", diff)
			}
		})
	}
}

// probed returns the Objects of a response after the provider has reported that no name is taken.
func probed(t testing.TB, composed map[string]*fnv1.Resource) map[string]*fnv1.Resource {
	t.Helper()
	out := map[string]*fnv1.Resource{}
	for key, r := range composed {
		out[key] = proto.CloneOf(r)
		out[key].GetResource().Fields["status"] = structpb.NewStructValue(structOf(t, "{conditions: [{type: Synced, status: 'False', message: "+
			"'observe failed: external resource does not exist'}]}"))
	}
	return out
}

func TestRetain(t *testing.T) {
	req := request(composite(t, `
cpu: 1
memory: 1Gi
disks:
- {name: gone, size: 1Gi}
- {name: kept, size: 1Gi, deletionPolicy: Retain}
`))
	req.Observed.Resources = probed(t, run(t, req).GetDesired().GetResources())
	rsp := run(t, req)
	policies := func(key string) any {
		return rsp.GetDesired().GetResources()[key].GetResource().AsMap()["spec"].(map[string]any)["managementPolicies"]
	}
	if diff := cmp.Diff([]any{"Observe", "Delete"}, policies("disk-gone")); diff != "" {
		t.Errorf("a disk is deleted with its Wukong: -want, +got:\n%s", diff)
	}
	if diff := cmp.Diff([]any{"Observe", "Create", "Update"}, policies("disk-kept")); diff != "" {
		t.Errorf("the provider may not delete a disk that is retained: -want, +got:\n%s", diff)
	}
}

// TestSecretsStayInSecrets shows that passwords and keys are in the cloud-init Secret only.
func TestSecretsStayInSecrets(t *testing.T) {
	const password, hash, script = "correct horse", "$6$abc$BatteryStaple", "#!/bin/sh\necho staple > /tmp/secret\n"
	var logged strings.Builder
	log := logging.NewLogrLogger(funcr.New(func(prefix, args string) { logged.WriteString(prefix + args) }, funcr.Options{Verbosity: 1}))
	for name, spec := range map[string]string{
		"Password": minimal + "cloudInitUser: {name: ops, password: " + password + "}\ncloudInit: {userData: " + `"#!/bin/sh\necho staple > /tmp/secret\n"` + "}\n",
		"Hash":     minimal + "cloudInitUser: {name: ops, passwordHash: " + hash + "}\n",
		"BadURL":   minimal + "osImage: https://user:staple@host:bad/x\n",
		"BadPort":  minimal + "osImage: docker://user:staple@host/X\n",
		"BadKind":  minimal + "osImage: ftp://user:staple@host/x\n",
		"BadUser":  minimal + "cloudInitUser: {name: '0', password: " + password + ", passwordHash: staple}\ncloudInit: {userData: staple}\n",
	} {
		t.Run(name, func(t *testing.T) {
			rsp, err := New(log).RunFunction(context.Background(), request(composite(t, spec)))
			if err != nil {
				t.Fatal(err)
			}
			delete(rsp.GetDesired().GetResources(), "cloud-init")
			text := prototext.Format(rsp) + logged.String()
			for _, secret := range []string{password, hash, script, "taple"} {
				if strings.Contains(text, secret) {
					t.Errorf("%q appears outside the Secret:\n%s", secret, text)
				}
			}
		})
	}
}

func TestEndedContext(t *testing.T) {
	cancelled, cancel := context.WithCancel(context.Background())
	cancel()
	expired, stop := context.WithDeadline(context.Background(), time.Unix(0, 0))
	defer stop()

	for want, ctx := range map[codes.Code]context.Context{codes.Canceled: cancelled, codes.DeadlineExceeded: expired} {
		rsp, err := New(logging.NewNopLogger()).RunFunction(ctx, request(composite(t, minimal)))
		if rsp != nil || status.Code(err) != want {
			t.Errorf("want gRPC status %s and no answer, got %v and %v", want, err, rsp)
		}
	}
}

// TestSameBytes shows that the same request gives the same bytes.
func TestSameBytes(t *testing.T) {
	files, err := filepath.Glob("../examples/*/xwukong.yaml")
	if err != nil || len(files) == 0 {
		t.Fatalf("found no examples: %v", err)
	}
	for _, file := range files {
		b, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var first []byte
		for range 20 {
			got, err := proto.MarshalOptions{Deterministic: true}.Marshal(run(t, request(structOf(t, string(b)))))
			if err != nil {
				t.Fatal(err)
			}
			if first == nil {
				first = got
			}
			if string(first) != string(got) {
				t.Fatalf("%s: two renders differ", file)
			}
		}
	}
}
