package storage

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/utils/ptr"
	cdiv1 "kubevirt.io/containerized-data-importer-api/pkg/apis/core/v1beta1"

	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
	"github.com/novasphere/function-wukong/internal/observed"
	"github.com/novasphere/function-wukong/internal/observed/observedtest"
)

// drive returns a CD-ROM drive with an image; empty for none.
func drive(image v1alpha1.Image) v1alpha1.Disk {
	d := v1alpha1.Disk{Name: "iso", Type: v1alpha1.DiskTypeCDROM, Image: image, Bus: "sata"}
	if strings.HasPrefix(string(image), "https://") {
		d.Size = size("6Gi")
	}
	return d
}

// made returns the state in which the objects of a Wukong exist, as they were asked for, with a status.
func made(t *testing.T, w *v1alpha1.Wukong, status string) observed.Resources {
	t.Helper()
	out := observed.Resources{}
	resources, _ := planned(t, w)
	for _, r := range resources {
		fields, err := runtime.DefaultUnstructuredConverter.ToUnstructured(r.Object)
		if err != nil {
			t.Fatal(err)
		}
		o := observedtest.Object(fields)
		o.Fields["status"] = observedtest.YAML("{s: " + status + "}").GetFields()["s"]
		out[r.Key] = observed.Resource{Object: o}
	}
	return out
}

// TestMedia shows what the medium of a drive is, under which key and name: an import, a container, an existing claim, or nothing.
func TestMedia(t *testing.T) {
	cases := map[string]struct {
		reason string
		disk   v1alpha1.Disk
		key    string
		want   Volume
	}{
		"File": {
			reason: "A file is imported. Its key and its name are an API.", disk: drive("https://example.org/a.iso"), key: "disk-iso.0845fc81c1",
			want: Volume{Name: "iso", CDROM: true, ClaimName: "web-01-iso-0845fc81c1-ftb67", Imported: true, Bus: "sata", BootOrder: 1},
		},
		"Container": {
			reason: "KubeVirt attaches a container as it is.", disk: drive("docker://quay.io/kubevirt/virtio-container-disk:v1.9.0"),
			want: Volume{Name: "iso", CDROM: true, Container: "quay.io/kubevirt/virtio-container-disk:v1.9.0", Bus: "sata", BootOrder: 1},
		},
		"Reference": {
			reason: "A reference without a scheme is a container, too.", disk: drive("quay.io/containerdisks/fedora:40"),
			want: Volume{Name: "iso", CDROM: true, Container: "quay.io/containerdisks/fedora:40", Bus: "sata", BootOrder: 1},
		},
		"Claim": {
			reason: "An existing claim is attached.", disk: v1alpha1.Disk{Name: "iso", Type: v1alpha1.DiskTypeCDROM, ClaimName: "mine", Bus: "sata"},
			want: Volume{Name: "iso", CDROM: true, ClaimName: "mine", Bus: "sata", BootOrder: 1},
		},
		"Empty": {reason: "A drive may be empty.", disk: drive(""), want: Volume{Name: "iso", CDROM: true, Bus: "sata", BootOrder: 1}},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			tc.disk.Boot = true
			resources, volumes := planned(t, wukong(tc.disk))
			if diff := cmp.Diff([]Volume{tc.want}, volumes); diff != "" {
				t.Errorf("%s\n-want, +got:\n%s", tc.reason, diff)
			}
			if volumes[0].IsEmpty() != (name == "Empty") {
				t.Errorf("%s Got empty: %t", tc.reason, volumes[0].IsEmpty())
			}
			var keys []string
			for _, r := range resources {
				keys = append(keys, r.Key)
			}
			if got := strings.Join(keys, ", "); got != tc.key {
				t.Errorf("%s Want the key %q, got %q", tc.reason, tc.key, got)
			}
			statuses, part := Report(wukong(tc.disk), Settings{}, made(t, wukong(tc.disk), "{phase: Succeeded}"), false)
			if hasClaim := tc.want.ClaimName != ""; !part.Ready || (len(statuses) == 1) != hasClaim {
				t.Errorf("%s Want it ready, and a status: %t, got %+v, %+v", tc.reason, hasClaim, part, statuses)
			}
			if n := len(Claims(wukong(tc.disk), Settings{}, nil)); (n == 1) != (tc.want.ClaimName != "") {
				t.Errorf("%s Got %d claims", tc.reason, n)
			}
		})
	}
}

