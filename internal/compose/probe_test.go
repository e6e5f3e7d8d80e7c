package compose

import (
	"testing"

	fnv1 "github.com/crossplane/function-sdk-go/proto/v1"
	"github.com/google/go-cmp/cmp"

	"github.com/novasphere/function-wukong/internal/fields"
	"github.com/novasphere/function-wukong/internal/observed"
	"github.com/novasphere/function-wukong/internal/plan"
)

// Statuses of an Object that probes.
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

// probing returns an Object that probes the object of a manifest.
func probing(t *testing.T, manifest, status string) *fnv1.Resource {
	t.Helper()
	return &fnv1.Resource{Resource: structIn(t, "{metadata: {name: o}, spec: {managementPolicies: [Observe], forProvider: "+
		"{manifest: "+manifest+"}}, status: "+status+"}")}
}

// TestProbeFirst shows that no object of a Wukong is managed before its virtual machine is known not to be foreign. The disks of a Wukong of the
// same name in another control plane look like its own, and would be deleted with it.
func TestProbeFirst(t *testing.T) {
	cases := map[string]struct {
		reason   string
		vm, disk string
		policies map[string]string
		foreign  map[string]*observed.Foreign
	}{
		"Unknown": {
			reason:   "The provider has observed nothing yet.",
			vm:       statusEmpty,
			disk:     statusFree,
			policies: map[string]string{"vm": "Observe", "disk-data": "Observe", "cloud-init": "Observe"},
		},
		"NoAnswer": {
			reason:   "The provider cannot observe.",
			vm:       statusNoAnswer,
			disk:     statusFree,
			policies: map[string]string{"vm": "Observe", "disk-data": "Observe", "cloud-init": "Observe"},
		},
		"Free": {
			reason:   "No name is taken.",
			vm:       statusFree,
			disk:     statusFree,
			policies: map[string]string{"vm": "*", "disk-data": "*", "cloud-init": "*"},
		},
		"Retained": {
			reason:   "An earlier Wukong retained the disk.",
			vm:       statusFree,
			disk:     statusRetained,
			policies: map[string]string{"vm": "*", "disk-data": "*", "cloud-init": "*"},
		},
		"Own": {
			reason:   "The Object was lost, and is created again.",
			vm:       statusOwn,
			disk:     statusRetained,
			policies: map[string]string{"vm": "*", "disk-data": "*", "cloud-init": "*"},
		},
		"HandedOver": {
			reason:   "The annotation was removed by hand.",
			vm:       statusRetained,
			disk:     statusRetained,
			policies: map[string]string{"vm": "*", "disk-data": "*", "cloud-init": "*"},
		},
		"Other": {
			reason:   "A Wukong in another control plane has the objects.",
			vm:       statusOtherComposite,
			disk:     statusRetained,
			policies: map[string]string{"vm": "Observe", "disk-data": "Observe", "cloud-init": "Observe"},
			foreign:  map[string]*observed.Foreign{"vm": {Composite: "u2"}},
		},
		"Deleting": {
			reason:   "The foreign virtual machine is being deleted.",
			vm:       statusDeleting,
			disk:     statusRetained,
			policies: map[string]string{"vm": "Observe", "disk-data": "Observe", "cloud-init": "Observe"},
			foreign:  map[string]*observed.Foreign{"vm": {Composite: "u2", Deleting: true}},
		},
		"HandMade": {
			reason:   "The virtual machine was made by hand.",
			vm:       statusHandMade,
			disk:     statusFree,
			policies: map[string]string{"vm": "Observe", "disk-data": "Observe", "cloud-init": "Observe"},
			foreign:  map[string]*observed.Foreign{"vm": {}},
		},
		"Controlled": {
			reason:   "The disk has another controller.",
			vm:       statusFree,
			disk:     statusControlled,
			policies: map[string]string{"vm": "*", "disk-data": "Observe", "cloud-init": "*"},
			foreign:  map[string]*observed.Foreign{"disk-data": {Controller: &observed.Owner{Kind: "X", Name: "x", UID: "u3"}}},
		},
		"HandMadeDisk": {
			reason:   "The disk was made by hand.",
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

// TestManagedStaysManaged shows that an Object that manages goes on to, whatever it observes.
func TestManagedStaysManaged(t *testing.T) {
	managing := probing(t, diskManifest, statusHandMade)
	fields.In(managing.GetResource(), "spec").Fields["managementPolicies"] = managementPolicies(plan.Manage)
	req := objectRequest(map[string]*fnv1.Resource{"vm": probing(t, vmManifest, statusOtherComposite), "disk-data": managing})
	got := Object{}.compose(plan.Resource{Key: "disk-data", Guarded: true}, structIn(t, diskManifest), req).resources["disk-data"]
	if !hasPolicies(got, plan.Manage) {
		t.Errorf("got %v", got)
	}
}

// TestObserversDoNotProbe shows that an Object that only observes never manages.
func TestObserversDoNotProbe(t *testing.T) {
	vmi := probing(t, "{apiVersion: v1, kind: VMI, metadata: {name: a}}", statusFree)
	if isProbing(vmi.GetResource()) {
		t.Error("an Object without a spec in its manifest probes")
	}
	if isProbing(nil) {
		t.Error("an Object that does not exist probes")
	}
}
