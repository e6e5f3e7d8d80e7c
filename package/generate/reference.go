package main

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/tools/go/packages"
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"sigs.k8s.io/controller-tools/pkg/crd"
	"sigs.k8s.io/controller-tools/pkg/loader"

	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
	"github.com/novasphere/function-wukong/input/v1beta1"
	"github.com/novasphere/function-wukong/internal/kubevirt"
	"github.com/novasphere/function-wukong/internal/plan"
)

// A kind that the reference describes, and what to say of it besides what its Go type says.
type kind struct {
	name, intro string
}

// A chapter of the reference: the kinds of a package, whose apiVersion is its title.
type chapter struct {
	title, path string
	kinds       []kind
}

var chapters = []chapter{
	{
		title: v1alpha1.APIVersion, path: "./fn/api/v1alpha1",
		kinds: []kind{{"Wukong", "It is namespaced, and its short name is `wk`. Under the configuration for claims an `XWukong` of the same fields, which is cluster-scoped, is the composite of a claim. " +
			"Crossplane adds fields of its own: `compositionRef` and what goes with it, and in the status `conditions`, which [Troubleshooting](troubleshooting.md#conditions) explains."}},
	},
	{
		title: v1beta1.APIVersion, path: "./input/v1beta1",
		kinds: []kind{
			{"Input", "It is no object of a cluster: a Composition passes it to the function, in `spec.pipeline[].input`."},
			{"Action", "It is no object of a cluster: an Operation passes it to the function, in `spec.pipeline[].input` (see [Operations](operations.md))."},
		},
	},
}

const referenceIntro = `<!-- Written by make generate from the Go types in fn/api/v1alpha1 and input/v1beta1. Do not edit. -->
# API reference

What can be written in a manifest, and what its status holds. ` + "`kubectl explain wukong.spec`" + ` says the same of the version that is
installed. An optional field that is empty counts as left out. Rules are checked by the API server, and again by the function.

`

// writeReference writes the chapter of the documentation about the API.
func writeReference(root, path string) error {
	b := &strings.Builder{}
	b.WriteString(referenceIntro)
	for _, c := range chapters {
		for _, k := range c.kinds {
			fmt.Fprintf(b, "* [%s](#%s) of `%s`\n", k.name, anchor(k.name), c.title)
		}
	}

	var paths []string
	for _, c := range chapters {
		paths = append(paths, c.path)
	}
	roots, err := loader.LoadRootsWithConfig(&packages.Config{Dir: root}, paths...)
	if err != nil {
		return err
	}
	p, err := newParser(roots)
	if err != nil {
		return err
	}
	r := &reference{out: b, parser: p, paths: map[crd.TypeIdent]string{}, effects: kubevirt.Changes()}
	r.paths[crd.TypeIdent{Package: roots[0], Name: "WukongSpec"}] = ""
	for i, c := range chapters {
		for _, k := range c.kinds {
			r.kind(k, crd.TypeIdent{Package: roots[i], Name: k.name}, c.title)
		}
	}
	return os.WriteFile(filepath.Join(root, path), []byte(b.String()), 0o644) //nolint:gosec // Everybody may read the repository.
}

// A reference is written type by type: each struct once, in the order in which fields lead to it, and after them the types of values.
type reference struct {
	out    *strings.Builder
	parser *crd.Parser

	structs, values []crd.TypeIdent

	// paths are where structs stand in the spec of a Wukong, such as disks[].
	paths map[crd.TypeIdent]string

	// effects say what a change of each field of the spec does to a virtual machine that exists.
	effects map[string]plan.Effect
}

