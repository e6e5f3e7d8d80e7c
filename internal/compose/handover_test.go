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

// structIn is a YAML document; nil for an empty one.
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

// seen is a request that shows composed resources.
func objectRequest(composed map[string]*fnv1.Resource) *fnv1.RunFunctionRequest {
	return &fnv1.RunFunctionRequest{Observed: &fnv1.State{Resources: composed}}
}

// seenAs is an Object with a name and a manifest, as its provider left it.
func providerObject(t *testing.T, name, manifest, found, refused string) *structpb.Struct {
	t.Helper()
	synced := "{type: Synced, status: 'True'}"
	if refused != "" {
		synced = "{type: Synced, status: 'False', message: '" + refused + "'}"
	}
	if found != "" {
		found = "atProvider: {manifest: " + found + "}, "
	}
	return structIn(t, "{metadata: {name: "+name+"}, spec: {forProvider: {manifest: "+manifest+"}}, status: {"+found+"conditions: ["+synced+"]}}")
}

// vmOwned is the object with one CPU, as the API server shows it, whose fields belong to the Objects with the names.
func vmOwnedBy(by ...string) string {
	var fields strings.Builder
	for _, name := range by {
		fields.WriteString("{manager: provider-kubernetes/" + name + ", operation: Apply, fieldsV1: {'f:spec': {'f:cpu': {}}}}, ")
	}
	return "{kind: VM, metadata: {name: a, uid: u1, resourceVersion: '5', managedFields: [" + fields.String() + "]}, spec: {cpu: 1}, status: {}}"
}

// vmOwnedMore is the object of which the editor owns less than the owner.
const vmOwnedPartly = "{kind: VM, metadata: {name: a, uid: u1, resourceVersion: '5', managedFields: [" +
	"{manager: provider-kubernetes/owner, operation: Apply, fieldsV1: {'f:spec': {'f:cpu': {}, 'f:mem': {}}}}, " +
	"{manager: provider-kubernetes/editor, operation: Apply, fieldsV1: {'f:spec': {'f:cpu': {}}}}]}, spec: {cpu: 1, mem: 1}}"

