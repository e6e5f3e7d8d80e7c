package fn

import (
	"strings"
	"testing"

	fnv1 "github.com/crossplane/function-sdk-go/proto/v1"
	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/testing/protocmp"
	"google.golang.org/protobuf/types/known/structpb"
)

const stopping = "{apiVersion: wukong.fn.crossplane.io/v1beta1, kind: Action, action: Stop, namespace: team-a, name: web-01}"

// aWukong is the Wukong of the Operations.
var aWukong = map[string]string{"Wukong/web-01": "{apiVersion: vm.novasphere.dev/v1alpha1, kind: Wukong, metadata: {name: web-01, namespace: team-a, uid: w1}}"}

// actedOn is a cluster with all objects that actions require.
const actedOn = `{apiVersion: vm.novasphere.dev/v1alpha1, kind: Wukong, metadata: {name: web-01, namespace: team-a, uid: w1}}
---
{apiVersion: kubevirt.io/v1, kind: VirtualMachine, metadata: {name: web-01, labels: {vm.novasphere.dev/wukong: web-01}}}
---
{apiVersion: kubevirt.io/v1, kind: VirtualMachineInstance, metadata: {name: web-01, uid: i1, labels: {vm.novasphere.dev/wukong: web-01}}}
`

// operation returns the request of an Operation.
func operation(t testing.TB, input string) *fnv1.RunFunctionRequest {
	t.Helper()
	return &fnv1.RunFunctionRequest{Input: structOf(t, input)}
}

// TestActionRefused shows that the rejection of an invalid Action has the path of its field, and that a Composition with an Action is rejected.
func TestActionRefused(t *testing.T) {
	composed := request(composite(t, minimal))
	composed.Input = structOf(t, stopping)
	cases := map[string]struct {
		req  *fnv1.RunFunctionRequest
		want string
	}{
		"InComposition": {composed, "the Composition passes an Action, which is for Operations: pass an Input"},
		"Input":         {operation(t, "{apiVersion: wukong.fn.crossplane.io/v1beta1, kind: Input}"), "there is no composite: an Operation must pass an Action"},
		"None":          {&fnv1.RunFunctionRequest{}, "there is no composite: an Operation must pass an Action"},
		"Version":       {operation(t, strings.Replace(stopping, "v1beta1", "v1", 1)), "apiVersion: Unsupported value"},
		"UnknownField":  {operation(t, strings.Replace(stopping, "}", ", nam: x}", 1)), "nam: Forbidden"},
		"WrongType":     {operation(t, strings.Replace(stopping, "web-01", "5", 1)), "name: Invalid value: 5: must be a string"},
		"Unknown":       {operation(t, strings.Replace(stopping, "Stop", "Explode", 1)), `action: Unsupported value: "Explode"`},
		"NoNamespace":   {operation(t, strings.Replace(stopping, "namespace: team-a, ", "", 1)), "namespace: Required value"},
		"NoName":        {operation(t, strings.Replace(stopping, ", name: web-01", "", 1)), "name: Required value: name the Wukong, or give a selector"},
		"Both":          {operation(t, strings.Replace(stopping, "}", ", selector: {matchLabels: {env: dev}}}", 1)), "selector: Forbidden: there is a name already"},
		"NoLabels":      {operation(t, strings.Replace(stopping, "name: web-01", "selector: {}", 1)), "selector.matchLabels: Required value"},
		"EmptyLabels":   {operation(t, strings.Replace(stopping, "name: web-01", "selector: {matchLabels: {}}", 1)), "selector.matchLabels: Required value: without a label every Wukong would be meant"},
		"NoneSelected":  {operation(t, strings.Replace(stopping, "name: web-01", "selector: {matchLabels: {env: dev}}", 1)), "no Wukong has the labels of the selector"},
		"LongName":      {operation(t, strings.Replace(stopping, "web-01", strings.Repeat("a", 64), 1)), "name: Invalid value: must have at most 63 characters"},
		"NotThere":      {operation(t, stopping), "there is no Wukong web-01 in namespace team-a"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			rsp := ask(t, tc.req, nil)
			if got := fatalMessage(rsp); !strings.Contains(got, tc.want) {
				t.Errorf("want %q, got %q", tc.want, got)
			}
			if n := len(rsp.GetDesired().GetResources()); n > 0 {
				t.Errorf("rejected, with %d desired resources", n)
			}
		})
	}
}

// TestActionBesideOthers shows that the desired resources of earlier steps stay, and that two steps cannot change the same object. The order in which
// Crossplane applies them is undefined.
func TestActionBesideOthers(t *testing.T) {
	req := operation(t, stopping)
	other := &fnv1.Resource{Resource: structOf(t, "{kind: ConfigMap}")}
	req.Desired = &fnv1.State{Resources: map[string]*fnv1.Resource{"other": other}}
	rsp := ask(t, req, aWukong)
	if got := fatalMessage(rsp); got != "" || len(rsp.GetDesired().GetResources()) != 2 {
		t.Errorf("want two resources, got %v, %s", rsp.GetDesired(), got)
	}
	if diff := cmp.Diff(other, rsp.GetDesired().GetResources()["other"], protocmp.Transform()); diff != "" {
		t.Errorf("-want, +got:\n%s", diff)
	}

	req.Desired = rsp.GetDesired()
	req.Input.Fields["action"] = structpb.NewStringValue("Start")
	if got := fatalMessage(ask(t, req, aWukong)); !strings.Contains(got, "an earlier step of the Operation already changes Wukong/team-a/web-01") {
		t.Errorf("got %q", got)
	}
}
