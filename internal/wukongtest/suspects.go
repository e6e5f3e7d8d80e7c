package wukongtest

import (
	"fmt"
	"iter"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/runtime"
)

// Suspects returns copies of a spec in which one value is removed or replaced. For each field of the spec, the replacements are the near misses
// of the field, hostile strings, numbers at and next to bounds, and values of other types.
func Suspects(spec map[string]any) iter.Seq[Broken] {
	return func(yield func(Broken) bool) {
		seen := map[string]bool{}
		for i, p := range places(spec) {
			if seen[p.class] {
				continue
			}
			seen[p.class] = true
			for _, change := range replacements(p.field) {
				broken := runtime.DeepCopyJSON(spec)
				change.apply(places(broken)[i])
				if !yield(Broken{Spec: broken, Path: strings.TrimPrefix(p.path, "."), Change: change.name}) {
					return
				}
			}
		}
	}
}

// A replacement is a change of a value to a known one.
type replacement struct {
	name  string
	apply func(p place)
}

// replacements returns the changes of values of a field.
func replacements(field string) []replacement {
	out := []replacement{{"removed", place.remove}}
	for _, v := range slices.Concat(anys(nearMisses[field]), anys(hostile), numbers, others) {
		out = append(out, replacement{fmt.Sprintf("set to %.60q", fmt.Sprint(v)), func(p place) { p.set(runtime.DeepCopyJSONValue(v)) }})
	}
	return out
}

// others are values of other types of JSON.
var others = []any{
	nil, true, false, map[string]any{}, []any{}, []any{nil}, []any{""}, []any{map[string]any{}}, map[string]any{"name": "x"}, map[string]any{"a": ""},
}
