package storage

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"

	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
	"github.com/novasphere/function-wukong/internal/names"
	"github.com/novasphere/function-wukong/internal/observed"
	"github.com/novasphere/function-wukong/internal/observed/observedtest"
)

// TestEmptyDisk shows that CDI's StorageProfile completes a new empty disk. Without StorageProfiles its default access mode is ReadWriteOnce.
func TestEmptyDisk(t *testing.T) {
	modes := []corev1.PersistentVolumeAccessMode{corev1.ReadWriteMany}
	block := ptr.To(corev1.PersistentVolumeBlock)
	const advice = "spec.disks[0].accessModes: ReadWriteOnce is taken, as CDI's StorageProfiles are off, " +
		"and a virtual machine with such a disk cannot migrate live: name the access modes that the disk needs"
	requested := map[string]string{annotationRequestedSize: "5Gi"}
	cases := map[string]struct {
		disk        v1alpha1.Disk
		set         Settings
		profile     string
		annotations map[string]string
		modes       []corev1.PersistentVolumeAccessMode
		mode        *corev1.PersistentVolumeMode
		advice      []string
	}{
		"Profile": {
			disk:        v1alpha1.Disk{},
			set:         Settings{},
			profile:     "true",
			annotations: requested,
			mode:        ptr.To[corev1.PersistentVolumeMode]("FromStorageProfile"),
		},
		"ProfileGiven": {
			disk:        v1alpha1.Disk{AccessModes: modes, VolumeMode: block},
			set:         Settings{},
			profile:     "true",
			annotations: requested,
			modes:       modes,
			mode:        block,
		},
		"Without": {
			disk:   v1alpha1.Disk{},
			set:    Settings{NoProfiles: true},
			modes:  []corev1.PersistentVolumeAccessMode{corev1.ReadWriteOnce},
			advice: []string{advice},
		},
		"WithoutGiven": {disk: v1alpha1.Disk{AccessModes: modes, VolumeMode: block}, set: Settings{NoProfiles: true}, modes: modes, mode: block},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			tc.disk.Name, tc.disk.Size = "system", size("5Gi")
			p, err := Plan(wukong(tc.disk), tc.set, nil)
			if err != nil {
				t.Fatal(err)
			}
			r := p.Resources[0]
			pvc := r.Object.(*corev1.PersistentVolumeClaim)
			want := corev1.PersistentVolumeClaimSpec{AccessModes: tc.modes, VolumeMode: tc.mode, Resources: storageRequest(tc.disk.Size.Quantity)}
			if diff := cmp.Diff(want, pvc.Spec); diff != "" {
				t.Errorf("spec: -want, +got:\n%s", diff)
			}
			if got := pvc.Labels[labelApplyProfile]; got != tc.profile || !r.Mutated {
				t.Errorf("want the label to be %q, got %q; altered: %t", tc.profile, got, r.Mutated)
			}
			if diff := cmp.Diff(tc.annotations, pvc.Annotations); diff != "" {
				t.Errorf("annotations: -want, +got:\n%s", diff)
			}
			if diff := cmp.Diff(tc.advice, p.Advice); diff != "" {
				t.Errorf("advice: -want, +got:\n%s", diff)
			}
		})
	}
}

