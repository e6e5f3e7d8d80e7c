package compose

import (
	"strings"
	"testing"

	fnv1 "github.com/crossplane/function-sdk-go/proto/v1"
	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/testing/protocmp"
	"google.golang.org/protobuf/types/known/structpb"
	"sigs.k8s.io/yaml"

	"github.com/novasphere/function-wukong/internal/fields"
	"github.com/novasphere/function-wukong/internal/observed"
	"github.com/novasphere/function-wukong/internal/plan"
)

// structIn returns the object in a YAML document; nil if the document is empty.
func structIn(t *testing.T, y string) *structpb.Struct {
	t.Helper()
	if y == "" {
		return nil
	}
	m := map[string]any{}
	if err := yaml.Unmarshal([]byte(y), &m); err != nil {
		t.Fatal(err)
	}
	s, err := structpb.NewStruct(m)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

const (
	small      = "{kind: VM, metadata: {name: a}, spec: {cpu: 1}}"
	large      = "{kind: VM, metadata: {name: a}, spec: {cpu: 2}}"
	nameOnlyVM = "{kind: VM, metadata: {name: a}}"
	withLabels = "{kind: VM, metadata: {name: a, labels: {a: b}, annotations: {c: d}}, spec: {cpu: 1}}"
	pinned     = "{kind: VM, metadata: {name: a, uid: u1}, spec: {cpu: 1}}"
)

// objectRequest returns a request with observed composed resources.
func objectRequest(composed map[string]*fnv1.Resource) *fnv1.RunFunctionRequest {
	return &fnv1.RunFunctionRequest{Observed: &fnv1.State{Resources: composed}}
}

// providerObject returns an Object as the provider left it. Live is the live object, and refused the error in Synced; empty for none.
func providerObject(t *testing.T, name, manifest, live, refused string) *structpb.Struct {
	t.Helper()
	synced := "{type: Synced, status: 'True'}"
	if refused != "" {
		synced = "{type: Synced, status: 'False', message: '" + refused + "'}"
	}
	if live != "" {
		live = "atProvider: {manifest: " + live + "}, "
	}
	return structIn(t, "{metadata: {name: "+name+"}, spec: {forProvider: {manifest: "+manifest+"}}, status: {"+live+"conditions: ["+synced+"]}}")
}

// vmOwnedBy returns a live object with one CPU. The Objects with the names own its spec.
func vmOwnedBy(by ...string) string {
	var fields strings.Builder
	for _, name := range by {
		fields.WriteString("{manager: provider-kubernetes/" + name + ", operation: Apply, fieldsV1: {'f:spec': {'f:cpu': {}}}}, ")
	}
	return "{kind: VM, metadata: {name: a, uid: u1, resourceVersion: '5', managedFields: [" + fields.String() + "]}, spec: {cpu: 1}, status: {}}"
}

// vmOwnedPartly is a live object of whose spec the editor owns fewer fields than the owner.
const vmOwnedPartly = "{kind: VM, metadata: {name: a, uid: u1, resourceVersion: '5', managedFields: [" +
	"{manager: provider-kubernetes/owner, operation: Apply, fieldsV1: {'f:spec': {'f:cpu': {}, 'f:mem': {}}}}, " +
	"{manager: provider-kubernetes/editor, operation: Apply, fieldsV1: {'f:spec': {'f:cpu': {}}}}]}, spec: {cpu: 1, mem: 1}}"

// TestHandover covers each step in which the fields of an object move from its owner to its editor.
func TestHandover(t *testing.T) {
	const refused = "observe failed: cannot dry run SSA: denied the request"
	type object struct{ manifest, live, refused string }
	cases := map[string]struct {
		reason                string
		desired               string
		owner, editor         object
		wantOwner, wantEditor string
	}{
		"New":      {reason: "An object that does not exist is created as desired.", desired: large, wantOwner: large},
		"NotKnown": {reason: "The object may exist already, and must not change then.", desired: large, owner: object{manifest: small}, wantOwner: small},
		"NotCreated": {
			reason:    "An object whose creation failed may get another manifest.",
			desired:   large,
			owner:     object{manifest: small, refused: "create failed: denied"},
			wantOwner: large,
		},
		"NoAnswer": {
			reason:    "An API server that does not answer may have created the object.",
			desired:   large,
			owner:     object{manifest: small, refused: "observe failed: connection refused"},
			wantOwner: small,
		},
		"AsDesired": {
			reason:    "An object in its desired state needs no editor.",
			desired:   small,
			owner:     object{manifest: small, live: vmOwnedBy("owner")},
			wantOwner: small,
		},
		"Changed": {
			reason:     "First, the editor applies the live values.",
			desired:    large,
			owner:      object{manifest: small, live: vmOwnedBy("owner")},
			wantOwner:  small,
			wantEditor: pinned,
		},
		"NotShared": {
			reason:     "Until the editor owns the fields, nothing changes.",
			desired:    large,
			owner:      object{manifest: small, live: vmOwnedBy("owner")},
			editor:     object{manifest: small, live: vmOwnedBy("owner")},
			wantOwner:  small,
			wantEditor: pinned,
		},
		"Shared": {
			reason:     "Then the owner gives up its fields.",
			desired:    large,
			owner:      object{manifest: small, live: vmOwnedBy("owner", "editor")},
			editor:     object{manifest: pinned, live: vmOwnedBy("owner", "editor")},
			wantOwner:  nameOnlyVM,
			wantEditor: pinned,
		},
		"GivenUp": {
			reason:     "Only then does the editor apply the desired values.",
			desired:    large,
			owner:      object{manifest: nameOnlyVM, live: vmOwnedBy("editor")},
			editor:     object{manifest: pinned, live: vmOwnedBy("editor")},
			wantOwner:  nameOnlyVM,
			wantEditor: "{kind: VM, metadata: {name: a, uid: u1}, spec: {cpu: 2}}",
		},
		"Refused": {
			reason:     "The editor retries a rejected change.",
			desired:    large,
			owner:      object{manifest: nameOnlyVM, live: vmOwnedBy("editor")},
			editor:     object{manifest: large, live: vmOwnedBy("editor"), refused: refused},
			wantOwner:  nameOnlyVM,
			wantEditor: "{kind: VM, metadata: {name: a, uid: u1}, spec: {cpu: 2}}",
		},
		"OwnerRejected": {
			reason:     "The owner returns to the live values after a rejection.",
			desired:    large,
			owner:      object{manifest: large, live: vmOwnedBy("owner"), refused: refused},
			wantOwner:  small,
			wantEditor: pinned,
		},
		"Adopted": {
			reason:    "An existing object that rejects the desired values keeps its own.",
			desired:   large,
			owner:     object{manifest: large, live: vmOwnedBy(), refused: refused},
			wantOwner: small,
		},
		"NotByApply": {
			reason:    "Without server-side apply, there is no dry run before a deletion.",
			desired:   large,
			owner:     object{manifest: small, live: vmOwnedBy()},
			wantOwner: large,
		},
		"DeletedSince": {
			reason:    "An object that was deleted by hand is created again as desired.",
			desired:   large,
			owner:     object{manifest: nameOnlyVM, live: vmOwnedBy("editor"), refused: "create failed: spec is required"},
			editor:    object{manifest: large, live: vmOwnedBy("editor")},
			wantOwner: large,
		},
		"Drifted": {
			reason:     "A change by hand is undone.",
			desired:    "{kind: VM, metadata: {name: a}, spec: {cpu: 9}}",
			owner:      object{manifest: "{kind: VM, metadata: {name: a}, spec: {cpu: 9}}", live: vmOwnedBy("owner")},
			wantOwner:  small,
			wantEditor: pinned,
		},
		"FieldGone": {
			reason:     "A field that is no longer desired is removed.",
			desired:    nameOnlyVM,
			owner:      object{manifest: small, live: vmOwnedBy("owner")},
			wantOwner:  small,
			wantEditor: pinned,
		},
		"WentBack": {
			reason:     "An editor that exists goes on.",
			desired:    small,
			owner:      object{manifest: small, live: vmOwnedBy("owner")},
			editor:     object{manifest: pinned, live: vmOwnedBy("owner")},
			wantOwner:  small,
			wantEditor: pinned,
		},
		"NotAll": {
			reason:     "The owner keeps a field that the editor does not own.",
			desired:    large,
			owner:      object{manifest: "{kind: VM, metadata: {name: a}, spec: {cpu: 1, mem: 1}}", live: vmOwnedPartly},
			editor:     object{manifest: pinned, live: vmOwnedPartly},
			wantOwner:  "{kind: VM, metadata: {name: a}, spec: {cpu: 1, mem: 1}}",
			wantEditor: "{kind: VM, metadata: {name: a, uid: u1}, spec: {cpu: 1, mem: 1}}",
		},
		"Labels": {
			reason:     "The owner gives up labels, too: a policy may reject them.",
			desired:    withLabels,
			owner:      object{manifest: small, live: vmOwnedBy("owner", "editor")},
			editor:     object{manifest: pinned, live: vmOwnedBy("owner", "editor")},
			wantOwner:  nameOnlyVM,
			wantEditor: pinned,
		},
		"LabelsLater": {
			reason:     "The editor applies the labels.",
			desired:    withLabels,
			owner:      object{manifest: nameOnlyVM, live: vmOwnedBy("editor")},
			editor:     object{manifest: pinned, live: vmOwnedBy("editor")},
			wantOwner:  nameOnlyVM,
			wantEditor: "{kind: VM, metadata: {name: a, uid: u1, labels: {a: b}, annotations: {c: d}}, spec: {cpu: 1}}",
		},
		"LabelsRefused": {
			reason:    "The owner returns to the live labels, too.",
			desired:   withLabels,
			owner:     object{manifest: withLabels, live: vmOwnedBy(), refused: "observe failed: cannot dry run SSA: denied the request"},
			wantOwner: small,
		},
		"SeenLater": {
			reason:     "The later observation decides who owns the fields.",
			desired:    large,
			owner:      object{manifest: small, live: vmOwnedBy("owner")},
			editor:     object{manifest: pinned, live: strings.Replace(vmOwnedBy("owner", "editor"), "'5'", "'6'", 1)},
			wantOwner:  nameOnlyVM,
			wantEditor: pinned,
		},
		"OwnerLags": {
			reason:     "An owner that gave up its fields does not take them back if its status is stale.",
			desired:    large,
			owner:      object{manifest: small, live: vmOwnedBy("owner", "editor")},
			editor:     object{manifest: pinned, live: strings.Replace(vmOwnedBy("editor"), "'5'", "'6'", 1)},
			wantOwner:  nameOnlyVM,
			wantEditor: pinned,
		},
		"Updated": {
			reason:    "A field that was updated and not applied is not owned.",
			desired:   large,
			owner:     object{manifest: small, live: strings.ReplaceAll(vmOwnedBy("owner"), "Apply", "Update")},
			wantOwner: large,
		},
		"StatusLost": {
			reason:     "The editor keeps its manifest while no live object is known.",
			desired:    large,
			owner:      object{manifest: nameOnlyVM},
			editor:     object{manifest: pinned},
			wantOwner:  nameOnlyVM,
			wantEditor: pinned,
		},
		"EditorGone": {
			reason:     "Without an editor, an owner that gave up its fields still names the object only.",
			desired:    large,
			owner:      object{manifest: nameOnlyVM, live: vmOwnedBy("editor")},
			wantOwner:  nameOnlyVM,
			wantEditor: "{kind: VM, metadata: {name: a, uid: u1}, spec: {cpu: 2}}",
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			var owner, editor *structpb.Struct
			if tc.owner.manifest != "" {
				owner = providerObject(t, "owner", tc.owner.manifest, tc.owner.live, tc.owner.refused)
			}
			if tc.editor.manifest != "" {
				editor = providerObject(t, "editor", tc.editor.manifest, tc.editor.live, tc.editor.refused)
			}
			got := handover(structIn(t, tc.desired), owner, editor)
			if diff := cmp.Diff(structIn(t, tc.wantOwner), got.owner, protocmp.Transform()); diff != "" {
				t.Errorf("%s\nowner: -want, +got:\n%s", tc.reason, diff)
			}
			if diff := cmp.Diff(structIn(t, tc.wantEditor), got.editor, protocmp.Transform()); diff != "" {
				t.Errorf("%s\neditor: -want, +got:\n%s", tc.reason, diff)
			}
		})
	}
}