// TestSwap shows that all that a spec says of a medium makes another one, and all else none, and that nothing is lost by the one that goes.
func TestSwap(t *testing.T) {
	before := wukong(v1alpha1.Disk{Name: "system", Size: size("10Gi")}, drive("https://example.org/a.iso"))
	rs := made(t, before, "{phase: Bound}")
	cases := map[string]struct {
		reason string
		edit   func(*v1alpha1.Disk)
		set    Settings
		same   bool
	}{
		"Image":       {reason: "Another image is another medium.", edit: func(d *v1alpha1.Disk) { d.Image = "https://example.org/b.iso" }},
		"Size":        {reason: "A DataVolume does not grow.", edit: func(d *v1alpha1.Disk) { d.Size = size("7Gi") }},
		"Class":       {reason: "It has another class.", edit: func(d *v1alpha1.Disk) { d.StorageClassName = "fast" }},
		"Mode":        {reason: "It has another mode.", edit: func(d *v1alpha1.Disk) { d.VolumeMode = ptr.To(corev1.PersistentVolumeBlock) }},
		"AccessModes": {reason: "It has other access modes.", edit: func(d *v1alpha1.Disk) { d.AccessModes = []corev1.PersistentVolumeAccessMode{"ReadOnlyMany"} }},
		"Ejected":     {reason: "It is ejected.", edit: func(d *v1alpha1.Disk) { d.Image, d.Size = "", nil }},
		"Container":   {reason: "A container takes its place.", edit: func(d *v1alpha1.Disk) { d.Image = "quay.io/a/b:1" }},
		"Disk":        {reason: "The drive becomes a disk.", edit: func(d *v1alpha1.Disk) { d.Type = "" }},
		"Removed":     {reason: "The drive goes.", edit: func(d *v1alpha1.Disk) { *d = v1alpha1.Disk{Name: "other", Size: size("1Gi")} }},
		"Unit":        {reason: "It is as large in another unit.", edit: func(d *v1alpha1.Disk) { d.Size = size("6144Mi") }, same: true},
		"Bus":         {reason: "The drive changes, and not the medium.", edit: func(d *v1alpha1.Disk) { d.Bus = "scsi" }, same: true},
		"Input":       {reason: "Another default class is for media that do not exist.", edit: func(*v1alpha1.Disk) {}, set: Settings{Class: "fast"}, same: true},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			after := before.DeepCopy()
			tc.edit(&after.Spec.Disks[1])
			p, err := Plan(after, tc.set, rs)
			if err != nil || len(p.Rejected) > 0 || len(p.DataLoss) > 0 {
				t.Fatalf("%s Want nothing refused or lost, got %q, %q, %v", tc.reason, p.Rejected, p.DataLoss, err)
			}
			kept := false
			for _, r := range p.Resources {
				if r.Key == "disk-iso.0845fc81c1" {
					kept = true
					dv, ok := r.Object.(*cdiv1.DataVolume)
					if !ok || dv.Spec.Storage.StorageClassName != nil {
						t.Errorf("%s Want the DataVolume as it is, got %+v", tc.reason, r.Object)
					}
				}
			}
			if kept != tc.same {
				t.Errorf("%s Want the medium to stay: %t, got %t", tc.reason, tc.same, kept)
			}
			said := false
			for _, a := range p.Advice {
				said = said || msgMediumRemoved.Says(strings.TrimPrefix(a, "spec.disks: "))
			}
			if said == tc.same {
				t.Errorf("%s Want it told that the medium goes: %t, got %q", tc.reason, !tc.same, p.Advice)
			}
		})
	}
}

