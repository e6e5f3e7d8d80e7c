package kubevirt

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	kubevirtv1 "kubevirt.io/api/core/v1"

	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
	"github.com/novasphere/function-wukong/input/v1beta1"
	"github.com/novasphere/function-wukong/internal/network"
	"github.com/novasphere/function-wukong/internal/observed"
	"github.com/novasphere/function-wukong/internal/observed/observedtest"
	"github.com/novasphere/function-wukong/internal/plan"
	"github.com/novasphere/function-wukong/internal/storage"
)

// Devices and volumes of observed machines.
const (
	systemOnly = "{domain: {devices: {disks: [{name: system, disk: {bus: virtio}}]}}, volumes: [{name: system, dataVolume: {name: system}}]}"
	withDrive  = "{domain: {devices: {disks: [{name: system, disk: {bus: virtio}}, {name: iso, cdrom: {bus: sata}}]}}, volumes: [{name: system, dataVolume: {name: system}}]}"
)

// runsAs returns what is observed of a machine that runs: the specs of its template and of its instance. No instance is one that is not known.
func runsAs(template, instance string) observed.Resources {
	rs := observed.Resources{plan.KeyVM: {Object: observedtest.YAML("{kind: VirtualMachine, spec: {template: {spec: " + template + "}}, status: {created: true}}")}}
	if instance != "" {
		rs[plan.KeyVMI] = observed.Resource{Object: observedtest.YAML("{kind: VirtualMachineInstance, spec: " + instance + ", status: {phase: Running}}")}
	}
	return rs
}

// TestHotpluggable shows which volumes KubeVirt may plug: new ones, where it is known to plug and can. What exists stays as it is.
func TestHotpluggable(t *testing.T) {
	data := storage.Volume{Name: "data", ClaimName: "data", Bus: "virtio"}
	iso := storage.Volume{Name: "iso", CDROM: true, ClaimName: "iso", Imported: true, Bus: "sata", BootOrder: 2}
	with := func(v storage.Volume, edit func(*storage.Volume)) storage.Volume { edit(&v); return v }
	plugged := "{domain: {devices: {disks: [{name: data, disk: {bus: virtio}}]}}, volumes: [{name: data, persistentVolumeClaim: {claimName: data, hotpluggable: true}}]}"
	threaded := with(data, func(v *storage.Volume) { v.DedicatedIOThread = true })
	reserved := with(data, func(v *storage.Volume) { v.LUN, v.Bus, v.Reservation = true, "scsi", true })
	fixed := strings.ReplaceAll(plugged, ", hotpluggable: true", "")
	inserted := strings.ReplaceAll(withDrive, "volumes: [", "volumes: [{name: iso, dataVolume: {name: old, hotpluggable: true}}, ")
	drive := "{domain: {devices: {disks: [{name: data, cdrom: {bus: sata}}]}}}"
	cases := map[string]struct {
		reason string
		off    bool
		rs     observed.Resources
		volume storage.Volume
		want   bool
	}{
		"New":       {reason: "A new machine has them.", volume: data, want: true},
		"Unknown":   {reason: "Nobody says that KubeVirt plugs.", off: true, volume: data},
		"SCSI":      {reason: "SCSI can be plugged.", volume: with(data, func(v *storage.Volume) { v.Bus = "scsi" }), want: true},
		"SATA":      {reason: "SATA cannot.", volume: with(data, func(v *storage.Volume) { v.Bus = "sata" })},
		"Preferred": {reason: "KubeVirt does not see the bus of a preference.", volume: with(data, func(v *storage.Volume) { v.Bus = "" })},
		"Boot":      {reason: "The disk to boot from stays.", volume: with(data, func(v *storage.Volume) { v.BootOrder = 1 })},
		"Second":    {reason: "The one after a drive can be plugged.", volume: with(data, func(v *storage.Volume) { v.BootOrder = 2 }), want: true},
		"Threaded":  {reason: "QEMU has the threads of its start.", volume: threaded},
		"Reserved":  {reason: "The pod has the socket for reservations from its start.", volume: reserved},
		"LUN":       {reason: "Another lun can be plugged.", volume: with(reserved, func(v *storage.Volume) { v.Reservation = false }), want: true},
		"StickyThread": {
			reason: "One that is plugged stays so, and gets the thread when it starts.", rs: runsAs(plugged, plugged), volume: threaded, want: true,
		},
		"Container": {reason: "A container is pulled at the start.", volume: storage.Volume{Name: "iso", CDROM: true, Container: "a/b", Bus: "sata"}},
		"Medium":    {reason: "A new machine has the drive.", volume: iso, want: true},
		"BootMedium": {
			reason: "A drive to boot from stays.", volume: with(iso, func(v *storage.Volume) { v.BootOrder = 1 }),
		},
		"Added":      {reason: "A disk is added to a machine that runs.", rs: runsAs(systemOnly, systemOnly), volume: data, want: true},
		"Sticky":     {reason: "It stays hotpluggable.", off: true, rs: runsAs(plugged, plugged), volume: data, want: true},
		"StickyBoot": {reason: "So does one that becomes the disk to boot from.", rs: runsAs(plugged, plugged), volume: with(data, func(v *storage.Volume) { v.BootOrder = 1 }), want: true},
		"StickySATA": {reason: "On another bus it cannot be plugged.", rs: runsAs(plugged, plugged), volume: with(data, func(v *storage.Volume) { v.Bus = "sata" })},
		"Fixed":      {reason: "It stays as it is.", rs: runsAs(fixed, fixed), volume: data},
		"Returns":    {reason: "What the instance has is not gone yet.", rs: runsAs(systemOnly, fixed), volume: data},
		"Inserted":   {reason: "The instance has the drive.", rs: runsAs(withDrive, withDrive), volume: iso, want: true},
		"Swapped":    {reason: "The drive keeps what its medium was.", off: true, rs: runsAs(inserted, inserted), volume: iso, want: true},
		"NewDrive":   {reason: "KubeVirt gives no drive to an instance.", rs: runsAs(systemOnly, systemOnly), volume: iso},
		"Waiting":    {reason: "The instance does not have the drive yet.", rs: runsAs(withDrive, systemOnly), volume: iso},
		"Young":      {reason: "Whether the instance has it is not known.", rs: runsAs(withDrive, ""), volume: iso},
		"Planned":    {reason: "A plan knows that it runs, and no more.", rs: runsAs(withDrive, "{}"), volume: iso, want: true},
		"WasDrive":   {reason: "The drive has to go first.", rs: runsAs(drive, drive), volume: data},
		"StillDrive": {reason: "The drive of the instance has to go first.", rs: runsAs(systemOnly, drive), volume: data},
		"Foreign":    {reason: "Another's machine does not matter.", rs: observed.Resources{plan.KeyVM: {Foreign: &observed.Foreign{}}}, volume: data, want: true},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			if got := newPlugger(!tc.off, tc.rs).isHotpluggable(tc.volume); got != tc.want {
				t.Errorf("%s Want %t, got %t", tc.reason, tc.want, got)
			}
		})
	}
}

