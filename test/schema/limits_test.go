package schema

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"google.golang.org/protobuf/types/known/structpb"
	admissionregistrationv1 "k8s.io/api/admissionregistration/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	runtimeschema "k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apiserver/pkg/admission"
	"k8s.io/apiserver/pkg/admission/plugin/cel"
	"k8s.io/apiserver/pkg/admission/plugin/policy/validating"
	"k8s.io/apiserver/pkg/admission/plugin/webhook/matchconditions"
	celconfig "k8s.io/apiserver/pkg/apis/cel"
	"k8s.io/apiserver/pkg/authentication/user"
	"k8s.io/apiserver/pkg/cel/environment"
	"pgregory.net/rapid"

	"github.com/novasphere/function-wukong/fn"
	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
	"github.com/novasphere/function-wukong/input/v1beta1"
	"github.com/novasphere/function-wukong/internal/compose"
	"github.com/novasphere/function-wukong/internal/limit"
	"github.com/novasphere/function-wukong/internal/observed"
	"github.com/novasphere/function-wukong/internal/validation"
	"github.com/novasphere/function-wukong/internal/wukongtest"
)

// An enforcer is a ValidatingAdmissionPolicy, compiled as an API server does.
type enforcer struct{ validator validating.Validator }

// enforcing compiles a policy.
func enforcing(t testing.TB, p *admissionregistrationv1.ValidatingAdmissionPolicy) enforcer {
	t.Helper()
	compiler, err := cel.NewCompositedCompiler(environment.MustBaseEnvSet(environment.DefaultCompatibilityVersion()))
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range p.Spec.Variables {
		if result := compiler.CompileAndStoreVariable(&validating.Variable{Name: v.Name, Expression: v.Expression}, cel.OptionalVariableDeclarations{},
			environment.StoredExpressions); result.Error != nil {
			t.Fatalf("%s: %v\n%s", v.Name, result.Error, v.Expression)
		}
	}
	compile := func(expressions ...cel.ExpressionAccessor) cel.ConditionEvaluator {
		evaluator := compiler.CompileCondition(expressions, cel.OptionalVariableDeclarations{}, environment.StoredExpressions)
		for _, err := range evaluator.CompilationErrors() {
			t.Fatal(err)
		}
		return evaluator
	}
	var matches, validations, messages []cel.ExpressionAccessor
	for i := range p.Spec.MatchConditions {
		matches = append(matches, (*matchconditions.MatchCondition)(&p.Spec.MatchConditions[i]))
	}
	for _, v := range p.Spec.Validations {
		validations = append(validations, &validating.ValidationCondition{Expression: v.Expression, Message: v.Message, Reason: v.Reason})
		messages = append(messages, &validating.MessageExpressionCondition{MessageExpression: v.MessageExpression})
	}
	matcher := matchconditions.NewMatcher(compile(matches...), p.Spec.FailurePolicy, "policy", "validate", p.Name)
	return enforcer{validating.NewValidator(compile(validations...), matcher, compile(), compile(messages...), p.Spec.FailurePolicy)}
}

// refusals returns what the policy says of a Wukong, and of the one before it where that is not nil.
func (e enforcer) refusals(t testing.TB, wukong, before map[string]any) []string {
	gvk := runtimeschema.GroupVersionKind{Group: v1alpha1.Group, Version: v1alpha1.Version, Kind: v1alpha1.Kind}
	gvr := gvk.GroupVersion().WithResource("wukongs")
	o := &unstructured.Unstructured{Object: wukong}
	operation, old := admission.Create, runtime.Object(nil)
	if before != nil {
		operation, old = admission.Update, &unstructured.Unstructured{Object: before}
	}
	attributes := admission.NewAttributesRecord(o, old, gvk, o.GetNamespace(), o.GetName(), gvr, "", operation, nil, false, &user.DefaultInfo{Name: "tenant"})
	versioned := &admission.VersionedAttributes{Attributes: attributes, VersionedObject: o, VersionedOldObject: old, VersionedKind: gvk}
	var out []string
	for _, d := range e.validator.Validate(t.Context(), gvr, versioned, nil, nil, celconfig.RuntimeCELCostBudget, nil).Decisions {
		if d.Action == validating.ActionDeny {
			out = append(out, d.Message)
		}
	}
	return out
}

