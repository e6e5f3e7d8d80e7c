package kubevirt

import (
	"slices"

	"k8s.io/apimachinery/pkg/util/validation/field"
	"k8s.io/utils/ptr"
	kubevirtv1 "kubevirt.io/api/core/v1"

	"github.com/novasphere/function-wukong/internal/message"
	"github.com/novasphere/function-wukong/internal/observed"
	"github.com/novasphere/function-wukong/internal/plan"
	"github.com/novasphere/function-wukong/internal/storage"
)

// diskTuning is how QEMU reads and writes disks, and what their devices show to the guest. It comes after disks, which makes the devices.
//
// KubeVirt does not change a device that an instance has: another one waits for the next start, for which it asks unless the volume is hotpluggable
// (validLiveUpdateDisks in pkg/virt-controller/watch/vm/vm.go).
var diskTuning = concern{
	apply:  applyDiskTuning,
	advice: blockSizeAdvice,
	parts: []part{
		{path: pathDisks + "[].lun", field: "disks[].type", rollout: rolloutDisk},
		{path: pathDisks + "[].lun.bus", field: "disks[].bus", rollout: rolloutDisk},
		{path: pathDisks + "[].lun.reservation", field: "disks[].reservation", rollout: rolloutDisk},
		{path: pathDisks + "[].cache", field: "disks[].cache", rollout: rolloutDisk},
		{path: pathDisks + "[].io", field: "disks[].io", rollout: rolloutDisk},
		{path: pathDisks + "[].shareable", field: "disks[].shareable", rollout: rolloutDisk},
		{path: pathDisks + "[].blockSize", field: "disks[].blockSize", rollout: rolloutDisk},
		{path: pathDisks + "[].blockSize.custom.logical", field: "disks[].blockSize.logical", rollout: rolloutDisk},
		{path: pathDisks + "[].blockSize.custom.physical", field: "disks[].blockSize.physical", rollout: rolloutDisk},
		{path: pathDisks + "[].dedicatedIOThread", field: "disks[].dedicatedIOThread", rollout: rolloutDisk},
	},
	changes: map[string]plan.Effect{
		"disks[].cache":              plan.EffectRestart,
		"disks[].io":                 plan.EffectRestart,
		"disks[].shareable":          plan.EffectRestart,
		"disks[].blockSize.logical":  plan.EffectRestart,
		"disks[].blockSize.physical": plan.EffectRestart,
		"disks[].dedicatedIOThread":  plan.EffectRestart,
		"disks[].reservation":        plan.EffectRestart,
	},
}

var msgOtherBlockSize = message.New(message.Advice, "vm-other-block-size",
	"the guest knows this disk with blocks of {number} bytes, by which it finds its partitions and file systems: put that back, or make them anew")

// usualBlockSize is the logical size of the blocks of a disk for which nobody chose one, in bytes.
const usualBlockSize = 512

func applyDiskTuning(vm *kubevirtv1.VirtualMachine, p params) {
	devices := vm.Spec.Template.Spec.Domain.Devices.Disks
	for _, v := range p.devices.Volumes {
		if i := slices.IndexFunc(devices, func(d kubevirtv1.Disk) bool { return d.Name == v.Name }); i >= 0 {
			tune(&devices[i], v)
		}
	}
}

// blockSizeAdvice is about disks that exist with blocks of another logical size.
func blockSizeAdvice(p params) []string {
	vm, exists := observed.Get[kubevirtv1.VirtualMachine](p.observed, plan.KeyVM)
	if !exists {
		return nil
	}
	var out []string
	for i := range p.wukong.Spec.Disks {
		d := &p.wukong.Spec.Disks[i]
		device := deviceOf(vm, string(d.Name))
		if device == nil || device.Disk == nil || d.IsCDROM() || d.IsLUN() {
			continue
		}
		wanted := &kubevirtv1.Disk{}
		tune(wanted, storage.Volume{BlockSize: d.BlockSize})
		has, will := blockSize(device), blockSize(wanted)
		if has != 0 && has != will {
			out = append(out, at(field.NewPath("spec", "disks").Index(i).Child("blockSize"), msgOtherBlockSize.With(has)))
		}
	}
	return out
}

// blockSize returns the logical size of the blocks that a device shows to the guest, in bytes; zero where its volume chooses it. A preference can choose it,
// too, of which none of KubeVirt's own does.
func blockSize(d *kubevirtv1.Disk) uint {
	switch {
	case d.BlockSize != nil && d.BlockSize.Custom != nil:
		return d.BlockSize.Custom.Logical
	case d.BlockSize != nil:
		return 0
	default:
		return usualBlockSize
	}
}

// lun returns a SCSI device that is passed through, on a bus.
func lun(name string, bus kubevirtv1.DiskBus, reservation bool) kubevirtv1.Disk {
	return kubevirtv1.Disk{Name: name, DiskDevice: kubevirtv1.DiskDevice{LUN: &kubevirtv1.LunTarget{Bus: bus, Reservation: reservation}}}
}

// tune says of a device how QEMU reads and writes its volume. What is not given is KubeVirt's choice, or the preference's.
func tune(device *kubevirtv1.Disk, v storage.Volume) {
	device.Cache, device.IO = kubevirtv1.DriverCache(v.Cache), kubevirtv1.DriverIO(v.IO)
	if v.Shareable {
		device.Shareable = ptr.To(true)
	}
	if v.DedicatedIOThread {
		device.DedicatedIOThread = ptr.To(true)
	}
	if b := v.BlockSize; b != nil {
		device.BlockSize = &kubevirtv1.BlockSize{Custom: &kubevirtv1.CustomBlockSize{
			Logical: uint(b.Logical), Physical: uint(ptr.Deref(b.Physical, b.Logical)), //nolint:gosec // The API has no negative ones.
		}}
	}
}

// hasReservation reports whether a guest may reserve a disk by SCSI persistent reservations (HasVMISpecPersistentReservation in
// pkg/storage/reservation/pr.go).
func hasReservation(d kubevirtv1.Devices) bool {
	return slices.ContainsFunc(d.Disks, func(d kubevirtv1.Disk) bool { return d.LUN != nil && d.LUN.Reservation })
}