// kind writes a kind and all that its fields lead to and no kind before it did.
func (r *reference) kind(k kind, id crd.TypeIdent, apiVersion string) {
	r.parser.NeedSchemaFor(id)
	doc := r.parser.Types[id].Doc
	fmt.Fprintf(r.out, "\n## %s\n\n%s\n\n%s\n\n```yaml\napiVersion: %s\nkind: %s\n```\n\n", k.name, paragraph(doc), k.intro, apiVersion, k.name)
	known, knownValues := len(r.structs), len(r.values)
	r.structs = append(r.structs, id)
	r.table(id)
	for i := known + 1; i < len(r.structs); i++ {
		s := r.structs[i]
		fmt.Fprintf(r.out, "\n### %s\n\n%s\n\n", s.Name, paragraph(r.parser.Types[s].Doc))
		r.table(s)
		r.rules(r.parser.Schemata[s].XValidations, "\nRules of the whole:\n\n", "* %s\n")
	}
	for i := knownValues; i < len(r.values); i++ {
		v := r.values[i]
		fmt.Fprintf(r.out, "\n### %s\n\n%s\n", v.Name, paragraph(r.parser.Types[v].Doc))
		schema := r.parser.Schemata[v]
		if limits := limits(&schema); len(limits) > 0 {
			fmt.Fprintf(r.out, "\n%s.\n", strings.Join(limits, ". "))
		}
		r.rules(schema.XValidations, "\n", "* %s\n")
	}
}

// table of the fields of a struct, in the order of the Go type.
func (r *reference) table(id crd.TypeIdent) {
	r.out.WriteString("| field | type | required | default | meaning |\n|---|---|---|---|---|\n")
	info, schema := r.parser.Types[id], r.parser.Schemata[id]
	for _, f := range info.Fields {
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		if name == "" || name == "-" || name == "metadata" {
			continue
		}
		props := schema.Properties[name]
		meaning, standard := split(props.Description)
		if meaning == "" {
			meaning, standard = split(f.Doc)
		}
		required := ""
		if slices.Contains(schema.Required, name) {
			required = "yes"
		}
		r.place(&props, id, name)
		said := []string{meaning}
		if limits := limits(&props); len(limits) > 0 {
			said = append(said, strings.Join(limits, ". ")+".")
		}
		fmt.Fprintf(r.out, "| `%s` | %s | %s | %s | %s", name, r.typeOf(&props, id.Package), required, cell(standard), cell(strings.Join(said, "<br>")))
		r.rules(props.XValidations, "", "<br>Rule: %s.")
		if effect := r.effect(id, name); effect != "" {
			fmt.Fprintf(r.out, "<br>A change: %s.", effect)
		}
		r.out.WriteString(" |\n")
	}
}

// place records the path in the spec of the struct that a field, or each of its elements, has.
func (r *reference) place(s *apiextensionsv1.JSONSchemaProps, in crd.TypeIdent, field string) {
	path, inSpec := r.paths[in]
	ref := refOf(s)
	at := join(path, field)
	if s.Type == "array" && s.Items != nil && s.Items.Schema != nil {
		ref, at = refOf(s.Items.Schema), at+"[]"
	}
	if !inSpec || ref == "" {
		return
	}
	if name, pkg, err := crd.RefParts(ref); err == nil && pkg == "" {
		r.paths[crd.TypeIdent{Package: in.Package, Name: name}] = at
	}
}

// effect returns what a change of a field does; empty for a struct, whose fields say it, and outside of the spec.
func (r *reference) effect(in crd.TypeIdent, field string) plan.Effect {
	path, inSpec := r.paths[in]
	if !inSpec {
		return ""
	}
	return r.effects[join(path, field)]
}

// join returns the path of a field below another.
func join(path, field string) string { return strings.TrimPrefix(path+"."+field, ".") }

// rules writes rules by their messages.
func (r *reference) rules(rules apiextensionsv1.ValidationRules, before, format string) {
	if len(rules) == 0 {
		return
	}
	r.out.WriteString(before)
	for _, v := range rules {
		fmt.Fprintf(r.out, format, cell(v.Message))
	}
}

// typeOf a schema, with a link to where it is described.
func (r *reference) typeOf(s *apiextensionsv1.JSONSchemaProps, from *loader.Package) string {
	if isFree(s) {
		return "object"
	}
	if ref := refOf(s); ref != "" {
		return r.named(ref, from)
	}
	switch {
	case s.Type == "array" && s.Items != nil && s.Items.Schema != nil:
		return "list of " + r.typeOf(s.Items.Schema, from)
	case s.Type == "object" && s.AdditionalProperties != nil:
		return "map of " + r.typeOf(s.AdditionalProperties.Schema, from)
	}
	return s.Type
}

