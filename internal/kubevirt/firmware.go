package kubevirt

import (
	"cmp"
	"strings"

	"k8s.io/apimachinery/pkg/util/validation/field"
	"k8s.io/utils/ptr"
	kubevirtv1 "kubevirt.io/api/core/v1"

	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
	"github.com/novasphere/function-wukong/internal/fields"
	"github.com/novasphere/function-wukong/internal/message"
	"github.com/novasphere/function-wukong/internal/observed"
	"github.com/novasphere/function-wukong/internal/plan"
)

// firmware is the bootloader with what it keeps, and the UUID by which the guest knows its computer.
//
// KubeVirt applies another bootloader when an instance starts (https://kubevirt.io/user-guide/compute/virtual_hardware/#biosuefi). It keeps the
// variables of EFI in a claim of its own, which is owned by the VirtualMachine (pkg/storage/backend-storage).
var firmware = concern{
	apply:    applyFirmware,
	facts:    firmwareFact,
	advice:   firmwareAdvice,
	rejected: rejectedUUID,
	parts: []part{
		{path: pathDomain + ".firmware", field: "firmware.bootloader"},
		{path: pathDomain + ".firmware.uuid", field: "firmware.uuid", filled: true},
		{path: pathDomain + ".firmware.bootloader.efi.secureBoot", field: "firmware.secureBoot"},
		{path: pathDomain + ".firmware.bootloader.efi.persistent", field: "firmware.persistent"},
		{path: pathDomain + ".features", field: "firmware.secureBoot"},
	},
	changes: map[string]plan.Effect{
		"firmware.bootloader": plan.EffectRestart,
		"firmware.secureBoot": plan.EffectRestart,
		"firmware.persistent": plan.EffectRestart,
		"firmware.uuid":       plan.EffectRefused,
	},
}

var (
	msgOtherBootloader = message.New(message.Advice, "vm-other-bootloader",
		"the guest was installed with another bootloader, and does not start with this one: put the other back, or install it anew")
	msgVariablesForgotten = message.New(message.Advice, "vm-variables-forgotten",
		"the boot entry that an installer writes, and keys that are enrolled, are lost when the guest stops, after which it may not start: give true")
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
		efi := &kubevirtv1.EFI{SecureBoot: ptr.To(spec.SecureBoot)}
		if keepsVariables(p) {
			efi.Persistent = ptr.To(true)
		}
		f.Bootloader = &kubevirtv1.Bootloader{EFI: efi}
		if spec.SecureBoot {
			domain.Features = &kubevirtv1.Features{SMM: &kubevirtv1.FeatureState{Enabled: ptr.To(true)}}
		}
	}
	if *f != (kubevirtv1.Firmware{}) {
		domain.Firmware = f
	}
}

// keepsVariables reports whether EFI keeps its variables: as the spec says, else as the existing virtual machine has it. The boot entry of an installer
// is a variable, without which many systems do not start again.
func keepsVariables(p params) bool {
	if f := p.wukong.Spec.Firmware; f != nil && f.Persistent != nil {
		return *f.Persistent
	}
	if last := p.observed.Last(plan.KeyVM); last != nil {
		return fields.In(last, "spec", "template", "spec", "domain", "firmware", "bootloader", "efi").GetFields()["persistent"].GetBoolValue()
	}
	return p.wukong.Spec.InstallsFromCDROM() && !p.templates.TakesNoVariables()
}

func firmwareFact(vm *kubevirtv1.VirtualMachine) string {
	f := domainOf(vm).Firmware
	if f == nil || f.Bootloader == nil || f.Bootloader.EFI == nil {
		return ""
	}
	out := "EFI"
	if ptr.Deref(f.Bootloader.EFI.SecureBoot, true) {
		out += " with secure boot"
	}
	if ptr.Deref(f.Bootloader.EFI.Persistent, false) {
		out += " (persistent)"
	}
	return out
}

func firmwareAdvice(p params) []string {
	path := field.NewPath("spec", "firmware")
	var out []string
	if isOtherBootloader(p) {
		out = append(out, at(path.Child("bootloader"), msgOtherBootloader.String()))
	}
	f := p.wukong.Spec.Firmware
	if f != nil && f.Bootloader == v1alpha1.BootloaderEFI && p.wukong.Spec.InstallsFromCDROM() && !keepsVariables(p) {
		out = append(out, at(path.Child("persistent"), msgVariablesForgotten.String()))
	}
	return out
}

// isOtherBootloader reports whether the bootloader is another one than that of the observed virtual machine. Without a preference, none is the
// default of its architecture. With one it is not known.
func isOtherBootloader(p params) bool {
	vm, exists := observed.Get[kubevirtv1.VirtualMachine](p.observed, plan.KeyVM)
	if !exists || vm.Spec.Template == nil {
		return false
	}
	desired := v1alpha1.Bootloader("")
	if f := p.wukong.Spec.Firmware; f != nil {
		desired = f.Bootloader
	}
	if desired == "" && p.wukong.Spec.Preference == nil {
		desired = defaultBootloader(vm)
	}
	installed := bootloaderOf(vm)
	return desired != "" && installed != "" && desired != installed
}

// defaultBootloader returns the bootloader of a VirtualMachine for which nobody chose one (setDefaultArm64Bootloader in pkg/defaults/arm64.go).
func defaultBootloader(vm *kubevirtv1.VirtualMachine) v1alpha1.Bootloader {
	if vm.Spec.Template.Spec.Architecture == string(v1alpha1.ArchitectureARM64) {
		return v1alpha1.BootloaderEFI
	}
	return v1alpha1.BootloaderBIOS
}

// bootloaderOf returns the bootloader of a VirtualMachine; empty where a preference may have chosen it.
func bootloaderOf(vm *kubevirtv1.VirtualMachine) v1alpha1.Bootloader {
	f := domainOf(vm).Firmware
	switch {
	case f != nil && f.Bootloader != nil && f.Bootloader.EFI != nil:
		return v1alpha1.BootloaderEFI
	case f != nil && f.Bootloader != nil && f.Bootloader.BIOS != nil:
		return v1alpha1.BootloaderBIOS
	case vm.Spec.Preference == nil:
		return defaultBootloader(vm)
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
