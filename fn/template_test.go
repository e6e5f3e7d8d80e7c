package fn

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	fnv1 "github.com/crossplane/function-sdk-go/proto/v1"
	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/types/known/structpb"
	kubevirtv1 "kubevirt.io/api/core/v1"

	"github.com/novasphere/function-wukong/internal/plan"
)

// machineIn returns the VirtualMachine of a plan.
func machineIn(t testing.TB, p Planned) *kubevirtv1.VirtualMachine {
	t.Helper()
	for _, r := range p.Resources {
		if vm, ok := r.Object.(*kubevirtv1.VirtualMachine); ok && r.Key == plan.KeyVM {
			return vm
		}
	}
	t.Fatal("no VirtualMachine is planned")
	return nil
}

// templateRequest returns a request for a Wukong with fields of the Input, and the virtual machine that exists; nil for none.
func templateRequest(t testing.TB, spec, input string, vm *kubevirtv1.VirtualMachine) *fnv1.RunFunctionRequest {
	t.Helper()
	req := request(namespaced(t, minimal+spec))
	req.Input = structOf(t, "{apiVersion: wukong.fn.crossplane.io/v1beta1, kind: Input, target: Native, "+input+"}")
	if vm == nil {
		return req
	}
	b, err := json.Marshal(vm)
	if err != nil {
		t.Fatal(err)
	}
	s := &structpb.Struct{}
	if err := s.UnmarshalJSON(b); err != nil {
		t.Fatal(err)
	}
	req.Observed.Resources = map[string]*fnv1.Resource{plan.KeyVM: {Resource: s}}
	return req
}

// planWith plans a Wukong with a template.
func planWith(t testing.TB, spec, input string, vm *kubevirtv1.VirtualMachine) *kubevirtv1.VirtualMachine {
	t.Helper()
	p, err := Plan(templateRequest(t, spec, input, vm))
	if err != nil {
		t.Fatal(err)
	}
	return machineIn(t, p)
}

// TestTemplate shows what comes first: the fields of a Wukong, then its template, then that of the platform team.
func TestTemplate(t *testing.T) {
	const platform = "template: {hostname: vm, subdomain: vms, terminationGracePeriodSeconds: 60, domain: {cpu: {model: EPYC}, devices: {blockMultiQueue: true}}}, " +
		"limits: {templatePaths: [hostname]}"
	vm := planWith(t, "template: {hostname: db}", platform, nil)
	spec := vm.Spec.Template.Spec
	got := []any{spec.Hostname, spec.Subdomain, *spec.TerminationGracePeriodSeconds, *spec.Domain.CPU}
	want := []any{"db", "vms", int64(60), kubevirtv1.CPU{Sockets: 2, Cores: 1, Threads: 1, Model: "EPYC"}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want, +got:\n%s", diff)
	}
	if vm := planWith(t, "template: {hostname: db}", "limits: {templatePaths: [hostname]}", nil); vm.Annotations["vm.novasphere.dev/template"] != "" {
		t.Errorf("want no record of a template that the platform team does not give, got %v", vm.Annotations)
	}
}

