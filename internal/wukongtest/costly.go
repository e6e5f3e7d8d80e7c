package wukongtest

import (
	"fmt"
	"strings"
)

// maxUserData is the maximum size of user data, in bytes.
const maxUserData = 128 << 10

// Costly returns the user data that takes longest to parse, by its content. Most of it has the maximum size, and some is refused.
func Costly() map[string]string {
	const config = "#cloud-config\n"
	nested := strings.Repeat("[", 200) + "a" + strings.Repeat("]: 1", 200) + ",\n"
	deepItems := config + "x:\n" + strings.Repeat("- ", 60)
	return map[string]string{
		"equal keys":               filled(config+"x: {", "a,", "}"),
		"equal keys, few":          config + "x: {" + strings.Repeat("a,", 2500) + "}",
		"equal keys with values":   filled(config+"x: {", "a: ,", "}"),
		"different keys":           numbered(config+"x: {", "a%d,", "}"),
		"different keys, in lines": numbered(config, "a%d:\n", ""),
		"keys that are lists":      filled(config+"x: [", nested, "]"),
		"complex keys":             filled(config, "? a\n", ""),
		"merge keys":               filled(config+"x: {", "<<: {},", "}"),
		"different merge keys":     numbered(config+"x: {", "? <<: {a%d: 1},", "}"),
		"merged aliases":           filled(config+"a: &a {b: 1}\nx: {", "<<: *a ,", "}"),
		"items":                    filled(config+"x: [", "a,", "]"),
		"items, in lines":          filled(config+"x:\n", "-\n", ""),
		"items of pairs":           filled(config+"x: [", "a: b,", "]"),
		"items of dashes":          filled(config+"x: [", "-,", "]"),
		"lists in lists":           config + "x: " + strings.Repeat("[", 9990) + strings.Repeat("]", 9990),
		"lists in lists, open":     filled(config+"x: ", "[", ""),
		"mappings in mappings":     filled(config+"x: ", "{a: ", ""),
		"items in items":           filled(config+"x:\n", "- ", "a"),
		"doubling aliases":         config + doubling(20),
		"aliases of a long value":  filled(config+"a: &a "+strings.Repeat("b", 90_000)+"\nx: [", "*a ,", "]"),
		"aliases":                  filled(config+"a: &a 1\nx: [", "*a,", "]"),
		"anchors":                  numbered(config+"x: [", "&a%d ,", "]"),
		"anchors in anchors":       numbered(config+"x: ", "&a%d [", ""),
		"tags":                     filled(config+"x: [", "!!str a,", "]"),
		"directives":               numbered(config, "%%TAG !e%d! tag:e\n", "---\nx: 1\n"),
		"documents":                filled(config+"x: 1\n", "---\na: 1\n", ""),
		"comments":                 filled(config+"x: [\n", "a, #\n", "]"),
		"comments, in lines":       filled(config+"x:\n", "- a #\n", ""),
		"comments deep inside":     deepItems + "[\n" + strings.Repeat("#c\na,\n", 9000) + "b]\n",
		"comments deeper inside":   filled(config+"x:\n"+strings.Repeat("- ", 5000)+"[\n", "#c\na,\n", "b]\n"),
		"lines deep inside":        filled(deepItems+"'", "\n\na", "'\n"),
		"lines deeper inside":      filled(config+"x:\n"+strings.Repeat("- ", 1500)+"'", "\n\na", "'\n"),
		"words":                    filled(config+"x: ", "a ", "\n"),
		"escapes":                  filled(config+"x: \"", "\\n", "\"\n"),
		"a script":                 filled("#!/bin/sh\n", "a\n", ""),
		"too much":                 config + "x: {" + strings.Repeat("a,", 1_000_000) + "}",
	}
}

// filled returns a text of the maximum size: a beginning, a repeated unit, and an end.
func filled(begin, unit, end string) string {
	return begin + strings.Repeat(unit, (maxUserData-len(begin)-len(end))/len(unit)) + end
}

// numbered returns a text of the maximum size whose units have numbers.
func numbered(begin, unit, end string) string {
	b := strings.Builder{}
	b.WriteString(begin)
	for i := 0; ; i++ {
		next := fmt.Sprintf(unit, i)
		if b.Len()+len(next)+len(end) > maxUserData {
			return b.String() + end
		}
		b.WriteString(next)
	}
}

// doubling returns a short document in which each of n values has two aliases of the one before.
func doubling(n int) string {
	b := strings.Builder{}
	b.WriteString("a0: &a0 [x, x]\n")
	for i := range n {
		fmt.Fprintf(&b, "a%d: &a%d [*a%d, *a%d]\n", i+1, i+1, i, i)
	}
	return b.String()
}