// TestMutated covers the creation of an object that the cluster mutates. Its owner never has a manifest that the cluster could reject.
func TestMutated(t *testing.T) {
	const (
		probing = "{spec: {managementPolicies: [Observe], forProvider: {manifest: " + small + "}}, status: {conditions: [{type: Synced, status: 'False', " +
			"message: '" + textNotFound + "'}]}}"
		failed   = "create failed: cannot create object: admission webhook denied the request: no profile"
		outdated = "observe failed: cannot get desired state: cannot dry run SSA: spec is immutable after creation"
	)
	with := func(policies string, object *structpb.Struct) *structpb.Struct {
		object.GetFields()["spec"].GetStructValue().Fields["managementPolicies"] = structIn(t, "{p: ["+policies+"]}").GetFields()["p"]
		return object
	}
	const deletes, makes, manages, adjusts = "Observe, Delete", "Observe, Create, Update", "'*'", "Observe, Update"
	type object struct{ policies, manifest string }
	cases := map[string]struct {
		reason                string
		management            plan.Management
		owner, editor         *structpb.Struct
		wantOwner, wantEditor object
		exists                bool
	}{
		"New":  {reason: "The owner first probes.", management: plan.Manage, wantOwner: object{"Observe", large}},
		"Free": {reason: "The owner exists before the object.", management: plan.Manage, owner: structIn(t, probing), wantOwner: object{deletes, nameOnlyVM}},
		"Begins": {
			reason:     "Then the editor creates the object.",
			management: plan.Manage,
			owner:      with(deletes, providerObject(t, "owner", nameOnlyVM, "", "")),
			wantOwner:  object{deletes, nameOnlyVM},
			wantEditor: object{makes, large},
		},
		"Creating": {reason: "The editor keeps its manifest while the object may have been created.", management: plan.Manage,
			owner:  with(deletes, providerObject(t, "owner", nameOnlyVM, "", "")),
			editor: with(makes, providerObject(t, "editor", small, "", "")),
			wantOwner: object{
				deletes,
				nameOnlyVM,
			}, wantEditor: object{makes, small}},
		"NotCreated": {reason: "An object whose creation failed may get another manifest.", management: plan.Manage,
			owner:  with(deletes, providerObject(t, "owner", nameOnlyVM, "", "")),
			editor: with(makes, providerObject(t, "editor", small, "", failed)),
			wantOwner: object{
				deletes,
				nameOnlyVM,
			}, wantEditor: object{makes, large}},
		"Created": {reason: "The editor reports the object first.", management: plan.Manage,
			owner:  with(deletes, providerObject(t, "owner", nameOnlyVM, "", "")),
			editor: with(makes, providerObject(t, "editor", small, vmOwnedBy("editor"), outdated)),
			wantOwner: object{
				manages,
				nameOnlyVM,
			}, wantEditor: object{adjusts, small}, exists: true},
		"Observed": {reason: "The state is that after a handover.", management: plan.Manage,
			owner:     with(deletes, providerObject(t, "owner", nameOnlyVM, vmOwnedBy("editor"), "")),
			editor:    with(makes, providerObject(t, "editor", small, vmOwnedBy("editor"), outdated)),
			wantOwner: object{manages, nameOnlyVM}, wantEditor: object{adjusts, "{kind: VM, metadata: {name: a, uid: u1}, spec: {cpu: 2}}"}, exists: true},
		"DeletedSince": {reason: "An object that was deleted by hand is created again.", management: plan.Manage,
			owner:     with(manages, providerObject(t, "owner", nameOnlyVM, vmOwnedBy("editor"), failed)),
			editor:    with(adjusts, providerObject(t, "editor", pinned, vmOwnedBy("editor"), "uid mismatch")),
			wantOwner: object{deletes, nameOnlyVM}},
		"NotRetained": {
			reason:     "An object that is no longer retained may not exist yet.",
			management: plan.Manage,
			owner:      with(makes, providerObject(t, "owner", small, "", "")),
			wantOwner:  object{deletes, nameOnlyVM},
		},
		"NotCreatedAgain": {management: plan.Manage,
			owner:  with(deletes, providerObject(t, "owner", nameOnlyVM, "", "")),
			editor: with(makes, providerObject(t, "editor", small, vmOwnedBy("editor"), failed)),
			wantOwner: object{
				deletes,
				nameOnlyVM,
			}, wantEditor: object{makes, large}},
		"Retained": {
			reason:     "A retained object needs one Object only, which may not delete.",
			management: plan.Retain,
			owner:      structIn(t, probing),
			wantOwner:  object{makes, large},
		},
		"RetainedCreating": {management: plan.Retain, owner: with(makes, providerObject(t, "owner", small, "", "")), wantOwner: object{makes, small}},
		"RetainedCreated": {
			management: plan.Retain,
			owner:      with(makes, providerObject(t, "owner", small, vmOwnedBy("owner"), outdated)),
			wantOwner:  object{makes, large},
			exists:     true,
		},
		"Found": {reason: "An object that exists already is managed.", management: plan.Manage,
			owner: with("Observe", providerObject(t, "owner", large, "{kind: VM, metadata: {name: a}, spec: {cpu: 1}}", "")), wantOwner: object{
				manages,
				large,
			}, exists: true},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			composed := map[string]*fnv1.Resource{"vm": {Resource: structIn(t, "{spec: {managementPolicies: ['*']}}")}}
			for key, o := range map[string]*structpb.Struct{"disk-a": tc.owner, "disk-a.change": tc.editor} {
				if o != nil {
					composed[key] = &fnv1.Resource{Resource: o}
				}
			}
			req := objectRequest(composed)
			got := Object{}.compose(plan.Resource{Key: "disk-a", Guarded: true, Mutated: true, Management: tc.management}, structIn(t, large), req).resources
			for key, want := range map[string]object{"disk-a": tc.wantOwner, "disk-a.change": tc.wantEditor} {
				if want.policies == "" {
					if got[key] != nil {
						t.Errorf("%s\nwant no %s, got %v", tc.reason, key, got[key])
					}
					continue
				}
				if diff := cmp.Diff(structIn(t, "{p: ["+want.policies+"]}").AsMap()["p"], fields.In(got[key], "spec").AsMap()["managementPolicies"]); diff != "" {
					t.Errorf("%s\n%s: policies: -want, +got:\n%s", tc.reason, key, diff)
				}
				if diff := cmp.Diff(structIn(t, want.manifest), manifestOf(got[key]), protocmp.Transform()); diff != "" {
					t.Errorf("%s\n%s: -want, +got:\n%s", tc.reason, key, diff)
				}
			}
			if exists := (Object{}).Observe(req).Exists("disk-a"); exists != tc.exists {
				t.Errorf("%s\nwant it to exist: %t", tc.reason, tc.exists)
			}
		})
	}
}

