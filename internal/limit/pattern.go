package limit

import (
	"slices"
	"strings"

	"github.com/novasphere/function-wukong/input/v1beta1"
)

// matchesAny reports whether one of several patterns stands for a name.
func matchesAny(list []v1beta1.NamePattern, name string) bool {
	return slices.ContainsFunc(list, func(p v1beta1.NamePattern) bool { return p.Matches(name) })
}

// patternTexts returns patterns as strings.
func patternTexts(list []v1beta1.NamePattern) []string {
	out := make([]string, len(list))
	for i, p := range list {
		out[i] = string(p)
	}
	return out
}

// matchesCEL returns an expression of matchesAny of a name, which is an expression of a string.
func matchesCEL(list []v1beta1.NamePattern, name string) string {
	var whole, beginnings []string
	for _, p := range list {
		if beginning, found := strings.CutSuffix(string(p), v1beta1.Wildcard); found {
			beginnings = append(beginnings, beginning)
			continue
		}
		whole = append(whole, string(p))
	}
	out := name + " in " + quoteAll(whole)
	if len(beginnings) > 0 {
		out += " || " + quoteAll(beginnings) + ".exists(b, " + name + ".startsWith(b))"
	}
	return "(" + out + ")"
}
