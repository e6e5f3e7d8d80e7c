package compose

import (
	"strings"
	"testing"

	fnv1 "github.com/crossplane/function-sdk-go/proto/v1"
	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/testing/protocmp"
	"google.golang.org/protobuf/types/known/structpb"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/novasphere/function-wukong/internal/observed"
	"github.com/novasphere/function-wukong/internal/plan"
)

const (
	ownVM               = "{kind: VM, metadata: {name: a, namespace: ns, labels: {vm.novasphere.dev/wukong: a}}, spec: {cpu: 1}}"
	ownControlled       = "{kind: VM, metadata: {name: a, labels: {vm.novasphere.dev/wukong: a}, ownerReferences: [{controller: true, uid: xr}]}}"
	controlledByEarlier = "{kind: VM, metadata: {name: a, labels: {vm.novasphere.dev/wukong: a}, ownerReferences: [{uid: x}, {controller: true, kind: " +
		"Wukong, name: a, uid: before}]}}"
	ownAnnotated       = "{kind: VM, metadata: {name: a, labels: {vm.novasphere.dev/wukong: a}, annotations: {vm.novasphere.dev/composite: xr}}, spec: {cpu: 1}}"
	annotatedByEarlier = "{kind: VM, metadata: {name: a, labels: {vm.novasphere.dev/wukong: a}, annotations: {vm.novasphere.dev/composite: before}}, " +
		"spec: {cpu: 1}}"
	deletingOfEarlier = "{kind: VM, metadata: {name: a, deletionTimestamp: x, labels: {vm.novasphere.dev/wukong: a}, annotations: " +
		"{vm.novasphere.dev/composite: before}}}"
	handMadeVM = "{kind: VM, metadata: {name: a, labels: {app: x}}, spec: {cpu: 9}}"
)

// nativeRequest returns a request with observed composed resources and required resources. An empty document stands for an object that does not
// exist.
func nativeRequest(t *testing.T, composed, required map[string]string) *fnv1.RunFunctionRequest {
	t.Helper()
	req := &fnv1.RunFunctionRequest{Observed: &fnv1.State{
		Composite: &fnv1.Resource{Resource: structIn(t, "{metadata: {name: a, namespace: ns, uid: xr}}")},
		Resources: map[string]*fnv1.Resource{},
	}, RequiredResources: map[string]*fnv1.Resources{}}
	for key, y := range composed {
		req.Observed.Resources[key] = &fnv1.Resource{Resource: structIn(t, y)}
	}
	for name, y := range required {
		req.RequiredResources[name] = nil
		if y != "" {
			req.RequiredResources[name] = &fnv1.Resources{Items: []*fnv1.Resource{{Resource: structIn(t, y)}}}
		}
	}
	return req
}

// TestNativeProbe shows that an object is composed only once no foreign object can have its name, and that a composed object stays composed.
func TestNativeProbe(t *testing.T) {
	look := map[string]*fnv1.ResourceSelector{"vm.look": {Kind: "VM", Namespace: new("ns"), Match: &fnv1.ResourceSelector_MatchName{MatchName: "a"}}}
	cases := map[string]struct {
		reason             string
		composed, required map[string]string
		composes           bool
		want               observed.Resource
	}{
		"NotRequired": {reason: "Crossplane has not looked yet."},
		"Free":        {reason: "The name is free.", required: map[string]string{"vm.look": ""}, composes: true},
		"Foreign": {
			reason:   "A foreign object is not changed.",
			required: map[string]string{"vm.look": handMadeVM},
			want:     observed.Resource{Foreign: &observed.Foreign{}},
		},
		"Retained": {
			reason:   "An earlier Wukong of this name retained it.",
			required: map[string]string{"vm.look": ownVM},
			composes: true,
			want:     observed.Resource{Object: structIn(t, ownVM), Unmanaged: true},
		},
		"Controlled": {
			reason:   "It has this composite as its controller.",
			required: map[string]string{"vm.look": ownControlled},
			composes: true,
			want:     observed.Resource{Object: structIn(t, ownControlled), Unmanaged: true},
		},
		"Earlier": {
			reason:   "It is deleted with an earlier Wukong of this name.",
			required: map[string]string{"vm.look": controlledByEarlier},
			want:     observed.Resource{Foreign: &observed.Foreign{Controller: &observed.Owner{Kind: "Wukong", Name: "a", UID: "before", Index: 1}}},
		},
		"Deleting": {
			reason:   "It is being deleted.",
			required: map[string]string{"vm.look": deletingOfEarlier},
			want:     observed.Resource{Foreign: &observed.Foreign{Deleting: true, Composite: "before"}},
		},
		"Restored": {
			reason:   "A Wukong of another control plane may manage it.",
			required: map[string]string{"vm.look": annotatedByEarlier},
			want:     observed.Resource{Foreign: &observed.Foreign{Composite: "before"}},
		},
		"Annotated": {
			reason:   "It has the UID of this composite.",
			required: map[string]string{"vm.look": ownAnnotated},
			composes: true,
			want:     observed.Resource{Object: structIn(t, ownAnnotated), Unmanaged: true},
		},
		"Composed": {
			reason:   "A composed object needs no requirement.",
			composed: map[string]string{"vm": handMadeVM},
			composes: true,
			want:     observed.Resource{Object: structIn(t, handMadeVM), Deletes: true},
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			req := nativeRequest(t, tc.composed, tc.required)
			got := Native{}.compose(plan.Resource{Key: "vm", Guarded: true}, structIn(t, ownVM), req)
			want := composed{required: look, final: tc.composes}
			if tc.composes {
				want.resources = map[string]*structpb.Struct{"vm": structIn(t, ownVM)}
			}
			if tc.composed != nil {
				want.required = nil
			}
			if diff := cmp.Diff(want, got, cmp.AllowUnexported(composed{}), protocmp.Transform()); diff != "" {
				t.Errorf("%s\n-want, +got:\n%s", tc.reason, diff)
			}
			if diff := cmp.Diff(tc.want, Native{}.Observe(req)["vm"], protocmp.Transform()); diff != "" {
				t.Errorf("%s\nobserved: -want, +got:\n%s", tc.reason, diff)
			}
		})
	}
}