// TestOtherKind shows that an object of another kind is created only once no editor creates the first one.
func TestOtherKind(t *testing.T) {
	desired := structIn(t, "{kind: Other, metadata: {name: a}, spec: {cpu: 1}}")
	owner := providerObject(t, "owner", nameOnlyVM, "", "")
	owner.GetFields()["spec"].GetStructValue().Fields["managementPolicies"] = managementPolicies(plan.Delete)
	composed := map[string]*fnv1.Resource{
		"vm":            {Resource: structIn(t, "{spec: {managementPolicies: ['*']}}")},
		"disk-a":        {Resource: owner},
		"disk-a.change": {Resource: providerObject(t, "editor", small, "", "create failed: denied")},
	}
	compose := func() map[string]*structpb.Struct {
		return Object{}.compose(plan.Resource{Key: "disk-a", Guarded: true}, desired, objectRequest(composed)).resources
	}
	if got := compose(); !hasPolicies(got["disk-a"], plan.Delete) || len(got) != 1 {
		t.Errorf("want an owner that deletes, and no editor, got %v", got)
	}
	delete(composed, "disk-a.change")
	if got := compose(); !isProbing(got["disk-a"]) || fields.Text(got["disk-a"], "spec", "forProvider", "manifest", "kind") != "Other" {
		t.Errorf("want a probe of the other kind, got %v", got)
	}
}

