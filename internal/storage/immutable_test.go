package storage

import (
	"errors"
	"maps"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/types/known/structpb"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/utils/ptr"
	cdiv1 "kubevirt.io/containerized-data-importer-api/pkg/apis/core/v1beta1"

	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
	"github.com/novasphere/function-wukong/internal/names"
	"github.com/novasphere/function-wukong/internal/observed"
	"github.com/novasphere/function-wukong/internal/observed/observedtest"
	"github.com/novasphere/function-wukong/internal/plan"
)

// pvc returns an observed claim of 20Gi of class fast, in a phase.
func pvc(phase string) observed.Resources {
	return observed.Resources{"disk-system": {Object: observedtest.Object(object{"kind": "PersistentVolumeClaim", "metadata": object{"name": "x"}, "spec": object{
		"storageClassName": "fast", "accessModes": []any{"ReadWriteOnce"}, "volumeMode": "Filesystem", "volumeName": "pv-1",
		"resources": object{"requests": object{"storage": "20Gi"}},
	}, "status": object{"phase": phase}})}}
}

// dv returns an observed DataVolume of 20Gi that was imported from debian.
func dv() observed.Resources {
	return observed.Resources{"disk-system": {Object: observedtest.Object(object{"kind": "DataVolume", "metadata": object{"name": "x"}, "spec": object{
		"source":  object{"registry": object{"url": "docker://debian"}},
		"storage": object{"storageClassName": "fast", "resources": object{"requests": object{"storage": "20Gi"}}},
	}, "status": object{"phase": "Succeeded"}})}}
}

// TestImmutableClaim shows that the desired claim has the immutable fields of the existing one, and that a change of them is rejected.
func TestImmutableClaim(t *testing.T) {
	const back = ": put that back, or let the disk move with migrateStorage: true"
	rwx := []corev1.PersistentVolumeAccessMode{corev1.ReadWriteMany}
	cases := map[string]struct {
		reason   string
		disk     v1alpha1.Disk
		phase    string
		size     string
		rejected []string
	}{
		"Same": {disk: v1alpha1.Disk{Size: size("20Gi")}, phase: "Bound", size: "20Gi"},
		"SameInOtherUnit": {
			disk: v1alpha1.Disk{
				Size:             size("20480Mi"),
				StorageClassName: "fast",
				AccessModes:      []corev1.PersistentVolumeAccessMode{corev1.ReadWriteOnce},
				VolumeMode:       ptr.To(corev1.PersistentVolumeFilesystem),
			},
			phase: "Bound",
			size:  "20Gi",
		},
		"Grow":        {reason: "A claim grows.", disk: v1alpha1.Disk{Size: size("30Gi")}, phase: "Bound", size: "30Gi"},
		"GrowUnbound": {reason: "A claim that is not bound yet grows later.", disk: v1alpha1.Disk{Size: size("30Gi")}, phase: "Pending", size: "20Gi"},
		"Shrink": {
			disk:     v1alpha1.Disk{Size: size("10Gi")},
			phase:    "Bound",
			size:     "20Gi",
			rejected: []string{"spec.disks[0].size: the disk has 20Gi and cannot shrink: put 20Gi back, or add a smaller disk of another name and copy the data"},
		},
		"OtherClass": {
			disk:     v1alpha1.Disk{Size: size("20Gi"), StorageClassName: "slow"},
			phase:    "Bound",
			size:     "20Gi",
			rejected: []string{"spec.disks[0].storageClassName: the disk uses storage class fast" + back},
		},
		"OtherModes": {
			disk:     v1alpha1.Disk{Size: size("20Gi"), AccessModes: rwx},
			phase:    "Bound",
			size:     "20Gi",
			rejected: []string{"spec.disks[0].accessModes: the disk has [ReadWriteOnce]" + back},
		},
		"OtherMode": {
			disk:     v1alpha1.Disk{Size: size("20Gi"), VolumeMode: ptr.To(corev1.PersistentVolumeBlock)},
			phase:    "Bound",
			size:     "20Gi",
			rejected: []string{"spec.disks[0].volumeMode: the disk has Filesystem" + back},
		},
		"Image": {
			reason: "An import would empty the disk.",
			disk:   v1alpha1.Disk{Size: size("20Gi"), Image: "debian"},
			phase:  "Bound",
			size:   "20Gi",
			rejected: []string{
				"spec.disks[0].image: the disk exists and is empty, and nothing can be imported into it: remove image, or add a disk of another name with it",
			},
		},
		"SeveralAtATime": {
			disk:  v1alpha1.Disk{Size: size("10Gi"), StorageClassName: "slow"},
			phase: "Bound",
			size:  "20Gi",
			rejected: []string{
				"spec.disks[0].storageClassName: the disk uses storage class fast" + back,
				"spec.disks[0].size: the disk has 20Gi and cannot shrink: put 20Gi back, or add a smaller disk of another name and copy the data",
			},
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			tc.disk.Name = "system"
			p, err := Plan(wukong(tc.disk), Settings{Class: "slow"}, pvc(tc.phase))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tc.rejected, p.Rejected); diff != "" {
				t.Errorf("%s\nkept: -want, +got:\n%s", tc.reason, diff)
			}
			got := p.Resources[0].Object.(*corev1.PersistentVolumeClaim).Spec
			want := corev1.PersistentVolumeClaimSpec{
				StorageClassName: ptr.To("fast"),
				AccessModes:      []corev1.PersistentVolumeAccessMode{corev1.ReadWriteOnce},
				VolumeMode:       ptr.To(corev1.PersistentVolumeFilesystem),
				Resources:        corev1.VolumeResourceRequirements{Requests: corev1.ResourceList{corev1.ResourceStorage: size(tc.size).Quantity}},
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("%s\nclaim: -want, +got:\n%s", tc.reason, diff)
			}
			if p.Volumes[0].Imported {
				t.Error("want the disk to stay a claim")
			}
		})
	}
}

