package limit

import (
	"fmt"
	"strings"

	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
	"github.com/novasphere/function-wukong/internal/message"
)

// A sentence is a message about a value, with all but the value filled in. The function says it, and the policy has it as an expression.
type sentence struct {
	message message.Message

	// rest are the values of the other placeholders, which follow.
	rest []any
}

// maximum returns the sentence about a value that is too large.
func maximum(limit, most string) sentence { return sentence{msgMaximum, []any{limit, most}} }

// notListed returns the sentence about a value that no entry of a list allows.
func notListed(limit string, allowed []string) sentence {
	if len(allowed) == 0 {
		return sentence{msgNoneListed, []any{limit}}
	}
	return sentence{msgNotListed, []any{limit, some(allowed)}}
}

// some returns the first of several entries, as a list of all may be longer than a message.
func some(entries []string) string {
	const most = 8
	shown := make([]string, min(len(entries), most))
	for i := range shown {
		shown[i] = v1alpha1.Shown(entries[i])
	}
	if more := len(entries) - len(shown); more > 0 {
		shown = append(shown, fmt.Sprintf("and %d more", more))
	}
	return strings.Join(shown, ", ")
}

// with returns the sentence about a value.
func (s sentence) with(value string) string {
	return s.message.With(append([]any{v1alpha1.Shown(value)}, s.rest...)...)
}

// cel returns an expression of the sentence about a value, which is an expression of a string.
func (s sentence) cel(value string) string {
	const mark = "\x00"
	before, after, _ := strings.Cut(s.message.With(append([]any{mark}, s.rest...)...), mark)
	return plus(quote(before), shownCEL(value), quote(after))
}