// TestTemplateStays shows that a change of the platform team's template is for virtual machines that are made from then on.
func TestTemplateStays(t *testing.T) {
	const first, second = "template: {subdomain: a, domain: {chassis: {serial: x}}}", "template: {subdomain: b, domain: {cpu: {model: EPYC}}}"
	made, plain := planWith(t, "", first, nil), planWith(t, "", "watch: true", nil)
	forged := plain.DeepCopy()
	forged.Annotations["vm.novasphere.dev/template"] = `{"volumes": [{"name": "x", "hostDisk": {"path": "/"}}], "subdomain": "c"}`
	broken := plain.DeepCopy()
	broken.Annotations["vm.novasphere.dev/template"] = "{"
	cases := map[string]struct {
		reason, input string
		vm            *kubevirtv1.VirtualMachine
		want          string
	}{
		"New":     {reason: "A new one gets it.", input: second, want: "b"},
		"Same":    {reason: "One that exists has it.", input: first, vm: made, want: "a"},
		"Changed": {reason: "It keeps it.", input: second, vm: made, want: "a"},
		"Removed": {reason: "It keeps it, too.", input: "watch: true", vm: made, want: "a"},
		"Without": {reason: "One that was made without has none.", input: second, vm: plain},
		"Forged":  {reason: "A record reaches no further than a template.", input: second, vm: forged, want: "c"},
		"Broken":  {reason: "What cannot be read is none.", input: second, vm: broken},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			got := planWith(t, "", tc.input, tc.vm)
			if got.Spec.Template.Spec.Subdomain != tc.want {
				t.Errorf("%s Want subdomain %q, got %q", tc.reason, tc.want, got.Spec.Template.Spec.Subdomain)
			}
			if tc.vm == nil {
				return
			}
			spec := tc.vm.Spec.Template.Spec
			spec.Subdomain = tc.want
			if diff := cmp.Diff(spec, got.Spec.Template.Spec); diff != "" {
				t.Errorf("%s\n-want, +got:\n%s", tc.reason, diff)
			}
		})
	}
}

// TestTemplateLimit shows that a Wukong gives what the platform team allows, and that a limit which is tightened refuses nothing that exists.
func TestTemplateLimit(t *testing.T) {
	const given, open = "template: {hostname: db, domain: {features: {kvm: {hidden: false}}}}", "limits: {templatePaths: [hostname, domain.features.*]}"
	vm := planWith(t, given, open, nil)
	for name, tc := range map[string]struct {
		reason, spec, input string
		vm                  *kubevirtv1.VirtualMachine
		refused             string
	}{
		"Default": {reason: "Nothing is allowed by default.", spec: given, input: "watch: true", refused: "limits.templatePaths"},
		"Empty":   {reason: "An empty list allows nothing.", spec: given, input: "limits: {templatePaths: []}", refused: "spec.template.hostname"},
		"Exists":  {reason: "What exists stays.", spec: given, input: "limits: {templatePaths: []}", vm: vm},
		"Other": {
			reason: "Another value is new.", spec: "template: {hostname: web}", input: "limits: {templatePaths: []}", vm: vm,
			refused: "spec.template.hostname",
		},
		"Removed": {reason: "It can be taken away.", spec: "", input: "limits: {templatePaths: []}", vm: vm},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := Plan(templateRequest(t, tc.spec, tc.input, tc.vm))
			if (err != nil) != (tc.refused != "") || err != nil && !strings.Contains(err.Error(), tc.refused) {
				t.Errorf("%s Want a refusal that names %q, got %v", tc.reason, tc.refused, err)
			}
		})
	}
}

// TestCostOfTemplateIsBounded shows that a template of any size allocates no more than the budget.
func TestCostOfTemplateIsBounded(t *testing.T) {
	for name, template := range map[string]string{
		"Values": `{topologySpreadConstraints: [` + strings.Repeat(`{maxSkew: 1, topologyKey: a, whenUnsatisfiable: ScheduleAnyway},`, 240) + `]}`,
		"Names":  `{` + unknownFields(900) + `}`,
		"Many":   `{` + unknownFields(20000) + `}`,
		"Deep":   strings.Repeat(`{domain: `, 90) + `1` + strings.Repeat(`}`, 90),
		"Long":   `{hostname: '` + strings.Repeat("a", 1<<20) + `'}`,
	} {
		t.Run(name, func(t *testing.T) {
			req := templateRequest(t, "template: "+template, "limits: {templatePaths: ['*']}", nil)
			var rsp *fnv1.RunFunctionResponse
			got := allocated(func() { rsp = run(t, req) })
			if most := budget(req); got > most {
				t.Errorf("want at most %d bytes to be allocated, got %d", most, got)
			}
			t.Logf("%d allocated, %s", got, fatalMessage(rsp))
		})
	}
}

// unknownFields returns fields that no template has.
func unknownFields(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "domain.devices.field%d: 1, ", i)
	}
	return b.String()
}

