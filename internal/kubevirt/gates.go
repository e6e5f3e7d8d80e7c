package kubevirt

import (
	"k8s.io/apimachinery/pkg/util/validation/field"
	kubevirtv1 "kubevirt.io/api/core/v1"

	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
	"github.com/novasphere/function-wukong/input/v1beta1"
	"github.com/novasphere/function-wukong/internal/feature"
	"github.com/novasphere/function-wukong/internal/message"
	"github.com/novasphere/function-wukong/internal/observed"
	"github.com/novasphere/function-wukong/internal/plan"
)

// A gated is something in a spec that takes a feature gate of KubeVirt, without which its admission refuses it.
type gated struct {
	gate feature.Gate

	// uses returns what of a spec takes the gate.
	uses func(s *v1alpha1.WukongSpec) []gateUse

	// off is the refusal, offNow the advice about what the virtual machine has already, and unknown that where it is not known whether the gate is on.
	off, offNow, unknown message.Message
}

// A gateUse is a field that takes a gate.
type gateUse struct {
	path *field.Path

	// isIn reports whether a virtual machine has it already.
	isIn func(vm *kubevirtv1.VirtualMachine) bool
}

// allGated lists what needs a feature gate of KubeVirt, in the order of its admission
// (pkg/virt-api/webhooks/validating-webhook/admitters/vmi-create-admitter.go).
var allGated = []gated{
	// validateBootOrder
	{
		gate: feature.DeclarativeHotplugVolumes, off: msgDriveGateOff, offNow: msgDriveGateOffNow, unknown: msgDriveGateUnknown,
		uses: eachDisk("image", isEmptyDrive, func(vm *kubevirtv1.VirtualMachine, d *kubevirtv1.Disk) bool {
			return d.CDRom != nil && volume(vm, d.Name) == nil
		}),
	},
	// validateHostDevicesWithPassthroughEnabled
	{
		gate: feature.HostDevices, off: feature.MessageOff, offNow: feature.MessageOffNow, unknown: feature.MessageUnknown,
		uses: aField("hostDevices", func(s *v1alpha1.WukongSpec) bool { return len(s.HostDevices) > 0 },
			func(vm *kubevirtv1.VirtualMachine) bool { return len(domainOf(vm).Devices.HostDevices) > 0 }),
	},
	// validatePersistentReservation
	{
		gate: feature.PersistentReservation, off: feature.MessageOff, offNow: feature.MessageOffNow, unknown: feature.MessageUnknown,
		uses: eachDisk("reservation", func(d *v1alpha1.Disk) bool { return d.Reservation },
			func(_ *kubevirtv1.VirtualMachine, d *kubevirtv1.Disk) bool { return d.LUN != nil && d.LUN.Reservation }),
	},
}

// aField returns the uses of a field of the spec, which takes a gate where it is given.
func aField(name string, given func(*v1alpha1.WukongSpec) bool, isIn func(*kubevirtv1.VirtualMachine) bool) func(*v1alpha1.WukongSpec) []gateUse {
	return func(s *v1alpha1.WukongSpec) []gateUse {
		if !given(s) {
			return nil
		}
		return []gateUse{{path: field.NewPath("spec", name), isIn: isIn}}
	}
}

// eachDisk returns the uses of a field of disks. Virtual machines have it where the device of the disk does.
func eachDisk(name string, takes func(*v1alpha1.Disk) bool, isIn func(*kubevirtv1.VirtualMachine, *kubevirtv1.Disk) bool) func(*v1alpha1.WukongSpec) []gateUse {
	return func(s *v1alpha1.WukongSpec) []gateUse {
		var out []gateUse
		for i := range s.Disks {
			d := &s.Disks[i]
			if !takes(d) {
				continue
			}
			out = append(out, gateUse{path: field.NewPath("spec", "disks").Index(i).Child(name), isIn: func(vm *kubevirtv1.VirtualMachine) bool {
				device := deviceOf(vm, string(d.Name))
				return device != nil && isIn(vm, device)
			}})
		}
		return out
	}
}

// TakesGates reports whether a spec takes a feature gate of KubeVirt without a template.
func TakesGates(s *v1alpha1.WukongSpec) bool {
	for _, g := range allGated {
		if len(g.uses(s)) > 0 {
			return true
		}
	}
	return false
}

// Gates checks the feature gates that a spec takes without a template. What takes one that is off is an error where the existing virtual machine does not
// have it already, and advice else. Each piece of advice begins with the path of a field.
func Gates(w *v1alpha1.Wukong, in *v1beta1.Input, rs observed.Resources) (errs field.ErrorList, advice []string) {
	vm, _ := observed.Last[kubevirtv1.VirtualMachine](rs, plan.KeyVM)
	for _, g := range allGated {
		on, known := feature.Enabled(in, g.gate)
		if on {
			continue
		}
		for _, u := range g.uses(&w.Spec) {
			switch {
			case !known:
				advice = append(advice, at(u.path, g.unknown.With(g.gate)))
			case vm != nil && u.isIn(vm):
				advice = append(advice, at(u.path, g.offNow.With(g.gate)))
			default:
				errs = append(errs, field.Forbidden(u.path, g.off.With(g.gate)))
			}
		}
	}
	return errs, advice
}
