package kubevirt

import (
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
// pkg/virt-controller/watch/vm/vm.go). Kubernetes grows a claim while it is attached; the guest sees that while it runs with KubeVirt's feature
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
		{path: pathDisks, field: "disks", rollout: unordered},
		{path: pathDisks + "[]", field: "disks[]", rollout: rolloutDisk},
		{path: pathDisks + "[].disk.bus", field: "disks[].bus", rollout: rolloutDisk},
		{path: pathDisks + "[].bootOrder", field: "disks[].boot", rollout: rolloutDisk},
		{path: pathDisks + "[].serial", rollout: rolloutDisk},
	},
	changes: map[string]plan.Effect{
		"osImage":                  plan.EffectRefused,
		"disks[].name":             plan.EffectDataLoss,
		"disks[].size":             plan.EffectLive,
		"disks[].storageClassName": plan.EffectRefused,
		"disks[].boot":             plan.EffectRestart,
		"disks[].image":            plan.EffectRefused,
		"disks[].claimName":        plan.EffectNewDisk,
		"disks[].accessModes":      plan.EffectRefused,
		"disks[].volumeMode":       plan.EffectRefused,
		"disks[].bus":              plan.EffectRestart,
		"disks[].deletionPolicy":   plan.EffectLive,
	},
}

// applyDisks adds a volume and a device for each disk. KubeVirt refuses a volume without a device.
func applyDisks(vm *kubevirtv1.VirtualMachine, p params) {
	for _, v := range p.devices.Volumes {
		device := disk(v.Name, kubevirtv1.DiskBus(v.Bus))
		device.Serial = p.identity.Serial(v.Name)
		if v.Boot {
			device.BootOrder = ptr.To[uint](1)
		}
		attach(vm, device, volumeSource(v))
	}
}

// attach adds a volume and its device to a VirtualMachine.
func attach(vm *kubevirtv1.VirtualMachine, device kubevirtv1.Disk, source kubevirtv1.VolumeSource) {
	spec := &vm.Spec.Template.Spec
	spec.Domain.Devices.Disks = append(spec.Domain.Devices.Disks, device)
	spec.Volumes = append(spec.Volumes, kubevirtv1.Volume{Name: device.Name, VolumeSource: source})
}

// disk returns a device on a bus. KubeVirt, or the preference, chooses an empty bus.
func disk(name string, bus kubevirtv1.DiskBus) kubevirtv1.Disk {
	return kubevirtv1.Disk{Name: name, DiskDevice: kubevirtv1.DiskDevice{Disk: &kubevirtv1.DiskTarget{Bus: bus}}}
}

// volumeSource returns the DataVolume of an imported volume, and the claim of another one. KubeVirt waits for the import of a DataVolume, but
// not for that of a claim.
func volumeSource(v storage.Volume) kubevirtv1.VolumeSource {
	if v.Imported {
		return kubevirtv1.VolumeSource{DataVolume: &kubevirtv1.DataVolumeSource{Name: v.ClaimName}}
	}
	return kubevirtv1.VolumeSource{PersistentVolumeClaim: &kubevirtv1.PersistentVolumeClaimVolumeSource{
		PersistentVolumeClaimVolumeSource: corev1.PersistentVolumeClaimVolumeSource{ClaimName: v.ClaimName},
	}}
}

func bootFact(vm *kubevirtv1.VirtualMachine) string {
	var out []string
	for _, d := range domainOf(vm).Devices.Disks {
		if d.BootOrder != nil {
			out = append(out, "boots from "+d.Name)
		}
	}
	return strings.Join(out, ", ")
}
