package kubevirt

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"k8s.io/utils/ptr"
	kubevirtv1 "kubevirt.io/api/core/v1"

	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
	"github.com/novasphere/function-wukong/input/v1beta1"
	"github.com/novasphere/function-wukong/internal/observed"
	"github.com/novasphere/function-wukong/internal/plan"
	"github.com/novasphere/function-wukong/internal/storage"
)

// TestDiskTuning shows the devices of disks that are tuned.
func TestDiskTuning(t *testing.T) {
	onVirtio := kubevirtv1.DiskDevice{Disk: &kubevirtv1.DiskTarget{Bus: "virtio"}}
	cases := map[string]struct {
		reason string
		volume storage.Volume
		want   kubevirtv1.Disk
	}{
		"Plain": {
			reason: "What is not given is KubeVirt's choice.", volume: storage.Volume{Bus: "virtio"},
			want: kubevirtv1.Disk{DiskDevice: onVirtio, Serial: "a"},
		},
		"Tuned": {
			reason: "Each field is KubeVirt's own.",
			volume: storage.Volume{
				Bus: "virtio", Cache: "none", IO: "native", Shareable: true, DedicatedIOThread: true,
				BlockSize: &v1alpha1.BlockSize{Logical: 512, Physical: ptr.To[int32](4096)},
			},
			want: kubevirtv1.Disk{
				DiskDevice: onVirtio, Serial: "a", Cache: kubevirtv1.CacheNone, IO: kubevirtv1.IONative, Shareable: ptr.To(true), DedicatedIOThread: ptr.To(true),
				BlockSize: &kubevirtv1.BlockSize{Custom: &kubevirtv1.CustomBlockSize{Logical: 512, Physical: 4096}},
			},
		},
		"Physical": {
			reason: "KubeVirt takes both sizes.", volume: storage.Volume{Bus: "virtio", BlockSize: &v1alpha1.BlockSize{Logical: 4096}},
			want: kubevirtv1.Disk{
				DiskDevice: onVirtio, Serial: "a", BlockSize: &kubevirtv1.BlockSize{Custom: &kubevirtv1.CustomBlockSize{Logical: 4096, Physical: 4096}},
			},
		},
		"LUN": {
			reason: "It has the serial number of the storage.", volume: storage.Volume{Bus: "scsi", LUN: true, Reservation: true, Cache: "none"},
			want: kubevirtv1.Disk{DiskDevice: kubevirtv1.DiskDevice{LUN: &kubevirtv1.LunTarget{Bus: "scsi", Reservation: true}}, Cache: kubevirtv1.CacheNone},
		},
		"Drive": {
			reason: "A drive has a cache, too.", volume: storage.Volume{Bus: "sata", CDROM: true, Cache: "writeback", IO: "threads"},
			want: kubevirtv1.Disk{
				DiskDevice: kubevirtv1.DiskDevice{CDRom: &kubevirtv1.CDRomTarget{Bus: "sata"}}, Serial: "a", Cache: kubevirtv1.CacheWriteBack, IO: kubevirtv1.IOThreads,
			},
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			tc.volume.Name, tc.volume.ClaimName, tc.want.Name = "a", "claim", "a"
			got := planned(v1alpha1.WukongSpec{}, Devices{Volumes: []storage.Volume{tc.volume}})
			if diff := cmp.Diff(tc.want, got.Spec.Template.Spec.Domain.Devices.Disks[0]); diff != "" {
				t.Errorf("%s\n-want, +got:\n%s", tc.reason, diff)
			}
		})
	}
}