// TestKeepDisks shows that a disk which exists stays as it is when it is called a CD-ROM drive.
func TestKeepDisks(t *testing.T) {
	plain := v1alpha1.Disk{Name: "iso", Size: size("10Gi"), DeletionPolicy: v1alpha1.DeletionPolicyDelete}
	imported := v1alpha1.Disk{Name: "iso", Size: size("10Gi"), Image: "https://example.org/a.img"}
	with := func(rs observed.Resources, edit func(*observed.Resource)) observed.Resources {
		r := rs["disk-iso"]
		edit(&r)
		return observed.Resources{"disk-iso": r}
	}
	claim := made(t, wukong(plain), "{phase: Bound}")
	cases := map[string]struct {
		reason string
		rs     observed.Resources
		given  v1alpha1.Disk
		want   v1alpha1.Disk
	}{
		"Empty":    {reason: "The claim keeps its size.", rs: claim, given: drive(""), want: v1alpha1.Disk{Name: "iso", Size: size("10Gi"), Bus: "sata"}},
		"Imported": {reason: "So does an import.", rs: made(t, wukong(imported), "{phase: Succeeded}"), given: drive("https://example.org/a.iso"), want: v1alpha1.Disk{Name: "iso", Size: size("10Gi"), Bus: "sata"}},
		"Claim": {
			reason: "The data would go with its claim.", rs: claim, given: v1alpha1.Disk{Name: "iso", Type: v1alpha1.DiskTypeCDROM, ClaimName: "mine"},
			want: v1alpha1.Disk{Name: "iso", Size: size("10Gi")},
		},
		"Retained": {
			reason: "It stays retained.", rs: with(claim, func(r *observed.Resource) { r.Retained = true }), given: drive(""),
			want: v1alpha1.Disk{Name: "iso", Size: size("10Gi"), Bus: "sata", DeletionPolicy: v1alpha1.DeletionPolicyRetain},
		},
		"Foreign": {reason: "Another's does not matter.", rs: with(claim, func(r *observed.Resource) { *r = observed.Resource{Foreign: &observed.Foreign{}} }), given: drive(""), want: drive("")},
		"Deleted": {
			reason: "What is being deleted is no disk any more.", given: drive(""), want: drive(""),
			rs: observed.Resources{"disk-iso": {Object: observedtest.YAML("{kind: PersistentVolumeClaim, metadata: {deletionTimestamp: '2026-01-01T00:00:00Z'}}")}},
		},
		"Drive": {reason: "A medium is no disk.", rs: made(t, wukong(drive("https://example.org/a.iso")), "{phase: Succeeded}"), given: drive(""), want: drive("")},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			w := wukong(tc.given)
			rejected := KeepDisks(w, tc.rs)
			if diff := cmp.Diff(tc.want, w.Spec.Disks[0]); diff != "" {
				t.Errorf("%s\n-want, +got:\n%s", tc.reason, diff)
			}
			if stays := tc.want.Type == ""; stays != (len(rejected) == 1) {
				t.Errorf("%s Got the rejections %q", tc.reason, rejected)
			}
			p, err := Plan(w, Settings{}, tc.rs)
			if err != nil || len(p.DataLoss) > 0 && name != "Drive" && name != "Foreign" && name != "Deleted" || len(p.Rejected) > 0 {
				t.Errorf("%s Want nothing lost, got %q, %q, %v", tc.reason, p.DataLoss, p.Rejected, err)
			}
			if claim, ok := p.Resources, tc.want.Type == ""; ok && len(claim) == 0 {
				t.Errorf("%s Want the disk, got nothing", tc.reason)
			}
		})
	}
}

