package kubevirt

import (
	"cmp"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/api/resource"
	"k8s.io/apimachinery/pkg/runtime"
	kubevirtv1 "kubevirt.io/api/core/v1"

	"github.com/novasphere/function-wukong/internal/template"
)

// Paths in the spec of a VirtualMachine.
const (
	specPrefix = "spec."

	pathRunStrategy  = specPrefix + "runStrategy"
	pathInstancetype = "instancetype"
	pathPreference   = "preference"

	pathTemplate    = "template.spec"
	pathDomain      = pathTemplate + ".domain"
	pathCPU         = pathDomain + ".cpu"
	pathMemory      = pathDomain + ".memory"
	pathDevices     = pathDomain + ".devices"
	pathACPI        = pathDomain + ".features.acpi"
	pathGPUs        = pathDevices + ".gpus"
	pathHostDevices = pathDevices + ".hostDevices"
	pathGracePeriod = pathTemplate + ".terminationGracePeriodSeconds"
)

// A node is a value that differs between the specs of two VirtualMachines.
type node struct {
	// path relative to the spec, with the items of lists by their names.
	path string

	// pattern is the path with [] for each item.
	pattern string

	// item is the name of the innermost item. Empty where the value is in no list.
	item string

	// from and to are the values as JSON has them. Nil for none.
	from, to any
}

// nodes returns what differs between two VirtualMachines in what an instance is started with, and in when it is.
func nodes(from, to *kubevirtv1.VirtualMachine) []node {
	var out []node
	diff(node{from: spec(from), to: spec(to)}, &out)
	a, b := memoryOf(from), memoryOf(to)
	return slices.DeleteFunc(out, func(n node) bool {
		return n.path == pathMemory+".guest" && areEqual(a.Guest, b.Guest) || n.path == pathMemory+".maxGuest" && areEqual(a.MaxGuest, b.MaxGuest)
	})
}

// areEqual reports whether two quantities are given and equal, which may be written in other units.
func areEqual(a, b *resource.Quantity) bool { return a != nil && b != nil && a.Cmp(*b) == 0 }

// spec returns what is compared of a VirtualMachine's spec.
func spec(vm *kubevirtv1.VirtualMachine) map[string]any {
	out := map[string]any{}
	if vm.Spec.RunStrategy != nil {
		out["runStrategy"] = string(*vm.Spec.RunStrategy)
	}
	if m := vm.Spec.Instancetype; m != nil {
		out[pathInstancetype] = matcher(m.Kind, m.Name)
	}
	if m := vm.Spec.Preference; m != nil {
		out[pathPreference] = matcher(m.Kind, m.Name)
	}
	if vm.Spec.Template != nil {
		// The conversion fails for types that JSON cannot write, of which the API has none.
		template, err := runtime.DefaultUnstructuredConverter.ToUnstructured(&vm.Spec.Template.Spec)
		if err == nil {
			out["template"] = map[string]any{"spec": template}
		}
	}
	return out
}

// matcher returns what a reference to an instance type or a preference says.
func matcher(kind, name string) map[string]any { return map[string]any{"kind": kind, "name": name} }

// diff appends what differs within a node.
func diff(n node, out *[]node) {
	if reflect.DeepEqual(n.from, n.to) {
		return
	}
	if n.path != "" && partOf(n).whole {
		*out = append(*out, n)
		return
	}
	if from, to, ok := bothMaps(n.from, n.to); ok {
		for _, k := range slices.Sorted(maps.Keys(union(from, to))) {
			diff(node{path: child(n.path, k), pattern: child(n.pattern, k), item: n.item, from: from[k], to: to[k]}, out)
		}
		return
	}
	from, okFrom := itemsOf(n.from)
	to, okTo := itemsOf(n.to)
	if !okFrom || !okTo {
		if rest, ok := n.whole(out); ok {
			*out = append(*out, rest)
		}
		return
	}
	all := union(from.values, to.values)
	for _, name := range slices.Sorted(maps.Keys(all)) {
		diff(node{path: n.path + "[" + name + "]", pattern: n.pattern + "[]", item: name, from: from.values[name], to: to.values[name]}, out)
	}
	// Items that both have may be in another order.
	a, b := common(from, to), common(to, from)
	if !slices.Equal(a, b) {
		*out = append(*out, node{path: n.path, pattern: n.pattern, from: strings.Join(a, ", "), to: strings.Join(b, ", ")})
	}
}

// whole returns a node that one of both states has alone, without what a template says below it, which it appends. It returns false where that is all.
func (n node) whole(out *[]node) (rest node, ok bool) {
	value, isMap := n.either().(map[string]any)
	if !isMap || n.from != nil && n.to != nil {
		return n, true
	}
	left := takeTemplates(n, value, out)
	if len(left) == 0 && len(value) > 0 {
		return node{}, false
	}
	return n.with(left), true
}