// inputOf returns an Input with limits, and as the function reads it.
func inputOf(t testing.TB, limits map[string]any) (*structpb.Struct, *v1beta1.Input) {
	t.Helper()
	s, err := structpb.NewStruct(map[string]any{
		"apiVersion": v1beta1.APIVersion, "kind": v1beta1.Kind, "limits": limits,
		"defaults": map[string]any{"master": "eth1", "resourceName": "openshift.io/fast", "storageClassName": "standard",
			"windowsDriversImage": "docker://quay.io/kubevirt/virtio-container-disk:v1.9.0"},
		"cluster":               map[string]any{"networks": []any{"10.96.0.0/12"}},
		"sharedImageNamespaces": []any{wukongtest.SharedImages},
	})
	if err != nil {
		t.Fatal(err)
	}
	in, err := fn.Input(s)
	if err != nil {
		t.Fatalf("%v: %v", limits, err)
	}
	return s, in
}

// planFor returns what the function plans of a spec, given what exists.
func planFor(t testing.TB, spec map[string]any, in *structpb.Struct, rs observed.Resources) (fn.Planned, error) {
	t.Helper()
	req, err := wukongtest.NamespacedRequest(spec, v1beta1.TargetObject)
	if err != nil {
		t.Fatal(err)
	}
	req.Input = in
	return fn.PlanFor(req, rs)
}

// existing returns the state in which the objects of a plan exist.
func existing(t testing.TB, p fn.Planned) observed.Resources {
	t.Helper()
	out := observed.Resources{}
	for _, r := range p.Resources {
		if !r.Management.Creates() {
			continue
		}
		o, err := compose.Manifest(r.Object)
		if err != nil {
			t.Fatal(err)
		}
		out[r.Key] = observed.Resource{Object: o, Applied: o}
	}
	return out
}

// refusedLimits returns what the function refuses because of limits, in the words of the policy.
func refusedLimits(err error) []string {
	var out []string
	for _, e := range validation.Errors(err) {
		if limitNames.MatchString(e.Detail) {
			out = append(out, e.Field+": "+e.Detail)
		}
	}
	return out
}

// limitNames matches the name of the limit in a refusal.
var limitNames = regexp.MustCompile(`limits\.([A-Za-z]+)`)

// namesOf returns the names of the limits in refusals, each once.
func namesOf(refusals []string) []string {
	names := map[string]bool{}
	for _, r := range refusals {
		names[limitNames.FindStringSubmatch(r)[1]] = true
	}
	return slices.Sorted(maps.Keys(names))
}

// TestLimitsAgree shows that the policy and the function refuse the same because of the same limits, of new Wukongs and of edits, and that the policy
// says what the function says.
func TestLimitsAgree(t *testing.T) {
	t.Parallel()
	everything, _ := inputOf(t, allowEverything())
	// To compile a policy takes longer than all else.
	const policies = 150
	compiled := map[int]enforcer{}
	rapid.Check(t, func(rt *rapid.T) {
		n := rapid.IntRange(0, policies-1).Draw(rt, "limits")
		settings, in := inputOf(t, limits().Example(n))
		if _, found := compiled[n]; !found {
			p, _ := limit.Policy(in)
			compiled[n] = enforcing(t, p)
		}
		e := compiled[n]

		var before map[string]any
		rs := observed.Resources{}
		spec := boundedSpec().Draw(rt, "spec")
		if rapid.Bool().Draw(rt, "edit?") {
			old := boundedSpec().Draw(rt, "before")
			accepted, err := planFor(t, old, everything, rs)
			if err != nil {
				rt.Skip(err)
			}
			before, rs = wukongtest.Claim(old), existing(t, accepted)
			spec = editOf(rt, old, spec)
		}
		_, err := planFor(t, spec, settings, rs)
		if all := validation.Errors(err); len(all) > len(refusedLimits(err)) {
			// What is wrong besides may hide a limit.
			rt.Skip(err)
		}
		byFunction, byPolicy := refusedLimits(err), e.refusals(t, wukongtest.Claim(spec), before)
		for _, said := range byPolicy {
			if !limitNames.MatchString(said) {
				rt.Fatalf("the policy fails: %s", said)
			}
			if !strings.Contains(said, "emory") && !strings.Contains(said, "limits.diskSize") && !slices.Contains(byFunction, said) {
				rt.Errorf("the policy says %q, which the function does not say: %q", said, byFunction)
			}
		}
		if got, want := namesOf(byPolicy), namesOf(byFunction); !slices.Equal(got, want) {
			rt.Errorf("the policy refuses because of %v, the function because of %v\nlimits: %v\nspec:   %v\nbefore: %v\npolicy: %q\nfunction: %q",
				got, want, settings, spec, before, byPolicy, byFunction)
		}
	})
}

