package storage

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
	"github.com/novasphere/function-wukong/internal/report"
)

// TestConditions shows that failures in the conditions of a DataVolume, as CDI 1.64 writes them, are reported as failures in any phase. Conditions
// of a normal import are not.
func TestConditions(t *testing.T) {
	const (
		quota = `persistentvolumeclaims "web-01-system" is forbidden: exceeded quota: storage, requested: requests.storage=20Gi`
		start = "Error starting pod 'importer-web-01-system': For more information, request access to cdi-deploy logs from your sysadmin"
		node  = "Importer pod cannot be scheduled"
	)
	bound := func(status, reason, message string) object {
		return object{"type": "Bound", "status": status, "reason": reason, "message": message}
	}
	running := func(status, reason, message string) object {
		return object{"type": "Running", "status": status, "reason": reason, "message": message}
	}
	isPending := bound("False", "Pending", "PVC x Pending")
	isBound := bound("True", "Bound", "PVC x Bound")
	cases := map[string]struct {
		reason     string
		phase      string
		conditions []any
		failed     bool
		message    string
	}{
		"NoProfile": {conditions: []any{
			bound("False", "ErrClaimNotValid", "no accessMode specified in StorageProfile local"),
			running("False", "", ""),
		}, failed: true,
			message: "disk system: CDI cannot make its volume: ErrClaimNotValid: no accessMode specified in StorageProfile local"},
		"ClaimQuota": {
			phase:      "Pending",
			conditions: []any{bound("False", "ErrExceededQuota", quota), running("False", "", "")},
			failed:     true,
			message:    "disk system: CDI cannot make its volume: ErrExceededQuota: " + quota,
		},
		"UnknownBound": {
			phase:      "Pending",
			conditions: []any{bound("Unknown", "ErrExceededQuota", quota)},
			failed:     true,
			message:    "disk system: CDI cannot make its volume: ErrExceededQuota: " + quota,
		},
		"Lost": {
			phase:      "ImportScheduled",
			conditions: []any{bound("False", "ClaimLost", "Claim Lost")},
			failed:     true,
			message:    "disk system: its volume is lost: restore it, or give the disk another name, which makes a new one",
		},
		"LostAfterImport": {
			phase:      "Failed",
			conditions: []any{bound("False", "ClaimLost", "Claim Lost"), running("False", "Completed", "Import Complete")},
			failed:     true,
			message:    "disk system: its volume is lost: restore it, or give the disk another name, which makes a new one",
		},
		"PodQuota": {
			phase:      "ImportScheduled",
			conditions: []any{isBound, running("False", "ErrExceededQuota", start)},
			failed:     true,
			message:    "disk system: its import cannot begin: ErrExceededQuota: " + start,
		},
		"PodRefused": {
			reason:     "CDI says the same where it was about to create a pod twice.",
			phase:      "ImportScheduled",
			conditions: []any{isPending, running("False", "ErrStartingPod", start)},
			message:    "waiting for disk system: CDI could not make the pod of its import, and tries again: ErrStartingPod: " + start,
		},
		"NoImporter": {
			phase:      "ImportScheduled",
			conditions: []any{isBound, running("False", "CreateContainerConfigError", `secret "x" not found`)},
			failed:     true,
			message:    `disk system: its import cannot begin: CreateContainerConfigError: secret "x" not found`,
		},
		"NoImage": {
			phase:      "ImportInProgress",
			conditions: []any{isPending, running("False", "ImagePullFailed", "failed to pull image: fedroa")},
			failed:     true,
			message:    "disk system: import failed, and is tried again: ImagePullFailed: failed to pull image: fedroa",
		},
		"NoMemory": {
			phase:      "ImportInProgress",
			conditions: []any{isBound, running("False", "OOMKilled", "")},
			failed:     true,
			message:    "disk system: import failed, and is tried again: OOMKilled",
		},
		"NoNode": {
			reason:     "It has a volume, but no node.",
			phase:      "ImportScheduled",
			conditions: []any{isBound, running("False", "Unschedulable", node)},
			failed:     true,
			message:    "disk system: its import cannot begin: Unschedulable: " + node,
		},
		"NoNodeYet": {
			reason:     "A pod has no node before its volume is bound.",
			phase:      "ImportScheduled",
			conditions: []any{isPending, running("False", "Unschedulable", node)},
			message:    "waiting for disk system: its import waits for a node, and for its volume: " + node,
		},
		"Starts": {
			phase:      "ImportScheduled",
			conditions: []any{isBound, running("False", "ContainerCreating", "")},
			message:    "waiting for disk system: importing",
		},
		"Scratch": {
			phase: "ImportInProgress",
			conditions: []any{
				bound("False", "CreatingScratchSpace", "Creating scratch space"),
				running("False", "Scratch space required", "scratch space required and none found"),
			},
			message: "waiting for disk system: importing",
		},
		"FirstUse": {
			phase:      "PendingPopulation",
			conditions: []any{bound("False", "Pending", "target PVC x Pending and waiting for first consumer to be created before binding"), running("False", "", "")},
			message:    "waiting for disk system: its import begins with the start of the virtual machine",
		},
		"NoClaimYet": {
			conditions: []any{bound("False", "NotFound", "No PVC found"), running("False", "", "")},
			message:    "waiting for disk system: its volume is being prepared",
		},
		"Driver": {
			reason:     "An event of the driver may be an error, or not.",
			phase:      "Pending",
			conditions: []any{bound("False", "Pending", "target PVC x Pending and [prime-1] : failed to provision volume: no space"), running("False", "", "")},
			message:    "waiting for disk system: its volume is being prepared: [prime-1] : failed to provision volume: no space",
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			_, got := Report(wukong(v1alpha1.Disk{
				Name:  "system",
				Size:  size("5Gi"),
				Image: "debian",
			}), Settings{}, withStatus(object{"phase": tc.phase, "conditions": tc.conditions}), false)
			if got.Failed != tc.failed || got.Message != tc.message {
				t.Errorf("%s\nwant failed: %t, %q, got %+v", tc.reason, tc.failed, tc.message, got)
			}
		})
	}
}

