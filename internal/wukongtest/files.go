package wukongtest

import (
	"regexp"
)

var (
	exampleOf = regexp.MustCompile(`EXAMPLE=(\S+) `)
	requires  = regexp.MustCompile(`REQUIRED=(\S+)`)
)

// Compositions are those of the configurations, by the names that their observed states have a folder of in examples/observed. Paths are
// below the root of the repository.
var Compositions = map[string]string{
	"claim":      "package/configuration/composition.yaml",
	"namespaced": "package/configuration-namespaced/composition.yaml",
	"native":     "package/configuration-native/composition.yaml",
}

// ExampleOf is the example that the head of an observed state in examples/observed belongs to; empty where it says none.
func ExampleOf(state []byte) string { return firstGroup(exampleOf, state) }

// RequiredBy is the file with what else is in the cluster in an observed state, as its head says; empty where there is nothing.
func RequiredBy(state []byte) string { return firstGroup(requires, state) }

func firstGroup(pattern *regexp.Regexp, b []byte) string {
	m := pattern.FindSubmatch(b)
	if m == nil {
		return ""
	}
	return string(m[1])
}