// TestNotDryRun shows that an Object that becomes able to delete does not keep a manifest that the provider has not dry-run.
func TestNotDryRun(t *testing.T) {
	owner := providerObject(t, "owner", large, vmOwnedBy("owner"), "")
	for policies, want := range map[string]string{"{s: [Observe, Create, Update]}": small, "{s: ['*']}": large} {
		owner.GetFields()["spec"].GetStructValue().Fields["managementPolicies"] = structIn(t, policies).GetFields()["s"]
		got := handover(structIn(t, large), owner, nil)
		if diff := cmp.Diff(structIn(t, want), got.owner, protocmp.Transform()); diff != "" {
			t.Errorf("%s: -want, +got:\n%s", policies, diff)
		}
	}
}

// TestManagementPolicies pins what the provider may do.
func TestManagementPolicies(t *testing.T) {
	want := map[plan.Management][]any{
		plan.Manage: {"*"}, plan.Retain: {
			"Observe",
			"Create",
			"Update",
		}, plan.Adjust: {"Observe", "Update"}, plan.Observe: {"Observe"}, plan.Delete: {"Observe", "Delete"},
	}
	for m, policies := range want {
		if diff := cmp.Diff(policies, managementPolicies(m).AsInterface()); diff != "" {
			t.Errorf("-want, +got:\n%s", diff)
		}
	}
}