// TestLimitsOfKeptNetworks shows that for the policy, as for the function, a network stays on what it is on, and checks addresses as it did, where an edit
// no longer says so.
func TestLimitsOfKeptNetworks(t *testing.T) {
	t.Parallel()
	everything, _ := inputOf(t, allowEverything())
	none := map[string]any{"networkTypes": []any{}}
	for name, tc := range map[string]struct {
		limits        map[string]any
		before, after map[string]any
		want          []string
	}{
		"Uplink":   {limits: none, before: map[string]any{"type": "macvlan", "master": "ens2f1"}, after: map[string]any{"type": "macvlan"}},
		"Resource": {limits: none, before: map[string]any{"type": "sriov", "resourceName": "example.org/nic"}, after: map[string]any{"type": "sriov"}},
		"Moved": {
			limits: none, before: map[string]any{"type": "sriov", "resourceName": "example.org/nic"}, after: map[string]any{"type": "sriov", "vlanId": int64(7)},
			want: []string{"networkTypes"},
		},
		"Unchecked": {
			limits: map[string]any{"macSpoofCheck": "Required"},
			before: map[string]any{"bridgeName": "br-a", "macSpoofCheck": false}, after: map[string]any{"bridgeName": "br-a"},
		},
		"UncheckedElsewhere": {
			limits: map[string]any{"macSpoofCheck": "Required"},
			before: map[string]any{"bridgeName": "br-a", "macSpoofCheck": false}, after: map[string]any{"bridgeName": "br-b"},
			want: []string{"macSpoofCheck"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			spec := func(network map[string]any) map[string]any {
				network["name"] = "lan"
				return map[string]any{"cpu": int64(1), "memory": "1Gi", "disks": []any{map[string]any{"name": "system", "size": "1Gi"}}, "networks": []any{network}}
			}
			settings, in := inputOf(t, tc.limits)
			p, _ := limit.Policy(in)
			accepted, err := planFor(t, spec(tc.before), everything, observed.Resources{})
			if err != nil {
				t.Fatal(err)
			}
			_, err = planFor(t, spec(tc.after), settings, existing(t, accepted))
			byPolicy := enforcing(t, p).refusals(t, wukongtest.Claim(spec(tc.after)), wukongtest.Claim(spec(tc.before)))
			if got := namesOf(refusedLimits(err)); !slices.Equal(got, tc.want) {
				t.Errorf("the function refuses because of %v, want %v: %v", got, tc.want, err)
			}
			if got := namesOf(byPolicy); !slices.Equal(got, tc.want) {
				t.Errorf("the policy refuses because of %v, want %v: %q", got, tc.want, byPolicy)
			}
		})
	}
}

// allowEverything returns limits with which the function accepts all that the API allows.
func allowEverything() map[string]any {
	bridges := []any{map[string]any{"name": "*"}}
	for _, b := range nodeBridges {
		bridges = append(bridges, map[string]any{"name": b})
	}
	images := []any{"docker://*", "http://*", "https://*", "s3://*", "gs://*"}
	for _, h := range clusterHosts {
		images = append(images, h)
	}
	return map[string]any{
		"templatePaths": []any{"*"}, "deviceNames": []any{"*"}, "masters": []any{map[string]any{"name": "*"}}, "bridges": bridges, "images": images,
		"cpuAllocationRatio": 1000, "memoryOvercommit": 1000,
	}
}

