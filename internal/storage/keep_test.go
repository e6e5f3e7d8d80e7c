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

// pvc is a claim of 20Gi of class fast that exists, in a phase.
func pvc(phase string) observed.Resources {
	return observed.Resources{"disk-system": {Object: observedtest.Object(object{"kind": "PersistentVolumeClaim", "metadata": object{"name": "x"}, "spec": object{
		"storageClassName": "fast", "accessModes": []any{"ReadWriteOnce"}, "volumeMode": "Filesystem", "volumeName": "pv-1",
		"resources": object{"requests": object{"storage": "20Gi"}},
	}, "status": object{"phase": phase}})}}
}

// dv is a DataVolume of 20Gi that was imported from debian.
func dv() observed.Resources {
	return observed.Resources{"disk-system": {Object: observedtest.Object(object{"kind": "DataVolume", "metadata": object{"name": "x"}, "spec": object{
		"source":  object{"registry": object{"url": "docker://debian"}},
		"storage": object{"storageClassName": "fast", "resources": object{"requests": object{"storage": "20Gi"}}},
	}, "status": object{"phase": "Succeeded"}})}}
}

// TestKeepClaim shows that nothing reaches the cluster that Kubernetes would refuse to change of a claim, and that the user is told.
func TestKeepClaim(t *testing.T) {
	const back = ": put that back, or add a disk of another name and copy the data"
	rwx := []corev1.PersistentVolumeAccessMode{corev1.ReadWriteMany}
	cases := map[string]struct {
		reason string
		disk   v1alpha1.Disk
		phase  string
		size   string
		kept   []string
	}{
		"Same":           {"", v1alpha1.Disk{Size: size("20Gi")}, "Bound", "20Gi", nil},
		"SameInWords":    {"", v1alpha1.Disk{Size: size("20480Mi"), StorageClassName: "fast", AccessModes: []corev1.PersistentVolumeAccessMode{corev1.ReadWriteOnce}, VolumeMode: ptr.To(corev1.PersistentVolumeFilesystem)}, "Bound", "20Gi", nil},
		"Grow":           {"A claim grows.", v1alpha1.Disk{Size: size("30Gi")}, "Bound", "30Gi", nil},
		"GrowUnbound":    {"A claim that is not bound yet grows later.", v1alpha1.Disk{Size: size("30Gi")}, "Pending", "20Gi", nil},
		"Shrink":         {"", v1alpha1.Disk{Size: size("10Gi")}, "Bound", "20Gi", []string{"spec.disks[0].size: the disk has 20Gi and cannot shrink: put 20Gi back, or add a smaller disk of another name and copy the data"}},
		"OtherClass":     {"", v1alpha1.Disk{Size: size("20Gi"), StorageClassName: "slow"}, "Bound", "20Gi", []string{"spec.disks[0].storageClassName: the disk is of fast" + back}},
		"OtherModes":     {"", v1alpha1.Disk{Size: size("20Gi"), AccessModes: rwx}, "Bound", "20Gi", []string{"spec.disks[0].accessModes: the disk has [ReadWriteOnce]" + back}},
		"OtherMode":      {"", v1alpha1.Disk{Size: size("20Gi"), VolumeMode: ptr.To(corev1.PersistentVolumeBlock)}, "Bound", "20Gi", []string{"spec.disks[0].volumeMode: the disk has Filesystem" + back}},
		"Image":          {"An import would empty the disk.", v1alpha1.Disk{Size: size("20Gi"), Image: "debian"}, "Bound", "20Gi", []string{"spec.disks[0].image: the disk exists and is empty, and nothing can be imported into it: remove image, or add a disk of another name with it"}},
		"SeveralAtATime": {"", v1alpha1.Disk{Size: size("10Gi"), StorageClassName: "slow"}, "Bound", "20Gi", []string{"spec.disks[0].storageClassName: the disk is of fast" + back, "spec.disks[0].size: the disk has 20Gi and cannot shrink: put 20Gi back, or add a smaller disk of another name and copy the data"}},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			tc.disk.Name = "system"
			p, err := Plan(wukong(tc.disk), Settings{Class: "slow"}, pvc(tc.phase))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tc.kept, p.Kept); diff != "" {
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
				t.Error("the disk is a claim, whatever is wished")
			}
		})
	}
}