// TestKeepDevice shows that a disk which stays one keeps the device that the virtual machine has of it.
func TestKeepDevice(t *testing.T) {
	rs := made(t, wukong(v1alpha1.Disk{Name: "iso", Size: size("10Gi"), DeletionPolicy: v1alpha1.DeletionPolicyDelete}), "{phase: Bound}")
	device := func(text string) observed.Resources {
		return observed.Resources{"disk-iso": rs["disk-iso"], "vm": {Object: observedtest.YAML(
			"{apiVersion: kubevirt.io/v1, kind: VirtualMachine, metadata: {name: web-01}, spec: {template: {spec: {domain: {devices: {disks: [" + text + "]}}}}}}")}}
	}
	physical := int32(4096)
	cases := map[string]struct {
		reason string
		device string
		want   v1alpha1.Disk
	}{
		"LUN": {
			reason: "A lun is on its own bus.", device: "{name: iso, lun: {bus: scsi, reservation: true}, cache: none}",
			want: v1alpha1.Disk{Type: v1alpha1.DiskTypeLUN, Bus: "scsi", Reservation: true, Cache: v1alpha1.DiskCacheNone},
		},
		"Tuned": {
			reason: "So is what was tuned.", device: "{name: iso, disk: {bus: virtio}, io: native, shareable: true, dedicatedIOThread: true, blockSize: {custom: {logical: 512, physical: 4096}}}",
			want: v1alpha1.Disk{
				Bus: "sata", IO: v1alpha1.DiskIONative, Shareable: true, DedicatedIOThread: true, BlockSize: &v1alpha1.BlockSize{Logical: 512, Physical: &physical},
			},
		},
		"Other": {reason: "Another disk does not matter.", device: "{name: other, lun: {bus: scsi}}", want: v1alpha1.Disk{Bus: "sata"}},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			tc.want.Name, tc.want.Size = "iso", size("10Gi")
			w := wukong(drive(""))
			KeepDisks(w, device(tc.device))
			if diff := cmp.Diff(tc.want, w.Spec.Disks[0]); diff != "" {
				t.Errorf("%s\n-want, +got:\n%s", tc.reason, diff)
			}
		})
	}
}

// TestKeptSize shows that a disk which stays one does not grow by that: its claim is larger than the disk on a file system.
func TestKeptSize(t *testing.T) {
	rs := observed.Resources{"disk-iso": {Object: observedtest.YAML(`{kind: PersistentVolumeClaim, metadata: {name: web-01-iso-x,
		annotations: {vm.novasphere.dev/requested-size: 10Gi}}, spec: {accessModes: [ReadWriteOnce], volumeMode: Filesystem, resources: {requests: {storage: 11Gi}}},
		status: {phase: Bound}}`)}}
	w := wukong(drive(""))
	KeepDisks(w, rs)
	p, err := Plan(w, Settings{}, rs)
	if err != nil {
		t.Fatal(err)
	}
	claim, ok := p.Resources[0].Object.(*corev1.PersistentVolumeClaim)
	if !ok {
		t.Fatalf("want a claim, got %T", p.Resources[0].Object)
	}
	if got := claim.Spec.Resources.Requests[corev1.ResourceStorage]; got.String() != "11Gi" {
		t.Errorf("want the claim to stay as large as it is, 11Gi, got %s", got.String())
	}
}

// TestBootOrder shows from which disks a guest boots, in which order.
func TestBootOrder(t *testing.T) {
	disk := func(name v1alpha1.Label, boot bool) v1alpha1.Disk {
		return v1alpha1.Disk{Name: name, Size: size("1Gi"), Boot: boot}
	}
	rom := func(name v1alpha1.Label, boot bool) v1alpha1.Disk {
		return v1alpha1.Disk{Name: name, Type: v1alpha1.DiskTypeCDROM, Boot: boot}
	}
	image := disk("image", false)
	image.Image = "quay.io/a/b:1"
	cases := map[string]struct {
		reason string
		disks  []v1alpha1.Disk
		osDisk v1alpha1.Label
		want   []uint
	}{
		"Disks":   {reason: "Without drives only the boot disk has a place.", disks: []v1alpha1.Disk{disk("a", false), disk("b", true)}, want: []uint{0, 1}},
		"Drives":  {reason: "The drives follow, empty as they are.", disks: []v1alpha1.Disk{rom("x", false), disk("a", true), disk("b", false), rom("y", false)}, want: []uint{2, 1, 0, 3}},
		"Rescue":  {reason: "The first disk follows a drive that comes first.", disks: []v1alpha1.Disk{rom("x", false), disk("a", false), rom("y", true)}, want: []uint{3, 2, 1}},
		"Image":   {reason: "A disk with an image comes before others.", disks: []v1alpha1.Disk{rom("x", true), disk("a", false), image}, want: []uint{1, 0, 2}},
		"OSImage": {reason: "The one with osImage comes before those.", disks: []v1alpha1.Disk{rom("x", true), image, disk("a", false)}, osDisk: "a", want: []uint{1, 0, 2}},
		"Alone":   {reason: "There may be drives alone.", disks: []v1alpha1.Disk{rom("x", true), rom("y", false)}, want: []uint{1, 2}},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(tc.want, bootOrder(tc.disks, tc.osDisk)); diff != "" {
				t.Errorf("%s\n-want, +got:\n%s", tc.reason, diff)
			}
		})
	}
}