// TestTransientErrors shows that a transient error is no rejection.
func TestTransientErrors(t *testing.T) {
	for message, want := range map[string]string{
		"observe failed: cannot get object: dial tcp 10.96.0.1:443: connect: connection refused": "",
		"observe failed: cannot observe external resource: external resource does not exist":     "",
		"update failed: cannot apply object: Operation cannot be fulfilled: uid mismatch":        "",
		"observe failed: cannot get desired state: cannot dry run SSA: " +
			"admission webhook \"x\" denied the request: no": "admission webhook \"x\" denied the request: no",
		"create failed: cannot create object: virtualmachines.kubevirt.io \"a\" is forbidden: exceeded quota: " +
			"compute-quota": "virtualmachines.kubevirt.io \"a\" is forbidden: exceeded quota: compute-quota",
	} {
		if got := rejectionReason(message); got != want {
			t.Errorf("want %q, got %q", want, got)
		}
	}
}

// TestProbe shows that an object is managed only once no foreign object can have its name.
func TestProbe(t *testing.T) {
	// The Wukong's label was removed by hand from an object that an Object without a name applied.
	const changed = "{kind: VM, metadata: {name: a, managedFields: [{manager: provider-kubernetes/, operation: Apply}]}, spec: {cpu: 9}}"
	ownOfComposite := func(composite string) string {
		return "{kind: VM, metadata: {name: a, labels: {vm.novasphere.dev/wukong: a}, annotations: {vm.novasphere.dev/composite: " + composite + "}}, spec: {cpu: 1}}"
	}
	cases := map[string]struct {
		object   string
		policies []any
		want     observed.Resource
	}{
		"New": {policies: []any{"Observe"}},
		"NotProbed": {
			object:   "{spec: {managementPolicies: [Observe], forProvider: {manifest: " + ownVM + "}}}",
			policies: []any{"Observe"},
			want:     observed.Resource{Unasked: true, LastKnown: structIn(t, ownVM)},
		},
		"NoAnswer": {
			object: "{spec: {managementPolicies: [Observe], forProvider: {manifest: " + ownVM + "}}, status: {conditions: [{type: Synced, status: 'False', " +
				"message: connection refused}]}}",
			policies: []any{"Observe"},
			want:     observed.Resource{Unasked: true, LastKnown: structIn(t, ownVM)},
		},
		"Free": {
			object: "{spec: {managementPolicies: [Observe], forProvider: {manifest: " + ownVM + "}}, status: {conditions: [{type: Synced, status: 'False', " +
				"message: 'observe failed: external resource does not exist'}]}}",
			policies: []any{"*"},
			want:     observed.Resource{Unasked: true, LastKnown: structIn(t, ownVM)},
		},
		"Foreign": {
			object:   "{spec: {managementPolicies: [Observe], forProvider: {manifest: " + ownVM + "}}, status: {atProvider: {manifest: " + handMadeVM + "}}}",
			policies: []any{"Observe"},
			want:     observed.Resource{Foreign: &observed.Foreign{}},
		},
		"FreeAgain": {
			object: "{spec: {managementPolicies: [Observe], forProvider: {manifest: " + ownVM + "}}, status: {atProvider: {manifest: " + handMadeVM +
				"}, conditions: [{type: Synced, status: 'False', message: 'observe failed: external resource does not exist'}]}}",
			policies: []any{"*"},
			want:     observed.Resource{Unasked: true, LastKnown: structIn(t, ownVM)},
		},
		"Own": {
			object:   "{spec: {managementPolicies: [Observe], forProvider: {manifest: " + ownVM + "}}, status: {atProvider: {manifest: " + ownVM + "}}}",
			policies: []any{"*"},
			want:     observed.Resource{Object: structIn(t, ownVM), Unmanaged: true},
		},
		"NotYet": {
			object:   "{spec: {managementPolicies: ['*'], forProvider: {manifest: " + ownVM + "}}}",
			policies: []any{"*"},
			want:     observed.Resource{LastKnown: structIn(t, ownVM), Deletes: true},
		},
		"Managed": {
			object:   "{spec: {managementPolicies: ['*'], forProvider: {manifest: " + ownVM + "}}, status: {atProvider: {manifest: " + changed + "}}}",
			policies: []any{"*"},
			want:     observed.Resource{Object: structIn(t, changed), Desired: structIn(t, ownVM), Applied: structIn(t, ownVM), Deletes: true},
		},
		"Before": {
			object: "{spec: {managementPolicies: ['*'], forProvider: {manifest: " + ownVM + "}}, status: {atProvider: {manifest: " + handMadeVM +
				"}, conditions: [{type: Synced, status: 'False', message: connection refused}]}}",
			policies: []any{"*"},
			want:     observed.Resource{LastKnown: structIn(t, ownVM), Deletes: true},
		},
		"Elsewhere": {
			object: "{spec: {managementPolicies: ['*'], forProvider: {manifest: " + ownOfComposite("here") + "}}, status: {atProvider: {manifest: " +
				ownOfComposite("there") +
				"}, conditions: [{type: Synced, status: 'False', message: connection refused}]}}",
			policies: []any{"*"},
			want:     observed.Resource{LastKnown: structIn(t, ownOfComposite("here")), Deletes: true},
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			composed := map[string]*fnv1.Resource{}
			if tc.object != "" {
				composed["vm"] = &fnv1.Resource{Resource: structIn(t, tc.object)}
			}
			got := Object{}.compose(plan.Resource{Key: "vm", Guarded: true}, structIn(t, ownVM), objectRequest(composed)).resources
			if diff := cmp.Diff(tc.policies, fields.In(got["vm"], "spec").AsMap()["managementPolicies"]); diff != "" {
				t.Errorf("policies: -want, +got:\n%s", diff)
			}
			if diff := cmp.Diff(tc.want, Object{}.Observe(objectRequest(composed))["vm"], protocmp.Transform()); diff != "" {
				t.Errorf("observed: -want, +got:\n%s", diff)
			}
		})
	}
}