// TestReportClaims shows that claims of a claimName, which are not observed, are not reported as bound.
func TestReportClaims(t *testing.T) {
	first, second := v1alpha1.Disk{Name: "first", ClaimName: "by-hand"}, v1alpha1.Disk{Name: "second", ClaimName: "shared"}
	system := v1alpha1.Disk{Name: "system", Size: size("5Gi")}
	for want, disks := range map[string][]v1alpha1.Disk{
		"1 volume bound": {system},
		"1 volume bound; attached as they are: by-hand":         {first, system},
		"1 volume bound; attached as they are: by-hand, shared": {first, system, second},
		"attached as they are: by-hand, shared":                 {first, second},
	} {
		_, got := Report(wukong(disks...), Settings{}, withStatus(object{"phase": "Bound"}), false)
		if diff := cmp.Diff(report.Part{Condition: "VolumesBound", Ready: true, Reason: "VolumesReady", Message: want}, got); diff != "" {
			t.Errorf("-want, +got:\n%s", diff)
		}
	}
}

// TestConditionText shows that a message which contains the reason does not repeat it.
func TestConditionText(t *testing.T) {
	_, got := Report(wukong(v1alpha1.Disk{Name: "system", Size: size("5Gi"), Image: "debian"}), Settings{}, withStatus(object{"conditions": []any{
		object{"type": "Bound", "status": "False", "reason": "ErrClaimNotValid", "message": "ErrClaimNotValid: no class"},
	}}), false)
	if strings.Count(got.Message, "ErrClaimNotValid") != 1 {
		t.Errorf("got %q", got.Message)
	}
}