// TestKeepDataVolume shows that a DataVolume, of which nothing can be changed, stays as it is.
func TestKeepDataVolume(t *testing.T) {
	cases := map[string]struct {
		disk v1alpha1.Disk
		kept []string
	}{
		"Same":         {v1alpha1.Disk{Size: size("20Gi"), Image: "debian"}, nil},
		"ImageRemoved": {v1alpha1.Disk{Size: size("20Gi")}, nil},
		"OtherImage":   {v1alpha1.Disk{Size: size("20Gi"), Image: "fedora"}, []string{"spec.disks[0].image: the disk was imported from docker://debian: put that back, or add a disk of another name with the new image"}},
		"Shrink":       {v1alpha1.Disk{Size: size("10Gi"), Image: "debian"}, []string{"spec.disks[0].size: the disk has 20Gi and cannot shrink: put 20Gi back, or add a smaller disk of another name and copy the data"}},
		"Grow":         {v1alpha1.Disk{Size: size("30Gi"), Image: "debian"}, nil},
		"OtherClass":   {v1alpha1.Disk{Size: size("20Gi"), Image: "debian", StorageClassName: "slow"}, []string{"spec.disks[0].storageClassName: the disk is of fast: put that back, or add a disk of another name and copy the data"}},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			tc.disk.Name = "system"
			p, err := Plan(wukong(tc.disk), Settings{Class: "slow"}, dv())
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tc.kept, p.Kept); diff != "" {
				t.Errorf("kept: -want, +got:\n%s", diff)
			}
			is, _ := observed.Get[cdiv1.DataVolume](dv(), "disk-system")
			if diff := cmp.Diff(is.Spec, p.Resources[0].Object.(*cdiv1.DataVolume).Spec); diff != "" {
				t.Errorf("-is, +rendered:\n%s", diff)
			}
			if !p.Volumes[0].Imported {
				t.Error("the disk is a DataVolume, whatever is wished")
			}
		})
	}
}

// TestRefusedGrowth shows that a growth which the cluster refuses is wished on, told with the cluster's reason, and leaves the disk
// usable as it is.
func TestRefusedGrowth(t *testing.T) {
	const forbidden = `persistentvolumeclaims "x" is forbidden: only dynamically provisioned pvc can be resized`
	const kept = "spec.disks[0].size: the disk has 20Gi, and the cluster refuses to grow it: " + forbidden + ": put 20Gi back, or have its storage class allow volumes to grow"
	cases := map[string]struct {
		refused, asked string
		size           string
		kept           []string
		ready          bool
	}{
		"Taken":    {"", "30Gi", "30Gi", nil, true},
		"Refused":  {forbidden, "30Gi", "30Gi", []string{kept}, true},
		"GivenUp":  {forbidden, "20Gi", "20Gi", nil, false},
		"NoAnswer": {"cannot apply object: connection refused", "30Gi", "30Gi", nil, false},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			rs := pvc("Bound")
			rs["disk-system"] = observed.Resource{Object: rs["disk-system"].Object, Refused: tc.refused}
			w := wukong(v1alpha1.Disk{Name: "system", Size: size(tc.asked)})
			p, err := Plan(w, Settings{}, rs)
			if err != nil {
				t.Fatal(err)
			}
			got := p.Resources[0].Object.(*corev1.PersistentVolumeClaim).Spec.Resources.Requests[corev1.ResourceStorage]
			if got.String() != tc.size {
				t.Errorf("want %s, got %s", tc.size, got.String())
			}
			if diff := cmp.Diff(tc.kept, p.Kept); diff != "" {
				t.Errorf("kept: -want, +got:\n%s", diff)
			}
			if _, part := Report(w, rs, false); part.Ready != tc.ready {
				t.Errorf("want the disk to be usable: %t, got %+v", tc.ready, part)
			}
		})
	}
}

