package wukongtest

import (
	"strings"

	"pgregory.net/rapid"
)

// hostile are strings that break a format, or read as another type, wherever code does not quote or escape them.
var hostile = []string{
	"", " ", "a b", "\n", "a\nb", "a\r\nb: c", "x\n  y: z", ": ", "a: b", "#cloud-config", "#cloud-config\nruncmd: [x]\n", "#!/bin/sh",
	`"`, `'`, `\`, "`id`", "$(id)", "{{", "{{ .Values.x }}", "{%", "%s", "*", "&a", "!!binary x", "- ", "---", "...", "|", "[", "{}",
	"null", "~", "true", "0", "1e3", "-1", "../../etc/passwd", "/", "a/b/c", ".", "..", "-", "_", "A", "ä", "中文",
	"\u2028", "\u00a0", "\x00", "a\x00b", "\x1b[31m", "\x7f", "\ufeffa",
	strings.Repeat("a", 61), strings.Repeat("a", 64), strings.Repeat("a", 254), strings.Repeat("a", 318), strings.Repeat("ä", 300), strings.Repeat("a.", 200),
}

// text generates hostile strings, and the near misses of a field.
func text(field string) *rapid.Generator[string] {
	if near := nearMisses[field]; len(near) > 0 {
		return rapid.OneOf(rapid.SampledFrom(near), rapid.SampledFrom(hostile))
	}
	return rapid.OneOf(rapid.SampledFrom(hostile), rapid.String())
}
