package fn

import (
	"slices"

	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/util/validation/field"

	"github.com/novasphere/function-wukong/input/v1beta1"
	"github.com/novasphere/function-wukong/internal/kubevirt"
	"github.com/novasphere/function-wukong/internal/template"
)

// chooseTemplates reads the templates of the virtual machine: that of the Wukong, with what its fields say, and that of the platform team. A virtual machine
// that exists keeps the latter as it was made with it. Nothing that the record may hold is an error: somebody else may have written it.
func (r *wukongRequest) chooseTemplates() field.ErrorList {
	path := field.NewPath("spec", "template")
	given, errs := template.Parse(r.wukong.Spec.Template, path)
	own, twice := given.WithoutFields(path)
	r.templates = template.Choice{Platform: platformTemplate(r), Wukong: own, Fields: template.OfFields(&r.wukong.Spec)}
	gates, advice := r.templates.Gates(r.input, kubevirt.ExistingTemplates(r.observed)...)
	r.gateAdvice = advice
	return slices.Concat(errs, twice, gates, r.templates.Conflicts(&r.wukong.Spec))
}

// platformTemplate returns the platform team's template, as the existing virtual machine was made with it.
func platformTemplate(r *wukongRequest) template.Template {
	raw := r.input.Template
	if recorded, exists := kubevirt.RecordedTemplate(r.observed); exists {
		raw = &runtime.RawExtension{Raw: []byte(recorded)}
	}
	// That of the Input was checked with it.
	out, _ := template.Parse(raw, nil)
	return out
}

// checkTemplate returns the errors about what an Input says of templates.
func checkTemplate(in *v1beta1.Input) field.ErrorList {
	_, errs := template.Parse(in.Template, field.NewPath("template"))
	if in.Limits == nil {
		return errs
	}
	return append(errs, template.CheckAllowed(in.Limits.TemplatePaths, field.NewPath("limits", "templatePaths"))...)
}
