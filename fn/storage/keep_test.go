package storage

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/types/known/structpb"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/utils/ptr"
	cdiv1 "kubevirt.io/containerized-data-importer-api/pkg/apis/core/v1beta1"

	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
	"github.com/novasphere/function-wukong/fn/names"
	"github.com/novasphere/function-wukong/fn/observed"
	"github.com/novasphere/function-wukong/fn/observed/observedtest"
	"github.com/novasphere/function-wukong/fn/plan"
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
			p, err := Plan(wukong(tc.disk), "slow", pvc(tc.phase))
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
			p, err := Plan(wukong(tc.disk), "slow", dv())
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
			p, err := Plan(w, "", rs)
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

// TestGrowImported shows that the claim behind a DataVolume is read as soon as it is there, and grows when it must and can.
func TestGrowImported(t *testing.T) {
	const shrink = "spec.disks[0].size: the disk has 40Gi and cannot shrink: put 40Gi back, or add a smaller disk of another name and copy the data"
	claim := func(size, phase string) observed.Resource {
		return observed.Resource{Object: observedtest.Object(object{"kind": "PersistentVolumeClaim", "spec": object{"resources": object{"requests": object{"storage": size}}}, "status": object{"phase": phase}})}
	}
	adjusted := func(r observed.Resource) observed.Resource {
		r.Adjusted = true
		return r
	}
	fixed := func(r observed.Resource) observed.Resource {
		r.Fixed = true
		return r
	}
	byHand := "spec.disks[0].size: the disk was imported with 20Gi, and its claim belongs to CDI: put 20Gi back, or grow the claim " + names.Object(wukong(), names.Disk, "system") + " yourself with kubectl edit pvc"
	cases := map[string]struct {
		reason string
		asked  string
		claim  observed.Resource
		size   string
		kept   []string
	}{
		"NotSeenYet": {"How large the claim is must be known before it is changed.", "30Gi", observed.Resource{}, "", nil},
		"Same":       {"A file system needs room of its own.", "20Gi", claim("21Gi", "Bound"), "", nil},
		"Grow":       {"", "30Gi", claim("21Gi", "Bound"), "30Gi", nil},
		"Grown":      {"What was once applied must be applied on, or it would be removed.", "30Gi", adjusted(claim("30Gi", "Bound")), "30Gi", nil},
		"Unbound":    {"", "30Gi", claim("21Gi", "Pending"), "", nil},
		"Back":       {"A claim that has grown does not shrink.", "30Gi", adjusted(claim("40Gi", "Bound")), "40Gi", []string{shrink}},
		"AllTheWay":  {"Nor to the size that it was imported with.", "20Gi", adjusted(claim("40Gi", "Bound")), "40Gi", []string{shrink}},
		"Below":      {"It is told once, with the size that the disk has.", "10Gi", adjusted(claim("40Gi", "Bound")), "40Gi", []string{shrink}},
		"Fixed":      {"What can only be observed grows by hand.", "30Gi", fixed(claim("21Gi", "Bound")), "", []string{byHand}},
		"FixedGrown": {"Then it is as wished.", "30Gi", fixed(claim("30Gi", "Bound")), "", nil},
		"Refused":    {"", "30Gi", observed.Resource{Object: claim("21Gi", "Bound").Object, Refused: "x is forbidden: cannot be resized"}, "30Gi", []string{"spec.disks[0].size: the disk has 21Gi, and the cluster refuses to grow it: x is forbidden: cannot be resized: put 21Gi back, or have its storage class allow volumes to grow"}},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			rs := dv()
			rs["pvc-system"] = tc.claim
			p, err := Plan(wukong(v1alpha1.Disk{Name: "system", Size: size(tc.asked), Image: "debian"}), "", rs)
			if err != nil || len(p.Resources) != 2 {
				t.Fatalf("want the DataVolume and its claim, got %d resources and %v", len(p.Resources), err)
			}
			if diff := cmp.Diff(tc.kept, p.Kept); diff != "" {
				t.Errorf("%s\nkept: -want, +got:\n%s", tc.reason, diff)
			}
			r := p.Resources[1]
			if r.Key != "pvc-system" || r.Management.Creates() || r.Object.GetName() != p.Volumes[0].ClaimName {
				t.Errorf("%s\nwant claim %s to be read, and not to be created, got %+v", tc.reason, p.Volumes[0].ClaimName, r)
			}
			pvc, ok := r.Object.(*corev1.PersistentVolumeClaim)
			if ok != (tc.size != "") || ok != (r.Management == plan.Adjust) {
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

	importing := dv()
	importing["disk-system"].Object.Fields["status"] = structpb.NewStructValue(observedtest.Object(object{"phase": "ImportInProgress"}))
	if p, err := Plan(wukong(v1alpha1.Disk{Name: "system", Size: size("30Gi"), Image: "debian"}), "", importing); err != nil || len(p.Resources) != 1 || len(p.Kept) != 0 {
		t.Errorf("while it is imported, there is nothing to grow yet, and nothing to complain about: %+v, %v", p, err)
	}
}

// TestRedacted shows that a message about where a disk came from keeps to itself the password and the signature in its URL.
func TestRedacted(t *testing.T) {
	rs := observed.Resources{"disk-system": {Object: observedtest.Object(object{"kind": "DataVolume", "spec": object{"source": object{"http": object{"url": "https://me:secret@example.org/a?signature=secret"}}}})}}
	p, err := Plan(wukong(v1alpha1.Disk{Name: "system", Size: size("1Gi"), Image: "debian"}), "", rs)
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
			if _, err := Plan(wukong(d), "", rs); err != nil {
				t.Errorf("%s %v: %v", kind, spec, err)
			}
		}
	}
}

// TestClaimsToGo shows that a disk which is renamed by naming its claim does not lose its data.
func TestClaimsToGo(t *testing.T) {
	claim := v1alpha1.ObjectName(names.Object(wukong(), names.Disk, "system"))
	cases := map[string]struct {
		retained bool
		disks    []v1alpha1.Disk
		refused  bool
	}{
		"OwnClaim":     {false, []v1alpha1.Disk{{Name: "system", ClaimName: claim}}, true},
		"Renamed":      {false, []v1alpha1.Disk{{Name: "root", ClaimName: claim}}, true},
		"Retained":     {true, []v1alpha1.Disk{{Name: "root", ClaimName: claim}}, false},
		"StillThere":   {false, []v1alpha1.Disk{{Name: "system", Size: size("20Gi")}, {Name: "root", ClaimName: claim}}, false},
		"SomebodyElse": {false, []v1alpha1.Disk{{Name: "system", ClaimName: "by-hand"}}, false},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			rs := pvc("Bound")
			rs["disk-system"] = observed.Resource{Object: rs["disk-system"].Object, Retained: tc.retained}
			_, err := Plan(wukong(tc.disks...), "", rs)
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
		if _, err := Plan(wukong(v1alpha1.Disk{Name: "system", Size: size("1Gi")}), "", rs); !errors.Is(err, ErrUnreadable) {
			t.Errorf("%v: want ErrUnreadable, got %v", rs, err)
		}
	}
}
