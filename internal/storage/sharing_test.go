package storage

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"

	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
	"github.com/novasphere/function-wukong/internal/observed"
	"github.com/novasphere/function-wukong/internal/observed/observedtest"
)

func TestNotShared(t *testing.T) {
	modes := func(m ...corev1.PersistentVolumeAccessMode) []corev1.PersistentVolumeAccessMode { return m }
	claimWith := func(m string) observed.Resource {
		return observed.Resource{Object: observedtest.Object(map[string]any{
			"kind": "PersistentVolumeClaim", "spec": map[string]any{"accessModes": []any{m}},
		})}
	}
	cases := map[string]struct {
		reason string
		disk   v1alpha1.Disk
		seen   observed.Resources
		want   []int
	}{
		"Unknown":  {reason: "The cluster chooses the access modes.", disk: v1alpha1.Disk{}},
		"Once":     {reason: "One node at a time.", disk: v1alpha1.Disk{AccessModes: modes(corev1.ReadWriteOnce)}, want: []int{0}},
		"Many":     {reason: "Each of the modes counts.", disk: v1alpha1.Disk{AccessModes: modes(corev1.ReadWriteOnce, corev1.ReadWriteMany)}},
		"Existing": {reason: "The claim of claimName is not observed.", disk: v1alpha1.Disk{ClaimName: "by-hand"}},
		"EmptyDisk": {
			reason: "The observed claim has precedence, because it is immutable.",
			disk:   v1alpha1.Disk{AccessModes: modes(corev1.ReadWriteMany)},
			seen:   observed.Resources{"disk-a": claimWith("ReadWriteOnce")},
			want:   []int{0},
		},
		"SharedDisk": {
			reason: "The observed claim has precedence.",
			disk:   v1alpha1.Disk{AccessModes: modes(corev1.ReadWriteOnce)},
			seen:   observed.Resources{"disk-a": claimWith("ReadWriteMany")},
		},
		"Imported": {
			reason: "The claim of a DataVolume is another resource.",
			disk:   v1alpha1.Disk{Image: "quay.io/a"},
			seen:   observed.Resources{"disk-a": {Object: observedtest.Object(map[string]any{"kind": "DataVolume"})}, "pvc-a": claimWith("ReadWriteOnce")},
			want:   []int{0},
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			tc.disk.Name = "a"
			w := &v1alpha1.Wukong{Spec: v1alpha1.WukongSpec{Disks: []v1alpha1.Disk{tc.disk}}}
			if diff := cmp.Diff(tc.want, NotShared(w, Settings{}, tc.seen)); diff != "" {
				t.Errorf("%s\n-want, +got:\n%s", tc.reason, diff)
			}
		})
	}
}

// TestSharingAdvice shows the advice about shareable disks: those that are deleted with their Wukong, and those that the nodes do not share.
func TestSharingAdvice(t *testing.T) {
	const (
		retain = v1alpha1.DeletionPolicyRetain
		goes   = "spec.disks[0].deletionPolicy: disk a is deleted with this Wukong, with all data on it, also while other virtual machines share it: " +
			"give it deletionPolicy: Retain"
		alone = "spec.disks[0].shareable: no two nodes can attach disk a at once, so that the virtual machines that share it start on one node alone: " +
			"give a disk of another name with ReadWriteMany, or remove shareable"
	)
	once, many := []corev1.PersistentVolumeAccessMode{corev1.ReadWriteOnce}, []corev1.PersistentVolumeAccessMode{corev1.ReadWriteMany}
	cases := map[string]struct {
		reason string
		disk   v1alpha1.Disk
		want   []string
	}{
		"Once":    {reason: "One node at a time.", disk: v1alpha1.Disk{Shareable: true, AccessModes: once, DeletionPolicy: retain}, want: []string{alone}},
		"Many":    {reason: "All nodes.", disk: v1alpha1.Disk{Shareable: true, AccessModes: many, DeletionPolicy: retain}},
		"Unknown": {reason: "The cluster chooses.", disk: v1alpha1.Disk{Shareable: true, DeletionPolicy: retain}},
		"Own":     {reason: "Nobody shares it.", disk: v1alpha1.Disk{AccessModes: once}},
		"Deleted": {reason: "The others lose it.", disk: v1alpha1.Disk{Shareable: true, AccessModes: once}, want: []string{goes, alone}},
		"Claim":   {reason: "Another one's is not deleted.", disk: v1alpha1.Disk{Shareable: true, ClaimName: "archive"}},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			tc.disk.Name = "a"
			if diff := cmp.Diff(tc.want, sharingAdvice(&tc.disk, 0, Settings{}, nil)); diff != "" {
				t.Errorf("%s -want, +got:\n%s", tc.reason, diff)
			}
		})
	}
}

// TestNotSharedWithoutProfiles shows that an empty disk without access modes is ReadWriteOnce where CDI completes no claims.
func TestNotSharedWithoutProfiles(t *testing.T) {
	w := &v1alpha1.Wukong{Spec: v1alpha1.WukongSpec{Disks: []v1alpha1.Disk{{Name: "a"}, {Name: "b", Image: "quay.io/a"}, {Name: "c", ClaimName: "by-hand"}}}}
	if diff := cmp.Diff([]int{0}, NotShared(w, Settings{NoProfiles: true}, nil)); diff != "" {
		t.Errorf("-want, +got:\n%s", diff)
	}
}