// refOf is the reference that a schema is, or has among others; empty for none.
func refOf(s *apiextensionsv1.JSONSchemaProps) string {
	if s.Ref != nil {
		return *s.Ref
	}
	for _, part := range s.AllOf {
		if part.Ref != nil {
			return *part.Ref
		}
	}
	return ""
}

// named is the type that a reference names: a link to it where it is described, and it is described where it says more than its name.
func (r *reference) named(ref string, from *loader.Package) string {
	name, pkg, err := crd.RefParts(ref)
	if err != nil {
		return ref
	}
	id := crd.TypeIdent{Package: from, Name: name}
	if pkg != "" {
		id.Package = from.Imports()[pkg]
	}
	r.parser.NeedSchemaFor(id)
	schema := r.parser.Schemata[id]
	list := &r.structs
	if schema.Type != "object" {
		if len(limits(&schema)) == 0 && len(schema.XValidations) == 0 {
			return schema.Type
		}
		list = &r.values
	}
	if !slices.Contains(*list, id) {
		*list = append(*list, id)
	}
	return fmt.Sprintf("[%s](#%s)", name, anchor(name))
}

// limits of a value, in words.
func limits(s *apiextensionsv1.JSONSchemaProps) []string {
	var out []string
	all := []*apiextensionsv1.JSONSchemaProps{s}
	for i := range s.AllOf {
		all = append(all, &s.AllOf[i])
	}
	for _, s := range all {
		if enum := enumOf(s); len(enum) > 0 {
			out = append(out, "One of "+strings.Join(enum, ", "))
		}
		if s.Items != nil && s.Items.Schema != nil {
			if enum := enumOf(s.Items.Schema); len(enum) > 0 {
				out = append(out, "Each one of "+strings.Join(enum, ", "))
			}
		}
		out = append(out, between(s)...)
		out = append(out, counts(s)...)
		if s.Pattern != "" {
			out = append(out, "Pattern: `"+s.Pattern+"`")
		}
	}
	return out
}

// counts are how many elements or characters a value may have.
func counts(s *apiextensionsv1.JSONSchemaProps) []string {
	var out []string
	if s.MinItems != nil {
		out = append(out, fmt.Sprintf("At least %d", *s.MinItems))
	}
	if s.MaxItems != nil {
		out = append(out, fmt.Sprintf("At most %d", *s.MaxItems))
	}
	if s.MaxProperties != nil {
		out = append(out, fmt.Sprintf("At most %d", *s.MaxProperties))
	}
	if s.MinLength != nil {
		out = append(out, "Not empty")
	}
	if s.MaxLength != nil {
		out = append(out, fmt.Sprintf("At most %d characters", *s.MaxLength))
	}
	return out
}

// between are the bounds of a number.
func between(s *apiextensionsv1.JSONSchemaProps) []string {
	switch {
	case s.Minimum != nil && s.Maximum != nil:
		return []string{fmt.Sprintf("From %.0f to %.0f", *s.Minimum, *s.Maximum)}
	case s.Minimum != nil:
		return []string{fmt.Sprintf("At least %.0f", *s.Minimum)}
	case s.Maximum != nil:
		return []string{fmt.Sprintf("At most %.0f", *s.Maximum)}
	}
	return nil
}

// enumOf are the values that a schema allows, without the empty one, which counts as left out.
func enumOf(s *apiextensionsv1.JSONSchemaProps) []string {
	var out []string
	for _, v := range s.Enum {
		if text := strings.Trim(string(v.Raw), `"`); text != "" {
			out = append(out, "`"+text+"`")
		}
	}
	return out
}

// split a description into what a field means and its default, which is said last.
func split(description string) (meaning, standard string) {
	meaning, standard, _ = strings.Cut(paragraph(description), "Default: ")
	return strings.TrimSpace(meaning), strings.TrimSuffix(strings.TrimSpace(standard), ".")
}

// paragraph is a comment as one paragraph of Markdown.
func paragraph(doc string) string {
	return strings.Join(strings.Fields(strings.NewReplacer("*", `\*`, "<", "&lt;").Replace(doc)), " ")
}

// cell is text in a table.
func cell(text string) string { return strings.ReplaceAll(text, "|", `\|`) }

// anchor of a heading of one word.
func anchor(heading string) string { return strings.ToLower(heading) }