// TestImmutableDataVolume shows that the desired DataVolume has the spec of the existing one.
func TestImmutableDataVolume(t *testing.T) {
	cases := map[string]struct {
		disk     v1alpha1.Disk
		rejected []string
	}{
		"Same":         {v1alpha1.Disk{Size: size("20Gi"), Image: "debian"}, nil},
		"ImageRemoved": {v1alpha1.Disk{Size: size("20Gi")}, nil},
		"OtherImage": {
			v1alpha1.Disk{Size: size("20Gi"), Image: "fedora"},
			[]string{"spec.disks[0].image: the disk was made from docker://debian: put that back, or add a disk of another name with the new source"},
		},
		"Shrink": {
			v1alpha1.Disk{Size: size("10Gi"), Image: "debian"},
			[]string{"spec.disks[0].size: the disk has 20Gi and cannot shrink: put 20Gi back, or add a smaller disk of another name and copy the data"},
		},
		"Grow": {v1alpha1.Disk{Size: size("30Gi"), Image: "debian"}, nil},
		"OtherClass": {
			v1alpha1.Disk{Size: size("20Gi"), Image: "debian", StorageClassName: "slow"},
			[]string{"spec.disks[0].storageClassName: the disk uses storage class fast: put that back, or let the disk move with migrateStorage: true"},
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			tc.disk.Name = "system"
			p, err := Plan(wukong(tc.disk), Settings{Class: "slow"}, dv())
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tc.rejected, p.Rejected); diff != "" {
				t.Errorf("rejected: -want, +got:\n%s", diff)
			}
			current, _ := observed.Get[cdiv1.DataVolume](dv(), "disk-system")
			if diff := cmp.Diff(current.Spec, p.Resources[0].Object.(*cdiv1.DataVolume).Spec); diff != "" {
				t.Errorf("-observed, +desired:\n%s", diff)
			}
			if !p.Volumes[0].Imported {
				t.Error("want the disk to stay a DataVolume")
			}
		})
	}
}

// TestFileIsNoLUN shows that a disk which is a file stays a disk where it is to become a lun, with which nothing would start.
func TestFileIsNoLUN(t *testing.T) {
	cases := map[string]struct {
		reason string
		image  v1alpha1.Image
		rs     observed.Resources
		want   bool
	}{
		"New":      {reason: "There is nothing yet.", want: true},
		"Claim":    {reason: "The claim has a file system.", rs: pvc("Bound")},
		"Imported": {reason: "Of what CDI chose nothing is known.", image: "debian", rs: dv()},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			d := v1alpha1.Disk{
				Name: "system", Type: v1alpha1.DiskTypeLUN, Reservation: true, Bus: "scsi", Size: size("20Gi"), VolumeMode: ptr.To(corev1.PersistentVolumeBlock),
				Image: tc.image,
			}
			got, err := Plan(wukong(d), Settings{}, tc.rs)
			if err != nil {
				t.Fatal(err)
			}
			if v := got.Volumes[0]; v.LUN != tc.want || v.Reservation != tc.want || len(got.Rejected) > 0 == tc.want {
				t.Errorf("%s\ngot %+v, rejected %q, want a lun %t", tc.reason, v, got.Rejected, tc.want)
			}
		})
	}
}

