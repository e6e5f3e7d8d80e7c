package wukongtest

import (
	"regexp"
)

var (
	exampleOf = regexp.MustCompile(`EXAMPLE=(\S+) `)
	requires  = regexp.MustCompile(`REQUIRED=(\S+)`)
)

// Compositions are the files of the configurations' Compositions, by the folders of examples/observed. The paths are relative to the root of the
// repository.
var Compositions = map[string]string{
	"claim":      "package/configuration/composition.yaml",
	"namespaced": "package/configuration-namespaced/composition.yaml",
	"native":     "package/configuration-native/composition.yaml",
}

// ExampleOf returns the example to which an observed state in examples/observed belongs, by its head comment; empty if it names none.
func ExampleOf(state []byte) string { return firstGroup(exampleOf, state) }

// RequiredBy returns the file with the required resources of an observed state, by its head comment; empty if it names none.
func RequiredBy(state []byte) string { return firstGroup(requires, state) }

// firstGroup returns what the first group of a pattern matches; empty if the pattern does not match.
func firstGroup(pattern *regexp.Regexp, b []byte) string {
	m := pattern.FindSubmatch(b)
	if m == nil {
		return ""
	}
	return string(m[1])
}