// TestGrowImported shows that the claim behind a DataVolume is read as soon as it is there, and grows when it must and can: by so much that
// the guest has what was asked for beside what the file system takes.
func TestGrowImported(t *testing.T) {
	claim := func(size, phase string) observed.Resource {
		return observed.Resource{Object: observedtest.Object(object{"kind": "PersistentVolumeClaim", "spec": object{"resources": object{"requests": object{"storage": size}}}, "status": object{"phase": phase}})}
	}
	// noted is a claim on which is noted how large it was made, and applied what was applied to it.
	noted := func(size, created string, applied object) observed.Resource {
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
		return []string{"spec.disks[0].size: the disk has " + size + " and cannot shrink: put " + size + " back, or add a smaller disk of another name and copy the data"}
	}
	name := names.Object(wukong(), names.Disk, "system")
	byHand := []string{"spec.disks[0].size: the disk has 20Gi, and its claim belongs to CDI: put 20Gi back, or give the claim " + name + " a storage request of 32337Mi yourself, with kubectl edit pvc"}
	cases := map[string]struct {
		reason string
		asked  string
		claim  observed.Resource

		// note and size are what is applied to the claim; both empty where it is only read.
		note, size string
		kept       []string
	}{
		"NotSeenYet":  {"How large the claim is must be known before it is changed.", "30Gi", observed.Resource{}, "", "", nil},
		"Same":        {"CDI made room for a file system, and how much is noted before it is lost.", "20Gi", claim("21Gi", "Bound"), "21Gi", "", nil},
		"Noted":       {"", "20Gi", noted("21Gi", "21Gi", object{}), "21Gi", "", nil},
		"Grow":        {"KubeVirt takes 5 % of the claim: 30Gi are 95 % of it.", "30Gi", claim("21Gi", "Bound"), "21Gi", "32337Mi", nil},
		"GrowALittle": {"A disk that grows less than the file system takes grows, too.", "20.5Gi", claim("21Gi", "Bound"), "21Gi", "22097Mi", nil},
		"Grown":       {"It is as wished then, and what was once applied must be applied on, or it would be removed.", "30Gi", noted("32337Mi", "21Gi", spec), "21Gi", "32337Mi", nil},
		"GrownMore":   {"What the claim has grown by is not taken for the file system's.", "40Gi", noted("32337Mi", "21Gi", spec), "21Gi", "43116Mi", nil},
		"Forgotten": {"Somebody removed the annotation, which is applied again.", "30Gi", observed.Resource{
			Object: claim("32337Mi", "Bound").Object, Applied: noted("1Gi", "21Gi", nil).Object}, "21Gi", "32337Mi", nil},
		"Unbound":   {"", "30Gi", claim("21Gi", "Pending"), "", "", nil},
		"Back":      {"A claim that has grown does not shrink.", "25Gi", noted("32337Mi", "21Gi", spec), "21Gi", "32337Mi", shrink("30Gi")},
		"AllWay":    {"Nor to the size that it was imported with.", "20Gi", noted("32337Mi", "21Gi", spec), "21Gi", "32337Mi", shrink("30Gi")},
		"Below":     {"It is told once, with the size that the disk has.", "10Gi", noted("32337Mi", "21Gi", spec), "21Gi", "32337Mi", shrink("30Gi")},
		"Smaller":   {"", "10Gi", claim("21Gi", "Bound"), "21Gi", "", shrink("20Gi")},
		"Block":     {"A block volume needs no more than the disk.", "30Gi", block(claim("20Gi", "Bound")), "20Gi", "30Gi", nil},
		"SameBlock": {"", "20Gi", block(claim("20Gi", "Bound")), "20Gi", "", nil},
		"Minimum":   {"Its storage class makes none that is smaller.", "30Gi", claim("50Gi", "Bound"), "50Gi", "", nil},
		"AboveIt":   {"", "60Gi", claim("50Gi", "Bound"), "50Gi", "60Gi", nil},
		"Fixed":     {"What can only be observed grows by hand.", "30Gi", fixed(claim("21Gi", "Bound")), "", "", byHand},
		"TooShort": {"Just the disk's size is not enough for it.", "30Gi", fixed(noted("30Gi", "21Gi", nil)), "", "", []string{
			"spec.disks[0].size: the disk has 29184Mi, and its claim belongs to CDI: put 29184Mi back, or give the claim " + name + " a storage request of 32337Mi yourself, with kubectl edit pvc"}},
		"FixedGrown": {"Then it is as wished.", "30Gi", fixed(noted("32337Mi", "21Gi", nil)), "", "", nil},
		"Refused": {"", "30Gi", observed.Resource{Object: claim("21Gi", "Bound").Object, Refused: "x is forbidden: cannot be resized"}, "21Gi", "32337Mi",
			[]string{"spec.disks[0].size: the disk has 20Gi, and the cluster refuses to grow it: x is forbidden: cannot be resized: put 20Gi back, or have its storage class allow volumes to grow"}},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			rs := dv()
			rs["pvc-system"] = tc.claim
			p, err := Plan(wukong(v1alpha1.Disk{Name: "system", Size: size(tc.asked), Image: "debian"}), Settings{}, rs)
			if err != nil || len(p.Resources) != 2 {
				t.Fatalf("want the DataVolume and its claim, got %d resources and %v", len(p.Resources), err)
			}
			if diff := cmp.Diff(tc.kept, p.Kept); diff != "" {
				t.Errorf("%s\nkept: -want, +got:\n%s", tc.reason, diff)
			}
			r := p.Resources[1]
			if r.Key != "pvc-system" || r.Object.GetName() != p.Volumes[0].ClaimName {
				t.Errorf("%s\nwant claim %s to be read, got %+v", tc.reason, p.Volumes[0].ClaimName, r)
			}
			want := plan.Observe
			if tc.note+tc.size != "" {
				want = plan.Adjust
			}
			if r.Management != want || r.Object.GetAnnotations()[annotationCreatedSize] != tc.note {
				t.Errorf("%s\nwant management %d and the size %q noted, got %+v", tc.reason, want, tc.note, r)
			}
			pvc, ok := r.Object.(*corev1.PersistentVolumeClaim)
			if ok != (tc.size != "") {
				t.Fatalf("%s\nwant size %q, got %+v", tc.reason, tc.size, r)
			}
			if ok {
				want := corev1.PersistentVolumeClaimSpec{Resources: corev1.VolumeResourceRequirements{Requests: corev1.ResourceList{corev1.ResourceStorage: size(tc.size).Quantity}}}
				if diff := cmp.Diff(want, pvc.Spec); diff != "" {
					t.Errorf("%s\nnothing but the size: -want, +got:\n%s", tc.reason, diff)
				}
			}
		})
	}
}