// TestPortAdvice shows that plugging more disks than KubeVirt has free ports for gives advice, at the first disk without a port.
func TestPortAdvice(t *testing.T) {
	disks := func(n int, bus string) []storage.Volume {
		out := []storage.Volume{{Name: "system", ClaimName: "system", Bus: "virtio", BootOrder: 1}}
		for i := range n {
			out = append(out, storage.Volume{Name: string(rune('a' + i)), ClaimName: "x", Bus: bus})
		}
		return out
	}
	small := runsAs(systemOnly, strings.Replace(systemOnly, "domain: {", "domain: {memory: {guest: 2Gi}, ", 1))
	large := runsAs(systemOnly, strings.Replace(systemOnly, "domain: {", "domain: {memory: {guest: 4Gi}, ", 1))
	cases := map[string]struct {
		reason  string
		rs      observed.Resources
		devices Devices
		want    string
	}{
		"Enough":  {reason: "There are three.", rs: small, devices: Devices{Volumes: disks(3, "virtio"), PlugsVolumes: true}},
		"Fourth":  {reason: "The fourth finds none.", rs: small, devices: Devices{Volumes: disks(4, "virtio"), PlugsVolumes: true}, want: "spec.disks[4].bus"},
		"SCSI":    {reason: "SCSI takes none.", rs: small, devices: Devices{Volumes: disks(9, "scsi"), PlugsVolumes: true}},
		"Large":   {reason: "A larger guest has six.", rs: large, devices: Devices{Volumes: disks(6, "virtio"), PlugsVolumes: true}},
		"Seventh": {reason: "The seventh finds none.", rs: large, devices: Devices{Volumes: disks(7, "virtio"), PlugsVolumes: true}, want: "spec.disks[7].bus"},
		"NIC": {
			reason: "A network interface takes one, too.", rs: small, want: "spec.disks[3].bus",
			devices: Devices{Volumes: disks(3, "virtio"), NICs: []network.NIC{{Name: "lan"}}, PlugsVolumes: true},
		},
		"Restart": {reason: "Without hotplug they come at the next start.", rs: small, devices: Devices{Volumes: disks(9, "virtio")}},
		"New":     {reason: "A new machine has a port for each.", devices: Devices{Volumes: disks(9, "virtio"), PlugsVolumes: true}},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			got := PortAdvice(tc.devices, tc.rs)
			if tc.want == "" && got != nil || tc.want != "" && (len(got) != 1 || !strings.HasPrefix(got[0], tc.want+": ")) {
				t.Errorf("%s Want advice at %q, got %q", tc.reason, tc.want, got)
			}
		})
	}
}