// TestRefusedGrowth shows that a growth which the API server refuses stays desired and is rejected with the reason. The disk can be used as it
// is.
func TestRefusedGrowth(t *testing.T) {
	const forbidden = `persistentvolumeclaims "x" is forbidden: only dynamically provisioned pvc can be resized`
	const rejected = "spec.disks[0].size: the disk has 20Gi, " +
		"and the cluster refuses to grow it: " + forbidden + ": put 20Gi back, or have its storage class allow volumes to grow"
	cases := map[string]struct {
		refused, desired string
		size             string
		rejected         []string
		ready            bool
	}{
		"Taken":    {desired: "30Gi", size: "30Gi", ready: true},
		"Refused":  {refused: forbidden, desired: "30Gi", size: "30Gi", rejected: []string{rejected}, ready: true},
		"GivenUp":  {refused: forbidden, desired: "20Gi", size: "20Gi"},
		"NoAnswer": {refused: "cannot apply object: connection refused", desired: "30Gi", size: "30Gi"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			rs := pvc("Bound")
			rs["disk-system"] = observed.Resource{Object: rs["disk-system"].Object, Refused: tc.refused}
			w := wukong(v1alpha1.Disk{Name: "system", Size: size(tc.desired)})
			p, err := Plan(w, Settings{}, rs)
			if err != nil {
				t.Fatal(err)
			}
			got := p.Resources[0].Object.(*corev1.PersistentVolumeClaim).Spec.Resources.Requests[corev1.ResourceStorage]
			if got.String() != tc.size {
				t.Errorf("want %s, got %s", tc.size, got.String())
			}
			if diff := cmp.Diff(tc.rejected, p.Rejected); diff != "" {
				t.Errorf("rejected: -want, +got:\n%s", diff)
			}
			if _, part := Report(w, Settings{}, rs, false); part.Ready != tc.ready {
				t.Errorf("want the disk to be usable: %t, got %+v", tc.ready, part)
			}
		})
	}
}