// TestNoteOnDataVolume shows that how large a claim was made is noted on its DataVolume, where nothing can be noted on the claim.
func TestNoteOnDataVolume(t *testing.T) {
	rs := dv()
	noted := func() string {
		t.Helper()
		p, err := Plan(wukong(v1alpha1.Disk{Name: "system", Size: size("20Gi"), Image: "debian"}), Settings{}, rs)
		if err != nil {
			t.Fatal(err)
		}
		return p.Resources[0].Object.GetAnnotations()[annotationCreatedSize]
	}
	claim := observed.Resource{Object: observedtest.Object(object{"kind": "PersistentVolumeClaim", "spec": object{"resources": object{"requests": object{"storage": "21Gi"}}}, "status": object{"phase": "Bound"}})}
	rs["pvc-system"] = claim
	if got := noted(); got != "" {
		t.Errorf("it is noted on the claim, where it can be, got %q on the DataVolume", got)
	}
	claim.ReadOnly = true
	rs["pvc-system"] = claim
	if got := noted(); got != "21Gi" {
		t.Errorf("want 21Gi, got %q", got)
	}
	rs["disk-system"].Object.GetFields()["metadata"].GetStructValue().Fields["annotations"] = structpb.NewStructValue(observedtest.Object(object{annotationCreatedSize: "21Gi"}))
	delete(rs, "pvc-system")
	if got := noted(); got != "21Gi" {
		t.Errorf("it stays, whether or not the claim is seen: want 21Gi, got %q", got)
	}
}