// TestEmptyDrives shows when an empty drive is refused: where KubeVirt is known not to take it, unless the machine has it, and in the place of a disk that
// is plugged.
func TestEmptyDrives(t *testing.T) {
	input := func(k *v1beta1.KubeVirt) *v1beta1.Input {
		return &v1beta1.Input{Cluster: &v1beta1.Cluster{KubeVirt: k}}
	}
	plugged := "{domain: {devices: {disks: [{name: iso, disk: {bus: scsi}}]}}, volumes: [{name: iso, persistentVolumeClaim: {claimName: a, hotpluggable: true}}]}"
	inserted := strings.ReplaceAll(withDrive, "volumes: [", "volumes: [{name: iso, dataVolume: {name: a}}, ")
	cases := map[string]struct {
		reason   string
		kubevirt *v1beta1.KubeVirt
		rs       observed.Resources
		disk     v1alpha1.Disk
		refused  string
		advice   bool
	}{
		"On":        {reason: "KubeVirt 1.9 takes it.", kubevirt: &v1beta1.KubeVirt{Version: "1.9"}},
		"Off":       {reason: "KubeVirt 1.8 does not.", kubevirt: &v1beta1.KubeVirt{Version: "1.8"}, refused: "spec.disks[0].image"},
		"Disabled":  {reason: "Nor does 1.9 without the gate.", kubevirt: &v1beta1.KubeVirt{Version: "1.9", DisabledFeatureGates: []v1beta1.FeatureGate{"DeclarativeHotplugVolumes"}}, refused: "spec.disks[0].image"},
		"Unknown":   {reason: "Nobody says whether it does.", advice: true},
		"Empty":     {reason: "The machine has it empty.", kubevirt: &v1beta1.KubeVirt{Version: "1.8"}, rs: runsAs(withDrive, ""), advice: true},
		"Ejected":   {reason: "The machine has it with a medium.", kubevirt: &v1beta1.KubeVirt{Version: "1.8"}, rs: runsAs(inserted, ""), refused: "spec.disks[0].image"},
		"Medium":    {reason: "It has a medium.", kubevirt: &v1beta1.KubeVirt{Version: "1.8"}, disk: v1alpha1.Disk{Image: "https://example.org/a.iso"}},
		"Plugged":   {reason: "The machine has a disk in its place.", kubevirt: &v1beta1.KubeVirt{Version: "1.9"}, rs: runsAs(plugged, plugged), refused: "spec.disks[0].type"},
		"StillDisk": {reason: "The instance has a disk in its place.", kubevirt: &v1beta1.KubeVirt{Version: "1.9"}, rs: runsAs(inserted, plugged), refused: "spec.disks[0].type"},
		"Claimed":   {reason: "With a medium the disk waits for a restart.", rs: runsAs(plugged, plugged), disk: v1alpha1.Disk{ClaimName: "b"}},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			tc.disk.Name, tc.disk.Type = "iso", v1alpha1.DiskTypeCDROM
			w := &v1alpha1.Wukong{Spec: v1alpha1.WukongSpec{Disks: []v1alpha1.Disk{tc.disk}}}
			errs, advice := Gates(w, input(tc.kubevirt), tc.rs)
			errs = append(errs, Drives(w, tc.rs)...)
			var fields []string
			for _, err := range errs {
				fields = append(fields, err.Field)
			}
			if diff := cmp.Diff(tc.refused, strings.Join(fields, ", ")); diff != "" {
				t.Errorf("%s\n-want, +got:\n%s", tc.reason, diff)
			}
			if (len(advice) == 1) != tc.advice {
				t.Errorf("%s Want advice: %t, got %q", tc.reason, tc.advice, advice)
			}
			if empty := !tc.disk.HasMedium(); TakesGates(&w.Spec) != empty {
				t.Errorf("%s An empty drive takes a gate: want %t", tc.reason, empty)
			}
		})
	}
}

