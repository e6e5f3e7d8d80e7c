package compose

import (
	"testing"

	fnv1 "github.com/crossplane/function-sdk-go/proto/v1"
	"github.com/google/go-cmp/cmp"

	"github.com/novasphere/function-wukong/internal/fields"
	"github.com/novasphere/function-wukong/internal/observed"
	"github.com/novasphere/function-wukong/internal/plan"
)

// What an Object that only looks yet was told by its provider.
const (
	statusFree           = "{conditions: [{type: Synced, status: 'False', message: 'observe failed: external resource does not exist'}]}"
	statusEmpty          = "{}"
	statusNoAnswer       = "{conditions: [{type: Synced, status: 'False', message: connection refused}]}"
	statusOwn            = "{atProvider: {manifest: {metadata: {labels: {vm.novasphere.dev/wukong: a}, annotations: {vm.novasphere.dev/composite: u1}}}}}"
	statusOtherComposite = "{atProvider: {manifest: {metadata: {labels: {vm.novasphere.dev/wukong: a}, annotations: {vm.novasphere.dev/composite: u2}}}}}"
	statusDeleting       = "{atProvider: {manifest: {metadata: {deletionTimestamp: x, labels: {vm.novasphere.dev/wukong: a}, annotations: " +
		"{vm.novasphere.dev/composite: u2}}}}}"
	statusRetained   = "{atProvider: {manifest: {metadata: {labels: {vm.novasphere.dev/wukong: a}}}}}"
	statusControlled = "{atProvider: {manifest: {metadata: {labels: {vm.novasphere.dev/wukong: a}, ownerReferences: [{controller: true, kind: X, name: " +
		"x, uid: u3}]}}}}"
	statusHandMade = "{atProvider: {manifest: {metadata: {labels: {app: x}}}}}"

	vmManifest = "{kind: VirtualMachine, metadata: {name: a, labels: {vm.novasphere.dev/wukong: a}, annotations: {vm.novasphere.dev/composite: u1}}, " +
		"spec: {cpu: 1}}"
	diskManifest = "{kind: PersistentVolumeClaim, metadata: {name: a-data, labels: {vm.novasphere.dev/wukong: a}}, spec: {size: 1}}"
	seedManifest = "{kind: Secret, metadata: {name: a-seed, labels: {vm.novasphere.dev/wukong: a}}, data: {userdata: eA==}}"
)

// looking is an Object that only looks yet for what a manifest is about, with its status.
func probing(t *testing.T, manifest, status string) *fnv1.Resource {
	t.Helper()
	return &fnv1.Resource{Resource: structIn(t, "{metadata: {name: o}, spec: {managementPolicies: [Observe], forProvider: "+
		"{manifest: "+manifest+"}}, status: "+status+"}")}
}

