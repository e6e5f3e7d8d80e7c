package kubevirt

import (
	kubevirtv1 "kubevirt.io/api/core/v1"

	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
	"github.com/novasphere/function-wukong/internal/observed"
	"github.com/novasphere/function-wukong/internal/plan"
	"github.com/novasphere/function-wukong/internal/template"
)

// annotationTemplate is the annotation of a VirtualMachine with the platform team's template that it was made with.
const annotationTemplate = v1alpha1.Group + "/template"

// fieldTemplate is the field of a Wukong with its template.
const fieldTemplate = "template"

// templates are what the templates of the platform team and of the Wukong say. No path of a template is what another concern writes, but for the
// time to shut down, of which the other one is a default. So they come last.
//
// KubeVirt applies all of it when an instance starts (syncRestartRequired in pkg/virt-controller/watch/vm/vm.go).
var templates = concern{
	apply:   applyTemplates,
	parts:   templateParts(),
	changes: map[string]plan.Effect{fieldTemplate: plan.EffectRestart},
}

// applyTemplates leaves out a template that cannot be written, which no valid one is.
func applyTemplates(vm *kubevirtv1.VirtualMachine, p params) {
	if err := p.templates.Merged().Apply(&vm.Spec.Template.Spec); err != nil {
		return
	}
	if len(p.templates.Platform) == 0 {
		return
	}
	if text, err := p.templates.Platform.JSON(); err == nil {
		vm.Annotations[annotationTemplate] = text
	}
}

// templateParts returns a part for each path of a template.
func templateParts() []part {
	var out []part
	for _, p := range template.Paths() {
		out = append(out, part{path: pathTemplate + "." + p.Name, field: fieldTemplate + "." + p.Name})
	}
	return out
}

// RecordedTemplate returns the template of the platform team that the existing virtual machine was made with, as text. Empty for none. It
// returns false where there is no virtual machine.
func RecordedTemplate(rs observed.Resources) (text string, exists bool) {
	vm := rs.Last(plan.KeyVM)
	if vm == nil {
		return "", false
	}
	if text := rs.Annotation(plan.KeyVM, annotationTemplate); text != "" {
		return text, true
	}
	return observed.AnnotationOf(vm, annotationTemplate), true
}
