package wukongtest

import (
	"pgregory.net/rapid"
)

// drawOptional sets an optional field in about every second object.
func drawOptional[T any](t *rapid.T, object map[string]any, field string, g *rapid.Generator[T]) {
	if rapid.Bool().Draw(t, field+"?") {
		object[field] = g.Draw(t, field)
	}
}

// oneOf generates one of the values.
func oneOf(values ...string) *rapid.Generator[string] {
	return rapid.SampledFrom(values)
}

// orEmpty also generates the empty string, which counts as absent.
func orEmpty(g *rapid.Generator[string]) *rapid.Generator[string] {
	return rapid.OneOf(g, rapid.Just(""))
}

// list generates JSON lists whose elements have different keys.
func list[T any, K comparable](g *rapid.Generator[T], least, most int, key func(T) K) *rapid.Generator[[]any] {
	return rapid.Map(rapid.SliceOfNDistinct(g, least, most, key), anys[T])
}

// anys returns a list of any values.
func anys[T any](values []T) []any {
	out := make([]any, len(values))
	for i, v := range values {
		out[i] = v
	}
	return out
}

func identity(s string) string { return s }

func nameOf(object map[string]any) any { return object["name"] }