// TestBeingDeleted shows that an Object that is being deleted keeps its manifest and its policies.
func TestBeingDeleted(t *testing.T) {
	object := structIn(t, "{metadata: {deletionTimestamp: '2026-01-01T00:00:00Z'}, spec: {managementPolicies: [Observe, Create, Update], forProvider: "+
		"{manifest: "+small+"}}}")
	got := Object{}.compose(plan.Resource{
		Key:        "disk-a",
		Management: plan.Manage,
	}, structIn(t, large), objectRequest(map[string]*fnv1.Resource{"disk-a": {Resource: object}})).resources
	if diff := cmp.Diff(object.GetFields()["spec"], got["disk-a"].GetFields()["spec"], protocmp.Transform()); diff != "" || len(got) != 1 {
		t.Errorf("-want, +got:\n%s", diff)
	}
}

// TestObserve shows that the later observation of owner and editor counts, and the rejection of either.
func TestObserve(t *testing.T) {
	older := "{metadata: {resourceVersion: '9'}, spec: {cpu: 1}}"
	newer := "{metadata: {resourceVersion: '10'}, spec: {cpu: 2}}"
	got := Object{}.Observe(objectRequest(map[string]*fnv1.Resource{
		"vm":               {Resource: providerObject(t, "owner", nameOnlyVM, older, "")},
		"vm.change":        {Resource: providerObject(t, "editor", large, newer, "update failed: cannot apply object: denied")},
		"disk-gone":        {Resource: providerObject(t, "gone", small, older, "create failed: cannot create object: denied")},
		"disk-new":         {Resource: providerObject(t, "new", small, "", "")},
		"unrelated.change": {Resource: providerObject(t, "x", small, newer, "")},
	}))
	if len(got) != 3 || got.Exists("disk-gone") || got.Exists("disk-new") || got["disk-gone"].Refused != "denied" {
		t.Errorf("got %v", got)
	}
	if diff := cmp.Diff(structIn(t, newer), got["vm"].Object, protocmp.Transform()); diff != "" || got["vm"].Refused != "denied" {
		t.Errorf("refused: %q; object: -want, +got:\n%s", got["vm"].Refused, diff)
	}
}

