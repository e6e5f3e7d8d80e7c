// Package text lays out text for terminals.
package text

import (
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

// Columns returns the number of columns that a text takes, of characters that take one each.
func Columns(s string) int { return utf8.RuneCountInString(s) }

// Wrap writes a text in lines of at most a number of columns: the first with one indentation, the others with another. A word that is longer than a
// line gets a line of its own.
func Wrap(w io.Writer, columns int, first, rest, s string) {
	line := first
	empty := true
	for word := range strings.FieldsSeq(s) {
		if !empty && Columns(line)+1+Columns(word) > columns {
			_, _ = fmt.Fprintln(w, line)
			line, empty = rest, true
		}
		if !empty {
			line += " "
		}
		line, empty = line+word, false
	}
	_, _ = fmt.Fprintln(w, line)
}