// TestGrowImported shows that the claim of a DataVolume is observed, and adjusted once it must and can grow. It grows by the overhead of its file
// system, too.
func TestGrowImported(t *testing.T) {
	claim := func(size, phase string) observed.Resource {
		return observed.Resource{
			Object: observedtest.Object(object{
				"kind":   "PersistentVolumeClaim",
				"spec":   object{"resources": object{"requests": object{"storage": size}}},
				"status": object{"phase": phase},
			}),
		}
	}
	// annotated returns a claim with its first size in an annotation, and with an applied manifest.
	annotated := func(size, created string, applied object) observed.Resource {
		r := claim(size, "Bound")
		r.Object.Fields["metadata"] = structpb.NewStructValue(observedtest.Object(object{"annotations": object{annotationCreatedSize: created}}))
		r.Applied = observedtest.Object(applied)
		return r
	}
	spec := object{"spec": object{}}
	fixed := func(r observed.Resource) observed.Resource {
		r.Applied, r.ReadOnly = nil, true
		return r
	}
	block := func(r observed.Resource) observed.Resource {
		r.Object.GetFields()["spec"].GetStructValue().Fields["volumeMode"] = structpb.NewStringValue("Block")
		return r
	}
	shrink := func(size string) []string {
		return []string{
			"spec.disks[0].size: the disk has " + size + " and cannot shrink: put " + size + " back, or add a smaller disk of another name and copy the data",
		}
	}
	name := names.Object(wukong(), names.Disk, "system")
	byHand := []string{
		"spec.disks[0].size: the disk has 20Gi, and its claim belongs to CDI: " +
			"put 20Gi back, or give the claim " + name + " a storage request of 32337Mi yourself, with kubectl edit pvc",
	}
	cases := map[string]struct {
		reason  string
		desired string
		claim   observed.Resource

		// note and size are the annotation and the request to apply; both are empty where the claim is only observed.
		note, size string
		rejected   []string
	}{
		"NotObserved": {reason: "The size of the claim must be known before it changes.", desired: "30Gi", claim: observed.Resource{}},
		"Same": {
			reason:  "The annotation keeps the size that CDI gave the claim.",
			desired: "20Gi",
			claim:   claim("21Gi", "Bound"),
			note:    "21Gi",
		},
		"Noted": {desired: "20Gi", claim: annotated("21Gi", "21Gi", object{}), note: "21Gi"},
		"Grow": {
			reason:  "KubeVirt takes 5 % of the claim: 30Gi are 95 % of it.",
			desired: "30Gi",
			claim:   claim("21Gi", "Bound"),
			note:    "21Gi",
			size:    "32337Mi",
		},
		"GrowALittle": {
			reason:  "A disk that grows less than the file system takes grows, too.",
			desired: "20.5Gi",
			claim:   claim("21Gi", "Bound"),
			note:    "21Gi",
			size:    "22097Mi",
		},
		"Grown": {
			reason:  "It has the desired size. A field that is no longer applied would be removed.",
			desired: "30Gi",
			claim:   annotated("32337Mi", "21Gi", spec),
			note:    "21Gi",
			size:    "32337Mi",
		},
		"GrownMore": {
			reason:  "Growth does not count as overhead of the file system.",
			desired: "40Gi",
			claim:   annotated("32337Mi", "21Gi", spec),
			note:    "21Gi",
			size:    "43116Mi",
		},
		"Forgotten": {reason: "An annotation that somebody removed is applied again.", desired: "30Gi", claim: observed.Resource{
			Object: claim("32337Mi", "Bound").Object, Applied: annotated("1Gi", "21Gi", nil).Object}, note: "21Gi", size: "32337Mi"},
		"Unbound": {desired: "30Gi", claim: claim("21Gi", "Pending")},
		"Back": {
			reason:   "A claim that has grown does not shrink.",
			desired:  "25Gi",
			claim:    annotated("32337Mi", "21Gi", spec),
			note:     "21Gi",
			size:     "32337Mi",
			rejected: shrink("30Gi"),
		},
		"AllWay": {
			reason:   "Not even to its first size.",
			desired:  "20Gi",
			claim:    annotated("32337Mi", "21Gi", spec),
			note:     "21Gi",
			size:     "32337Mi",
			rejected: shrink("30Gi"),
		},
		"Below": {
			reason:   "It is rejected once, with the size of the disk.",
			desired:  "10Gi",
			claim:    annotated("32337Mi", "21Gi", spec),
			note:     "21Gi",
			size:     "32337Mi",
			rejected: shrink("30Gi"),
		},
		"Smaller":   {desired: "10Gi", claim: claim("21Gi", "Bound"), note: "21Gi", rejected: shrink("20Gi")},
		"Block":     {reason: "A block volume needs no more than the disk.", desired: "30Gi", claim: block(claim("20Gi", "Bound")), note: "20Gi", size: "30Gi"},
		"SameBlock": {desired: "20Gi", claim: block(claim("20Gi", "Bound")), note: "20Gi"},
		"Minimum":   {reason: "It has the minimum size of its storage class.", desired: "30Gi", claim: claim("50Gi", "Bound"), note: "50Gi"},
		"AboveIt":   {desired: "60Gi", claim: claim("50Gi", "Bound"), note: "50Gi", size: "60Gi"},
		"Fixed":     {reason: "A claim that can only be observed is resized by hand.", desired: "30Gi", claim: fixed(claim("21Gi", "Bound")), rejected: byHand},
		"TooShort": {reason: "A request of the disk's size leaves no room for the " +
			"file system.", desired: "30Gi", claim: fixed(annotated("30Gi", "21Gi", nil)), rejected: []string{
			"spec.disks[0].size: the disk has 29184Mi, and its claim belongs to CDI: " +
				"put 29184Mi back, or give the claim " + name + " a storage request of 32337Mi yourself, with kubectl edit pvc"}},
		"FixedGrown": {reason: "It has the desired size.", desired: "30Gi", claim: fixed(annotated("32337Mi", "21Gi", nil))},
		"Refused": {desired: "30Gi", claim: observed.Resource{
			Object:  claim("21Gi", "Bound").Object,
			Refused: "x is forbidden: cannot be resized",
		}, note: "21Gi", size: "32337Mi",
			rejected: []string{
				"spec.disks[0].size: the disk has 20Gi, and the cluster refuses to grow it: x is forbidden: cannot be resized: " +
					"put 20Gi back, or have its storage class allow volumes to grow",
			}},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			rs := dv()
			rs["pvc-system"] = tc.claim
			p, err := Plan(wukong(v1alpha1.Disk{Name: "system", Size: size(tc.desired), Image: "debian"}), Settings{}, rs)
			if err != nil || len(p.Resources) != 2 {
				t.Fatalf("want the DataVolume and its claim, got %d resources and %v", len(p.Resources), err)
			}
			if diff := cmp.Diff(tc.rejected, p.Rejected); diff != "" {
				t.Errorf("%s\nkept: -want, +got:\n%s", tc.reason, diff)
			}
			r := p.Resources[1]
			if r.Key != "pvc-system" || r.Object.GetName() != p.Volumes[0].ClaimName {
				t.Errorf("%s\nwant claim %s to be observed, got %+v", tc.reason, p.Volumes[0].ClaimName, r)
			}
			kind := corev1.SchemeGroupVersion.WithKind("PersistentVolumeClaim")
			if r.Object.GetObjectKind().GroupVersionKind() != kind || r.Object.GetNamespace() != "team-a" {
				t.Errorf("%s\nwant a claim in team-a, got %+v", tc.reason, r.Object)
			}
			want := plan.Observe
			if tc.note+tc.size != "" {
				want = plan.Adjust
			}
			if r.Management != want || r.Object.GetAnnotations()[annotationCreatedSize] != tc.note {
				t.Errorf("%s\nwant management %d and the size %q annotated, got %+v", tc.reason, want, tc.note, r)
			}
			pvc, ok := r.Object.(*corev1.PersistentVolumeClaim)
			if ok != (tc.size != "") {
				t.Fatalf("%s\nwant size %q, got %+v", tc.reason, tc.size, r)
			}
			if ok {
				want := corev1.PersistentVolumeClaimSpec{
					Resources: corev1.VolumeResourceRequirements{Requests: corev1.ResourceList{corev1.ResourceStorage: size(tc.size).Quantity}},
				}
				if diff := cmp.Diff(want, pvc.Spec); diff != "" {
					t.Errorf("%s\nonly the size: -want, +got:\n%s", tc.reason, diff)
				}
			}
		})
	}
}

