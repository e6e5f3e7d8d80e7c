package kubevirt

import (
	"k8s.io/apimachinery/pkg/util/validation/field"
	kubevirtv1 "kubevirt.io/api/core/v1"

	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
	"github.com/novasphere/function-wukong/internal/observed"
	"github.com/novasphere/function-wukong/internal/plan"
)

// Drives refuses empty CD-ROM drives in the place of hotpluggable disks: KubeVirt would try for ever to take the volume from the device that an instance
// has, which its own admission refuses (validateExpectedDisksAndFilesystems in pkg/storage/admitters/storagehotplug.go).
func Drives(w *v1alpha1.Wukong, rs observed.Resources) field.ErrorList {
	var errs field.ErrorList
	for i := range w.Spec.Disks {
		d := &w.Spec.Disks[i]
		if isEmptyDrive(d) && plugsDisk(string(d.Name), rs) {
			errs = append(errs, field.Forbidden(field.NewPath("spec", "disks").Index(i).Child("type"), msgDiskToDrive.String()))
		}
	}
	return errs
}

// plugsDisk reports whether the virtual machine that exists, or its instance, has a hotpluggable disk with a name.
func plugsDisk(name string, rs observed.Resources) bool {
	vm, exists := observed.Last[kubevirtv1.VirtualMachine](rs, plan.KeyVM)
	if !exists {
		return false
	}
	if !isCDROM(vm, name) && isHotpluggable(volume(vm, name)) {
		return true
	}
	vmi, found := observed.Get[kubevirtv1.VirtualMachineInstance](rs, plan.KeyVMI)
	if !vm.Status.Created || !found || vmi.IsFinal() {
		return false
	}
	vm = ranWith(vm, vmi)
	return !isCDROM(vm, name) && isHotpluggable(volume(vm, name))
}

// isEmptyDrive reports whether a disk is a CD-ROM drive without a medium.
func isEmptyDrive(d *v1alpha1.Disk) bool { return d.IsCDROM() && !d.HasMedium() }
