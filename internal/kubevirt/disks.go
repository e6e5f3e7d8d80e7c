package kubevirt

import (
	"cmp"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/utils/ptr"
	kubevirtv1 "kubevirt.io/api/core/v1"

	"github.com/novasphere/function-wukong/internal/plan"
	"github.com/novasphere/function-wukong/internal/storage"
)

// disks are the volumes of the Wukong's disks, and their devices.
//
// KubeVirt attaches, detaches and changes a volume that is not hotpluggable by a restart (validLiveUpdateVolumes and validLiveUpdateDisks in
// pkg/virt-controller/watch/vm/vm.go), and one that is while the guest runs (hotplug.go). Kubernetes grows a claim while it is attached; the guest sees that while it runs with KubeVirt's feature
// gate ExpandDisks. A claim never shrinks, and its class and modes are immutable. CDI imports an image once, when the DataVolume is created.
// Crossplane deletes the volume of a disk that leaves the list, or that gets a claimName.
var disks = concern{
	apply: applyDisks,
	facts: bootFact,
	parts: []part{
		{path: pathVolumes, field: "disks", rollout: unordered},
		{path: pathVolumes + "[]", field: "disks[]", rollout: rolloutVolume},
		{path: pathVolumes + "[].persistentVolumeClaim", field: "disks[].claimName", rollout: rolloutVolume},
		{path: pathVolumes + "[].persistentVolumeClaim.hotpluggable", rollout: rolloutVolume},
		{path: pathVolumes + "[].dataVolume.hotpluggable", rollout: rolloutVolume},
		{path: pathVolumes + "[].dataVolume", field: "disks[].image", rollout: rolloutVolume},
		{path: pathVolumes + "[].containerDisk", field: "disks[].image", rollout: rolloutVolume},
		{path: pathVolumes + "[].containerDisk.imagePullSecret", field: "disks[].imageSecret", rollout: rolloutVolume},
		{path: pathDisks, field: "disks", rollout: unordered},
		{path: pathDisks + "[]", field: "disks[]", rollout: rolloutDisk},
		{path: pathDisks + "[].disk", field: "disks[].type", rollout: rolloutDisk},
		{path: pathDisks + "[].disk.bus", field: "disks[].bus", rollout: rolloutDisk},
		{path: pathDisks + "[].cdrom", field: "disks[].type", rollout: rolloutDisk},
		{path: pathDisks + "[].cdrom.bus", field: "disks[].bus", rollout: rolloutDisk},
		{path: pathDisks + "[].bootOrder", field: "disks[].boot", rollout: rolloutDisk},
		{path: pathDisks + "[].serial", rollout: rolloutDisk},
	},
	changes: map[string]plan.Effect{
		"osImage":                     plan.EffectRefused,
		"osImageFrom.kind":            plan.EffectRefused,
		"osImageFrom.name":            plan.EffectRefused,
		"osImageFrom.namespace":       plan.EffectRefused,
		"disks[].name":                plan.EffectDataLoss,
		"disks[].type":                plan.EffectRestart,
		"disks[].size":                plan.EffectLive,
		"disks[].storageClassName":    plan.EffectRefused,
		"disks[].boot":                plan.EffectRestart,
		"disks[].image":               plan.EffectRefused,
		"disks[].imageSecret":         plan.EffectRestart,
		"disks[].imageCA":             plan.EffectNone,
		"disks[].imageChecksum":       plan.EffectNone,
		"disks[].imageFrom.kind":      plan.EffectRefused,
		"disks[].imageFrom.name":      plan.EffectRefused,
		"disks[].imageFrom.namespace": plan.EffectRefused,
		"disks[].upload":              plan.EffectRefused,
		"disks[].claimName":           plan.EffectNewDisk,
		"disks[].accessModes":         plan.EffectRefused,
		"disks[].volumeMode":          plan.EffectRefused,
		"disks[].bus":                 plan.EffectRestart,
		"disks[].deletionPolicy":      plan.EffectLive,
		"disks[].migrateStorage":      plan.EffectLive,
		"restore.snapshot":            plan.EffectDataLoss,
		"restore.attempt":             plan.EffectDataLoss,
	},
}