// TestImportedSize shows what becomes of another size before the import is done: it is granted later, unless that never comes.
func TestImportedSize(t *testing.T) {
	const (
		imported = "spec.disks[0].size: the disk is imported with 20Gi first, and grows after that"
		has      = "spec.disks[0].size: the disk has 20Gi"
		unfilled = ", and its import does not succeed, so that it has no content to lose: "
		again    = "give the disk another name, which makes a new one and deletes this one"
	)
	running := func(status, reason string) []any {
		return []any{object{"type": "Running", "status": status, "reason": reason, "message": "virtual image size 10737418240 is larger than the reported available storage"}}
	}
	bound := func(reason string) []any {
		return []any{object{"type": "Bound", "status": "False", "reason": reason, "message": "x"}, object{"type": "Running", "status": "False"}}
	}
	cases := map[string]struct {
		reason       string
		phase        string
		conditions   []any
		disk         v1alpha1.Disk
		kept, advice []string
	}{
		"Same":      {"", "ImportInProgress", running("False", "Error"), v1alpha1.Disk{Size: size("20Gi")}, nil, nil},
		"Importing": {"", "ImportInProgress", running("True", "Pod is running"), v1alpha1.Disk{Size: size("30Gi")}, nil, []string{imported}},
		"Preparing": {"", "Pending", nil, v1alpha1.Disk{Size: size("30Gi")}, nil, []string{imported}},
		"Retried":   {"The disk is too small for the image, and stays so.", "ImportInProgress", running("False", "Error"), v1alpha1.Disk{Size: size("30Gi")}, []string{has + unfilled + again}, nil},
		"Failed":    {"", "Failed", nil, v1alpha1.Disk{Size: size("30Gi")}, []string{has + unfilled + again}, nil},
		"Retained":  {"It would come back as it is.", "Failed", nil, v1alpha1.Disk{Size: size("30Gi"), DeletionPolicy: v1alpha1.DeletionPolicyRetain}, []string{has + unfilled + "give it deletionPolicy: Delete, then " + again}, nil},
		"Quota":     {"A smaller one may fit.", "Pending", bound("ErrExceededQuota"), v1alpha1.Disk{Size: size("10Gi")}, []string{has + unfilled + again}, nil},
		"Smaller": {"", "ImportInProgress", running("True", ""), v1alpha1.Disk{Size: size("10Gi")},
			[]string{has + " and cannot shrink: put 20Gi back, or add a smaller disk of another name and copy the data"}, nil},
		"OtherImage": {"A wrong address can be corrected.", "ImportInProgress", running("False", "Error"), v1alpha1.Disk{Size: size("20Gi"), Image: "fedora"},
			[]string{"spec.disks[0].image: the disk is imported from docker://debian" + unfilled + again}, nil},
		"Lost": {"What was on it is not nothing.", "Failed", bound("ClaimLost"), v1alpha1.Disk{Size: size("20Gi"), Image: "fedora"},
			[]string{"spec.disks[0].image: the disk was imported from docker://debian: put that back, or add a disk of another name with the new image"}, nil},
		"LostAfterImport": {"", "Failed", running("False", "Completed"), v1alpha1.Disk{Size: size("20Gi"), Image: "fedora"},
			[]string{"spec.disks[0].image: the disk was imported from docker://debian: put that back, or add a disk of another name with the new image"}, nil},
		"OtherClass": {"", "", bound("ErrClaimNotValid"), v1alpha1.Disk{Size: size("20Gi"), StorageClassName: "slow"}, []string{"spec.disks[0].storageClassName: the disk is of fast" + unfilled + again}, nil},
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
			if diff := cmp.Diff(tc.kept, p.Kept); diff != "" {
				t.Errorf("%s\nkept: -want, +got:\n%s", tc.reason, diff)
			}
			if diff := cmp.Diff(tc.advice, p.Advice); diff != "" {
				t.Errorf("%s\nadvice: -want, +got:\n%s", tc.reason, diff)
			}
		})
	}
}