// What specs of the test ask for. Some of it is in the limits.
var (
	nodeBridges  = []string{"br-ex", "cni0"}
	clusterHosts = []string{
		"docker://localhost", "docker://localhost:5000", "docker://registry:5000", "s3://minio.minio.svc", "s3://10.96.0.1", "http://localhost", "http://169.254.169.254", "http://2852039166", "http://0xa9fea9fe",
		"http://vault.vault.svc:8200", "http://vault", "http://10.96.0.1", "http://[::1]", "http://[fe80::1]", "http://127.1",
	}

	pools = map[string][]any{
		"bridgeName":       {"br-ex", "cni0", "br-lan", "br-tenant1", ""},
		"master":           {"eth1", "ens2f1", "ens2f2", "eth0.100", ""},
		"resourceName":     {"openshift.io/fast", "example.org/nic", "example.com/nic", ""},
		"type":             {"bridge", "macvlan", "sriov", "ovs"},
		"vlanId":           {int64(1), int64(100), int64(150), int64(4094)},
		"storageClassName": {"standard", "fast", "fast-replicated", "platinum", ""},
		"claimName":        {"vm-data", "vm-data2", "db"},
		"size":             {"1Gi", "10Gi", "0.5Ti", "2T"},
		"memory":           {"1Gi", "1.5Gi", "4096Mi", "8Gi", "64Gi"},
		"cpu":              {int64(1), int64(4), int64(5), int64(64)},
		"deviceName":       {"nvidia.com/a10", "nvidia.com/a100", "intel.com/gvt"},
		"sshKeySecret":     {"vm-keys", "registry", ""},
		"imageSecret":      {"vm-keys", "registry"},
		"key":              {"example.org/vm", "example.org/other", "node-role.kubernetes.io/control-plane"},
		"image": {
			"", "quay.io/containerdisks/debian:12", "docker://quay.io/containerdisks/debian:12", "docker://quay.io/containerdisks", "docker://quay.io/containerdisksx/a",
			"debian:12", "library/debian", "docker://docker.io/library/debian@sha256:" + strings.Repeat("0f", 32), "index.docker.io/a/b", "Registry.example.org/a",
			"localhost/a", "docker://localhost:5000/a/b", "docker://registry:5000/a/b", "docker://registry.example.org:5000/a/b",
			"https://images.example.org/vms/debian.img", "https://images.example.org:443/vms/debian.img", "https://IMAGES.example.org/vms", "https://images.example.org:8443/vms/x",
			"https://images.example.org/vms/../secret", "https://images.example.org/vms/%2e%2e/secret", "https://images.example.org/vmsx/a", "http://images.example.org/vms/a",
			"https://images.example.org@evil.org/vms/a", "https://images.example.org:x@evil.org/vms/a", "https://evil.org/#images.example.org/vms/", "https://a.b.example.org/x?y=z",
			"s3://minio.example.org/vms/a", "s3://MINIO.example.org:443/vms/a", "s3://minio.minio.svc/vms/a", "s3://10.96.0.1/vms/a", "s3://minio.example.org/vms/../a/b",
			"gs://vms/a", "gs://10.96.0.1/a", "gs://others/vms/a",
			"https://images.example.org", "https://images.example.org/vms?x=../..", "https://images.example.org/vms/x#y",
			"http://169.254.169.254/latest", "http://169.254.169.254:80/latest", "http://2852039166/x", "http://0xa9fea9fe/x", "http://0251.0376.0251.0376/x", "http://169.254.43518/x",
			"http://[::1]/x", "http://[::ffff:169.254.169.254]/x", "http://[fd00:ec2::254]/x", "http://[fe80::1]/x", "http://[2001:db8::1]/x", "http://[64:ff9b::a9fe:a9fe]/x",
			"http://localhost/x", "http://localhost./x", "http://LOCALHOST/x", "http://a.localhost/x", "http://127.1/x", "http://0/x", "http://0.0.0.0/x", "http://10.96.0.1/x",
			"http://10.0.0.1/x", "http://vault.vault.svc:8200/x", "http://vault.vault.svc.cluster.local/x", "http://kubernetes.default/x", "http://vault/x", "http://example.org../x",
			"http://metadata.google.internal/x", "http://169-254-169-254.default.pod/x", "https://[2001:db8:443::1]:443/x", "docker://index.docker.io/a/b", "http://user:pw@169.254.169.254/x", "http://example.org/169.254.169.254",
		},
	}

	listed = map[string][]any{
		"bridges": {
			map[string]any{"name": "br-lan"}, map[string]any{"name": "br-tenant*", "vlans": []any{"100-199"}}, map[string]any{"name": "br-ex", "vlans": []any{"untagged"}},
			map[string]any{"name": "br-*", "vlans": []any{"1", "4094", "untagged"}}, map[string]any{"name": "*"}, map[string]any{"name": "cni0"},
		},
		"masters":           {map[string]any{"name": "eth1", "vlans": []any{"100"}}, map[string]any{"name": "ens2f1"}, map[string]any{"name": "ens*", "vlans": []any{"100-150"}}, map[string]any{"name": "eth0.100"}, map[string]any{"name": "*"}},
		"resourceNames":     {map[string]any{"name": "openshift.io/fast", "vlans": []any{"150"}}, map[string]any{"name": "example.org/nic"}, map[string]any{"name": "example.*", "vlans": []any{"150"}}, map[string]any{"name": "*"}},
		"networkTypes":      {"bridge", "macvlan", "sriov", "ovs"},
		"storageClassNames": {"fast", "fast*", "*"},
		"claimNames":        {"vm-*", "db", "*"},
		"secretNames":       {"vm-*", "registry", "*"},
		"deviceNames":       {"nvidia.com/*", "nvidia.com/a10", "*"},
		"nodeSelectorKeys":  {"example.org/*", "example.org/vm", "*"},
		"tolerationKeys":    {"example.org/*", "example.org/vm", "*"},
		"templatePaths":     {"*", "domain.*", "domain.features.*", "hostname", "domain.devices.autoattachVSOCK"},
		"instancetypes":     {"u1.*", "u1.small", "*"},
		"images": {
			"docker://quay.io/containerdisks", "docker://docker.io", "docker://docker.io/library/", "docker://*", "https://images.example.org/vms", "https://images.example.org/vms/",
			"https://*.example.org", "https://*", "http://*", "http://169.254.169.254", "http://localhost/x", "docker://localhost:5000", "http://vault.vault.svc:8200", "http://[::1]",
			"docker://index.docker.io", "https://[2001:db8::1]", "https://images.example.org:443", "http://10.96.0.1", "docker://registry.example.org:5000/a",
		},
	}
)