// takeTemplates appends a node for each path of a template in the value of a node that one of both states has alone. It returns what is left.
func takeTemplates(n node, value map[string]any, out *[]node) map[string]any {
	left := map[string]any{}
	for _, k := range slices.Sorted(maps.Keys(value)) {
		below := node{path: child(n.path, k), pattern: child(n.pattern, k), item: n.item, from: n.from, to: n.to}.with(value[k])
		name, _ := strings.CutPrefix(below.path, pathTemplate+".")
		deeper, isMap := value[k].(map[string]any)
		switch {
		case below.path == pathACPI && isMap && len(deeper) == 0 && len(value) > 1:
			// KubeVirt's type writes it beside every other feature.
		case template.IsPath(name):
			*out = append(*out, below)
		case isMap && template.IsAbove(name):
			if rest := takeTemplates(below, deeper, out); len(rest) > 0 || len(deeper) == 0 {
				left[k] = rest
			}
		default:
			left[k] = value[k]
		}
	}
	return left
}

// either returns the value of a node that one of both states has alone.
func (n node) either() any {
	if n.from != nil {
		return n.from
	}
	return n.to
}

// with returns a node that one of both states has alone with another value.
func (n node) with(v any) node {
	if n.from != nil {
		n.from = v
		return n
	}
	n.to = v
	return n
}

// child returns the path of a field.
func child(path, field string) string { return strings.TrimPrefix(path+"."+field, ".") }

// union returns a map with the keys of both.
func union(a, b map[string]any) map[string]any {
	out := maps.Clone(a)
	if out == nil {
		out = map[string]any{}
	}
	maps.Copy(out, b)
	return out
}

// bothMaps returns two values that are maps, and false where one is not.
func bothMaps(from, to any) (a, b map[string]any, ok bool) {
	a, okA := from.(map[string]any)
	b, okB := to.(map[string]any)
	return a, b, okA && okB
}

// Items are the items of a list that have names.
type items struct {
	order  []string
	values map[string]any
}

// itemsOf returns the items of a list by their names: the value of the field name or, where an item has a single field, that field. It returns
// false where an item has no name, or where two have one. No list is an empty one.
func itemsOf(v any) (items, bool) {
	out := items{values: map[string]any{}}
	if v == nil {
		return out, true
	}
	list, ok := v.([]any)
	if !ok {
		return items{}, false
	}
	for _, e := range list {
		m, ok := e.(map[string]any)
		if !ok {
			return items{}, false
		}
		name, _ := m["name"].(string)
		if name == "" && len(m) == 1 {
			name = slices.Collect(maps.Keys(m))[0]
		}
		if _, twice := out.values[name]; twice || name == "" {
			return items{}, false
		}
		out.order, out.values[name] = append(out.order, name), m
	}
	return out, true
}

// common returns the names of a that b also has, in a's order.
func common(a, b items) []string {
	return slices.DeleteFunc(slices.Clone(a.order), func(name string) bool { return b.values[name] == nil })
}

// notShown stands for a value that may be a secret.
const notShown = "(not shown)"

// text returns a value of a node in the part for people. Empty for none.
func (p part) text(n node, v any) string {
	if out := n.text(v); out == "" || !p.hidden {
		return out
	}
	return notShown
}

// text returns a value for people. Empty for none. The name of an item, which is in its path, is left out.
func (n node) text(v any) string {
	m, ok := v.(map[string]any)
	if !ok || !strings.HasSuffix(n.path, "]") {
		return text(v)
	}
	rest := maps.Clone(m)
	delete(rest, "name")
	return text(rest)
}

// text returns a value for people. Empty for none.
func text(v any) string {
	switch v := v.(type) {
	case nil:
		return ""
	case string:
		return v
	case map[string]any:
		return cmp.Or(strings.Join(pairs("", v), ", "), "yes")
	case []any:
		out := make([]string, len(v))
		for i, e := range v {
			out[i] = text(e)
		}
		return strings.Join(out, "; ")
	default:
		return fmt.Sprint(v)
	}
}

// pairs returns the fields of a map as FIELD=VALUE, or FIELD where the value is an empty map.
func pairs(prefix string, m map[string]any) []string {
	var out []string
	for _, k := range slices.Sorted(maps.Keys(m)) {
		path := child(prefix, k)
		switch v := m[k].(type) {
		case map[string]any:
			if len(v) == 0 {
				out = append(out, path)
			}
			out = append(out, pairs(path, v)...)
		default:
			out = append(out, path+"="+text(v))
		}
	}
	return out
}
