package kubevirt

import (
	"cmp"
	"slices"
	"strings"

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

// fieldFeatures is the field of a Wukong with the features of its CPU, of which each is known by its name.
const fieldFeatures = "performance.cpuFeatures"

// isOfTemplate reports whether a path in the spec of a VirtualMachine is one that templates give.
func isOfTemplate(path string) bool {
	return slices.ContainsFunc(template.Paths(), func(p template.Path) bool { return strings.HasPrefix(path, pathTemplate+"."+p.Name) })
}

// templates are what the templates of the platform team and of the Wukong say, and the fields of the Wukong at the paths of templates: those of
// performance and devices. No path of a template is what another concern writes, but for the time to shut down, of which the other one is a default. So they
// come last.
//
// KubeVirt applies all of it when an instance starts (syncRestartRequired in pkg/virt-controller/watch/vm/vm.go).
var templates = concern{
	apply:   applyTemplates,
	facts:   performanceFact,
	parts:   templateParts(),
	changes: templateChanges(),
}

// performanceFact says what the guest has of its node to itself.
func performanceFact(vm *kubevirtv1.VirtualMachine) string {
	var out []string
	if c := domainOf(vm).CPU; c != nil && c.DedicatedCPUPlacement {
		out = append(out, "CPUs pinned")
	}
	if h := memoryOf(vm).Hugepages; h != nil {
		out = append(out, "pages of "+h.PageSize)
	}
	return strings.Join(out, ", ")
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
	out := []part{
		{path: pathCPU + ".features[]", field: fieldFeatures + "[]"},
		{path: pathCPU + ".features[].policy", field: fieldFeatures + "[].policy"},
	}
	for _, p := range template.Paths() {
		path := pathTemplate + "." + p.Name
		out = append(out, part{path: path, field: cmp.Or(p.Field, fieldTemplate+"."+p.Name), filled: path == pathCPU+".model"})
	}
	return out
}

// templateChanges returns the effects of the fields that say what templates could.
func templateChanges() map[string]plan.Effect {
	out := map[string]plan.Effect{
		fieldTemplate: plan.EffectRestart, fieldFeatures + "[].name": plan.EffectRestart, fieldFeatures + "[].policy": plan.EffectRestart,
	}
	for _, p := range template.Paths() {
		if p.Field != "" && p.Field != fieldFeatures {
			out[p.Field] = plan.EffectRestart
		}
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
