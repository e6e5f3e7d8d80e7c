package message

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// A Message is a sentence that users read: in a result, a condition, the status, or beside a preview.
type Message struct {
	// ID names the message in tests and documentation, for example disk-shrinks. It stays when the words change.
	ID string

	// Kind says what the message is about, and so how it is introduced.
	Kind Kind

	// Text is the sentence, with placeholders for what differs from case to case, for example {disk}.
	Text string
}

// A Kind is what a message is about.
type Kind string

// The kinds of messages.
const (
	// Refusal says why the value of a field is refused, and the way out. The path of the field precedes it.
	Refusal Kind = "refusal"

	// Advice says what an accepted value of a field does, or does not do, unlike its author may expect. The path of the field precedes it.
	Advice Kind = "advice"

	// Finding says what the manifests of a repository do to each other, to a drain or to a quota. The path of a field precedes it.
	Finding Kind = "finding"

	// Report says what exists, what is waited for, or what went wrong.
	Report Kind = "message"
)

// catalogue holds all messages, by ID. It is complete when main begins: messages are variables of packages.
var catalogue = map[string]Message{}

// placeholders finds the placeholders of a text.
var placeholders = regexp.MustCompile(`\{[a-z]+\}`)

// New returns a message, and adds it to the catalogue. It is for variables of packages; it panics where another message has the ID.
func New(kind Kind, id, text string) Message {
	if _, taken := catalogue[id]; taken {
		panic(fmt.Sprintf("two messages have the ID %q", id))
	}
	m := Message{ID: id, Kind: kind, Text: text}
	catalogue[id] = m
	return m
}

// All returns the messages of every package that is linked into the program, sorted by ID.
func All() []Message {
	out := make([]Message, 0, len(catalogue))
	for _, m := range catalogue {
		out = append(out, m)
	}
	slices.SortFunc(out, func(a, b Message) int { return cmp.Compare(a.ID, b.ID) })
	return out
}

// ByID returns the message with an ID; one without an ID where there is none.
func ByID(id string) Message { return catalogue[id] }

// Says reports whether a text is the message with some values.
func (m Message) Says(text string) bool { return m.pattern().MatchString(text) }

// pattern returns a regular expression of what the message may say.
func (m Message) pattern() *regexp.Regexp {
	var b strings.Builder
	rest := m.Text
	for _, at := range placeholders.FindAllStringIndex(m.Text, -1) {
		b.WriteString(regexp.QuoteMeta(m.Text[len(m.Text)-len(rest):at[0]]) + `(?s:.*)`)
		rest = m.Text[at[1]:]
	}
	return regexp.MustCompile(`^` + b.String() + regexp.QuoteMeta(rest) + `$`)
}

// Entry returns the text as the documentation writes it, with placeholders in capitals: a disk of SIZE.
func (m Message) Entry() string {
	return placeholders.ReplaceAllStringFunc(m.Text, func(p string) string { return strings.ToUpper(strings.Trim(p, "{}")) })
}

// Placeholders returns the names of the message's placeholders, in their order.
func (m Message) Placeholders() []string {
	out := placeholders.FindAllString(m.Text, -1)
	for i, p := range out {
		out[i] = strings.Trim(p, "{}")
	}
	return out
}

// With returns the sentence, with the values in place of the placeholders, in their order. It panics where their number differs.
func (m Message) With(values ...any) string {
	if want := len(m.Placeholders()); len(values) != want {
		panic(fmt.Sprintf("message %s takes %d values, not %d", m.ID, want, len(values)))
	}
	i := 0
	return placeholders.ReplaceAllStringFunc(m.Text, func(string) string {
		i++
		return fmt.Sprint(values[i-1])
	})
}

// String returns the sentence of a message without placeholders.
func (m Message) String() string { return m.With() }
