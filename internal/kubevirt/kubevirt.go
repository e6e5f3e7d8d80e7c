// Package kubevirt plans the VirtualMachine of a Wukong, and reports the state of the observed one.
//
// Each aspect of the VirtualMachine has a file, with a value of type concern: its part of the manifest, its facts, its advice, and what a
// change of its fields does to a virtual machine that exists.
package kubevirt

import (
	"maps"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	kubevirtv1 "kubevirt.io/api/core/v1"

	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
	"github.com/novasphere/function-wukong/internal/cloudinit"
	"github.com/novasphere/function-wukong/internal/identity"
	"github.com/novasphere/function-wukong/internal/names"
	"github.com/novasphere/function-wukong/internal/network"
	"github.com/novasphere/function-wukong/internal/observed"
	"github.com/novasphere/function-wukong/internal/plan"
	"github.com/novasphere/function-wukong/internal/storage"
	"github.com/novasphere/function-wukong/internal/template"
)

// Devices are what the virtual machine attaches.
type Devices struct {
	NICs    []network.NIC
	Volumes []storage.Volume
	Seed    cloudinit.Seed

	// DriversImage is the container with drivers for Windows. Empty where none are attached.
	DriversImage string

	// PlugsVolumes reports whether KubeVirt is known to attach and detach volumes while the guest runs.
	PlugsVolumes bool
}

// Plan returns the desired VirtualMachine of a complete Wukong, given its identity, its templates and what is observed. It has the Wukong's name.
func Plan(w *v1alpha1.Wukong, id identity.Identity, d Devices, t template.Choice, rs observed.Resources) plan.Resource {
	vm := &kubevirtv1.VirtualMachine{
		TypeMeta:   metav1.TypeMeta{APIVersion: kubevirtv1.GroupVersion.String(), Kind: kubevirtv1.VirtualMachineGroupVersionKind.Kind},
		ObjectMeta: names.Meta(w, w.GetName()),
		Spec:       kubevirtv1.VirtualMachineSpec{Template: &kubevirtv1.VirtualMachineInstanceTemplateSpec{}},
	}
	for _, c := range concerns {
		c.apply(vm, params{wukong: w, identity: id, devices: d, templates: t, observed: rs})
	}
	return plan.Resource{Key: plan.KeyVM, Object: vm, Guarded: true}
}

// Facts returns what a summary for people says about a VirtualMachine. Any field of it may be missing.
func Facts(vm *kubevirtv1.VirtualMachine) []string {
	var out []string
	for _, c := range concerns {
		if c.facts == nil {
			continue
		}
		if fact := c.facts(vm); fact != "" {
			out = append(out, fact)
		}
	}
	return out
}

// Advice returns what the author of a complete Wukong may not expect of the virtual machine. Each begins with the path of a field.
func Advice(w *v1alpha1.Wukong, id identity.Identity, rs observed.Resources) []string {
	return messages(func(c concern) func(params) []string { return c.advice }, params{wukong: w, identity: id, observed: rs})
}

// Rejected returns the changes of a complete Wukong that the existing virtual machine cannot make. Each begins with the path of a field.
func Rejected(w *v1alpha1.Wukong, id identity.Identity, rs observed.Resources) []string {
	return messages(func(c concern) func(params) []string { return c.rejected }, params{wukong: w, identity: id, observed: rs})
}

// messages returns what one part of each concern returns, where the concern has it.
func messages(part func(concern) func(params) []string, p params) []string {
	var out []string
	for _, c := range concerns {
		if f := part(c); f != nil {
			out = append(out, f(p)...)
		}
	}
	return out
}

// Changes returns what a change of each field of the spec does to a virtual machine that exists. The keys are the paths of the fields, relative
// to the spec. The name of a list's item stands for the item: its effect is that of adding, removing and renaming one.
func Changes() map[string]plan.Effect {
	out := maps.Clone(unread)
	for _, c := range concerns {
		maps.Copy(out, c.changes)
	}
	return out
}

// EffectOf returns what a change of a field does, by its pattern. Empty for a field that is not known. All that a template says has the effect of the
// template.
func EffectOf(pattern string) plan.Effect {
	if strings.HasPrefix(pattern, fieldTemplate+".") {
		pattern = fieldTemplate
	}
	return Changes()[pattern]
}

// domainOf returns the domain of a VirtualMachine. It is empty where the VirtualMachine has no template.
func domainOf(vm *kubevirtv1.VirtualMachine) kubevirtv1.DomainSpec {
	if vm.Spec.Template == nil {
		return kubevirtv1.DomainSpec{}
	}
	return vm.Spec.Template.Spec.Domain
}
