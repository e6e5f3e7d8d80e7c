// Package message brings text into a form in which it may reach people: the users of a Wukong, and whoever prints its status.
package message

import (
	"fmt"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/novasphere/function-wukong/internal/names"
)

// Most is how many bytes a message may have. Kubernetes takes no more in an event.
const Most = 1024

// ellipsis stands for what is cut off.
const ellipsis = "..."

// idLength is how many bytes of a digest tell one list of messages from another.
const idLength = 4

// Clean returns a text as it may be shown: on one line, with nothing that a terminal obeys or that changes the order of what is read,
// without the credentials of URLs, and not longer than Most.
func Clean(s string) string {
	// First, as a URL that is cut, or has a space in it, would no longer be known as one.
	s = Redact(s)
	if len(s) > 4*Most {
		s = cut(s, 4*Most)
	}
	return shorten(strings.Map(shown, strings.ToValidUTF8(s, string(utf8.RuneError))), Most)
}

// Join returns messages as one that is not cut: as many of them as fit, in their order, and how many more there are. Where some are missing,
// an ID of all of them follows, so that two lists that differ are joined to texts that differ.
func Join(messages []string) string {
	const (
		between = "; "

		// room for what is said of those that are missing.
		room = 96
	)
	clean := make([]string, len(messages))
	for i, m := range messages {
		clean[i] = Clean(m)
	}
	joined := strings.Join(clean, between)
	if len(clean) < 2 || len(joined) <= Most {
		return joined
	}

	joined = shorten(clean[0], Most-room)
	told := 1
	for told < len(clean) && len(joined)+len(between)+len(clean[told]) <= Most-room {
		joined += between + clean[told]
		told++
	}
	id := names.Digest(clean...)
	return fmt.Sprintf("%s; and %d more, which the events of the Wukong say (%x)", joined, len(clean)-told, id[:idLength])
}

// shorten returns a text of at most n bytes: s, or its beginning.
func shorten(s string, n int) string {
	if len(s) <= n {
		return s
	}
	return cut(s, n-len(ellipsis)) + ellipsis
}

// cut returns as many whole characters of s as fit into n bytes.
func cut(s string, n int) string {
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}

// shown returns what is shown of a character: a space for what breaks lines, and a mark for what is not printed.
func shown(r rune) rune {
	switch {
	case IsPrintable(r):
		return r
	case unicode.IsSpace(r):
		return ' '
	}
	return utf8.RuneError
}

// IsPrintable reports whether a character is shown where it stands: it controls no terminal, breaks no line and does not change the order
// of the characters beside it.
func IsPrintable(r rune) bool {
	return !unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp)
}

// urls finds what begins with a URL in a text. Nothing but a space ends it for sure: a URL may hold the quotes and brackets that others put
// around it.
var urls = regexp.MustCompile(`[A-Za-z][A-Za-z0-9+.-]*://\S*`)

const (
	separator = "://"

	// redacted stands for what is not shown.
	redacted = "xxxxx"

	// closing is what may follow a URL: it ends a sentence or a clause, or is the other end of quotes or brackets.
	closing = ".,:;)]}>\"'`\\"
)

// Redact returns a text without the user information, the query and the fragment of each URL in it: they may be a password, a token or
// a signature. What follows a query without a space goes with it.
func Redact(s string) string {
	if !strings.Contains(s, separator) {
		return s
	}
	return urls.ReplaceAllStringFunc(s, func(u string) string {
		place, query := u, ""
		if i := strings.IndexAny(u, "?#"); i >= 0 {
			place, query = u[:i], u[i:]
		}
		place = withoutUsers(place)
		if query == "" {
			return place
		}
		end := query[len(strings.TrimRight(query, closing)):]
		return place + "?" + redacted + end
	})
}

// withoutUsers returns a URL, or several that no space parts, without their user information.
func withoutUsers(place string) string {
	parts := strings.Split(place, separator)
	for i, part := range parts[1:] {
		authority, path := part, ""
		if end := strings.Index(part, "/"); end >= 0 {
			authority, path = part[:end], part[end:]
		}
		if at := strings.LastIndex(authority, "@"); at >= 0 {
			parts[i+1] = redacted + authority[at:] + path
		}
	}
	return strings.Join(parts, separator)
}
