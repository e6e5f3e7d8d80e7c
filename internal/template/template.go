package template

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"google.golang.org/protobuf/types/known/structpb"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/util/validation/field"
	kubevirtv1 "kubevirt.io/api/core/v1"

	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
	"github.com/novasphere/function-wukong/internal/message"
	"github.com/novasphere/function-wukong/internal/suggest"
	"github.com/novasphere/function-wukong/internal/validation"
)

var (
	msgNotInTemplate = message.New(message.Refusal, "template-path", "no template can give this: remove it")
	msgOtherPath     = message.New(message.Refusal, "template-other-path", "no template can give this: did you mean {value}?")
	msgOneOf         = message.New(message.Refusal, "template-one-of", "a virtual machine has only one of these, and {field} is given, too: remove one of both")
)

// A Template is what a partial spec of a VirtualMachineInstance gives, by the names of the paths.
type Template map[string]any

// A Choice is the templates of a virtual machine.
type Choice struct {
	// Platform is the platform team's, as the virtual machine was made with it.
	Platform Template

	// Wukong is the one in the Wukong's spec, which comes before the platform team's.
	Wukong Template

	// Fields is what fields of the Wukong say, which comes before both.
	Fields Template
}

// Merged returns what all say together.
func (c Choice) Merged() Template { return c.Platform.Under(c.Wukong).Under(c.Fields) }

// Parse returns what a partial spec gives, and what is wrong with it. Nil stands for none. The result has what is right.
func Parse(raw *runtime.RawExtension, path *field.Path) (Template, field.ErrorList) {
	if raw == nil || len(raw.Raw) == 0 {
		return nil, nil
	}
	v := &structpb.Value{}
	if err := v.UnmarshalJSON(raw.Raw); err != nil {
		v = structpb.NewNullValue()
	}
	// An annotation was not checked before.
	if errs := validation.FreeStructure.Check(v, path); len(errs) > 0 {
		return nil, errs
	}
	r := reader{out: Template{}}
	r.read(v.GetStructValue(), "", path)
	for _, p := range paths {
		if other := r.out.rival(p); other != "" && p.Name > other {
			r.errs = append(r.errs, field.Forbidden(Child(path, p.Name), msgOneOf.With(other)))
			delete(r.out, p.Name)
		}
	}
	return r.out, r.errs
}

// A reader collects the values at the paths.
type reader struct {
	out  Template
	errs field.ErrorList
}

// maxErrors is after how many errors a check ends. A message has room for fewer.
const maxErrors = 32

// read reads the fields of an object with a name. A field that is null counts as absent.
func (r *reader) read(s *structpb.Struct, above string, path *field.Path) {
	given := s.GetFields()
	for _, key := range slices.Sorted(maps.Keys(given)) {
		v, name := given[key], strings.TrimPrefix(above+"."+key, ".")
		if _, null := v.GetKind().(*structpb.Value_NullValue); null || len(r.errs) >= maxErrors {
			continue
		}
		p := find(name)
		switch object, isObject := v.GetKind().(*structpb.Value_StructValue); {
		case p != nil:
			r.value(p, v, path.Child(key))
		case IsAbove(name) && isObject:
			r.read(object.StructValue, name, path.Child(key))
		case IsAbove(name):
			r.errs = append(r.errs, validation.FreeStructure.Check(v, path.Child(key))...)
		default:
			r.errs = append(r.errs, unknown(name, path, key))
		}
	}
}

// value reads the value of a path.
func (r *reader) value(p *Path, v *structpb.Value, path *field.Path) {
	if errs := p.schema.Check(v, path); len(errs) > 0 {
		r.errs = append(r.errs, errs...)
		return
	}
	r.out[p.Name] = withoutNulls(v.AsInterface())
}

// withoutNulls returns a value without the fields that are null.
func withoutNulls(v any) any {
	switch v := v.(type) {
	case map[string]any:
		for k, e := range v {
			if e == nil {
				delete(v, k)
				continue
			}
			v[k] = withoutNulls(e)
		}
	case []any:
		for i, e := range v {
			v[i] = withoutNulls(e)
		}
	}
	return v
}

// unknown returns the error about a name that is no path, and above none.
func unknown(name string, path *field.Path, key string) *field.Error {
	at := path.Child(v1alpha1.Shown(key))
	if near, found := Nearest(name); found {
		return field.Forbidden(at, msgOtherPath.With(near))
	}
	return field.Forbidden(at, msgNotInTemplate.String())
}