// bounds are values of limits that are no lists.
var bounds = map[string][]any{
	"macSpoofCheck":      {"Required", ""},
	"cpu":                {1, 4, 16},
	"memory":             {"2Gi", "8Gi", "60Gi"},
	"disks":              {1, 2, 5},
	"cpuAllocationRatio": {1, 10, 100},
	"memoryOvercommit":   {100, 150, 1000},
	"diskSize":           {"5Gi", "600Gi", "1.5Ti"},
}

// limits generates limits, each with some of what specs ask for, or none.
func limits() *rapid.Generator[map[string]any] {
	return rapid.Custom(func(t *rapid.T) map[string]any {
		out := map[string]any{}
		for _, name := range slices.Sorted(maps.Keys(listed)) {
			if rapid.Bool().Draw(t, name+"?") {
				out[name] = rapid.SliceOfN(rapid.SampledFrom(listed[name]), 0, 3).Draw(t, name)
			}
		}
		for _, name := range slices.Sorted(maps.Keys(bounds)) {
			if rapid.Bool().Draw(t, name+"?") {
				out[name] = rapid.SampledFrom(bounds[name]).Draw(t, name)
			}
		}
		return out
	})
}

// boundedSpec generates specs that ask for what limits are about.
func boundedSpec() *rapid.Generator[map[string]any] {
	return rapid.Custom(func(t *rapid.T) map[string]any {
		spec := wukongtest.Spec().Draw(t, "spec")
		delete(spec, "performance")
		replace(t, spec)
		shares(t, spec)
		if claims := map[any]bool{}; true {
			disks, _ := spec["disks"].([]any)
			for _, d := range disks {
				disk := d.(map[string]any)
				if c := disk["claimName"]; c != nil && c != "" && claims[c] {
					delete(disk, "claimName")
					disk["size"] = "1Gi"
				} else {
					claims[c] = true
				}
			}
		}
		networks, _ := spec["networks"].([]any)
		for _, n := range networks {
			if n := n.(map[string]any); n["name"] != "default" && rapid.Bool().Draw(t, "described?") {
				delete(n, "nadName")
				for _, field := range []string{"type", "master", "resourceName"} {
					n[field] = rapid.SampledFrom(pools[field]).Draw(t, field)
				}
			}
		}
		image(t, spec, "osImage")
		if ha, ok := spec["highAvailability"].(map[string]any); ok && rapid.Bool().Draw(t, "selector?") {
			selector := map[string]any{}
			for _, k := range rapid.SliceOfNDistinct(rapid.SampledFrom(pools["key"]), 0, 3, rapid.ID).Draw(t, "keys") {
				selector[k.(string)] = rapid.SampledFrom([]string{"a", "b"}).Draw(t, "value")
			}
			ha["nodeSelector"] = selector
		}
		return spec
	})
}

