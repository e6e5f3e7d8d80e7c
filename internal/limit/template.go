package limit

import (
	"reflect"
	"slices"
	"strings"

	"google.golang.org/protobuf/types/known/structpb"

	"github.com/novasphere/function-wukong/input/v1beta1"
	"github.com/novasphere/function-wukong/internal/fields"
	"github.com/novasphere/function-wukong/internal/message"
	"github.com/novasphere/function-wukong/internal/plan"
	"github.com/novasphere/function-wukong/internal/template"
)

// limitTemplatePaths is the name of the limit on what templates give.
const limitTemplatePaths = "templatePaths"

var msgTemplatePath = message.New(message.Refusal, "limit-template-path",
	"the platform team does not let a Wukong give {value} (limits.{limit}): remove it, or ask the platform team")

// templatePath is the sentence about a path of a template.
var templatePath = sentence{msgTemplatePath, []any{limitTemplatePaths}}

// templates judges what the template of the Wukong gives. What is wrong with the template itself is told elsewhere.
func (c *checker) templates() {
	path := c.path.Child("template")
	own, _ := template.Parse(c.spec.Template, path)
	if len(own) == 0 {
		return
	}
	applied, earlier := own.Applied(), c.templatesBefore()
	for _, name := range own.Names() {
		if allowsPath(c.limits.TemplatePaths, name) {
			continue
		}
		kept := slices.ContainsFunc(earlier, func(e template.Template) bool { return reflect.DeepEqual(e[name], applied[name]) })
		c.add(template.Child(path, name), kept, templatePath.with(name))
	}
}

// templatesBefore returns what the virtual machine has at the paths of templates: in the cluster, and as it was applied last.
func (c *checker) templatesBefore() []template.Template {
	r := c.observed[plan.KeyVM]
	if r.Foreign != nil {
		return nil
	}
	var out []template.Template
	for _, o := range []*structpb.Struct{c.observed.Last(plan.KeyVM), r.Applied} {
		if spec := fields.In(o, "spec", "template", "spec"); spec != nil {
			out = append(out, template.Of(spec))
		}
	}
	return out
}

// allowsPath reports whether an entry of the limit allows a path.
func allowsPath(list []v1beta1.TemplatePath, name string) bool {
	return slices.ContainsFunc(list, func(p v1beta1.TemplatePath) bool { return template.Matches(string(p), name) })
}

// templates adds a limit on each path that is not allowed. What is no path of a template is left to the function.
func (p *policy) templates() {
	var given []string
	for _, path := range template.Paths() {
		if !allowsPath(p.limits.TemplatePaths, path.Name) {
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