// TestDiskTuningRollout shows what KubeVirt makes of another device of a disk: it asks for a restart, unless the volume is hotpluggable.
func TestDiskTuningRollout(t *testing.T) {
	with := func(v storage.Volume, hotpluggable bool) *kubevirtv1.VirtualMachine {
		v.Name, v.ClaimName = "a", "claim"
		vm := machine(nil)
		device := deviceFor(v)
		tune(&device, v)
		attach(vm, device, volumeSource(v, hotpluggable))
		return vm
	}
	cases := map[string]struct {
		reason   string
		from, to storage.Volume
		field    string
	}{
		"Cache":       {reason: "Another cache.", from: storage.Volume{Cache: "none"}, to: storage.Volume{Cache: "writeback"}, field: "disks[a].cache"},
		"IO":          {reason: "Another I/O.", to: storage.Volume{IO: "threads"}, field: "disks[a].io"},
		"Shareable":   {reason: "It is shared.", to: storage.Volume{Shareable: true}, field: "disks[a].shareable"},
		"BlockSize":   {reason: "It has other blocks.", to: storage.Volume{BlockSize: &v1alpha1.BlockSize{Logical: 4096}}, field: "disks[a].blockSize"},
		"Thread":      {reason: "It gets a thread.", to: storage.Volume{DedicatedIOThread: true}, field: "disks[a].dedicatedIOThread"},
		"LUN":         {reason: "It becomes a lun, on the same claim.", to: storage.Volume{LUN: true}, field: "disks[a].type"},
		"NoLUN":       {reason: "It is a disk again.", from: storage.Volume{LUN: true}, field: "disks[a].type"},
		"Reservation": {reason: "It is reserved.", from: storage.Volume{LUN: true}, to: storage.Volume{LUN: true, Reservation: true}, field: "disks[a].reservation"},
	}
	for name, tc := range cases {
		for _, hotpluggable := range []bool{false, true} {
			t.Run(name, func(t *testing.T) {
				ds := Compare(with(tc.from, hotpluggable), with(tc.to, hotpluggable), nil)
				if len(ds) == 0 {
					t.Fatalf("%s Want a difference", tc.reason)
				}
				for _, d := range ds {
					if d.Field != tc.field || d.Effect != plan.EffectRestart || d.RestartRequired == hotpluggable {
						t.Errorf("%s Want a restart for %s, required: %t, got %+v", tc.reason, tc.field, !hotpluggable, d)
					}
				}
			})
		}
	}
}

// TestReservationMigrates shows that only KubeVirt before 1.9 does not migrate an instance with reservations.
func TestReservationMigrates(t *testing.T) {
	vm := machine(nil)
	attach(vm, lun("a", "scsi", true), kubevirtv1.VolumeSource{})
	for version, want := range map[v1beta1.Version]bool{"": true, "1.8": false, "1.9": true} {
		if got := startedAs(vm, &v1beta1.Cluster{KubeVirt: &v1beta1.KubeVirt{Version: version}}).migratable; got != want {
			t.Errorf("version %q: want %t, got %t", version, want, got)
		}
	}
}

// TestBlockSizeAdvice shows where a disk that exists shows blocks of another size to its guest.
func TestBlockSizeAdvice(t *testing.T) {
	const other = "spec.disks[0].blockSize: the guest knows this disk with blocks of 512 bytes, by which it finds its partitions and file systems: put that back, " +
		"or make them anew"
	of := func(logical int32) *v1alpha1.BlockSize { return &v1alpha1.BlockSize{Logical: logical} }
	cases := map[string]struct {
		reason     string
		has, wants *v1alpha1.BlockSize
		preference bool
		want       []string
	}{
		"Usual":      {reason: "Nobody says anything."},
		"Same":       {reason: "Both say the same.", has: of(4096), wants: of(4096)},
		"Said":       {reason: "What was meant is said.", wants: of(512)},
		"Other":      {reason: "Another size is asked for.", wants: of(4096), want: []string{other}},
		"Preference": {reason: "None of KubeVirt's own chooses one.", wants: of(4096), preference: true, want: []string{other}},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			spec := func(b *v1alpha1.BlockSize) v1alpha1.WukongSpec {
				s := v1alpha1.WukongSpec{Disks: []v1alpha1.Disk{{Name: "a", BlockSize: b}}}
				if tc.preference {
					s.Preference = &v1alpha1.PreferenceReference{Name: "fedora"}
				}
				return s
			}
			vm := planned(spec(tc.has), Devices{Volumes: []storage.Volume{{Name: "a", ClaimName: "claim", Bus: "virtio", BlockSize: tc.has}}})
			w := &v1alpha1.Wukong{Spec: spec(tc.wants)}
			got := blockSizeAdvice(params{wukong: w, observed: observed.Resources{plan.KeyVM: resourceOf(t, vm)}})
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("%s\n-want, +got:\n%s", tc.reason, diff)
			}
		})
	}
}