// TestTemplateGates shows what becomes of a path that takes a feature gate of KubeVirt's.
func TestTemplateGates(t *testing.T) {
	const vsock, limits = "template: {domain: {devices: {autoattachVSOCK: true}}}", "limits: {templatePaths: ['*']}, "
	vm := planWith(t, vsock, limits+"watch: true", nil)
	for name, tc := range map[string]struct {
		reason, spec, input string
		vm                  *kubevirtv1.VirtualMachine
		refused, advised    string
	}{
		"Off": {
			reason: "A new one is refused.", spec: vsock, input: limits + "cluster: {kubevirt: {version: '1.9'}}",
			refused: "spec.template.domain.devices.autoattachVSOCK: Forbidden: this takes KubeVirt's feature gate VSOCK",
		},
		"On": {
			reason: "With the gate there is nothing to say.", spec: vsock,
			input: limits + "cluster: {kubevirt: {version: '1.9', featureGates: [VSOCK]}}",
		},
		"Unknown": {
			reason: "What is not known is advised.", spec: vsock, input: limits + "watch: true",
			advised: "spec.template.domain.devices.autoattachVSOCK: this takes KubeVirt's feature gate VSOCK, of which",
		},
		"Exists": {
			reason: "One that exists goes on.", spec: vsock, input: limits + "cluster: {kubevirt: {version: '1.9'}}", vm: vm,
			advised: "so that KubeVirt refuses changes",
		},
		"Unneeded": {
			reason: "False takes no gate.", spec: "template: {domain: {devices: {autoattachVSOCK: false}}}",
			input: limits + "cluster: {kubevirt: {version: '1.9'}}",
		},
		"ByDefault": {
			reason: "Beta is on from 1.9.", spec: "template: {domain: {rebootPolicy: Terminate}}",
			input: limits + "cluster: {kubevirt: {version: '1.9'}}",
		},
		"NotByDefault": {
			reason: "Beta is off in 1.8.", spec: "template: {domain: {rebootPolicy: Terminate}}",
			input: limits + "cluster: {kubevirt: {version: '1.8'}}", refused: "feature gate RebootPolicy",
		},
		"Always": {
			reason: "What KubeVirt graduated nobody disables.", spec: "devices: {video: vga}",
			input: limits + "cluster: {kubevirt: {version: '1.9', disabledFeatureGates: [VideoConfig]}}",
		},
		"Field": {
			reason: "A field takes a gate, too.", spec: "devices: {video: vga}", input: limits + "cluster: {kubevirt: {version: '1.8'}}",
			refused: "spec.devices.video: Forbidden: this takes KubeVirt's feature gate VideoConfig",
		},
		"FieldUnknown": {
			reason: "What is not known is advised.", spec: "devices: {video: vga}", input: limits + "watch: true",
			advised: "spec.devices.video: this takes KubeVirt's feature gate VideoConfig, of which",
		},
		"Platform": {
			reason: "So does the platform team's.", input: vsock + ", cluster: {kubevirt: {version: '1.9'}}",
			refused: "template.domain.devices.autoattachVSOCK: Forbidden",
		},
	} {
		t.Run(name, func(t *testing.T) {
			req := templateRequest(t, tc.spec, tc.input, tc.vm)
			_, err := Plan(req)
			if (err != nil) != (tc.refused != "") || err != nil && !strings.Contains(err.Error(), tc.refused) {
				t.Fatalf("%s Want a refusal that says %q, got %v", tc.reason, tc.refused, err)
			}
			told := false
			for _, r := range run(t, req).GetResults() {
				told = told || r.GetSeverity() == fnv1.Severity_SEVERITY_WARNING && strings.Contains(r.GetMessage(), "feature gate")
				if tc.advised != "" && strings.Contains(r.GetMessage(), tc.advised) {
					return
				}
			}
			if tc.advised != "" || told {
				t.Errorf("%s Want advice that says %q, got %v", tc.reason, tc.advised, run(t, req).GetResults())
			}
		})
	}
}

