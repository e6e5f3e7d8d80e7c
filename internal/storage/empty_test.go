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

// TestEmptyDisk shows that a new empty disk leaves to CDI's StorageProfile what is not given, and without those is ReadWriteOnce.
func TestEmptyDisk(t *testing.T) {
	modes := []corev1.PersistentVolumeAccessMode{corev1.ReadWriteMany}
	block := ptr.To(corev1.PersistentVolumeBlock)
	const advice = "spec.disks[0].accessModes: ReadWriteOnce is taken, as CDI's StorageProfiles are off, and a virtual machine with such a disk cannot migrate live: say which the disk is to have"
	asked := map[string]string{annotationRequestedSize: "5Gi"}
	cases := map[string]struct {
		disk        v1alpha1.Disk
		set         Settings
		profile     string
		annotations map[string]string
		modes       []corev1.PersistentVolumeAccessMode
		mode        *corev1.PersistentVolumeMode
		advice      []string
	}{
		"Profile":      {v1alpha1.Disk{}, Settings{}, "true", asked, nil, ptr.To[corev1.PersistentVolumeMode]("FromStorageProfile"), nil},
		"ProfileGiven": {v1alpha1.Disk{AccessModes: modes, VolumeMode: block}, Settings{}, "true", asked, modes, block, nil},
		"Without":      {v1alpha1.Disk{}, Settings{NoProfiles: true}, "", nil, []corev1.PersistentVolumeAccessMode{corev1.ReadWriteOnce}, nil, []string{advice}},
		"WithoutGiven": {v1alpha1.Disk{AccessModes: modes, VolumeMode: block}, Settings{NoProfiles: true}, "", nil, modes, block, nil},
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
			want := corev1.PersistentVolumeClaimSpec{AccessModes: tc.modes, VolumeMode: tc.mode, Resources: requests(tc.disk.Size.Quantity)}
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

// TestEmptyDiskStays shows that an empty disk which exists stays as CDI completed it, or did not, whatever the settings are now; and that it
// grows by what its file system takes as well.
func TestEmptyDiskStays(t *testing.T) {
	completed := func(created string) object {
		annotations := object{annotationRequestedSize: "20Gi"}
		if created != "" {
			annotations[annotationCreatedSize] = created
		}
		return object{"name": "x", "labels": object{labelApplyProfile: "true"}, "annotations": annotations}
	}
	noted := map[string]string{annotationRequestedSize: "20Gi", annotationCreatedSize: "21Gi"}
	cases := map[string]struct {
		reason      string
		metadata    object
		has, asked  string
		size        string
		profile     string
		annotations map[string]string
		kept        []string
	}{
		"Completed":      {"It is as asked for, and how large it was made is noted.", completed(""), "21Gi", "20Gi", "21Gi", "true", noted, nil},
		"Noted":          {"", completed("21Gi"), "21Gi", "20Gi", "21Gi", "true", noted, nil},
		"Grows":          {"", completed("21Gi"), "21Gi", "30Gi", "32337Mi", "true", noted, nil},
		"Grown":          {"", completed("21Gi"), "32337Mi", "30Gi", "32337Mi", "true", noted, nil},
		"Smaller":        {"", completed("21Gi"), "32337Mi", "20Gi", "32337Mi", "true", noted, []string{"spec.disks[0].size: the disk has 30Gi and cannot shrink: put 30Gi back, or add a smaller disk of another name and copy the data"}},
		"NotCompleted":   {"It was made while the profiles were off, or by somebody else.", object{"name": "x"}, "20Gi", "20Gi", "20Gi", "", nil, nil},
		"NotAnnotated":   {"", object{"name": "x", "labels": object{labelApplyProfile: "true"}}, "21Gi", "21Gi", "21Gi", "true", nil, nil},
		"GrowsUnaltered": {"", object{"name": "x"}, "20Gi", "30Gi", "30Gi", "", nil, nil},
	}
	for name, tc := range cases {
		for off, set := range []Settings{{}, {NoProfiles: true}} {
			t.Run(name, func(t *testing.T) {
				rs := observed.Resources{"disk-system": {Object: observedtest.Object(object{"kind": "PersistentVolumeClaim", "metadata": tc.metadata, "spec": object{
					"storageClassName": "fast", "accessModes": []any{"ReadWriteMany"}, "volumeMode": "Filesystem", "volumeName": "pv-1",
					"resources": object{"requests": object{"storage": tc.has}},
				}, "status": object{"phase": "Bound"}})}}
				w := wukong(v1alpha1.Disk{Name: "system", Size: size(tc.asked)})
				p, err := Plan(w, set, rs)
				if err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(tc.kept, p.Kept); diff != "" || len(p.Advice) > 0 {
					t.Errorf("%s\nadvice: %v; kept: -want, +got:\n%s", tc.reason, p.Advice, diff)
				}
				pvc := p.Resources[0].Object.(*corev1.PersistentVolumeClaim)
				want := corev1.PersistentVolumeClaimSpec{
					StorageClassName: ptr.To("fast"), AccessModes: []corev1.PersistentVolumeAccessMode{corev1.ReadWriteMany},
					VolumeMode: ptr.To(corev1.PersistentVolumeFilesystem), Resources: requests(size(tc.size).Quantity),
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

// TestOutdatedRefusal shows that a claim which CDI completed can be used, though the cluster refuses it as it was asked for before that.
func TestOutdatedRefusal(t *testing.T) {
	for refused, ready := range map[string]bool{
		`PersistentVolumeClaim "x" is invalid: spec: Forbidden: spec is immutable after creation except resources.requests`:            true,
		`PersistentVolumeClaim "x" is invalid: spec.resources.requests.storage: Forbidden: field can not be less than status.capacity`: true,
		`admission webhook "policy" denied the request: claims need an owner`:                                                          false,
	} {
		rs := pvc("Bound")
		rs["disk-system"] = observed.Resource{Object: rs["disk-system"].Object, Refused: refused}
		if _, got := Report(wukong(v1alpha1.Disk{Name: "system", Size: size("20Gi")}), rs, false); got.Ready != ready || got.Failed == ready {
			t.Errorf("%s: want it to be ready: %t, got %+v", refused, ready, got)
		}
	}
}

// TestNotesOfApplied shows that what was noted on a claim is not lost when somebody removes it there.
func TestNotesOfApplied(t *testing.T) {
	rs := pvc("Bound")
	notes := object{annotationRequestedSize: "19Gi", annotationCreatedSize: "20Gi"}
	noted := observedtest.Object(object{"metadata": object{"annotations": notes}})
	rs["disk-system"] = observed.Resource{Object: rs["disk-system"].Object, Applied: noted}
	p, err := Plan(wukong(v1alpha1.Disk{Name: "system", Size: size("19Gi")}), Settings{}, rs)
	if err != nil || len(p.Kept) > 0 {
		t.Fatalf("it is as asked for: got %v, %v", p.Kept, err)
	}
	for name, v := range notes {
		if got := p.Resources[0].Object.GetAnnotations()[name]; got != v {
			t.Errorf("%s: want %v, got %q", name, v, got)
		}
	}
}
