// Package message declares the sentences that users read, and cleans text before it reaches a user's terminal.
package message

import (
	"encoding/hex"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/novasphere/function-wukong/internal/names"
)

// MaxBytes is the maximal length of a message in bytes. The API server accepts no longer message in an event
// (https://kubernetes.io/docs/reference/kubernetes-api/cluster-resources/event-v1/).
const MaxBytes = 1024

// ellipsis ends a text that was cut.
const ellipsis = "..."

// msgMore ends a list of messages that is too long for one message.
var msgMore = New(Report, "message-more", "and {number} more, which the events of the Wukong say ({id})")

// Clean returns a text for display: on one line, of at most MaxBytes, without control characters and without the credentials in URLs.
func Clean(s string) string {
	// Redact comes first, because it does not recognize a URL that is cut or has a space.
	s = Redact(s)
	if len(s) > 4*MaxBytes {
		s = cut(s, 4*MaxBytes)
	}
	return shorten(strings.Map(printable, strings.ToValidUTF8(s, string(utf8.RuneError))), MaxBytes)
}

// Join returns messages as one of at most MaxBytes: as many as fit, in their order, and the number of the others. A digest of all messages
// follows where some are left out, so that different lists have different results.
func Join(messages []string) string {
	const (
		separator = "; "

		// reserved is the number of bytes for msgMore.
		reserved = 96

		// idLength is the length of the digest in bytes.
		idLength = 4
	)
	clean := make([]string, len(messages))
	for i, m := range messages {
		clean[i] = Clean(m)
	}
	joined := strings.Join(clean, separator)
	if len(clean) < 2 || len(joined) <= MaxBytes {
		return joined
	}

	joined = shorten(clean[0], MaxBytes-reserved)
	count := 1
	for count < len(clean) && len(joined)+len(separator)+len(clean[count]) <= MaxBytes-reserved {
		joined += separator + clean[count]
		count++
	}
	digest := names.Digest(clean...)
	return joined + separator + msgMore.With(len(clean)-count, hex.EncodeToString(digest[:idLength]))
}

// shorten returns s, cut to n bytes with an ellipsis where it is longer.
func shorten(s string, n int) string {
	if len(s) <= n {
		return s
	}
	return cut(s, n-len(ellipsis)) + ellipsis
}

// cut returns the characters of s that fit into n bytes.
func cut(s string, n int) string {
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}

// printable returns the printable form of a character: a space for one that breaks the line, and U+FFFD for any other that is not printable.
func printable(r rune) rune {
	switch {
	case IsPrintable(r):
		return r
	case unicode.IsSpace(r):
		return ' '
	}
	return utf8.RuneError
}

// IsPrintable reports whether a character is safe to print. It is not if it controls a terminal, breaks the line or changes the direction of
// the text.
func IsPrintable(r rune) bool {
	return !unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp)
}

// urls matches URLs, with the punctuation that follows them. Only a space ends a URL for sure, because quotes and brackets may be part of it.
var urls = regexp.MustCompile(`[A-Za-z][A-Za-z0-9+.-]*://\S*`)

const (
	schemeSeparator = "://"

	// redacted replaces credentials, as in net/url.
	redacted = "xxxxx"

	// closing are the characters that may follow a URL in a sentence, in quotes or in brackets.
	closing = ".,:;)]}>\"'`\\"
)

// Redact returns a text without the user information, the query and the fragment of each URL in it. They may hold a password, a token or a
// signature. Text that follows a query without a space is removed with it.
func Redact(s string) string {
	if !strings.Contains(s, schemeSeparator) {
		return s
	}
	return urls.ReplaceAllStringFunc(s, func(u string) string {
		location, query := u, ""
		if i := strings.IndexAny(u, "?#"); i >= 0 {
			location, query = u[:i], u[i:]
		}
		location = withoutUsers(location)
		if query == "" {
			return location
		}
		end := query[len(strings.TrimRight(query, closing)):]
		return location + "?" + redacted + end
	})
}

// withoutUsers returns a URL, or several without a space between them, without user information.
func withoutUsers(location string) string {
	parts := strings.Split(location, schemeSeparator)
	for i, part := range parts[1:] {
		authority, path := part, ""
		if end := strings.Index(part, "/"); end >= 0 {
			authority, path = part[:end], part[end:]
		}
		if at := strings.LastIndex(authority, "@"); at >= 0 {
			parts[i+1] = redacted + authority[at:] + path
		}
	}
	return strings.Join(parts, schemeSeparator)
}
