package edit

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
	"github.com/novasphere/function-wukong/internal/kubevirt"
	"github.com/novasphere/function-wukong/internal/message"
	"github.com/novasphere/function-wukong/internal/validation"
)

// A leaf is a value in a spec that has no parts.
type leaf struct {
	// field is the path relative to the spec, with the items of lists by their names: networks[lan].mtu.
	field string

	// pattern is the same without the names: networks[].mtu.
	pattern string

	value any
}

// present is the value of an object that says something by being there, whatever is in it.
const present = "given"

// leavesOf returns the leaves of a spec by their fields, and with them the objects that say something by being there.
func leavesOf(spec map[string]any) map[string]leaf {
	out := map[string]leaf{}
	collect(out, "", "", spec)
	return out
}

func collect(out map[string]leaf, field, pattern string, value any) {
	switch v := value.(type) {
	case map[string]any:
		if kubevirt.CountsByPresence(pattern) {
			out[field] = leaf{field: field, pattern: pattern, value: present}
		}
		for name, part := range v {
			collect(out, join(field, name), join(pattern, name), part)
		}
		return
	case []any:
		if len(v) == 0 {
			return
		}
		if items := objectsOf(v); items != nil {
			for i, item := range items {
				collect(out, field+"["+nameOf(item, i)+"]", pattern+"[]", item)
			}
			return
		}
	case nil:
		return
	}
	out[field] = leaf{field: field, pattern: pattern, value: value}
}

// objectsOf returns the items of a list of objects; nil for another list.
func objectsOf(list []any) []map[string]any {
	var out []map[string]any
	for _, item := range list {
		o, isObject := item.(map[string]any)
		if !isObject {
			return nil
		}
		out = append(out, o)
	}
	return out
}

// nameOf returns what an item of a list is known by: its name, its key, or its index.
func nameOf(item map[string]any, index int) string {
	for _, key := range []string{"name", "key"} {
		if name, _ := item[key].(string); name != "" {
			return name
		}
	}
	return strconv.Itoa(index)
}

// join returns the path of a name below another.
func join(path, name string) string {
	if path == "" {
		return name
	}
	return path + "." + name
}

// itemOf returns the item of a list that a field is in; empty for a field that is in none.
func itemOf(field string) string {
	return field[:strings.IndexByte(field, ']')+1]
}

// shown returns a leaf's value for people. A value that may be a secret is not repeated.
func (l leaf) shown() string {
	if isSecret(l.pattern) {
		return "(not shown)"
	}
	switch v := l.value.(type) {
	case nil:
		return ""
	case string:
		return message.Clean(v1alpha1.Shown(v))
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	case []any:
		words := make([]string, len(v))
		for i, e := range v {
			words[i] = fmt.Sprint(e)
		}
		return message.Clean(v1alpha1.Shown(strings.Join(words, ", ")))
	default:
		return message.Clean(v1alpha1.Shown(fmt.Sprint(v)))
	}
}

// isSecret reports whether the value of a field may be a secret, by its schema.
func isSecret(pattern string) bool {
	s := validation.SpecStructure
	for name := range strings.SplitSeq(pattern, ".") {
		name, isList := strings.CutSuffix(name, "[]")
		i := slices.IndexFunc(s.Fields, func(f validation.Field) bool { return f.Name == name })
		if i < 0 {
			return false
		}
		if s = s.Fields[i].Schema; isList {
			s = s.Items
		}
	}
	return s.Secret
}

// changedFields returns the fields that differ, sorted.
func changedFields(from, to map[string]leaf) []string {
	var out []string
	for field, l := range from {
		if other, found := to[field]; !found || !equal(l.value, other.value) {
			out = append(out, field)
		}
	}
	for field := range to {
		if _, found := from[field]; !found {
			out = append(out, field)
		}
	}
	slices.Sort(out)
	return out
}

// equal reports whether two values are the same. Numbers of JSON and of YAML have different types.
func equal(a, b any) bool { return fmt.Sprint(a) == fmt.Sprint(b) }

// items returns the items of lists that fields are in.
func items(leaves map[string]leaf) map[string]bool {
	out := map[string]bool{}
	for field := range maps.Keys(leaves) {
		if item := itemOf(field); item != "" {
			out[item] = true
		}
	}
	return out
}
