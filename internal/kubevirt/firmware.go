package kubevirt

import (
	"cmp"
	"strings"

	"k8s.io/apimachinery/pkg/util/validation/field"
	"k8s.io/utils/ptr"
	kubevirtv1 "kubevirt.io/api/core/v1"

	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
	"github.com/novasphere/function-wukong/internal/message"
	"github.com/novasphere/function-wukong/internal/observed"
	"github.com/novasphere/function-wukong/internal/plan"
)

// firmware is the bootloader, and the UUID by which the guest knows its computer.
//
// KubeVirt applies another bootloader when an instance starts (https://kubevirt.io/user-guide/compute/virtual_hardware/#biosuefi).
var firmware = concern{
	apply:    applyFirmware,
	facts:    firmwareFact,
	advice:   firmwareAdvice,
	rejected: rejectedUUID,
	parts: []part{
		{path: pathDomain + ".firmware", field: "firmware.bootloader"},
		{path: pathDomain + ".firmware.uuid", field: "firmware.uuid"},
		{path: pathDomain + ".firmware.bootloader.efi.secureBoot", field: "firmware.secureBoot"},
		{path: pathDomain + ".features", field: "firmware.secureBoot"},
	},
	changes: map[string]plan.Effect{
		"firmware.bootloader": plan.EffectRestart,
		"firmware.secureBoot": plan.EffectRestart,
		"firmware.uuid":       plan.EffectRefused,
	},
}

var (
	msgOtherBootloader = message.New(message.Advice, "vm-other-bootloader",
		"the guest was installed with another bootloader, and does not start with this one: put the other back, or install it anew")
	msgUUIDFixed = message.New(message.Refusal, "vm-uuid-fixed",
		"the virtual machine has the UUID {uid}, by which its guest knows it: put that back, or remove uuid")
)

func applyFirmware(vm *kubevirtv1.VirtualMachine, p params) {
	f := &kubevirtv1.Firmware{UUID: p.identity.UUID()}
	domain := &vm.Spec.Template.Spec.Domain
	spec := p.wukong.Spec.Firmware
	if spec != nil && spec.Bootloader == v1alpha1.BootloaderBIOS {
		f.Bootloader = &kubevirtv1.Bootloader{BIOS: &kubevirtv1.BIOS{}}
	}
	if spec != nil && spec.Bootloader == v1alpha1.BootloaderEFI {
		// KubeVirt's own default is secure boot. It takes system management mode, without which KubeVirt refuses the virtual machine.
		f.Bootloader = &kubevirtv1.Bootloader{EFI: &kubevirtv1.EFI{SecureBoot: ptr.To(spec.SecureBoot)}}
		if spec.SecureBoot {
			domain.Features = &kubevirtv1.Features{SMM: &kubevirtv1.FeatureState{Enabled: ptr.To(true)}}
		}
	}
	if *f != (kubevirtv1.Firmware{}) {
		domain.Firmware = f
	}
}

func firmwareFact(vm *kubevirtv1.VirtualMachine) string {
	switch f := domainOf(vm).Firmware; {
	case f == nil || f.Bootloader == nil || f.Bootloader.EFI == nil:
		return ""
	case ptr.Deref(f.Bootloader.EFI.SecureBoot, true):
		return "EFI with secure boot"
	default:
		return "EFI"
	}
}

// firmwareAdvice compares the bootloader with that of the observed virtual machine. Without a preference, none is BIOS. With one it is not known.
func firmwareAdvice(p params) []string {
	vm, exists := observed.Get[kubevirtv1.VirtualMachine](p.observed, plan.KeyVM)
	if !exists || vm.Spec.Template == nil {
		return nil
	}
	desired := v1alpha1.Bootloader("")
	if f := p.wukong.Spec.Firmware; f != nil {
		desired = f.Bootloader
	}
	if desired == "" && p.wukong.Spec.Preference == nil {
		desired = v1alpha1.BootloaderBIOS
	}
	installed := bootloaderOf(vm)
	if desired == "" || installed == "" || desired == installed {
		return nil
	}
	return []string{at(field.NewPath("spec", "firmware", "bootloader"), msgOtherBootloader.String())}
}

// bootloaderOf returns the bootloader of a VirtualMachine; empty where a preference may have chosen it.
func bootloaderOf(vm *kubevirtv1.VirtualMachine) v1alpha1.Bootloader {
	f := domainOf(vm).Firmware
	switch {
	case f != nil && f.Bootloader != nil && f.Bootloader.EFI != nil:
		return v1alpha1.BootloaderEFI
	case f != nil && f.Bootloader != nil && f.Bootloader.BIOS != nil, vm.Spec.Preference == nil:
		return v1alpha1.BootloaderBIOS
	default:
		return ""
	}
}

// rejectedUUID rejects another UUID than that of the identity, which the existing virtual machine has.
func rejectedUUID(p params) []string {
	f := p.wukong.Spec.Firmware
	uuid := string(p.identity.UUID())
	if f == nil || f.UUID == "" || strings.EqualFold(f.UUID, uuid) {
		return nil
	}
	return []string{at(field.NewPath("spec", "firmware", "uuid"), msgUUIDFixed.With(cmp.Or(uuid, "that KubeVirt gave it")))}
}