// shares draws what a pod requests, and what it is limited to.
func shares(t *rapid.T, spec map[string]any) {
	if spec["cpu"] == nil || rapid.Bool().Draw(t, "shares?") {
		return
	}
	cpus := rapid.SampledFrom([]string{"1m", "99m", "100m", "101m", "1", "2"})
	p := map[string]any{}
	if rapid.Bool().Draw(t, "requests?") {
		p["requests"] = map[string]any{"cpu": cpus.Draw(t, "requested"), "memory": rapid.SampledFrom([]string{"1Mi", "512Mi", "1Gi", "1.5Gi", "2Gi"}).Draw(t, "memory")}
	} else {
		p["limits"] = map[string]any{"cpu": cpus.Draw(t, "limit")}
	}
	spec["performance"] = p
}

// image replaces an image by one of the pool.
func image(t *rapid.T, o map[string]any, field string) {
	if _, given := o[field]; given {
		o[field] = rapid.SampledFrom(pools["image"]).Draw(t, field)
	}
}

// replace replaces values of a spec by those of the pools.
func replace(t *rapid.T, v any) {
	switch v := v.(type) {
	case []any:
		for _, e := range v {
			replace(t, e)
		}
	case map[string]any:
		for _, k := range slices.Sorted(maps.Keys(v)) {
			switch old := v[k]; {
			case k == "imageFrom" || k == "osImageFrom":
				old.(map[string]any)["name"] = rapid.SampledFrom(pools["claimName"]).Draw(t, k)
			case k == "key" && (v["operator"] == "Exists" && old == ""):
			case k == "type" && slices.Contains([]any{"disk", "cdrom", "lun"}, old):
			case pools[k] != nil && old != "":
				v[k] = rapid.SampledFrom(pools[k]).Draw(t, k)
			default:
				replace(t, old)
			}
		}
	}
}

// editOf returns a spec with some of another one's fields, and some items of its lists changed.
func editOf(t *rapid.T, spec, other map[string]any) map[string]any {
	out := runtime.DeepCopyJSON(spec)
	for _, k := range slices.Sorted(maps.Keys(other)) {
		if rapid.IntRange(0, 3).Draw(t, k+"?") == 0 {
			out[k] = runtime.DeepCopyJSONValue(other[k])
		}
	}
	for _, list := range []string{"networks", "disks", "gpus", "hostDevices"} {
		items, _ := out[list].([]any)
		for _, i := range items {
			if rapid.IntRange(0, 3).Draw(t, list+"?") == 0 {
				replace(t, i)
			}
		}
	}
	return out
}

// TestLimitsCost shows that the API server evaluates the policy with the longest lists about the largest Wukong, where no entry stands for what it asks
// for and everything differs from before.
func TestLimitsCost(t *testing.T) {
	t.Parallel()
	_, in := inputOf(t, longestLimits())
	p, _ := limit.Policy(in)
	e := enforcing(t, p)
	for name, before := range map[string]map[string]any{"create": nil, "update": wukongtest.Claim(largestSpec("a"))} {
		t.Run(name, func(t *testing.T) {
			refusals := e.refusals(t, wukongtest.Claim(largestSpec("bb")), before)
			for _, r := range refusals {
				if !limitNames.MatchString(r) {
					t.Errorf("not evaluated: %s", r)
				}
			}
			want := []string{"bridges", "claimNames", "deviceNames", "diskSize", "networkTypes", "nodeSelectorKeys", "secretNames", "tolerationKeys"}
			if before == nil {
				// The disks of before are there, with their images and classes.
				want = append(want, "images", "storageClassNames")
				slices.Sort(want)
			}
			if got := namesOf(refusals); !slices.Equal(got, want) {
				t.Errorf("want refusals because of %v, got %v", want, got)
			}
		})
	}
}