// TestMediumRollout shows what KubeVirt makes of drives and their media. Of several differences the one that takes most counts.
func TestMediumRollout(t *testing.T) {
	with := func(bus string, source kubevirtv1.VolumeSource) *kubevirtv1.VirtualMachine {
		vm := machine(nil)
		attach(vm, cdrom("iso", kubevirtv1.DiskBus(bus)), source)
		return vm
	}
	imported := func(name string, hotpluggable bool) kubevirtv1.VolumeSource {
		return kubevirtv1.VolumeSource{DataVolume: &kubevirtv1.DataVolumeSource{Name: name, Hotpluggable: hotpluggable}}
	}
	container := func(image string) kubevirtv1.VolumeSource {
		return kubevirtv1.VolumeSource{ContainerDisk: &kubevirtv1.ContainerDiskSource{Image: image}}
	}
	none := kubevirtv1.VolumeSource{}
	cases := map[string]struct {
		reason   string
		from, to *kubevirtv1.VirtualMachine
		want     plan.Effect
		required bool
		field    string
	}{
		"Insert":        {reason: "A medium is inserted live.", from: with("sata", none), to: with("sata", imported("a", true)), want: plan.EffectLive, field: "disks[iso]"},
		"Eject":         {reason: "It is ejected live.", from: with("sata", imported("a", true)), to: with("sata", none), want: plan.EffectLive, field: "disks[iso]"},
		"Swap":          {reason: "It is swapped live.", from: with("sata", imported("a", true)), to: with("sata", imported("b", true)), want: plan.EffectLive, field: "disks[iso].image"},
		"InsertCold":    {reason: "It is not hotpluggable.", from: with("sata", none), to: with("sata", imported("a", false)), want: plan.EffectRestart, required: true, field: "disks[iso]"},
		"EjectCold":     {reason: "It is not hotpluggable.", from: with("sata", imported("a", false)), to: with("sata", none), want: plan.EffectRestart, required: true, field: "disks[iso]"},
		"Container":     {reason: "A container is pulled at the start.", from: with("sata", none), to: with("sata", container("a")), want: plan.EffectRestart, required: true, field: "disks[iso]"},
		"SwapContainer": {reason: "So is another one.", from: with("sata", container("a")), to: with("sata", container("b")), want: plan.EffectRestart, required: true, field: "disks[iso].image"},
		"Add":           {reason: "A drive is added at the start.", from: machine(nil), to: with("sata", none), want: plan.EffectRestart, required: true, field: "disks[iso]"},
		"AddLive":       {reason: "KubeVirt tries, and is refused, without asking for a restart.", from: machine(nil), to: with("sata", imported("a", true)), want: plan.EffectRestart, field: "disks[iso]"},
		"Remove":        {reason: "A drive goes with the instance.", from: with("sata", imported("a", true)), to: machine(nil), want: plan.EffectRestart, required: true, field: "disks[iso]"},
		"Bus":           {reason: "A drive moves at the start.", from: with("sata", none), to: with("scsi", none), want: plan.EffectRestart, required: true, field: "disks[iso].bus"},
		"BusWithMedium": {reason: "KubeVirt does not ask for it with a medium.", from: with("sata", imported("a", true)), to: with("scsi", imported("a", true)), want: plan.EffectRestart, field: "disks[iso].bus"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			ds := Compare(tc.from, tc.to, nil)
			worst, required, fields := plan.EffectLive, false, map[string]bool{}
			for _, d := range ds {
				if d.Effect == plan.EffectRestart {
					worst = d.Effect
				}
				required, fields[d.Field] = required || d.RestartRequired, true
			}
			if len(ds) == 0 || worst != tc.want || required != tc.required || !fields[tc.field] || len(fields) != 1 {
				t.Errorf("%s Want %s of %s, required: %t, got %+v", tc.reason, tc.want, tc.field, tc.required, ds)
			}
		})
	}
}