// TestNativeDeletes shows that an object which something else creates is composed to be deleted while it is looked at, and then stays composed until it is
// left out. What something else controls is left alone.
func TestNativeDeletes(t *testing.T) {
	for name, tc := range map[string]struct {
		management         plan.Management
		composed, required map[string]string
		requires, composes bool
		final              bool
	}{
		"NotYet":     {management: plan.Delete, requires: true},
		"First":      {management: plan.Delete, required: map[string]string{"snapshot-1": ownVM}, requires: true, composes: true},
		"Controlled": {management: plan.Delete, required: map[string]string{"snapshot-1": strings.Replace(ownControlled, "xr", "other", 1)}, requires: true},
		"Again":      {management: plan.Delete, composed: map[string]string{"snapshot-1": handMadeVM}, composes: true},
		"Spared":     {management: plan.Observe, composed: map[string]string{"snapshot-1": handMadeVM}, composes: true, final: true},
	} {
		t.Run(name, func(t *testing.T) {
			got := Native{}.compose(plan.Resource{Key: "snapshot-1", Management: tc.management}, structIn(t, ownVM), nativeRequest(t, tc.composed, tc.required))
			if requires := got.required["snapshot-1"] != nil; requires != tc.requires || (got.resources["snapshot-1"] != nil) != tc.composes || got.final != tc.final {
				t.Errorf("want required: %t, composed: %t, final: %t, got %+v", tc.requires, tc.composes, tc.final, got)
			}
		})
	}
}

// TestNativeRequires shows that an object that something else creates is required and never composed, and is read only.
func TestNativeRequires(t *testing.T) {
	for _, m := range []plan.Management{plan.Observe, plan.Adjust} {
		req := nativeRequest(t, nil, map[string]string{"vmi": handMadeVM})
		got := Native{}.compose(plan.Resource{Key: "vmi", Management: m}, structIn(t, ownVM), req)
		if len(got.resources) > 0 || got.required["vmi"].GetMatchName() != "a" || !got.final {
			t.Errorf("want a requirement only, got %v", got)
		}
		want := observed.Resource{Object: structIn(t, handMadeVM), ReadOnly: true}
		if diff := cmp.Diff(want, Native{}.Observe(req)["vmi"], protocmp.Transform()); diff != "" {
			t.Errorf("-want, +got:\n%s", diff)
		}
	}
}

