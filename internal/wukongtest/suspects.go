package wukongtest

import (
	"fmt"
	"iter"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/runtime"
)

// Suspects are what the spec becomes with one of its values removed, or replaced by something wrong, odd or hostile: all that
// this package knows, one at a time, for each field that the spec has. The spec stays as it is.
func Suspects(spec map[string]any) iter.Seq[Broken] {
	return func(yield func(Broken) bool) {
		seen := map[string]bool{}
		for i, p := range places(spec) {
			if seen[p.class] {
				continue
			}
			seen[p.class] = true
			for _, change := range suspicions(p.field) {
				broken := runtime.DeepCopyJSON(spec)
				change.apply(places(broken)[i])
				if !yield(Broken{Spec: broken, Path: strings.TrimPrefix(p.path, "."), Change: change.name}) {
					return
				}
			}
		}
	}
}

// A suspicion is something to do to a value.
type suspicion struct {
	name  string
	apply func(p place)
}

// suspicions about a field.
func suspicions(field string) []suspicion {
	out := []suspicion{{"removed", place.remove}}
	for _, v := range slices.Concat(anys(nearMisses[field]), anys(hostile), numbers, others) {
		out = append(out, suspicion{fmt.Sprintf("set to %.60q", fmt.Sprint(v)), func(p place) { p.set(runtime.DeepCopyJSONValue(v)) }})
	}
	return out
}

// others are values of the other types of JSON.
var others = []any{nil, true, false, map[string]any{}, []any{}, []any{nil}, []any{""}, []any{map[string]any{}}, map[string]any{"name": "x"}, map[string]any{"a": ""}}