// TestLookFirst shows that nothing of a Wukong is managed before it is known that nobody else has its virtual machine: the disks of a Wukong
// of the same name in another control plane look like its own, and would be deleted with it.
func TestProbeFirst(t *testing.T) {
	cases := map[string]struct {
		reason   string
		vm, disk string
		policies map[string]string
		foreign  map[string]*observed.Foreign
	}{
		"Unknown": {
			reason:   "The provider has not looked.",
			vm:       statusEmpty,
			disk:     statusFree,
			policies: map[string]string{"vm": "Observe", "disk-data": "Observe", "cloud-init": "Observe"},
		},
		"NoAnswer": {
			reason:   "Nor could it.",
			vm:       statusNoAnswer,
			disk:     statusFree,
			policies: map[string]string{"vm": "Observe", "disk-data": "Observe", "cloud-init": "Observe"},
		},
		"Free": {
			reason:   "Nobody has any of the names.",
			vm:       statusFree,
			disk:     statusFree,
			policies: map[string]string{"vm": "*", "disk-data": "*", "cloud-init": "*"},
		},
		"Retained": {
			reason:   "An earlier Wukong left the disk.",
			vm:       statusFree,
			disk:     statusRetained,
			policies: map[string]string{"vm": "*", "disk-data": "*", "cloud-init": "*"},
		},
		"Ours": {
			reason:   "The Object was lost.",
			vm:       statusOwn,
			disk:     statusRetained,
			policies: map[string]string{"vm": "*", "disk-data": "*", "cloud-init": "*"},
		},
		"Handed": {
			reason:   "Somebody took the annotation away.",
			vm:       statusRetained,
			disk:     statusRetained,
			policies: map[string]string{"vm": "*", "disk-data": "*", "cloud-init": "*"},
		},
		"Other": {
			reason:   "Another control plane has all of it.",
			vm:       statusOtherComposite,
			disk:     statusRetained,
			policies: map[string]string{"vm": "Observe", "disk-data": "Observe", "cloud-init": "Observe"},
			foreign:  map[string]*observed.Foreign{"vm": {Composite: "u2"}},
		},
		"Going": {
			reason:   "It is going.",
			vm:       statusDeleting,
			disk:     statusRetained,
			policies: map[string]string{"vm": "Observe", "disk-data": "Observe", "cloud-init": "Observe"},
			foreign:  map[string]*observed.Foreign{"vm": {Composite: "u2", Deleting: true}},
		},
		"Hand": {
			reason:   "Somebody made one by hand.",
			vm:       statusHandMade,
			disk:     statusFree,
			policies: map[string]string{"vm": "Observe", "disk-data": "Observe", "cloud-init": "Observe"},
			foreign:  map[string]*observed.Foreign{"vm": {}},
		},
		"Owned": {
			reason:   "A disk goes with something else.",
			vm:       statusFree,
			disk:     statusControlled,
			policies: map[string]string{"vm": "*", "disk-data": "Observe", "cloud-init": "*"},
			foreign:  map[string]*observed.Foreign{"disk-data": {Controller: &observed.Owner{Kind: "X", Name: "x", UID: "u3"}}},
		},
		"HandDisk": {
			reason:   "Somebody made a disk by hand.",
			vm:       statusFree,
			disk:     statusHandMade,
			policies: map[string]string{"vm": "*", "disk-data": "Observe", "cloud-init": "*"},
			foreign:  map[string]*observed.Foreign{"disk-data": {}},
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			req := objectRequest(map[string]*fnv1.Resource{
				"vm":         probing(t, vmManifest, tc.vm),
				"disk-data":  probing(t, diskManifest, tc.disk),
				"cloud-init": probing(t, seedManifest, statusFree),
			})
			policies := map[string]string{}
			for key, manifest := range map[string]string{"vm": vmManifest, "disk-data": diskManifest, "cloud-init": seedManifest} {
				got := Object{}.compose(plan.Resource{Key: key, Guarded: true}, structIn(t, manifest), req).resources[key]
				policies[key] = fields.In(got, "spec").GetFields()["managementPolicies"].GetListValue().GetValues()[0].GetStringValue()
			}
			if diff := cmp.Diff(tc.policies, policies); diff != "" {
				t.Errorf("%s\npolicies: -want, +got:\n%s", tc.reason, diff)
			}
			var foreign map[string]*observed.Foreign
			for key, r := range (Object{}).Observe(req) {
				if r.Foreign == nil {
					continue
				}
				if foreign == nil {
					foreign = map[string]*observed.Foreign{}
				}
				foreign[key] = r.Foreign
			}
			if diff := cmp.Diff(tc.foreign, foreign); diff != "" {
				t.Errorf("%s\nforeign: -want, +got:\n%s", tc.reason, diff)
			}
		})
	}
}

// TestManagesOn shows that what is managed stays so, whatever is found.
func TestManagedStaysManaged(t *testing.T) {
	managing := probing(t, diskManifest, statusHandMade)
	fields.In(managing.GetResource(), "spec").Fields["managementPolicies"] = managementPolicies(plan.Manage)
	req := objectRequest(map[string]*fnv1.Resource{"vm": probing(t, vmManifest, statusOtherComposite), "disk-data": managing})
	got := Object{}.compose(plan.Resource{Key: "disk-data", Guarded: true}, structIn(t, diskManifest), req).resources["disk-data"]
	if !hasPolicies(got, plan.Manage) {
		t.Errorf("got %v", got)
	}
}

// TestObserversLookForNothing shows that an Object which is only to observe never turns into one that manages.
func TestObserversDoNotProbe(t *testing.T) {
	vmi := probing(t, "{apiVersion: v1, kind: VMI, metadata: {name: a}}", statusFree)
	if isProbing(vmi.GetResource()) {
		t.Error("it says nothing of what it observes, and is to observe")
	}
	if isProbing(nil) {
		t.Error("what does not exist does not look")
	}
}