// TestHandover goes through the steps in which an object comes from the Object that keeps it to the one that changes it.
func TestHandover(t *testing.T) {
	const refused = "observe failed: cannot dry run SSA: denied the request"
	type object struct{ manifest, found, refused string }
	cases := map[string]struct {
		reason                string
		desired               string
		owner, editor         object
		wantOwner, wantEditor string
	}{
		"New":      {reason: "What does not exist is created as wished.", desired: large, wantOwner: large},
		"NotKnown": {reason: "It may have been created already, and may not be changed then.", desired: large, owner: object{manifest: small}, wantOwner: small},
		"NotCreated": {
			reason:    "What the cluster did not create may be wished otherwise.",
			desired:   large,
			owner:     object{manifest: small, refused: "create failed: denied"},
			wantOwner: large,
		},
		"NoAnswer": {
			reason:    "An API server that does not answer may have created it.",
			desired:   large,
			owner:     object{manifest: small, refused: "observe failed: connection refused"},
			wantOwner: small,
		},
		"AsWished": {
			reason:    "What is as wished needs no second Object.",
			desired:   small,
			owner:     object{manifest: small, found: vmOwnedBy("owner")},
			wantOwner: small,
		},
		"Wished": {
			reason:     "First, the second Object applies what is there.",
			desired:    large,
			owner:      object{manifest: small, found: vmOwnedBy("owner")},
			wantOwner:  small,
			wantEditor: pinned,
		},
		"NotShared": {
			reason:     "Until it has, nothing changes.",
			desired:    large,
			owner:      object{manifest: small, found: vmOwnedBy("owner")},
			editor:     object{manifest: small, found: vmOwnedBy("owner")},
			wantOwner:  small,
			wantEditor: pinned,
		},
		"Shared": {
			reason:     "Then the first gives up everything.",
			desired:    large,
			owner:      object{manifest: small, found: vmOwnedBy("owner", "editor")},
			editor:     object{manifest: pinned, found: vmOwnedBy("owner", "editor")},
			wantOwner:  nameOnlyVM,
			wantEditor: pinned,
		},
		"GivenUp": {
			reason:     "Only then anything changes.",
			desired:    large,
			owner:      object{manifest: nameOnlyVM, found: vmOwnedBy("editor")},
			editor:     object{manifest: pinned, found: vmOwnedBy("editor")},
			wantOwner:  nameOnlyVM,
			wantEditor: "{kind: VM, metadata: {name: a, uid: u1}, spec: {cpu: 2}}",
		},
		"Refused": {
			reason:     "A change that is refused is tried on, by the Object that deletes nothing.",
			desired:    large,
			owner:      object{manifest: nameOnlyVM, found: vmOwnedBy("editor")},
			editor:     object{manifest: large, found: vmOwnedBy("editor"), refused: refused},
			wantOwner:  nameOnlyVM,
			wantEditor: "{kind: VM, metadata: {name: a, uid: u1}, spec: {cpu: 2}}",
		},
		"KeptRefused": {
			reason:     "What the owner cannot apply, it takes back.",
			desired:    large,
			owner:      object{manifest: large, found: vmOwnedBy("owner"), refused: refused},
			wantOwner:  small,
			wantEditor: pinned,
		},
		"Adopted": {
			reason:    "What exists otherwise than wished stays as it is.",
			desired:   large,
			owner:     object{manifest: large, found: vmOwnedBy(), refused: refused},
			wantOwner: small,
		},
		"NotByApply": {
			reason:    "Without server-side apply, nothing is tried before a deletion.",
			desired:   large,
			owner:     object{manifest: small, found: vmOwnedBy()},
			wantOwner: large,
		},
		"DeletedSince": {
			reason:    "What was deleted by hand is created again as wished.",
			desired:   large,
			owner:     object{manifest: nameOnlyVM, found: vmOwnedBy("editor"), refused: "create failed: spec is required"},
			editor:    object{manifest: large, found: vmOwnedBy("editor")},
			wantOwner: large,
		},
		"Drifted": {
			reason:     "What somebody changed by hand is changed back.",
			desired:    "{kind: VM, metadata: {name: a}, spec: {cpu: 9}}",
			owner:      object{manifest: "{kind: VM, metadata: {name: a}, spec: {cpu: 9}}", found: vmOwnedBy("owner")},
			wantOwner:  small,
			wantEditor: pinned,
		},
		"FieldGone": {
			reason:     "A field that is wished no more is removed.",
			desired:    nameOnlyVM,
			owner:      object{manifest: small, found: vmOwnedBy("owner")},
			wantOwner:  small,
			wantEditor: pinned,
		},
		"WentBack": {
			reason:     "Who changes, goes on to.",
			desired:    small,
			owner:      object{manifest: small, found: vmOwnedBy("owner")},
			editor:     object{manifest: pinned, found: vmOwnedBy("owner")},
			wantOwner:  small,
			wantEditor: pinned,
		},
		"NotAll": {
			reason:     "Nothing is given up that has no other owner.",
			desired:    large,
			owner:      object{manifest: "{kind: VM, metadata: {name: a}, spec: {cpu: 1, mem: 1}}", found: vmOwnedPartly},
			editor:     object{manifest: pinned, found: vmOwnedPartly},
			wantOwner:  "{kind: VM, metadata: {name: a}, spec: {cpu: 1, mem: 1}}",
			wantEditor: "{kind: VM, metadata: {name: a, uid: u1}, spec: {cpu: 1, mem: 1}}",
		},
		"Labels": {
			reason:     "A policy may refuse labels, too.",
			desired:    withLabels,
			owner:      object{manifest: small, found: vmOwnedBy("owner", "editor")},
			editor:     object{manifest: pinned, found: vmOwnedBy("owner", "editor")},
			wantOwner:  nameOnlyVM,
			wantEditor: pinned,
		},
		"LabelsLater": {
			reason:     "Who changes, labels.",
			desired:    withLabels,
			owner:      object{manifest: nameOnlyVM, found: vmOwnedBy("editor")},
			editor:     object{manifest: pinned, found: vmOwnedBy("editor")},
			wantOwner:  nameOnlyVM,
			wantEditor: "{kind: VM, metadata: {name: a, uid: u1, labels: {a: b}, annotations: {c: d}}, spec: {cpu: 1}}",
		},
		"LabelsRefused": {
			reason:    "What is refused is taken back, labels included.",
			desired:   withLabels,
			owner:     object{manifest: withLabels, found: vmOwnedBy(), refused: "observe failed: cannot dry run SSA: denied the request"},
			wantOwner: small,
		},
		"SeenLater": {
			reason:     "Who looked last knows who owns what.",
			desired:    large,
			owner:      object{manifest: small, found: vmOwnedBy("owner")},
			editor:     object{manifest: pinned, found: strings.Replace(vmOwnedBy("owner", "editor"), "'5'", "'6'", 1)},
			wantOwner:  nameOnlyVM,
			wantEditor: pinned,
		},
		"KeeperLags": {
			reason:     "What has been given up stays so, though the owner is shown as before.",
			desired:    large,
			owner:      object{manifest: small, found: vmOwnedBy("owner", "editor")},
			editor:     object{manifest: pinned, found: strings.Replace(vmOwnedBy("editor"), "'5'", "'6'", 1)},
			wantOwner:  nameOnlyVM,
			wantEditor: pinned,
		},
		"Updated": {
			reason:    "What was written otherwise than applied is not owned.",
			desired:   large,
			owner:     object{manifest: small, found: strings.ReplaceAll(vmOwnedBy("owner"), "Apply", "Update")},
			wantOwner: large,
		},
		"StatusLost": {
			reason:     "What changes is not given up while nothing is known.",
			desired:    large,
			owner:      object{manifest: nameOnlyVM},
			editor:     object{manifest: pinned},
			wantOwner:  nameOnlyVM,
			wantEditor: pinned,
		},
		"ChangerGone": {
			reason:     "Without the second Object the first still keeps only the name.",
			desired:    large,
			owner:      object{manifest: nameOnlyVM, found: vmOwnedBy("editor")},
			wantOwner:  nameOnlyVM,
			wantEditor: "{kind: VM, metadata: {name: a, uid: u1}, spec: {cpu: 2}}",
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			var owner, editor *structpb.Struct
			if tc.owner.manifest != "" {
				owner = providerObject(t, "owner", tc.owner.manifest, tc.owner.found, tc.owner.refused)
			}
			if tc.editor.manifest != "" {
				editor = providerObject(t, "editor", tc.editor.manifest, tc.editor.found, tc.editor.refused)
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

// TestAltered goes through the making of an object of which the cluster makes something else than it was asked for: the Object that deletes
// never has anything to say of it that the cluster could refuse.
func TestAltered(t *testing.T) {
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
		"New":  {reason: "Whether it exists is not known.", management: plan.Manage, wantOwner: object{"Observe", large}},
		"Free": {reason: "What may delete it comes before it.", management: plan.Manage, owner: structIn(t, probing), wantOwner: object{deletes, nameOnlyVM}},
		"Begins": {
			reason:     "Then another one makes it.",
			management: plan.Manage,
			owner:      with(deletes, providerObject(t, "owner", nameOnlyVM, "", "")),
			wantOwner:  object{deletes, nameOnlyVM},
			wantEditor: object{makes, large},
		},
		"Making": {reason: "What is made of one manifest is not known of another.", management: plan.Manage,
			owner:  with(deletes, providerObject(t, "owner", nameOnlyVM, "", "")),
			editor: with(makes, providerObject(t, "editor", small, "", "")),
			wantOwner: object{
				deletes,
				nameOnlyVM,
			}, wantEditor: object{makes, small}},
		"NotMade": {reason: "What the cluster did not create may be asked for otherwise.", management: plan.Manage,
			owner:  with(deletes, providerObject(t, "owner", nameOnlyVM, "", "")),
			editor: with(makes, providerObject(t, "editor", small, "", failed)),
			wantOwner: object{
				deletes,
				nameOnlyVM,
			}, wantEditor: object{makes, large}},
		"Made": {reason: "The Object that made it says so first.", management: plan.Manage,
			owner:  with(deletes, providerObject(t, "owner", nameOnlyVM, "", "")),
			editor: with(makes, providerObject(t, "editor", small, vmOwnedBy("editor"), outdated)),
			wantOwner: object{
				manages,
				nameOnlyVM,
			}, wantEditor: object{adjusts, small}, exists: true},
		"Seen": {reason: "It is as in the end of a handover.", management: plan.Manage,
			owner:     with(deletes, providerObject(t, "owner", nameOnlyVM, vmOwnedBy("editor"), "")),
			editor:    with(makes, providerObject(t, "editor", small, vmOwnedBy("editor"), outdated)),
			wantOwner: object{manages, nameOnlyVM}, wantEditor: object{adjusts, "{kind: VM, metadata: {name: a, uid: u1}, spec: {cpu: 2}}"}, exists: true},
		"DeletedSince": {reason: "What was deleted by hand is made again.", management: plan.Manage,
			owner:     with(manages, providerObject(t, "owner", nameOnlyVM, vmOwnedBy("editor"), failed)),
			editor:    with(adjusts, providerObject(t, "editor", pinned, vmOwnedBy("editor"), "uid mismatch")),
			wantOwner: object{deletes, nameOnlyVM}},
		"NotRetained": {
			reason:     "What was to be retained may be made yet.",
			management: plan.Manage,
			owner:      with(makes, providerObject(t, "owner", small, "", "")),
			wantOwner:  object{deletes, nameOnlyVM},
		},
		"NotMadeAgain": {management: plan.Manage,
			owner:  with(deletes, providerObject(t, "owner", nameOnlyVM, "", "")),
			editor: with(makes, providerObject(t, "editor", small, vmOwnedBy("editor"), failed)),
			wantOwner: object{
				deletes,
				nameOnlyVM,
			}, wantEditor: object{makes, large}},
		"Retained": {
			reason:     "One Object that may not delete is enough.",
			management: plan.Retain,
			owner:      structIn(t, probing),
			wantOwner:  object{makes, large},
		},
		"RetainedMaking": {management: plan.Retain, owner: with(makes, providerObject(t, "owner", small, "", "")), wantOwner: object{makes, small}},
		"RetainedMade": {
			management: plan.Retain,
			owner:      with(makes, providerObject(t, "owner", small, vmOwnedBy("owner"), outdated)),
			wantOwner:  object{makes, large},
			exists:     true,
		},
		"Found": {reason: "What exists is managed as it is.", management: plan.Manage,
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
			got := Object{}.compose(plan.Resource{Key: "disk-a", Guarded: true, Altered: true, Management: tc.management}, structIn(t, large), req).resources
			for key, want := range map[string]object{"disk-a": tc.wantOwner, "disk-a.change": tc.wantEditor} {
				if want.policies == "" {
					if got[key] != nil {
						t.Errorf("%s\n%s is not needed, got %v", tc.reason, key, got[key])
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

// TestOtherKind shows that another kind is asked for in the place of what is still to be made only once nobody makes that any more.
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
		t.Errorf("want it to be deleted, and made by nobody, got %v", got)
	}
	delete(composed, "disk-a.change")
	if got := compose(); !isProbing(got["disk-a"]) || fields.Text(got["disk-a"], "spec", "forProvider", "manifest", "kind") != "Other" {
		t.Errorf("want the other kind to be looked for, got %v", got)
	}
}

// TestUntried shows that a manifest which an Object got while it could not delete is not kept by one that can, before it was tried.
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

// TestPolicies holds down what the provider may do.
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

// TestPassing shows that trouble which passes is not told as a refusal.
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

// TestLook shows that an object whose name somebody else may have taken is managed only once it is known that nobody has.
func TestProbe(t *testing.T) {
	// The label of the Wukong was taken away by hand from what an Object without a name applied.
	const changed = "{kind: VM, metadata: {name: a, managedFields: [{manager: provider-kubernetes/, operation: Apply}]}, spec: {cpu: 9}}"
	mineOf := func(composite string) string {
		return "{kind: VM, metadata: {name: a, labels: {vm.novasphere.dev/wukong: a}, annotations: {vm.novasphere.dev/composite: " + composite + "}}, spec: {cpu: 1}}"
	}
	cases := map[string]struct {
		object   string
		policies []any
		want     observed.Resource
	}{
		"New": {policies: []any{"Observe"}},
		"NotLooked": {
			object:   "{spec: {managementPolicies: [Observe], forProvider: {manifest: " + ownVM + "}}}",
			policies: []any{"Observe"},
			want:     observed.Resource{Known: structIn(t, ownVM)},
		},
		"NoAnswer": {
			object: "{spec: {managementPolicies: [Observe], forProvider: {manifest: " + ownVM + "}}, status: {conditions: [{type: Synced, status: 'False', " +
				"message: connection refused}]}}",
			policies: []any{"Observe"},
			want:     observed.Resource{Known: structIn(t, ownVM)},
		},
		"Free": {
			object: "{spec: {managementPolicies: [Observe], forProvider: {manifest: " + ownVM + "}}, status: {conditions: [{type: Synced, status: 'False', " +
				"message: 'observe failed: external resource does not exist'}]}}",
			policies: []any{"*"},
			want:     observed.Resource{Known: structIn(t, ownVM)},
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
			want:     observed.Resource{Known: structIn(t, ownVM)},
		},
		"Mine": {
			object:   "{spec: {managementPolicies: [Observe], forProvider: {manifest: " + ownVM + "}}, status: {atProvider: {manifest: " + ownVM + "}}}",
			policies: []any{"*"},
			want:     observed.Resource{Object: structIn(t, ownVM), Unmanaged: true},
		},
		"NotYet": {
			object:   "{spec: {managementPolicies: ['*'], forProvider: {manifest: " + ownVM + "}}}",
			policies: []any{"*"},
			want:     observed.Resource{Known: structIn(t, ownVM)},
		},
		"Managed": {
			object:   "{spec: {managementPolicies: ['*'], forProvider: {manifest: " + ownVM + "}}, status: {atProvider: {manifest: " + changed + "}}}",
			policies: []any{"*"},
			want:     observed.Resource{Object: structIn(t, changed), Applied: structIn(t, ownVM)},
		},
		"Before": {
			object: "{spec: {managementPolicies: ['*'], forProvider: {manifest: " + ownVM + "}}, status: {atProvider: {manifest: " + handMadeVM +
				"}, conditions: [{type: Synced, status: 'False', message: connection refused}]}}",
			policies: []any{"*"},
			want:     observed.Resource{Known: structIn(t, ownVM)},
		},
		"Elsewhere": {
			object: "{spec: {managementPolicies: ['*'], forProvider: {manifest: " + mineOf("here") + "}}, status: {atProvider: {manifest: " + mineOf("there") +
				"}, conditions: [{type: Synced, status: 'False', message: connection refused}]}}",
			policies: []any{"*"},
			want:     observed.Resource{Known: structIn(t, mineOf("here"))},
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

// TestBeingDeleted shows that an Object which is being deleted gets neither another manifest nor other permissions.
func TestBeingDeleted(t *testing.T) {
	is := structIn(t, "{metadata: {deletionTimestamp: '2026-01-01T00:00:00Z'}, spec: {managementPolicies: [Observe, Create, Update], forProvider: "+
		"{manifest: "+small+"}}}")
	got := Object{}.compose(plan.Resource{
		Key:        "disk-a",
		Management: plan.Manage,
	}, structIn(t, large), objectRequest(map[string]*fnv1.Resource{"disk-a": {Resource: is}})).resources
	if diff := cmp.Diff(is.GetFields()["spec"], got["disk-a"].GetFields()["spec"], protocmp.Transform()); diff != "" || len(got) != 1 {
		t.Errorf("-want, +got:\n%s", diff)
	}
}

// TestObserve shows what is known of an object that two Objects manage: as the one found it that looked last, and refused if either is.
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

// TestLost shows that what an Object saw last does not count once that is gone, or the Object itself is to go: only where it does nothing but
// observe, as else it may be about to bring it back.
func TestLost(t *testing.T) {
	cases := map[string]struct {
		reason, policies, refused, deleted string
		exists                             bool
	}{
		"Seen":    {policies: "Observe", exists: true},
		"Gone":    {reason: "What was seen last stays readable.", policies: "Observe", refused: "cannot observe: " + textNotFound},
		"Going":   {reason: "What it saw may be gone before it is.", policies: "Observe", deleted: ", deletionTimestamp: '2026-01-01T00:00:00Z'"},
		"Passing": {reason: "Nothing is known to have changed.", policies: "Observe", refused: "dial tcp: connection refused", exists: true},
		"Manages": {policies: "'*'", deleted: ", deletionTimestamp: '2026-01-01T00:00:00Z'", exists: true},
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

// TestMadeAnew shows that what was deleted by hand is remembered where its Objects only name it, so that what is made anew can take after it.
func TestCreatedAgain(t *testing.T) {
	req := objectRequest(map[string]*fnv1.Resource{"vm": {Resource: providerObject(t, "owner", nameOnlyVM, vmOwnedBy("editor"), "create failed: "+
		"spec is required")}})
	if r := (Object{}).Observe(req)["vm"]; r.Object != nil || fields.In(r.Known, "spec") == nil {
		t.Errorf("want it to be known, and not to exist, got %v", r)
	}
}

// TestLookLost shows that nothing is made of what somebody else's object was: once that is gone, the Object which looked creates what it
// was to manage all along.
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
		t.Errorf("want it known as desired, and not as there, got %v", rs["vm"])
	}
}