// Nearest returns the path that a name most likely means: one that is misspelt, or one of the same last word in another place.
func Nearest(name string) (string, bool) {
	if near, found := suggest.Nearest(name, names); found {
		return near, true
	}
	last := name[strings.LastIndexByte(name, '.')+1:]
	words := map[string]string{}
	for _, n := range names {
		words[n[strings.LastIndexByte(n, '.')+1:]] = n
	}
	if near, found := suggest.Nearest(last, slices.Sorted(maps.Keys(words))); found {
		return words[near], true
	}
	return "", false
}

// Child returns the path of a name below another.
func Child(path *field.Path, name string) *field.Path {
	for part := range strings.SplitSeq(name, ".") {
		path = path.Child(part)
	}
	return path
}

// rival returns another path of the same choice that the template gives; empty where there is none.
func (t Template) rival(p Path) string {
	if _, given := t[p.Name]; !given || p.choice == "" {
		return ""
	}
	for _, other := range paths {
		if _, given := t[other.Name]; given && other.choice == p.choice && other.Name != p.Name {
			return other.Name
		}
	}
	return ""
}

// Names returns the paths that the template gives, sorted.
func (t Template) Names() []string { return slices.Sorted(maps.Keys(t)) }

// Under returns the template with what another one says before it: maps are merged, and lists and all else replaced. The value nil leaves out what is
// under it.
func (t Template) Under(over Template) Template {
	out := make(Template, len(t)+len(over))
	for name, v := range t {
		p := find(name)
		if p == nil || over.excludes(*p) {
			continue
		}
		out[name] = v
	}
	for name, v := range over {
		p := find(name)
		if p == nil {
			continue
		}
		if v == nil {
			delete(out, name)
			continue
		}
		out[name] = v
		if under, given := t[name]; given && !p.whole {
			out[name] = merge(under, v)
		}
	}
	return out
}

// excludes reports whether the template gives another path of the same choice.
func (t Template) excludes(p Path) bool {
	return p.choice != "" && slices.ContainsFunc(paths, func(other Path) bool {
		_, given := t[other.Name]
		return given && other.choice == p.choice && other.Name != p.Name
	})
}

// merge returns a value with another one before it. It changes neither.
func merge(under, over any) any {
	a, okA := under.(map[string]any)
	b, okB := over.(map[string]any)
	if !okA || !okB {
		return over
	}
	out := maps.Clone(a)
	for k, v := range b {
		out[k] = v
		if old, found := a[k]; found {
			out[k] = merge(old, v)
		}
	}
	return out
}

// JSON returns the template as a partial spec of a VirtualMachineInstance. Equal templates have equal texts.
func (t Template) JSON() (string, error) {
	out := map[string]any{}
	for name, v := range t {
		parts := strings.Split(name, ".")
		at := out
		for _, part := range parts[:len(parts)-1] {
			next, found := at[part].(map[string]any)
			if !found {
				next = map[string]any{}
				at[part] = next
			}
			at = next
		}
		at[parts[len(parts)-1]] = v
	}
	b, err := json.Marshal(out)
	return string(b), err
}

// Apply writes the template into a spec, over what the spec says at its paths.
func (t Template) Apply(spec *kubevirtv1.VirtualMachineInstanceSpec) error {
	if len(t) == 0 {
		return nil
	}
	text, err := t.JSON()
	if err != nil {
		return err
	}
	// KubeVirt's own method would replace the whole spec.
	type plain kubevirtv1.VirtualMachineInstanceSpec
	return json.Unmarshal([]byte(text), (*plain)(spec))
}

// Of returns what the spec of an observed VirtualMachineInstance, or of a VirtualMachine's template, has at the paths. Nil stands for none.
func Of(spec *structpb.Struct) Template {
	out := Template{}
	for _, p := range paths {
		if v := at(spec, p.Name); v != nil {
			out[p.Name] = withoutNulls(v.AsInterface())
		}
	}
	return out
}

// at returns the value at a path; nil where there is none.
func at(s *structpb.Struct, path string) *structpb.Value {
	var v *structpb.Value
	for part := range strings.SplitSeq(path, ".") {
		if v = s.GetFields()[part]; v == nil {
			return nil
		}
		s = v.GetStructValue()
	}
	if _, null := v.GetKind().(*structpb.Value_NullValue); null {
		return nil
	}
	return v
}
