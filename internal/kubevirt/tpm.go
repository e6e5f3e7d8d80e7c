package kubevirt

import (
	"slices"

	"k8s.io/apimachinery/pkg/util/validation/field"
	"k8s.io/utils/ptr"
	kubevirtv1 "kubevirt.io/api/core/v1"

	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
	"github.com/novasphere/function-wukong/internal/message"
	"github.com/novasphere/function-wukong/internal/observed"
	"github.com/novasphere/function-wukong/internal/plan"
	"github.com/novasphere/function-wukong/internal/report"
)

// tpm is the guest's Trusted Platform Module.
//
// KubeVirt applies another one when an instance starts. It keeps the state of a persistent one in a claim of its own, which is owned by the
// VirtualMachine (https://kubevirt.io/user-guide/compute/persistent_tpm_and_uefi_state/).
var tpm = concern{
	apply:   applyTPM,
	facts:   tpmFact,
	advice:  tpmAdvice,
	parts:   []part{{path: pathDevices + ".tpm", field: "tpm"}},
	changes: map[string]plan.Effect{"tpm": plan.EffectRestart},
}

var (
	msgTPMForgets = message.New(message.Advice, "vm-tpm-forgets",
		"whenever the guest stops, its TPM forgets all keys, and what is encrypted with them opens by a recovery key alone: give Persistent")
	msgTPMUnused = message.New(message.Advice, "vm-tpm-unused",
		"the TPM of the existing virtual machine keeps its keys, and with this value they are out of reach: put Persistent back, or have a recovery key of what is "+
			"encrypted with them")
	msgTPMNotRetained = message.New(message.Advice, "vm-tpm-not-retained",
		"the keys of the TPM go with the virtual machine, and {disks} stay: have a recovery key of what is encrypted with them")
)

func applyTPM(vm *kubevirtv1.VirtualMachine, p params) {
	devices := &vm.Spec.Template.Spec.Domain.Devices
	switch p.wukong.Spec.TPM {
	case v1alpha1.TPMVolatile:
		devices.TPM = &kubevirtv1.TPMDevice{}
	case v1alpha1.TPMPersistent:
		devices.TPM = &kubevirtv1.TPMDevice{Persistent: ptr.To(true)}
	case v1alpha1.TPMNone:
		// A preference chooses none beside one that is disabled.
		devices.TPM = &kubevirtv1.TPMDevice{Enabled: ptr.To(false)}
	default:
	}
}

func tpmFact(vm *kubevirtv1.VirtualMachine) string {
	switch t := domainOf(vm).Devices.TPM; {
	case t == nil || !ptr.Deref(t.Enabled, true):
		return ""
	case ptr.Deref(t.Persistent, false):
		return "TPM (persistent)"
	default:
		return "TPM"
	}
}

func tpmAdvice(p params) []string {
	s := &p.wukong.Spec
	path := field.NewPath("spec", "tpm")
	var out []string
	vm, exists := observed.Get[kubevirtv1.VirtualMachine](p.observed, plan.KeyVM)
	had := exists && isPersistent(domainOf(vm).Devices.TPM)
	switch kept := keptDisks(s); {
	case had && s.TPM != v1alpha1.TPMPersistent && len(DataLoss(p.wukong, p.observed)) == 0:
		out = append(out, at(path, msgTPMUnused.String()))
	case s.TPM == v1alpha1.TPMVolatile:
		out = append(out, at(path, msgTPMForgets.String()))
	case s.TPM == v1alpha1.TPMPersistent && len(kept) > 0:
		out = append(out, at(path, msgTPMNotRetained.With(report.List(kept))))
	}
	return out
}

// isPersistent reports whether a TPM keeps its state. Nil stands for none.
func isPersistent(t *kubevirtv1.TPMDevice) bool {
	return t != nil && ptr.Deref(t.Enabled, true) && ptr.Deref(t.Persistent, false)
}

// keptDisks returns the disks that stay when the Wukong is deleted, each as "disk NAME".
func keptDisks(s *v1alpha1.WukongSpec) []string {
	var out []string
	for _, d := range s.Disks {
		if !d.IsCDROM() && (d.ClaimName != "" || d.DeletionPolicy == v1alpha1.DeletionPolicyRetain) {
			out = append(out, "disk "+string(d.Name))
		}
	}
	return slices.Clip(out)
}
