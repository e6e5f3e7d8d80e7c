package limit

import (
	"slices"
	"strconv"
	"strings"
)

// quote returns a string of CEL (https://github.com/google/cel-spec/blob/master/doc/langdef.md#string-and-bytes-values).
func quote(s string) string { return strconv.QuoteToASCII(s) }

// quoteAll returns a list of strings of CEL.
func quoteAll(list []string) string {
	out := make([]string, len(list))
	for i, s := range list {
		out[i] = quote(s)
	}
	return "[" + strings.Join(out, ", ") + "]"
}

// object returns an object of CEL, given the names of its fields and an expression of each. API servers take values of one type alone in a literal,
// unless they are dynamic.
func object(fields ...string) string {
	var out []string
	for i := 0; i+1 < len(fields); i += 2 {
		out = append(out, quote(fields[i])+": dyn("+fields[i+1]+")")
	}
	return "{" + strings.Join(out, ", ") + "}"
}

// plus returns the sum of expressions of strings, without those of empty ones.
func plus(expressions ...string) string {
	return strings.Join(slices.DeleteFunc(expressions, func(e string) bool { return e == quote("") }), " + ")
}

// orElse returns an expression of a field of an object where it has one, and else another expression.
func orElse(object, field, otherwise string) string {
	return "(has(" + object + "." + field + ") ? " + object + "." + field + " : " + otherwise + ")"
}

// shownCEL returns an expression of v1alpha1.Shown.
func shownCEL(value string) string {
	return "[" + value + "].map(v, v.size() <= 80 ? v : v.substring(0, 80) + '...')[0]"
}
