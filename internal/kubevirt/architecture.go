package kubevirt

import (
	"k8s.io/apimachinery/pkg/util/validation/field"
	kubevirtv1 "kubevirt.io/api/core/v1"

	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
	"github.com/novasphere/function-wukong/internal/fields"
	"github.com/novasphere/function-wukong/internal/message"
	"github.com/novasphere/function-wukong/internal/observed"
	"github.com/novasphere/function-wukong/internal/plan"
)

// cpuArchitecture is that of the guest's CPUs.
//
// KubeVirt starts the instance on a node of it, and gives a VirtualMachine that names none the cluster's when it is created (setDefaultArchitecture in
// pkg/defaults/defaults.go). No system that was installed for one starts on the other.
var cpuArchitecture = concern{
	apply:    applyArchitecture,
	facts:    architectureFact,
	rejected: rejectedArchitecture,
	parts:    []part{{path: pathTemplate + ".architecture", field: "architecture", rollout: rolloutArchitecture}},
	changes:  map[string]plan.Effect{"architecture": plan.EffectRefused},
}

var msgArchitectureFixed = message.New(message.Refusal, "vm-architecture-fixed",
	"the virtual machine has the architecture {value}, for which its disks were installed: put that back, or make a Wukong of another name")

// applyArchitecture leaves the architecture to KubeVirt where nobody gave one. One that was applied stays: KubeVirt would put the cluster's in place of one
// that is left out.
func applyArchitecture(vm *kubevirtv1.VirtualMachine, p params) {
	spec := &vm.Spec.Template.Spec
	existing := existingArchitecture(p.observed)
	switch given := p.wukong.Spec.Architecture; {
	case existing == "":
		spec.Architecture = string(given)
	case given != "" || wasApplied(p.observed):
		spec.Architecture = existing
	}
}

// rolloutArchitecture is for another architecture, which the function does not let a virtual machine get. One that is named is that which KubeVirt gave.
func rolloutArchitecture(c change) verdict {
	from, to := c.from.Spec.Template, c.to.Spec.Template
	if from != nil && to != nil && plugsLive(from.Spec.Architecture) == plugsLive(to.Spec.Architecture) {
		return live
	}
	return inTemplate
}

// existingArchitecture returns the architecture of the existing virtual machine. Empty where there is none, or where it does not say.
func existingArchitecture(rs observed.Resources) string {
	return fields.In(rs.Last(plan.KeyVM), "spec", "template", "spec").GetFields()["architecture"].GetStringValue()
}

// wasApplied reports whether a Wukong gave the virtual machine its architecture. Where it is not known what was applied, it may have.
func wasApplied(rs observed.Resources) bool {
	applied := rs[plan.KeyVM].Applied
	return applied == nil || fields.In(applied, "spec", "template", "spec").GetFields()["architecture"].GetStringValue() != ""
}

// architectureFact is silent about amd64, which KubeVirt gives nearly every virtual machine.
func architectureFact(vm *kubevirtv1.VirtualMachine) string {
	if vm.Spec.Template == nil || vm.Spec.Template.Spec.Architecture == string(v1alpha1.ArchitectureAMD64) {
		return ""
	}
	return vm.Spec.Template.Spec.Architecture
}

func rejectedArchitecture(p params) []string {
	given, existing := string(p.wukong.Spec.Architecture), existingArchitecture(p.observed)
	if given == "" || existing == "" || given == existing {
		return nil
	}
	return []string{at(field.NewPath("spec", "architecture"), msgArchitectureFixed.With(existing))}
}
