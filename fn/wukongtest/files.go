package wukongtest

import (
	"regexp"
)

var (
	refusedAt = regexp.MustCompile(`^# Refused at (\S+): `)
	exampleOf = regexp.MustCompile(`EXAMPLE=(\S+) `)
)

// RefusedAt is the field that the first line of a manifest in test/refused names; empty where it names none.
func RefusedAt(manifest []byte) string { return firstGroup(refusedAt, manifest) }

// ExampleOf is the example that the head of an observed state in examples/observed belongs to; empty where it says none.
func ExampleOf(state []byte) string { return firstGroup(exampleOf, state) }

func firstGroup(pattern *regexp.Regexp, b []byte) string {
	m := pattern.FindSubmatch(b)
	if m == nil {
		return ""
	}
	return string(m[1])
}