// TestLost shows that the last observation does not count once the object is gone or the Object is being deleted. That holds for observers only: an
// Object that manages may be creating the object again.
func TestLost(t *testing.T) {
	cases := map[string]struct {
		reason, policies, refused, deleted string
		exists                             bool
	}{
		"Observed":  {policies: "Observe", exists: true},
		"Gone":      {reason: "The status keeps the last observation.", policies: "Observe", refused: "cannot observe: " + textNotFound},
		"Deleting":  {reason: "The object may be gone before the Object.", policies: "Observe", deleted: ", deletionTimestamp: '2026-01-01T00:00:00Z'"},
		"Transient": {reason: "The object may be unchanged.", policies: "Observe", refused: "dial tcp: connection refused", exists: true},
		"Manages":   {policies: "'*'", deleted: ", deletionTimestamp: '2026-01-01T00:00:00Z'", exists: true},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			o := providerObject(t, "a"+tc.deleted, nameOnlyVM, pinned, tc.refused)
			o.GetFields()["spec"].GetStructValue().Fields["managementPolicies"] = structIn(t, "{p: ["+tc.policies+"]}").GetFields()["p"]
			if got := (Object{}).Observe(objectRequest(map[string]*fnv1.Resource{"vmi": {Resource: o}})); got.Exists("vmi") != tc.exists {
				t.Errorf("%s\nwant it to exist: %t, got %v", tc.reason, tc.exists, got["vmi"])
			}
		})
	}
}