// TestRejectedResources shows that an error of Crossplane is reported for the resource that it is about.
func TestRejectedResources(t *testing.T) {
	const events = "the events of the Wukong say why"
	cases := map[string]string{
		`cannot compose resources: cannot apply composed resource "vm": vms "a" is forbidden: exceeded quota`: `vms "a" is forbidden: exceeded quota`,
		`cannot compose resources: cannot apply composed resource "disk-a": denied`:                           "",
		`cannot compose resources: cannot apply composed resource "vm": connection refused`:                   "",
		"Unsynced resources: disk-a, vm":                              events,
		"Unsynced resources: cloud-init, disk-a, vm, and 2 more":      events,
		"Unsynced resources: disk-vm":                                 "",
		"cannot select Composition: no compatible Compositions found": "",
	}
	for message, want := range cases {
		xr := &structpb.Struct{Fields: map[string]*structpb.Value{"status": objectValue(map[string]*structpb.Value{
			"conditions": structpb.NewListValue(&structpb.ListValue{Values: []*structpb.Value{objectValue(map[string]*structpb.Value{
				"type": structpb.NewStringValue("Synced"), "status": structpb.NewStringValue("False"), "message": structpb.NewStringValue(message),
			})}}),
		})}}
		got, all := rejectedResources(xr)
		if got["vm"] != want {
			t.Errorf("%s: want %q, got %q", message, want, got["vm"])
		}
		if left := strings.HasSuffix(message, "more"); all == left || len(got) > 3 {
			t.Errorf("%s: want a truncated list: %t, got %q", message, left, got)
		}
	}
}

// TestTruncatedRejections shows that a resource may be rejected if Crossplane names only some of the rejected ones.
func TestTruncatedRejections(t *testing.T) {
	composed := map[string]string{}
	for _, key := range []string{"cloud-init", "disk-a", "disk-b", "nad-a", "vm"} {
		composed[key] = ownVM
	}
	req := nativeRequest(t, composed, nil)
	compositeOf(req).Fields["status"] = objectValue(structIn(t, "{conditions: [{type: Synced, status: 'False', message: 'Unsynced resources: "+
		"cloud-init, disk-a, disk-b, and 1 more'}]}").GetFields())
	for key, r := range (Native{}).Observe(req) {
		if nameOnlyVM := strings.HasPrefix(key, "disk-") || key == "cloud-init"; (r.Refused != "") != nameOnlyVM || r.MaybeRefused == nameOnlyVM {
			t.Errorf("%s: got %+v", key, r)
		}
	}
}

// TestSetUnready shows that a composite is not ready while one of its objects must not be composed.
func TestSetUnready(t *testing.T) {
	secret := &corev1.Secret{TypeMeta: metav1.TypeMeta{APIVersion: "v1", Kind: "Secret"}, ObjectMeta: metav1.ObjectMeta{Name: "a", Namespace: "ns"}}
	resources := []plan.Resource{{Key: "vm", Object: secret}, {Key: "vmi", Object: secret, Management: plan.Observe}}
	for required, want := range map[string]fnv1.Ready{"": fnv1.Ready_READY_UNSPECIFIED, handMadeVM: fnv1.Ready_READY_FALSE} {
		got, err := Compose(nativeRequest(t, nil, map[string]string{"vm.look": required}), Native{}, resources, func(string) bool { return true })
		if err != nil {
			t.Fatal(err)
		}
		if ready := got.Desired.GetComposite().GetReady(); ready != want {
			t.Errorf("%q: want %s, got %s", required, want, ready)
		}
		if len(got.Requirements.GetResources()) != 2 {
			t.Errorf("want two requirements, got %v", got.Requirements)
		}
	}
}

// TestTargetCannotChange shows that a target does not replace the resources of another: Crossplane would orphan them.
func TestTargetCannotChange(t *testing.T) {
	secret := &corev1.Secret{TypeMeta: metav1.TypeMeta{APIVersion: "v1", Kind: "Secret"}, ObjectMeta: metav1.ObjectMeta{Name: "a", Namespace: "ns"}}
	resources := []plan.Resource{{Key: "cloud-init", Object: secret}}
	targets := map[string]struct {
		target Target
		is     string
	}{
		"Cluster":    {ClusterObject("default", true), "{apiVersion: kubernetes.crossplane.io/v1alpha1, kind: Object}"},
		"Namespaced": {NamespacedObject("ProviderConfig", "default", true), "{apiVersion: kubernetes.m.crossplane.io/v1alpha1, kind: Object}"},
		"Native":     {Native{}, "{apiVersion: v1, kind: Secret}"},
	}
	for name, to := range targets {
		for other, from := range targets {
			req := nativeRequest(t, map[string]string{"cloud-init": from.is}, nil)
			if _, err := Compose(req, to.target, resources, func(string) bool { return true }); (err == nil) != (name == other) {
				t.Errorf("from %s to %s: got %v", other, name, err)
			}
		}
	}
}
