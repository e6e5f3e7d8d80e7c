package wukongtest

import (
	"maps"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/runtime"
	"pgregory.net/rapid"
)

// A Broken is a valid spec with one change, which usually makes it invalid.
type Broken struct {
	Spec map[string]any

	// Path of the changed value, below spec.
	Path string

	// Change describes the change.
	Change string
}

// changes are the kinds of change of a value.
var changes = []struct {
	name  string
	apply func(t *rapid.T, p place)
}{
	{"removed", func(_ *rapid.T, p place) { p.remove() }},
	{"text", func(t *rapid.T, p place) { p.set(text(p.field).Draw(t, "text")) }},
	{"empty", func(_ *rapid.T, p place) { p.set("") }},
	{"retyped", func(t *rapid.T, p place) { p.set(runtime.DeepCopyJSONValue(anything().Draw(t, "value"))) }},
	{"null", func(_ *rapid.T, p place) { p.set(nil) }},
	{"edited", edit},
	{"doubled", double},
	{"unknown field", addUnknown},
	{"renamed", rename},
	{"from another spec", replaceFromOther},
}

// BrokenSpec generates specs with one change.
func BrokenSpec() *rapid.Generator[Broken] {
	return rapid.Custom(func(t *rapid.T) Broken {
		return Break(Spec().Draw(t, "valid")).Draw(t, "broken")
	})
}

// Break generates copies of a spec with one change.
func Break(spec map[string]any) *rapid.Generator[Broken] {
	return rapid.Custom(func(t *rapid.T) Broken {
		broken := runtime.DeepCopyJSON(spec)
		p := drawPlace(t, broken)
		c := rapid.SampledFrom(changes).Draw(t, "change")
		c.apply(t, p)
		return Broken{Spec: broken, Path: strings.TrimPrefix(p.path, "."), Change: c.name}
	})
}

// drawPlace draws the class of a place first, so that each field is as likely as others, however many values it has.
func drawPlace(t *rapid.T, spec map[string]any) place {
	classes := map[string][]place{}
	for _, p := range places(spec) {
		classes[p.class] = append(classes[p.class], p)
	}
	class := rapid.SampledFrom(slices.Sorted(maps.Keys(classes))).Draw(t, "class")
	return rapid.SampledFrom(classes[class]).Draw(t, "place")
}

// anything generates values of every type of JSON.
func anything() *rapid.Generator[any] {
	return rapid.OneOf(rapid.SampledFrom(others), number(), rapid.Map(text(""), func(s string) any { return s }))
}

// number generates numbers at and next to bounds.
func number() *rapid.Generator[any] { return rapid.SampledFrom(numbers) }

// edit changes one character of a string, a number to another one, or a boolean to the other one. It empties a list or an object.
func edit(t *rapid.T, p place) {
	switch v := p.get().(type) {
	case string:
		runes := []rune(v)
		at := rapid.IntRange(0, len(runes)).Draw(t, "at")
		c := rapid.SampledFrom([]rune("aZ0-_./:@ \n\x00$%#[ä")).Draw(t, "character")
		if at < len(runes) && rapid.Bool().Draw(t, "replace") {
			runes[at] = c
			p.set(string(runes))
			return
		}
		p.set(string(slices.Insert(runes, at, c)))
	case bool:
		p.set(!v)
	case int64, float64:
		p.set(number().Draw(t, "number"))
	case []any:
		p.set([]any{})
	case map[string]any:
		p.set(map[string]any{})
	}
}

// double repeats a string, or the last element of a list, so that it is twice there or there are too many.
func double(t *rapid.T, p place) {
	switch v := p.get().(type) {
	case string:
		p.set(strings.Repeat(v, rapid.SampledFrom([]int{2, 3, 10, 70}).Draw(t, "times")))
	case []any:
		if len(v) == 0 {
			return
		}
		for range rapid.SampledFrom([]int{1, 70}).Draw(t, "more") {
			v = append(v, runtime.DeepCopyJSONValue(v[len(v)-1]))
		}
		p.set(v)
	}
}

// addUnknown adds an unknown field to an object.
func addUnknown(t *rapid.T, p place) {
	m, ok := p.get().(map[string]any)
	if !ok {
		return
	}
	field := oneOf("foo", "Name", "sizeGi", "size ", "x/y", "", "claimRef").Draw(t, "field")
	m[field] = rapid.SampledFrom([]any{"x", int64(1), map[string]any{}}).Draw(t, "value")
}

// rename moves a value to another key of its object.
func rename(t *rapid.T, p place) {
	m := p.object
	if m == nil {
		return
	}
	v := m[p.key]
	delete(m, p.key)
	m[rapid.OneOf(rapid.SampledFrom(keys), rapid.Map(rapid.Just(p.key), strings.ToUpper)).Draw(t, "key")] = v
}

// keys are names of labels that are valid in an unusual way, or almost valid.
var keys = []string{
	"", "a", "/a", "a/", "a/b", "a/b/c", "A/b", "a.b/c", "a..b/c", ".a/b", "a./b", "a-/b", "-a", "a-", "_", "a b", "ä", "a\n",
	strings.Repeat("a", 63), strings.Repeat("a", 64), strings.Repeat("a", 253) + "/b", strings.Repeat("a", 254) + "/b",
	"a/" + strings.Repeat("b", 63), "a/" + strings.Repeat("b", 64),
}

// replaceFromOther sets a field of an object to its value in another valid spec. Both values are valid, but may contradict other fields.
func replaceFromOther(t *rapid.T, p place) {
	m := p.object
	if m == nil {
		return
	}
	var candidates []place
	for _, other := range places(Spec().Draw(t, "other")) {
		if other.parentClass == p.parentClass {
			candidates = append(candidates, other)
		}
	}
	if len(candidates) == 0 {
		return
	}
	source := rapid.SampledFrom(candidates).Draw(t, "source")
	m[source.key] = source.get()
}