// TestCreatedSizeOnDataVolume shows that the DataVolume has the annotation where the claim can only be observed.
func TestCreatedSizeOnDataVolume(t *testing.T) {
	rs := dv()
	created := func() string {
		t.Helper()
		p, err := Plan(wukong(v1alpha1.Disk{Name: "system", Size: size("20Gi"), Image: "debian"}), Settings{}, rs)
		if err != nil {
			t.Fatal(err)
		}
		return p.Resources[0].Object.GetAnnotations()[annotationCreatedSize]
	}
	claim := observed.Resource{
		Object: observedtest.Object(object{
			"kind":   "PersistentVolumeClaim",
			"spec":   object{"resources": object{"requests": object{"storage": "21Gi"}}},
			"status": object{"phase": "Bound"},
		}),
	}
	rs["pvc-system"] = claim
	if got := created(); got != "" {
		t.Errorf("want the annotation on the claim, which can be adjusted, got %q on the DataVolume", got)
	}
	claim.ReadOnly = true
	rs["pvc-system"] = claim
	if got := created(); got != "21Gi" {
		t.Errorf("want 21Gi, got %q", got)
	}
	rs["disk-system"].Object.GetFields()["metadata"].GetStructValue().Fields["annotations"] = structpb.NewStructValue(observedtest.Object(object{
		annotationCreatedSize: "21Gi",
	}))
	delete(rs, "pvc-system")
	if got := created(); got != "21Gi" {
		t.Errorf("want the annotation without an observed claim, too: want 21Gi, got %q", got)
	}
}

// TestImportedSize shows that another size during an import is advice if the disk can grow later, and rejected if not.
func TestImportedSize(t *testing.T) {
	const (
		imported = "spec.disks[0].size: the disk is imported with 20Gi first, and grows after that"
		current  = "spec.disks[0].size: the disk has 20Gi"
		fails    = ", and its import does not succeed, so that it has no content to lose: "
		again    = "give the disk another name, which makes a new one and deletes this one"
	)
	running := func(status, reason string) []any {
		return []any{
			object{"type": "Running", "status": status, "reason": reason, "message": "virtual image size 10737418240 is larger than the reported available storage"},
		}
	}
	bound := func(reason string) []any {
		return []any{object{"type": "Bound", "status": "False", "reason": reason, "message": "x"}, object{"type": "Running", "status": "False"}}
	}
	cases := map[string]struct {
		reason           string
		phase            string
		conditions       []any
		disk             v1alpha1.Disk
		rejected, advice []string
	}{
		"Same":      {phase: "ImportInProgress", conditions: running("False", "Error"), disk: v1alpha1.Disk{Size: size("20Gi")}},
		"Importing": {phase: "ImportInProgress", conditions: running("True", "Pod is running"), disk: v1alpha1.Disk{Size: size("30Gi")}, advice: []string{imported}},
		"Preparing": {phase: "Pending", disk: v1alpha1.Disk{Size: size("30Gi")}, advice: []string{imported}},
		"Retried": {
			reason:     "The disk is too small for the image and cannot grow.",
			phase:      "ImportInProgress",
			conditions: running("False", "Error"),
			disk:       v1alpha1.Disk{Size: size("30Gi")},
			rejected:   []string{current + fails + again},
		},
		"Failed": {phase: "Failed", disk: v1alpha1.Disk{Size: size("30Gi")}, rejected: []string{current + fails + again}},
		"Retained": {
			reason:   "A retained disk of that name is found again.",
			phase:    "Failed",
			disk:     v1alpha1.Disk{Size: size("30Gi"), DeletionPolicy: v1alpha1.DeletionPolicyRetain},
			rejected: []string{current + fails + "give it deletionPolicy: Delete, then " + again},
		},
		"Quota": {
			reason:     "A smaller disk may fit the quota.",
			phase:      "Pending",
			conditions: bound("ErrExceededQuota"),
			disk:       v1alpha1.Disk{Size: size("10Gi")},
			rejected:   []string{current + fails + again},
		},
		"Smaller": {phase: "ImportInProgress", conditions: running("True", ""), disk: v1alpha1.Disk{Size: size("10Gi")},
			rejected: []string{current + " and cannot shrink: put 20Gi back, or add a smaller disk of another name and copy the data"}},
		"OtherImage": {reason: "A wrong image can be corrected.", phase: "ImportInProgress", conditions: running("False", "Error"), disk: v1alpha1.Disk{
			Size:  size("20Gi"),
			Image: "fedora",
		},
			rejected: []string{"spec.disks[0].image: the disk is made from docker://debian" + fails + again}},
		"Lost": {reason: "It had content.", phase: "Failed", conditions: bound("ClaimLost"), disk: v1alpha1.Disk{Size: size("20Gi"), Image: "fedora"},
			rejected: []string{"spec.disks[0].image: the disk was made from docker://debian: put that back, or add a disk of another name with the new source"}},
		"LostAfterImport": {phase: "Failed", conditions: running("False", "Completed"), disk: v1alpha1.Disk{Size: size("20Gi"), Image: "fedora"},
			rejected: []string{"spec.disks[0].image: the disk was made from docker://debian: put that back, or add a disk of another name with the new source"}},
		"OtherClass": {
			conditions: bound("ErrClaimNotValid"),
			disk:       v1alpha1.Disk{Size: size("20Gi"), StorageClassName: "slow"},
			rejected:   []string{"spec.disks[0].storageClassName: the disk uses storage class fast" + fails + again},
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			rs := dv()
			rs["disk-system"].Object.Fields["status"] = structpb.NewStructValue(observedtest.Object(object{"phase": tc.phase, "conditions": tc.conditions}))
			tc.disk.Name = "system"
			if tc.disk.Image == "" {
				tc.disk.Image = "debian"
			}
			p, err := Plan(wukong(tc.disk), Settings{}, rs)
			if err != nil || len(p.Resources) != 1 {
				t.Fatalf("want the DataVolume alone, got %d resources and %v", len(p.Resources), err)
			}
			if diff := cmp.Diff(tc.rejected, p.Rejected); diff != "" {
				t.Errorf("%s\nkept: -want, +got:\n%s", tc.reason, diff)
			}
			if diff := cmp.Diff(tc.advice, p.Advice); diff != "" {
				t.Errorf("%s\nadvice: -want, +got:\n%s", tc.reason, diff)
			}
		})
	}
}