// TestKeepWhatClaimHas shows that a wish about an imported disk is compared with its claim where that is known, and else with what the
// DataVolume asks for, in whichever way it does: one that is fulfilled is accepted, and one that is not is told.
func TestKeepWhatClaimHas(t *testing.T) {
	const back = ": put that back, or add a disk of another name and copy the data"
	asked := object{"resources": object{"requests": object{"storage": "20Gi"}}}
	full := object{"storageClassName": "fast", "accessModes": []any{"ReadWriteOnce"}, "resources": object{"requests": object{"storage": "20Gi"}}}
	claim := &observed.Resource{Object: observedtest.Object(object{"kind": "PersistentVolumeClaim", "status": object{"phase": "Bound"}, "spec": object{
		"storageClassName": "fast", "accessModes": []any{"ReadWriteOnce"}, "volumeMode": "Filesystem", "resources": object{"requests": object{"storage": "20Gi"}}}})}
	image := object{"source": object{"registry": object{"url": "docker://debian"}}}
	with := func(a object, name string, v object) object {
		out := object{name: v}
		maps.Copy(out, a)
		return out
	}
	fulfilled := v1alpha1.Disk{Image: "debian", Size: size("20Gi"), StorageClassName: "fast", AccessModes: []corev1.PersistentVolumeAccessMode{"ReadWriteOnce"}, VolumeMode: ptr.To(corev1.PersistentVolumeFilesystem)}
	other := v1alpha1.Disk{Image: "debian", Size: size("10Gi"), StorageClassName: "slow", AccessModes: []corev1.PersistentVolumeAccessMode{"ReadWriteMany"}, VolumeMode: ptr.To(corev1.PersistentVolumeBlock)}
	told := func(class, modes, mode string) []string {
		return []string{
			"spec.disks[0].storageClassName: the disk is of " + class + back,
			"spec.disks[0].accessModes: the disk has " + modes + back,
			"spec.disks[0].volumeMode: the disk has " + mode + back,
			"spec.disks[0].size: the disk has 20Gi and cannot shrink: put 20Gi back, or add a smaller disk of another name and copy the data",
		}
	}
	const profile = "what its storage class prefers"
	cases := map[string]struct {
		spec  object
		claim *observed.Resource
		disk  v1alpha1.Disk
		kept  []string
	}{
		"ClaimFulfils":   {with(image, "storage", asked), claim, fulfilled, nil},
		"ClaimDoesNot":   {with(image, "storage", asked), claim, other, told("fast", "[ReadWriteOnce]", "Filesystem")},
		"StorageDoesNot": {with(image, "storage", asked), nil, other, told("the default class", profile, profile)},
		"StorageFulfils": {with(image, "storage", full), nil, v1alpha1.Disk{Image: "debian", Size: size("20Gi"), StorageClassName: "fast", AccessModes: fulfilled.AccessModes}, nil},
		"PVCFulfils":     {with(image, "pvc", full), nil, fulfilled, nil},
		"PVCDoesNot":     {with(image, "pvc", full), nil, other, told("fast", "[ReadWriteOnce]", "Filesystem")},
		"SourceRef": {object{"sourceRef": object{"kind": "DataSource", "name": "fedora"}, "storage": full}, claim, fulfilled,
			[]string{"spec.disks[0].image: the disk was imported from DataSource fedora: remove image, or add a disk of another name with it"}},
		"Blank": {object{"source": object{"blank": object{}}, "storage": full}, claim, fulfilled,
			[]string{"spec.disks[0].image: the disk was imported from something else than an image: remove image, or add a disk of another name with it"}},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			rs := observed.Resources{"disk-system": {Object: observedtest.Object(object{"kind": "DataVolume", "spec": tc.spec, "status": object{"phase": "Succeeded"}})}}
			if tc.claim != nil {
				rs["pvc-system"] = *tc.claim
			}
			tc.disk.Name = "system"
			p, err := Plan(wukong(tc.disk), Settings{}, rs)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tc.kept, p.Kept); diff != "" {
				t.Errorf("kept: -want, +got:\n%s", diff)
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

// TestOSImage shows that a message about an image names the field that it was written in, also where osImage is the same.
func TestOSImage(t *testing.T) {
	for name, tc := range map[string]struct {
		osDisk v1alpha1.Label
		rs     observed.Resources
		want   string
	}{
		"Imported":    {"system", dv(), "spec.osImage: the disk was imported from docker://debian: put that back, or add a disk of another name with the new image"},
		"Empty":       {"system", pvc("Bound"), "spec.osImage: the disk exists and is empty, and nothing can be imported into it: remove osImage, or add a disk of another name with it"},
		"OwnImported": {"", dv(), "spec.disks[0].image: the disk was imported from docker://debian: put that back, or add a disk of another name with the new image"},
		"OwnEmpty":    {"", pvc("Bound"), "spec.disks[0].image: the disk exists and is empty, and nothing can be imported into it: remove image, or add a disk of another name with it"},
	} {
		t.Run(name, func(t *testing.T) {
			w := wukong(v1alpha1.Disk{Name: "system", Size: size("20Gi"), Image: "fedora", Boot: true})
			w.Spec.OSImage = "fedora"
			p, err := Plan(w, Settings{OSDisk: tc.osDisk}, tc.rs)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff([]string{tc.want}, p.Kept); diff != "" {
				t.Errorf("kept: -want, +got:\n%s", diff)
			}
		})
	}
}

// TestRedacted shows that a message about where a disk came from keeps to itself the password and the signature in its URL.
func TestRedacted(t *testing.T) {
	rs := observed.Resources{"disk-system": {Object: observedtest.Object(object{"kind": "DataVolume", "spec": object{"source": object{"http": object{"url": "https://me:secret@example.org/a?signature=secret"}}}})}}
	p, err := Plan(wukong(v1alpha1.Disk{Name: "system", Size: size("1Gi"), Image: "debian"}), Settings{}, rs)
	if err != nil || len(p.Kept) != 1 || strings.Contains(p.Kept[0], "secret") {
		t.Errorf("want the origin without its secrets, got %v, %v", p.Kept, err)
	}
}

// TestOddDisks shows that what is missing in a disk that exists stops nothing.
func TestOddDisks(t *testing.T) {
	d := v1alpha1.Disk{Name: "system", Size: size("30Gi"), Image: "debian", StorageClassName: "fast", VolumeMode: ptr.To(corev1.PersistentVolumeBlock)}
	for _, spec := range []object{{}, {"source": object{}}, {"source": object{"registry": object{}}}, {"source": object{"registry": object{}}, "storage": object{}}, {"pvc": object{}}} {
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

// TestKindStays shows that a disk stays what it was asked for last, while that may have been made; and that one that could not be made may be
// another.
func TestKindStays(t *testing.T) {
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

// TestClaimsToGo shows that a disk which is renamed by naming its claim does not lose its data.
func TestClaimsToGo(t *testing.T) {
	claim := v1alpha1.ObjectName(names.Object(wukong(), names.Disk, "system"))
	there := pvc("Bound")["disk-system"].Object
	managed := observed.Resource{Object: there}
	cases := map[string]struct {
		is      observed.Resource
		disks   []v1alpha1.Disk
		refused bool
	}{
		"OwnClaim":     {managed, []v1alpha1.Disk{{Name: "system", ClaimName: claim}}, true},
		"Renamed":      {managed, []v1alpha1.Disk{{Name: "root", ClaimName: claim}}, true},
		"Retained":     {observed.Resource{Object: there, Retained: true}, []v1alpha1.Disk{{Name: "root", ClaimName: claim}}, false},
		"NotManaged":   {observed.Resource{Object: there, Unmanaged: true}, []v1alpha1.Disk{{Name: "root", ClaimName: claim}}, false},
		"Foreign":      {observed.Resource{Foreign: &observed.Foreign{}}, []v1alpha1.Disk{{Name: "root", ClaimName: claim}}, false},
		"StillThere":   {managed, []v1alpha1.Disk{{Name: "system", Size: size("20Gi")}, {Name: "root", ClaimName: claim}}, false},
		"SomebodyElse": {managed, []v1alpha1.Disk{{Name: "system", ClaimName: "by-hand"}}, false},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			_, err := Plan(wukong(tc.disks...), Settings{}, observed.Resources{"disk-system": tc.is})
			if refused := err != nil; refused != tc.refused {
				t.Errorf("want it to be refused: %t, got %v", tc.refused, err)
			}
			if tc.refused && !strings.Contains(err.Error(), "spec.disks[0].claimName") {
				t.Errorf("want the field to be named, got %v", err)
			}
		})
	}
}

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
