package storage

import (
	"fmt"
	"slices"

	"k8s.io/apimachinery/pkg/util/validation/field"
	"k8s.io/utils/ptr"
	kubevirtv1 "kubevirt.io/api/core/v1"

	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
	"github.com/novasphere/function-wukong/internal/observed"
	"github.com/novasphere/function-wukong/internal/plan"
)

// KeepDisks makes disks of the CD-ROM drives of a Wukong whose names are those of disks that exist with data, as they exist: the data would go with the
// disk. It returns a rejected change for each, which begins with the path of a field. It works on a spec without defaults.
func KeepDisks(w *v1alpha1.Wukong, rs observed.Resources) (rejected []string) {
	for i := range w.Spec.Disks {
		d := &w.Spec.Disks[i]
		kept := v1alpha1.Disk{Name: d.Name, Bus: d.Bus, Boot: d.Boot, Successor: volumeNow(w, d.Name, rs)}
		keepDevice(&kept, rs)
		if !d.IsCDROM() || !Exists(&kept, rs) || rs.Deleting(key(&kept)) {
			continue
		}
		kept.Size = &v1alpha1.Quantity{Quantity: sizeOfExisting(&kept, rs)}
		if rs[key(&kept)].Retained {
			kept.DeletionPolicy = v1alpha1.DeletionPolicyRetain
		}
		*d = kept
		rejected = append(rejected, fmt.Sprintf("%s: %s", field.NewPath("spec", "disks").Index(i).Child("type"), msgDiskIsNoDrive.With()))
	}
	return rejected
}

// keepDevice gives a disk the device that the virtual machine has of it, but for the bus of a disk.
func keepDevice(d *v1alpha1.Disk, rs observed.Resources) {
	vm, exists := observed.Last[kubevirtv1.VirtualMachine](rs, plan.KeyVM)
	if !exists || vm.Spec.Template == nil {
		return
	}
	devices := vm.Spec.Template.Spec.Domain.Devices.Disks
	i := slices.IndexFunc(devices, func(device kubevirtv1.Disk) bool { return device.Name == string(d.Name) && device.CDRom == nil })
	if i < 0 {
		return
	}
	device := &devices[i]
	if device.LUN != nil {
		d.Type, d.Bus, d.Reservation = v1alpha1.DiskTypeLUN, string(device.LUN.Bus), device.LUN.Reservation
	}
	d.Cache, d.IO = v1alpha1.DiskCache(device.Cache), v1alpha1.DiskIO(device.IO)
	d.Shareable, d.DedicatedIOThread = ptr.Deref(device.Shareable, false), ptr.Deref(device.DedicatedIOThread, false)
	if device.BlockSize != nil && device.BlockSize.Custom != nil {
		custom := device.BlockSize.Custom
		physical := int32(custom.Physical)                                                     //nolint:gosec // KubeVirt has no larger ones than 2Mi.
		d.BlockSize = &v1alpha1.BlockSize{Logical: int32(custom.Logical), Physical: &physical} //nolint:gosec // See above.
	}
}

// bootOrder returns the places of the disks in the boot order, of disks with their defaults; zero for none. Without CD-ROM drives only the disk to
// boot from has one. Else the firmware goes on where that holds no system: to the disk that it would boot from if no drive came first, and to the
// drives. An empty drive has its place, too, so that a medium changes no boot order. The disk called osDisk has its image from osImage.
func bootOrder(disks []v1alpha1.Disk, osDisk v1alpha1.Label) []uint {
	out := make([]uint, len(disks))
	next := uint(1)
	add := func(i int) {
		if i >= 0 && out[i] == 0 {
			out[i] = next
			next++
		}
	}
	boot := slices.IndexFunc(disks, func(d v1alpha1.Disk) bool { return d.Boot })
	add(boot)
	if !slices.ContainsFunc(disks, isDrive) {
		return out
	}
	if boot >= 0 && disks[boot].IsCDROM() {
		add(systemDisk(disks, osDisk))
	}
	for i := range disks {
		if disks[i].IsCDROM() {
			add(i)
		}
	}
	return out
}

// systemDisk returns the index of the disk that a guest would boot from if it did not boot from a CD-ROM drive: the one with osImage, else the first
// with an image, else the first. It is -1 where there are drives alone.
func systemDisk(disks []v1alpha1.Disk, osDisk v1alpha1.Label) int {
	for _, is := range []func(v1alpha1.Disk) bool{
		func(d v1alpha1.Disk) bool { return osDisk != "" && d.Name == osDisk },
		func(d v1alpha1.Disk) bool { return d.IsImported() },
		func(v1alpha1.Disk) bool { return true },
	} {
		if i := slices.IndexFunc(disks, func(d v1alpha1.Disk) bool { return !d.IsCDROM() && is(d) }); i >= 0 {
			return i
		}
	}
	return -1
}

func isDrive(d v1alpha1.Disk) bool { return d.IsCDROM() }

// driveAdvice returns advice about the fields of the CD-ROM drive with an index that have no effect, as no medium is imported.
func driveAdvice(d *v1alpha1.Disk, index int) []string {
	if !d.IsCDROM() || d.ClaimName != "" || IsComposed(d) {
		return nil
	}
	path := field.NewPath("spec", "disks").Index(index)
	var out []string
	for _, f := range []struct {
		name  string
		given bool
	}{
		{"size", d.Size != nil}, {"storageClassName", d.StorageClassName != ""}, {"accessModes", len(d.AccessModes) > 0}, {"volumeMode", d.VolumeMode != nil},
	} {
		if f.given {
			out = append(out, fmt.Sprintf("%s: %s", path.Child(f.name), msgNoImportedMedium.With()))
		}
	}
	return out
}