// TestImportedVolume shows that the fields of an imported disk are compared with its claim where that was observed, else with the storage or the
// pvc of the DataVolume.
func TestImportedVolume(t *testing.T) {
	const back = ": put that back, or let the disk move with migrateStorage: true"
	desired := object{"resources": object{"requests": object{"storage": "20Gi"}}}
	full := object{"storageClassName": "fast", "accessModes": []any{"ReadWriteOnce"}, "resources": object{"requests": object{"storage": "20Gi"}}}
	claim := &observed.Resource{Object: observedtest.Object(object{"kind": "PersistentVolumeClaim", "status": object{"phase": "Bound"}, "spec": object{
		"storageClassName": "fast", "accessModes": []any{"ReadWriteOnce"}, "volumeMode": "Filesystem", "resources": object{"requests": object{"storage": "20Gi"}}}})}
	image := object{"source": object{"registry": object{"url": "docker://debian"}}}
	with := func(a object, name string, v object) object {
		out := object{name: v}
		maps.Copy(out, a)
		return out
	}
	fulfilled := v1alpha1.Disk{
		Image:            "debian",
		Size:             size("20Gi"),
		StorageClassName: "fast",
		AccessModes:      []corev1.PersistentVolumeAccessMode{"ReadWriteOnce"},
		VolumeMode:       ptr.To(corev1.PersistentVolumeFilesystem),
	}
	other := v1alpha1.Disk{
		Image:            "debian",
		Size:             size("10Gi"),
		StorageClassName: "slow",
		AccessModes:      []corev1.PersistentVolumeAccessMode{"ReadWriteMany"},
		VolumeMode:       ptr.To(corev1.PersistentVolumeBlock),
	}
	messages := func(class, modes, mode string) []string {
		return []string{
			"spec.disks[0].storageClassName: the disk uses " + class + back,
			"spec.disks[0].accessModes: the disk has " + modes + back,
			"spec.disks[0].volumeMode: the disk has " + mode + back,
			"spec.disks[0].size: the disk has 20Gi and cannot shrink: put 20Gi back, or add a smaller disk of another name and copy the data",
		}
	}
	const profile = "what its storage class prefers"
	cases := map[string]struct {
		spec     object
		claim    *observed.Resource
		disk     v1alpha1.Disk
		rejected []string
	}{
		"ClaimFulfils": {spec: with(image, "storage", desired), claim: claim, disk: fulfilled},
		"ClaimDoesNot": {
			spec:     with(image, "storage", desired),
			claim:    claim,
			disk:     other,
			rejected: messages("storage class fast", "[ReadWriteOnce]", "Filesystem"),
		},
		"StorageDoesNot": {spec: with(image, "storage", desired), disk: other, rejected: messages("the default storage class", profile, profile)},
		"StorageFulfils": {
			spec: with(image, "storage", full),
			disk: v1alpha1.Disk{Image: "debian", Size: size("20Gi"), StorageClassName: "fast", AccessModes: fulfilled.AccessModes},
		},
		"PVCFulfils": {spec: with(image, "pvc", full), disk: fulfilled},
		"PVCDoesNot": {spec: with(image, "pvc", full), disk: other, rejected: messages("storage class fast", "[ReadWriteOnce]", "Filesystem")},
		"SourceRef": {spec: object{"sourceRef": object{"kind": "DataSource", "name": "fedora"}, "storage": full}, claim: claim, disk: fulfilled,
			rejected: []string{"spec.disks[0].image: the disk was made from DataSource team-a/fedora: put that back, or add a disk of another name with the new source"}},
		"Blank": {spec: object{"source": object{"blank": object{}}, "storage": full}, claim: claim, disk: fulfilled,
			rejected: []string{"spec.disks[0].image: the disk was made from something else than an image: remove image, or add a disk of another name with it"}},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			rs := observed.Resources{
				"disk-system": {Object: observedtest.Object(object{"kind": "DataVolume", "spec": tc.spec, "status": object{"phase": "Succeeded"}})},
			}
			if tc.claim != nil {
				rs["pvc-system"] = *tc.claim
			}
			tc.disk.Name = "system"
			p, err := Plan(wukong(tc.disk), Settings{}, rs)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tc.rejected, p.Rejected); diff != "" {
				t.Errorf("rejected: -want, +got:\n%s", diff)
			}
		})
	}

	t.Run("PVCGrows", func(t *testing.T) {
		rs := observed.Resources{
			"disk-system": {Object: observedtest.Object(object{"kind": "DataVolume", "spec": with(image, "pvc", full), "status": object{"phase": "Succeeded"}})},
			"pvc-system":  *claim,
		}
		p, err := Plan(wukong(v1alpha1.Disk{Name: "system", Image: "debian", Size: size("40Gi")}), Settings{}, rs)
		if err != nil {
			t.Fatal(err)
		}
		pvc, ok := p.Resources[1].Object.(*corev1.PersistentVolumeClaim)
		if !ok || pvc.Spec.Resources.Requests.Storage().String() != "40Gi" {
			t.Errorf("want the claim to grow to 40Gi, got %+v", p.Resources[1])
		}
	})
}