// TestCreatedAgain shows that an object that was deleted by hand is remembered if its Objects name it only: the next one gets its settings.
func TestCreatedAgain(t *testing.T) {
	req := objectRequest(map[string]*fnv1.Resource{"vm": {Resource: providerObject(t, "owner", nameOnlyVM, vmOwnedBy("editor"), "create failed: "+
		"spec is required")}})
	if r := (Object{}).Observe(req)["vm"]; r.Object != nil || fields.In(r.LastKnown, "spec") == nil {
		t.Errorf("want it to be known and not to exist, got %v", r)
	}
}

// TestProbeLost shows that the values of a foreign object are not used. Once it is gone, the Object that probed creates its own.
func TestProbeLost(t *testing.T) {
	probing := structIn(t, `
metadata: {name: owner}
spec: {managementPolicies: [Observe], forProvider: {manifest: {kind: VM, metadata: {name: a, labels: {vm.novasphere.dev/wukong: a}}, spec: {cpu: 2}}}}
status:
  atProvider: {manifest: {kind: VM, metadata: {name: a, uid: handMadeVM}, spec: {cpu: 1}}}
  conditions: [{type: Synced, status: "False", message: "observe failed: external resource does not exist"}]`)
	desired := structIn(t, "{kind: VM, metadata: {name: a, labels: {vm.novasphere.dev/wukong: a}}, spec: {cpu: 2}}")
	req := objectRequest(map[string]*fnv1.Resource{"vm": {Resource: probing}})

	composed := ClusterObject("default", true).compose(plan.Resource{Key: "vm", Guarded: true}, desired, req)
	if diff := cmp.Diff(desired, manifestOf(composed.resources["vm"]), protocmp.Transform()); diff != "" {
		t.Errorf("the manifest: -want, +got:\n%s", diff)
	}
	if rs := (Object{}).Observe(req); rs["vm"].Object != nil || rs.Last("vm") == nil {
		t.Errorf("want the desired object to be known and not to exist, got %v", rs["vm"])
	}
}