// TestEmptyDiskExists shows that an existing empty disk keeps what CDI completed at its creation, whatever the settings are now. It grows by
// the overhead of its file system, too.
func TestEmptyDiskExists(t *testing.T) {
	completed := func(created string) object {
		annotations := object{annotationRequestedSize: "20Gi"}
		if created != "" {
			annotations[annotationCreatedSize] = created
		}
		return object{"name": "x", "labels": object{labelApplyProfile: "true"}, "annotations": annotations}
	}
	annotated := map[string]string{annotationRequestedSize: "20Gi", annotationCreatedSize: "21Gi"}
	cases := map[string]struct {
		reason           string
		metadata         object
		current, desired string
		size             string
		profile          string
		annotations      map[string]string
		rejected         []string
	}{
		"Completed": {
			reason:      "It has the desired size, and its first size is annotated.",
			metadata:    completed(""),
			current:     "21Gi",
			desired:     "20Gi",
			size:        "21Gi",
			profile:     "true",
			annotations: annotated,
		},
		"Noted": {metadata: completed("21Gi"), current: "21Gi", desired: "20Gi", size: "21Gi", profile: "true", annotations: annotated},
		"Grows": {metadata: completed("21Gi"), current: "21Gi", desired: "30Gi", size: "32337Mi", profile: "true", annotations: annotated},
		"Grown": {metadata: completed("21Gi"), current: "32337Mi", desired: "30Gi", size: "32337Mi", profile: "true", annotations: annotated},
		"Smaller": {
			metadata:    completed("21Gi"),
			current:     "32337Mi",
			desired:     "20Gi",
			size:        "32337Mi",
			profile:     "true",
			annotations: annotated,
			rejected:    []string{"spec.disks[0].size: the disk has 30Gi and cannot shrink: put 30Gi back, or add a smaller disk of another name and copy the data"},
		},
		"NotCompleted": {
			reason:   "It was created without StorageProfiles, or by somebody else.",
			metadata: object{"name": "x"},
			current:  "20Gi",
			desired:  "20Gi",
			size:     "20Gi",
		},
		"NotAnnotated": {
			metadata: object{"name": "x", "labels": object{labelApplyProfile: "true"}},
			current:  "21Gi",
			desired:  "21Gi",
			size:     "21Gi",
			profile:  "true",
		},
		"GrowsUnaltered": {metadata: object{"name": "x"}, current: "20Gi", desired: "30Gi", size: "30Gi"},
	}
	for name, tc := range cases {
		for off, set := range []Settings{{}, {NoProfiles: true}} {
			t.Run(name, func(t *testing.T) {
				rs := observed.Resources{"disk-system": {Object: observedtest.Object(object{"kind": "PersistentVolumeClaim", "metadata": tc.metadata, "spec": object{
					"storageClassName": "fast", "accessModes": []any{"ReadWriteMany"}, "volumeMode": "Filesystem", "volumeName": "pv-1",
					"resources": object{"requests": object{"storage": tc.current}},
				}, "status": object{"phase": "Bound"}})}}
				w := wukong(v1alpha1.Disk{Name: "system", Size: size(tc.desired)})
				p, err := Plan(w, set, rs)
				if err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(tc.rejected, p.Rejected); diff != "" || len(p.Advice) > 0 {
					t.Errorf("%s\nadvice: %v; rejected: -want, +got:\n%s", tc.reason, p.Advice, diff)
				}
				pvc := p.Resources[0].Object.(*corev1.PersistentVolumeClaim)
				want := corev1.PersistentVolumeClaimSpec{
					StorageClassName: ptr.To("fast"), AccessModes: []corev1.PersistentVolumeAccessMode{corev1.ReadWriteMany},
					VolumeMode: ptr.To(corev1.PersistentVolumeFilesystem), Resources: storageRequest(size(tc.size).Quantity),
				}
				if diff := cmp.Diff(want, pvc.Spec); diff != "" {
					t.Errorf("%s\nsettings %d: spec: -want, +got:\n%s", tc.reason, off, diff)
				}
				meta := metav1.ObjectMeta{Namespace: "team-a", Name: names.Object(w, names.Disk, "system"), Labels: names.Labels(w), Annotations: tc.annotations}
				if tc.profile != "" {
					meta.Labels[labelApplyProfile] = tc.profile
				}
				if diff := cmp.Diff(meta, pvc.ObjectMeta); diff != "" {
					t.Errorf("%s\nsettings %d: metadata: -want, +got:\n%s", tc.reason, off, diff)
				}
			})
		}
	}
}

// TestOutdatedRefusal shows that a claim which CDI completed is ready, although the API server refuses the claim as it was desired before.
func TestOutdatedRefusal(t *testing.T) {
	for refused, ready := range map[string]bool{
		`PersistentVolumeClaim "x" is invalid: spec: Forbidden: spec is immutable after creation except resources.requests`:            true,
		`PersistentVolumeClaim "x" is invalid: spec.resources.requests.storage: Forbidden: field can not be less than status.capacity`: true,
		`admission webhook "policy" denied the request: claims need an owner`:                                                          false,
	} {
		rs := pvc("Bound")
		rs["disk-system"] = observed.Resource{Object: rs["disk-system"].Object, Refused: refused}
		if _, got := Report(wukong(v1alpha1.Disk{Name: "system", Size: size("20Gi")}), Settings{}, rs, false); got.Ready != ready || got.Failed == ready {
			t.Errorf("%s: want it to be ready: %t, got %+v", refused, ready, got)
		}
	}
}

// TestAnnotationsApplied shows that annotations which somebody removed from a claim are applied again.
func TestAnnotationsApplied(t *testing.T) {
	rs := pvc("Bound")
	notes := object{annotationRequestedSize: "19Gi", annotationCreatedSize: "20Gi"}
	annotated := observedtest.Object(object{"metadata": object{"annotations": notes}})
	rs["disk-system"] = observed.Resource{Object: rs["disk-system"].Object, Applied: annotated}
	p, err := Plan(wukong(v1alpha1.Disk{Name: "system", Size: size("19Gi")}), Settings{}, rs)
	if err != nil || len(p.Rejected) > 0 {
		t.Fatalf("want nothing rejected, got %v, %v", p.Rejected, err)
	}
	for name, v := range notes {
		if got := p.Resources[0].Object.GetAnnotations()[name]; got != v {
			t.Errorf("%s: want %v, got %q", name, v, got)
		}
	}
}