// TestOSImage shows that a message about an image names the field that holds it, osImage or image.
func TestOSImage(t *testing.T) {
	for name, tc := range map[string]struct {
		osDisk v1alpha1.Label
		rs     observed.Resources
		want   string
	}{
		"Imported": {
			osDisk: "system",
			rs:     dv(),
			want:   "spec.osImage: the disk was made from docker://debian: put that back, or add a disk of another name with the new source",
		},
		"Empty": {
			osDisk: "system",
			rs:     pvc("Bound"),
			want:   "spec.osImage: the disk exists and is empty, and nothing can be imported into it: remove osImage, or add a disk of another name with it",
		},
		"OwnImported": {
			rs:   dv(),
			want: "spec.disks[0].image: the disk was made from docker://debian: put that back, or add a disk of another name with the new source",
		},
		"OwnEmpty": {
			rs:   pvc("Bound"),
			want: "spec.disks[0].image: the disk exists and is empty, and nothing can be imported into it: remove image, or add a disk of another name with it",
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := wukong(v1alpha1.Disk{Name: "system", Size: size("20Gi"), Image: "fedora", Boot: true})
			w.Spec.OSImage = "fedora"
			p, err := Plan(w, Settings{OSDisk: tc.osDisk}, tc.rs)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff([]string{tc.want}, p.Rejected); diff != "" {
				t.Errorf("rejected: -want, +got:\n%s", diff)
			}
		})
	}
}

// TestRedacted shows that a message about the source of a disk has neither the password nor the signature of its URL.
func TestRedacted(t *testing.T) {
	rs := observed.Resources{
		"disk-system": {
			Object: observedtest.Object(object{
				"kind": "DataVolume",
				"spec": object{"source": object{"http": object{"url": "https://me:secret@example.org/a?signature=secret"}}},
			}),
		},
	}
	p, err := Plan(wukong(v1alpha1.Disk{Name: "system", Size: size("1Gi"), Image: "debian"}), Settings{}, rs)
	if err != nil || len(p.Rejected) != 1 || strings.Contains(p.Rejected[0], "secret") {
		t.Errorf("want the source without secrets, got %v, %v", p.Rejected, err)
	}
}

