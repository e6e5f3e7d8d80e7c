package limit

import (
	"reflect"
	"slices"
	"strings"

	"github.com/novasphere/function-wukong/input/v1beta1"
	"github.com/novasphere/function-wukong/internal/kubevirt"
	"github.com/novasphere/function-wukong/internal/message"
	"github.com/novasphere/function-wukong/internal/template"
)

// limitTemplatePaths is the name of the limit on what templates give.
const limitTemplatePaths = "templatePaths"

var msgTemplatePath = message.New(message.Refusal, "limit-template-path",
	"the platform team does not let a Wukong give {value} (limits.{limit}): remove it, or ask the platform team")

// templatePath is the sentence about a path of a template.
var templatePath = sentence{msgTemplatePath, []any{limitTemplatePaths}}

// templates judges what the template of the Wukong gives. It leaves mistakes in the template to package template, and so what a field says.
func (c *checker) templates() {
	path := c.path.Child("template")
	given, _ := template.Parse(c.spec.Template, path)
	own, _ := given.WithoutFields(path)
	if len(own) == 0 {
		return
	}
	applied, earlier := own.Applied(), kubevirt.ExistingTemplates(c.observed)
	for _, name := range own.Names() {
		if allowsPath(c.limits.TemplatePaths, name) {
			continue
		}
		kept := slices.ContainsFunc(earlier, func(e template.Template) bool { return reflect.DeepEqual(e[name], applied[name]) })
		c.add(template.Child(path, name), kept, templatePath.with(name))
	}
}

// allowsPath reports whether an entry of the limit allows a path.
func allowsPath(list []v1beta1.TemplatePath, name string) bool {
	return slices.ContainsFunc(list, func(p v1beta1.TemplatePath) bool { return p.Matches(name) })
}

// templates adds a limit on each path that is not allowed. What is no path of a template is left to the function.
func (p *policy) templates() {
	var given []string
	for _, path := range template.Paths() {
		if path.Field == "" && !allowsPath(p.limits.TemplatePaths, path.Name) {
			given = append(given, object("name", quote(path.Name), "new", valuesCEL("variables.spec", path.Name), "old", valuesCEL("variables.before", path.Name)))
		}
	}
	p.validate(limitTemplatePaths, "(has(variables.spec.template) ? ["+strings.Join(given, ", ")+"] : []).filter(t, t.new.size() > 0 && t.new != t.old)"+
		".map(t, "+plus(quote("spec.template."), "t.name", quote(": "), templatePath.cel("t.name"))+")")
}

// valuesCEL returns an expression of a list with the value at a path of the template of a spec, or without any.
func valuesCEL(spec, path string) string {
	at := spec
	var there []string
	for _, f := range append([]string{"template"}, strings.Split(path, ".")...) {
		at += "." + f
		there = append(there, "has("+at+")", "type("+at+") == map")
	}
	// The value itself may be anything but null, which API servers keep where they know no fields.
	there[len(there)-1] = at + " != null"
	return "(" + strings.Join(there, " && ") + " ? [" + at + "] : [])"
}