// longestLimits returns limits with as many entries as they can have, of the greatest length.
func longestLimits() map[string]any {
	out := map[string]any{"networkTypes": []any{"sriov", "sriov", "sriov", "sriov", "sriov", "sriov", "sriov", "macvlan"}, "diskSize": "1Mi"}
	entries := func(n int, entry func(i int) any) []any {
		list := make([]any, n)
		for i := range list {
			list[i] = entry(i)
		}
		return list
	}
	for _, name := range []string{"instancetypes", "storageClassNames", "claimNames", "secretNames", "deviceNames", "nodeSelectorKeys", "tolerationKeys"} {
		out[name] = entries(64, func(i int) any { return fmt.Sprintf("%s%d*", strings.Repeat("x", 300), i) })
	}
	vlans := entries(32, func(i int) any { return strconv.Itoa(i + 1) })
	for _, name := range []string{"bridges", "masters", "resourceNames"} {
		out[name] = entries(64, func(int) any { return map[string]any{"name": "br*", "vlans": vlans} })
	}
	out["images"] = entries(32, func(i int) any {
		host := "https://" + strings.Repeat("h", 200) + strconv.Itoa(i) + ".org/"
		return host + strings.Repeat("p", 512-len(host))
	})
	return out
}

// largestSpec returns a spec with as much as it can have of what limits are about, with values that contain a word.
func largestSpec(word string) map[string]any {
	var networks, disks, gpus, tolerations []any
	for i := range 32 {
		networks = append(networks, map[string]any{"name": fmt.Sprintf("n%d", i), "type": "bridge", "bridgeName": "br-" + word, "vlanId": int64(4000)})
		gpus = append(gpus, map[string]any{"name": fmt.Sprintf("g%d", i), "deviceName": strings.Repeat("x.", 100) + word + "/d"})
	}
	for i := range 64 {
		d := map[string]any{
			"name": fmt.Sprintf("d%d", i), "size": fmt.Sprintf("%dGi", len(word)), "storageClassName": strings.Repeat("c", 240) + word,
			"image": fmt.Sprintf("https://%s.org/%s", strings.Repeat("h", 200), strings.Repeat(word[:1], 2048-213)),
		}
		if i%2 == 0 {
			delete(d, "image")
			d["claimName"] = fmt.Sprint(strings.Repeat("c", 240), word, i)
		}
		disks = append(disks, d)
		tolerations = append(tolerations, map[string]any{"key": fmt.Sprint(strings.Repeat("x.", 100), word, "/", i), "operator": "Exists"})
	}
	selector := map[string]any{}
	for i := range 64 {
		selector[fmt.Sprint(strings.Repeat("x.", 100), word, "/", i)] = word
	}
	return map[string]any{
		"cpu": int64(1024), "memory": "64Ti", "sshKeySecret": word, "osImage": "https://" + strings.Repeat("h", 2040), "networks": networks, "disks": disks, "gpus": gpus, "hostDevices": gpus,
		"highAvailability": map[string]any{"nodeSelector": selector, "tolerations": tolerations},
	}
}

// TestLimitsOfOddTemplates shows that the policy evaluates templates which the schema does not check, and leaves to the function what is no template.
func TestLimitsOfOddTemplates(t *testing.T) {
	t.Parallel()
	_, in := inputOf(t, map[string]any{})
	p, _ := limit.Policy(in)
	e := enforcing(t, p)
	for name, tc := range map[string]struct {
		template any
		want     int
	}{
		"Empty":  {template: map[string]any{}},
		"Null":   {template: map[string]any{"hostname": nil, "domain": nil}},
		"List":   {template: map[string]any{"domain": []any{"x"}}},
		"String": {template: map[string]any{"domain": map[string]any{"cpu": "x"}}},
		"Path":   {template: map[string]any{"domain": map[string]any{"chassis": map[string]any{"serial": "a"}}}, want: 1},
		"Field":  {template: map[string]any{"domain": map[string]any{"cpu": map[string]any{"model": "EPYC"}}}},
	} {
		t.Run(name, func(t *testing.T) {
			spec := map[string]any{"cpu": int64(1), "memory": "1Gi", "disks": []any{map[string]any{"name": "a", "size": "1Gi"}}, "template": tc.template}
			if got := e.refusals(t, wukongtest.Claim(spec), nil); len(got) != tc.want {
				t.Errorf("want %d refusals, got %q", tc.want, got)
			}
		})
	}
}