// TestMissingFields shows that missing fields of an observed disk cause no error.
func TestMissingFields(t *testing.T) {
	d := v1alpha1.Disk{Name: "system", Size: size("30Gi"), Image: "debian", StorageClassName: "fast", VolumeMode: ptr.To(corev1.PersistentVolumeBlock)}
	for _, spec := range []object{
		{},
		{"source": object{}},
		{"source": object{"registry": object{}}},
		{"source": object{"registry": object{}}, "storage": object{}},
		{"pvc": object{}},
	} {
		for _, kind := range []string{"DataVolume", "PersistentVolumeClaim"} {
			rs := observed.Resources{
				"disk-system": {Object: observedtest.Object(object{"kind": kind, "spec": spec, "status": object{"phase": "Succeeded"}})},
				"pvc-system":  {Object: observedtest.Object(object{"kind": "PersistentVolumeClaim", "spec": object{}, "status": object{"phase": "Bound"}})},
			}
			if _, err := Plan(wukong(d), Settings{}, rs); err != nil {
				t.Errorf("%s %v: %v", kind, spec, err)
			}
		}
	}
}

// TestHolderKind shows that a disk keeps the kind that was last desired, because it may exist, unless the API server refused it.
func TestHolderKind(t *testing.T) {
	last := observedtest.Object(object{"kind": "PersistentVolumeClaim", "spec": object{"resources": object{"requests": object{"storage": "20Gi"}}}})
	image := v1alpha1.Disk{Name: "system", Size: size("20Gi"), Image: "debian"}
	for want, r := range map[string]observed.Resource{
		"PersistentVolumeClaim": {LastKnown: last},
		"DataVolume":            {LastKnown: last, Refused: "exceeded quota"},
	} {
		p, err := Plan(wukong(image), Settings{}, observed.Resources{"disk-system": r})
		if err != nil {
			t.Fatal(err)
		}
		if got := p.Resources[0].Object.GetObjectKind().GroupVersionKind().Kind; got != want {
			t.Errorf("want a %s, got a %s", want, got)
		}
	}
}

// TestValidateClaimNames shows that a claimName cannot refer to a claim that is deleted in the same change.
func TestValidateClaimNames(t *testing.T) {
	claim := v1alpha1.ObjectName(names.Object(wukong(), names.Disk, "system"))
	existing := pvc("Bound")["disk-system"].Object
	managed := observed.Resource{Object: existing}
	cases := map[string]struct {
		disk    observed.Resource
		disks   []v1alpha1.Disk
		refused bool
	}{
		"OwnClaim":     {disk: managed, disks: []v1alpha1.Disk{{Name: "system", ClaimName: claim}}, refused: true},
		"Renamed":      {disk: managed, disks: []v1alpha1.Disk{{Name: "root", ClaimName: claim}}, refused: true},
		"Retained":     {disk: observed.Resource{Object: existing, Retained: true}, disks: []v1alpha1.Disk{{Name: "root", ClaimName: claim}}},
		"NotManaged":   {disk: observed.Resource{Object: existing, Unmanaged: true}, disks: []v1alpha1.Disk{{Name: "root", ClaimName: claim}}},
		"Foreign":      {disk: observed.Resource{Foreign: &observed.Foreign{}}, disks: []v1alpha1.Disk{{Name: "root", ClaimName: claim}}},
		"Listed":       {disk: managed, disks: []v1alpha1.Disk{{Name: "system", Size: size("20Gi")}, {Name: "root", ClaimName: claim}}},
		"SomebodyElse": {disk: managed, disks: []v1alpha1.Disk{{Name: "system", ClaimName: "by-hand"}}},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			_, err := Plan(wukong(tc.disks...), Settings{}, observed.Resources{"disk-system": tc.disk})
			if refused := err != nil; refused != tc.refused {
				t.Errorf("want it to be refused: %t, got %v", tc.refused, err)
			}
			if tc.refused && !strings.Contains(err.Error(), "spec.disks[0].claimName") {
				t.Errorf("want the field to be named, got %v", err)
			}
		})
	}
}

// TestUnreadableDisk shows that a disk that cannot be decoded stops the plan.
func TestUnreadableDisk(t *testing.T) {
	for _, rs := range []observed.Resources{
		{"disk-system": {Object: observedtest.Object(object{"kind": "PersistentVolumeClaim", "spec": 5})}},
		{"disk-system": {Object: observedtest.Object(object{"kind": "DataVolume", "spec": "x"})}},
		{"disk-system": {Object: observedtest.Object(object{"spec": []any{}})}},
	} {
		if _, err := Plan(wukong(v1alpha1.Disk{Name: "system", Size: size("1Gi")}), Settings{}, rs); !errors.Is(err, ErrUnreadable) {
			t.Errorf("%v: want ErrUnreadable, got %v", rs, err)
		}
	}
}
