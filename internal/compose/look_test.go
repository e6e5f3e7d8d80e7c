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
	free      = "{conditions: [{type: Synced, status: 'False', message: 'observe failed: external resource does not exist'}]}"
	nothing   = "{}"
	noAnswer  = "{conditions: [{type: Synced, status: 'False', message: connection refused}]}"
	seenMine  = "{atProvider: {manifest: {metadata: {labels: {vm.novasphere.dev/wukong: a}, annotations: {vm.novasphere.dev/composite: u1}}}}}"
	seenOther = "{atProvider: {manifest: {metadata: {labels: {vm.novasphere.dev/wukong: a}, annotations: {vm.novasphere.dev/composite: u2}}}}}"
	seenGoing = "{atProvider: {manifest: {metadata: {deletionTimestamp: x, labels: {vm.novasphere.dev/wukong: a}, annotations: {vm.novasphere.dev/composite: u2}}}}}"
	seenOld   = "{atProvider: {manifest: {metadata: {labels: {vm.novasphere.dev/wukong: a}}}}}"
	seenOwned = "{atProvider: {manifest: {metadata: {labels: {vm.novasphere.dev/wukong: a}, ownerReferences: [{controller: true, kind: X, name: x, uid: u3}]}}}}"
	seenHand  = "{atProvider: {manifest: {metadata: {labels: {app: x}}}}}"

	vmWish   = "{kind: VirtualMachine, metadata: {name: a, labels: {vm.novasphere.dev/wukong: a}, annotations: {vm.novasphere.dev/composite: u1}}, spec: {cpu: 1}}"
	diskWish = "{kind: PersistentVolumeClaim, metadata: {name: a-data, labels: {vm.novasphere.dev/wukong: a}}, spec: {size: 1}}"
	seedWish = "{kind: Secret, metadata: {name: a-seed, labels: {vm.novasphere.dev/wukong: a}}, data: {userdata: eA==}}"
)

// looking is an Object that only looks yet for what a manifest is about, with its status.
func looking(t *testing.T, manifest, status string) *fnv1.Resource {
	t.Helper()
	return &fnv1.Resource{Resource: structIn(t, "{metadata: {name: o}, spec: {managementPolicies: [Observe], forProvider: {manifest: "+manifest+"}}, status: "+status+"}")}
}

// TestLookFirst shows that nothing of a Wukong is managed before it is known that nobody else has its virtual machine: the disks of a Wukong
// of the same name in another control plane look like its own, and would be deleted with it.
func TestLookFirst(t *testing.T) {
	cases := map[string]struct {
		reason   string
		vm, disk string
		policies map[string]string
		foreign  map[string]*observed.Foreign
	}{
		"Unknown":  {"The provider has not looked.", nothing, free, map[string]string{"vm": "Observe", "disk-data": "Observe", "cloud-init": "Observe"}, nil},
		"NoAnswer": {"Nor could it.", noAnswer, free, map[string]string{"vm": "Observe", "disk-data": "Observe", "cloud-init": "Observe"}, nil},
		"Free":     {"Nobody has any of the names.", free, free, map[string]string{"vm": "*", "disk-data": "*", "cloud-init": "*"}, nil},
		"Retained": {"An earlier Wukong left the disk.", free, seenOld, map[string]string{"vm": "*", "disk-data": "*", "cloud-init": "*"}, nil},
		"Ours":     {"The Object was lost.", seenMine, seenOld, map[string]string{"vm": "*", "disk-data": "*", "cloud-init": "*"}, nil},
		"Handed":   {"Somebody took the annotation away.", seenOld, seenOld, map[string]string{"vm": "*", "disk-data": "*", "cloud-init": "*"}, nil},
		"Other":    {"Another control plane has all of it.", seenOther, seenOld, map[string]string{"vm": "Observe", "disk-data": "Observe", "cloud-init": "Observe"}, map[string]*observed.Foreign{"vm": {Composite: "u2"}}},
		"Going":    {"It is going.", seenGoing, seenOld, map[string]string{"vm": "Observe", "disk-data": "Observe", "cloud-init": "Observe"}, map[string]*observed.Foreign{"vm": {Composite: "u2", Deleting: true}}},
		"Hand":     {"Somebody made one by hand.", seenHand, free, map[string]string{"vm": "Observe", "disk-data": "Observe", "cloud-init": "Observe"}, map[string]*observed.Foreign{"vm": {}}},
		"Owned":    {"A disk goes with something else.", free, seenOwned, map[string]string{"vm": "*", "disk-data": "Observe", "cloud-init": "*"}, map[string]*observed.Foreign{"disk-data": {Controller: &observed.Owner{Kind: "X", Name: "x", UID: "u3"}}}},
		"HandDisk": {"Somebody made a disk by hand.", free, seenHand, map[string]string{"vm": "*", "disk-data": "Observe", "cloud-init": "*"}, map[string]*observed.Foreign{"disk-data": {}}},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			req := seen(map[string]*fnv1.Resource{"vm": looking(t, vmWish, tc.vm), "disk-data": looking(t, diskWish, tc.disk), "cloud-init": looking(t, seedWish, free)})
			policies := map[string]string{}
			for key, manifest := range map[string]string{"vm": vmWish, "disk-data": diskWish, "cloud-init": seedWish} {
				got := Object{}.Compose(plan.Resource{Key: key, Guarded: true}, structIn(t, manifest), req).Resources[key]
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
func TestManagesOn(t *testing.T) {
	managing := looking(t, diskWish, seenHand)
	fields.In(managing.GetResource(), "spec").Fields["managementPolicies"] = managementPolicies(plan.Manage)
	req := seen(map[string]*fnv1.Resource{"vm": looking(t, vmWish, seenOther), "disk-data": managing})
	got := Object{}.Compose(plan.Resource{Key: "disk-data", Guarded: true}, structIn(t, diskWish), req).Resources["disk-data"]
	if !may(got, plan.Manage) {
		t.Errorf("got %v", got)
	}
}

// TestObserversLookForNothing shows that an Object which is only to observe never turns into one that manages.
func TestObserversLookForNothing(t *testing.T) {
	vmi := looking(t, "{apiVersion: v1, kind: VMI, metadata: {name: a}}", free)
	if looks(vmi.GetResource()) {
		t.Error("it says nothing of what it observes, and is to observe")
	}
	if looks(nil) {
		t.Error("what does not exist does not look")
	}
}