// TestExistingMedium shows which medium counts as the one that a drive has: the one that is asked for, else one that is not going.
func TestExistingMedium(t *testing.T) {
	a, b := drive("https://example.org/a.iso"), drive("https://example.org/b.iso")
	rs := made(t, wukong(a), "{phase: Succeeded}")
	for k, r := range made(t, wukong(b), "{phase: Succeeded}") {
		rs[k] = r
	}
	for _, d := range []v1alpha1.Disk{a, b} {
		if got := Existing(&d, rs); got == nil || got.Image != d.Image || !got.IsCDROM() || got.Size.String() != "6Gi" {
			t.Errorf("want %s, got %+v", d.Image, got)
		}
	}
	c := drive("https://example.org/c.iso")
	if got := Existing(&c, rs); got == nil || Exists(&c, rs) {
		t.Errorf("want the medium before a new one, which does not exist, got %+v", got)
	}
	for k, r := range rs {
		r.Object.GetFields()["metadata"].GetStructValue().Fields["deletionTimestamp"] = observedtest.YAML("{s: '2026-01-01T00:00:00Z'}").GetFields()["s"]
		rs[k] = r
	}
	if got := Existing(&c, rs); got != nil {
		t.Errorf("want none of those that go, got %+v", got)
	}
	if got := Existing(&v1alpha1.Disk{Name: "iso"}, rs); got != nil {
		t.Errorf("a medium is no disk, got %+v", got)
	}
}

// TestMediumAsClaim shows that the claim of a medium that goes cannot be attached, and how it is told.
func TestMediumAsClaim(t *testing.T) {
	rs := made(t, wukong(drive("https://example.org/a.iso")), "{phase: Succeeded}")
	w := wukong(v1alpha1.Disk{Name: "other", Type: v1alpha1.DiskTypeCDROM, ClaimName: "web-01-iso-0845fc81c1-ftb67"})
	if _, err := Plan(w, Settings{}, rs); err == nil || !strings.Contains(err.Error(), "medium of CD-ROM drive iso") {
		t.Errorf("want the claim refused, got %v", err)
	}
	w.Spec.Disks = append(w.Spec.Disks, drive("https://example.org/a.iso"))
	if _, err := Plan(w, Settings{}, rs); err != nil {
		t.Errorf("the medium stays, and so does its claim: %v", err)
	}
}

// TestFieldsWithoutMedium shows that fields of an import are told to have no effect where nothing is imported.
func TestFieldsWithoutMedium(t *testing.T) {
	d := drive("quay.io/a/b:1")
	d.Size, d.StorageClassName, d.VolumeMode, d.AccessModes = size("1Gi"), "fast", ptr.To(corev1.PersistentVolumeBlock), []corev1.PersistentVolumeAccessMode{"ReadWriteOnce"}
	p, err := Plan(wukong(d), Settings{}, nil)
	if err != nil || len(p.Advice) != 4 {
		t.Errorf("want advice on each of four fields, got %q, %v", p.Advice, err)
	}
	d.Image, d.Size = "https://example.org/a.iso", size("1Gi")
	if p, err = Plan(wukong(d), Settings{}, nil); err != nil || len(p.Advice) != 0 {
		t.Errorf("want none on those of an import, got %q, %v", p.Advice, err)
	}
}
