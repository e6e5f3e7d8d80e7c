package kubevirt

import (
	"k8s.io/apimachinery/pkg/util/validation/field"
	"k8s.io/utils/ptr"
	kubevirtv1 "kubevirt.io/api/core/v1"

	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
	"github.com/novasphere/function-wukong/internal/message"
	"github.com/novasphere/function-wukong/internal/observed"
	"github.com/novasphere/function-wukong/internal/plan"
)

// KubeVirt keeps the state of a TPM and the variables of EFI in one claim. When an instance starts that has neither, it deletes the claim
// (handleBackendStorage in pkg/virt-controller/watch/vmi/storage.go). A preference may ask for either, which is not known here.
var (
	msgStateLost = message.New(message.Advice, "vm-state-lost",
		"DATA LOSS: at the next start KubeVirt deletes the keys of the TPM and the variables of EFI, and what is encrypted with those keys opens by a recovery key "+
			"alone: put Persistent back before that")
	msgVariablesLost = message.New(message.Advice, "vm-variables-lost",
		"DATA LOSS: at the next start KubeVirt deletes the variables of EFI, without which the guest may not start: put true back before that")
)

// DataLoss returns a message for what the virtual machine keeps beside its disks and a change of its Wukong deletes. Each begins with the path of a
// field.
func DataLoss(w *v1alpha1.Wukong, rs observed.Resources) []string {
	vm, exists := observed.Get[kubevirtv1.VirtualMachine](rs, plan.KeyVM)
	if !exists || w.Spec.Preference != nil || vm.Spec.Preference != nil {
		return nil
	}
	domain := domainOf(vm)
	hadTPM, hadVariables := isPersistent(domain.Devices.TPM), hasVariables(domain.Firmware)
	p := params{wukong: w, observed: rs}
	if w.Spec.TPM == v1alpha1.TPMPersistent || isEFI(w) && keepsVariables(p) {
		return nil
	}
	switch spec := field.NewPath("spec"); {
	case hadTPM:
		return []string{at(spec.Child("tpm"), msgStateLost.String())}
	case hadVariables && isEFI(w):
		return []string{at(spec.Child("firmware", "persistent"), msgVariablesLost.String())}
	default:
		// Another bootloader has its own advice.
		return nil
	}
}

// isEFI reports whether a Wukong gives the bootloader EFI.
func isEFI(w *v1alpha1.Wukong) bool {
	return w.Spec.Firmware != nil && w.Spec.Firmware.Bootloader == v1alpha1.BootloaderEFI
}

// hasVariables reports whether the variables of a firmware persist. Nil stands for none.
func hasVariables(f *kubevirtv1.Firmware) bool {
	return f != nil && f.Bootloader != nil && f.Bootloader.EFI != nil && ptr.Deref(f.Bootloader.EFI.Persistent, false)
}