// applyDisks adds a volume and a device for each disk. KubeVirt refuses a volume without a device.
func applyDisks(vm *kubevirtv1.VirtualMachine, p params) {
	plugger := newPlugger(p.devices.PlugsVolumes, p.observed)
	for _, v := range p.devices.Volumes {
		device := deviceFor(v)
		if device.LUN == nil {
			// A SCSI device has the serial number of the storage.
			device.Serial = p.identity.Serial(v.Name)
		}
		if v.BootOrder > 0 {
			device.BootOrder = ptr.To(v.BootOrder)
		}
		attach(vm, device, volumeSource(v, plugger.isHotpluggable(v)))
	}
}

// deviceFor returns the device of a volume.
func deviceFor(v storage.Volume) kubevirtv1.Disk {
	bus := kubevirtv1.DiskBus(v.Bus)
	switch {
	case v.CDROM:
		return cdrom(v.Name, bus)
	case v.LUN:
		return lun(v.Name, bus, v.Reservation)
	default:
		return disk(v.Name, bus)
	}
}

// attach adds a device and its volume to a VirtualMachine. An empty source stands for no volume.
func attach(vm *kubevirtv1.VirtualMachine, device kubevirtv1.Disk, source kubevirtv1.VolumeSource) {
	spec := &vm.Spec.Template.Spec
	spec.Domain.Devices.Disks = append(spec.Domain.Devices.Disks, device)
	if source != (kubevirtv1.VolumeSource{}) {
		spec.Volumes = append(spec.Volumes, kubevirtv1.Volume{Name: device.Name, VolumeSource: source})
	}
}

// disk returns a device on a bus. KubeVirt, or the preference, chooses an empty bus.
func disk(name string, bus kubevirtv1.DiskBus) kubevirtv1.Disk {
	return kubevirtv1.Disk{Name: name, DiskDevice: kubevirtv1.DiskDevice{Disk: &kubevirtv1.DiskTarget{Bus: bus}}}
}

// cdrom returns a CD-ROM drive on a bus. KubeVirt, or the preference, chooses an empty bus.
func cdrom(name string, bus kubevirtv1.DiskBus) kubevirtv1.Disk {
	return kubevirtv1.Disk{Name: name, DiskDevice: kubevirtv1.DiskDevice{CDRom: &kubevirtv1.CDRomTarget{Bus: bus}}}
}

// volumeSource returns the DataVolume of an imported volume, the container of a medium, and the claim of another volume; nothing for an empty drive.
// KubeVirt waits for the import of a DataVolume, but not for that of a claim.
func volumeSource(v storage.Volume, hotpluggable bool) kubevirtv1.VolumeSource {
	switch {
	case v.IsEmpty():
		return kubevirtv1.VolumeSource{}
	case v.Container != "":
		return kubevirtv1.VolumeSource{ContainerDisk: &kubevirtv1.ContainerDiskSource{Image: v.Container, ImagePullSecret: v.PullSecret}}
	case v.Imported:
		return kubevirtv1.VolumeSource{DataVolume: &kubevirtv1.DataVolumeSource{Name: v.ClaimName, Hotpluggable: hotpluggable}}
	}
	return kubevirtv1.VolumeSource{PersistentVolumeClaim: &kubevirtv1.PersistentVolumeClaimVolumeSource{
		PersistentVolumeClaimVolumeSource: corev1.PersistentVolumeClaimVolumeSource{ClaimName: v.ClaimName},
		Hotpluggable:                      hotpluggable,
	}}
}

func bootFact(vm *kubevirtv1.VirtualMachine) string {
	var order []kubevirtv1.Disk
	for _, d := range domainOf(vm).Devices.Disks {
		if d.BootOrder != nil {
			order = append(order, d)
		}
	}
	if len(order) == 0 {
		return ""
	}
	slices.SortStableFunc(order, func(a, b kubevirtv1.Disk) int { return cmp.Compare(*a.BootOrder, *b.BootOrder) })
	names := make([]string, len(order))
	for i, d := range order {
		if names[i] = d.Name; d.CDRom != nil {
			names[i] = "CD-ROM " + d.Name
		}
	}
	return "boots from " + strings.Join(names, ", then ")
}