// TestNativeReadsGates shows that a Wukong without a provider reads KubeVirt's feature gates where it depends on one and the Input does not tell,
// and goes on where Crossplane cannot read them.
func TestNativeReadsGates(t *testing.T) {
	const vsock, limits = "template: {domain: {devices: {autoattachVSOCK: true}}}", "limits: {templatePaths: ['*']}, "
	kubeVirt := func(gates string) map[string]string {
		return map[string]string{"KubeVirt/": "{apiVersion: kubevirt.io/v1, kind: KubeVirt, metadata: {name: any, namespace: kv}, " +
			"spec: {configuration: {developerConfiguration: {featureGates: " + gates + "}}}, status: {observedKubeVirtVersion: v1.9.0}}"}
	}
	const denied = "cannot compose resources: cannot fetch bootstrap required resources: fetching resources for kubevirt: " +
		"cannot list required resources: failed waiting for *unstructured.Unstructured Informer to sync"
	for name, tc := range map[string]struct {
		reason, spec, input, conditions string
		cluster                         map[string]string
		asks                            bool
		want                            string
	}{
		"On": {reason: "The gate is on.", spec: vsock, input: limits + "watch: true", cluster: kubeVirt("[VSOCK]"), asks: true},
		"Off": {
			reason: "It is off.", spec: vsock, input: limits + "watch: true", cluster: kubeVirt("[]"), asks: false,
			want: "feature gate VSOCK, which is off in this cluster: remove it",
		},
		"None":   {reason: "There is no KubeVirt.", spec: vsock, input: limits + "watch: true", asks: true, want: "of which the Input does not tell"},
		"Input":  {reason: "The Input says more.", spec: vsock, input: limits + "cluster: {kubevirt: {featureGates: [VSOCK]}}", cluster: kubeVirt("[]")},
		"NoGate": {reason: "Nothing takes a gate.", spec: "template: {hostname: web}", input: limits + "watch: true", cluster: kubeVirt("[]")},
		"Objects": {
			reason: "A provider may be in another cluster.", spec: vsock, input: limits + "target: Object",
			want: "of which the Input does not tell",
		},
		"Denied": {
			reason: "Crossplane may not read it.", spec: vsock, input: limits + "watch: true", conditions: "[{type: Synced, status: 'False', message: '" + denied + "'}]",
			want: "cluster.kubevirt: Crossplane may not list and watch the KubeVirt object",
		},
		"DeniedBefore": {
			reason: "Nothing says that it may now.", spec: vsock, input: limits + "watch: true", conditions: "[{type: Valid, status: 'True', message: 'a; cluster.kubevirt: " + msgKubeVirtUnread.String() + "'}]",
			want: "cluster.kubevirt: Crossplane may not list and watch the KubeVirt object",
		},
	} {
		t.Run(name, func(t *testing.T) {
			req := templateRequest(t, tc.spec, strings.TrimSuffix(tc.input, "target: Object"), nil)
			if strings.HasSuffix(tc.input, "target: Object") {
				req.Input.Fields["target"] = structpb.NewStringValue("Object")
			}
			if tc.conditions != "" {
				req.Observed.Composite.Resource.Fields["status"] = structpb.NewStructValue(structOf(t, "{conditions: "+tc.conditions+"}"))
			}
			rsp := ask(t, req, tc.cluster)
			s, asks := rsp.GetRequirements().GetResources()["kubevirt"]
			if asks != tc.asks || asks && (s.GetKind() != "KubeVirt" || s.GetMatchName() != "" || s.GetNamespace() != "") {
				t.Errorf("%s Want all KubeVirts to be required: %t, got %v", tc.reason, tc.asks, rsp.GetRequirements())
			}
			var said []string
			for _, r := range rsp.GetResults() {
				said = append(said, r.GetMessage())
			}
			text := strings.Join(said, "\n")
			if !strings.Contains(text, tc.want) || tc.want == "" && strings.Contains(text, "gate") {
				t.Errorf("%s Want %q, got %q", tc.reason, tc.want, text)
			}
		})
	}
}
