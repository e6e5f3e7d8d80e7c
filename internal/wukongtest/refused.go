package wukongtest

import (
	"cmp"
	"maps"
	"regexp"
	"slices"

	"github.com/novasphere/function-wukong/internal/admission"
	"github.com/novasphere/function-wukong/internal/message"
	"github.com/novasphere/function-wukong/internal/validation"
)

// A Refusal is a spec that is refused.
type Refusal struct {
	// Example names the message.
	validation.Example

	Spec map[string]any

	// Rule is the API server's message about a rule; empty for the structure of a document, about which the API server has its own messages.
	Rule string
}

// Message returns the function's message.
func (r *Refusal) Message() message.Message { return message.ByID(r.ID) }

// APIServerError returns a part of the API server's error: the text of the rule, else the path of the field. The API server writes keys of maps in
// a path after a dot.
func (r *Refusal) APIServerError() string {
	if r.Rule != "" {
		return r.Rule
	}
	return mapKey.ReplaceAllString(r.At, ".$1")
}

var mapKey = regexp.MustCompile(`\[([^\]0-9][^\]]*)\]`)

// Refused returns a refused spec for each rule, and for each message about the structure of a spec. It panics on examples that are not YAML.
func Refused() []Refusal { return refusals(validation.Examples()) }

// RefusedByInput returns specs that are refused because the Input lacks a default.
func RefusedByInput() []Refusal { return refusals(admission.Examples()) }

func refusals(examples []validation.Example) []Refusal {
	rules := map[string]string{}
	for _, r := range validation.Rules() {
		rules[r.ID] = r.Text()
	}
	var out []Refusal
	for _, e := range slices.DeleteFunc(examples, func(e validation.Example) bool { return e.OfInput }) {
		out = append(out, Refusal{Example: e, Spec: Smallest(e.Breaks), Rule: rules[cmp.Or(e.Rule, e.ID)]})
	}
	return out
}

// Smallest returns the smallest valid spec with fields in YAML added or replaced. It panics on invalid YAML.
func Smallest(fields string) map[string]any {
	spec := parse(validation.Smallest)
	maps.Copy(spec, parse(fields))
	return spec
}
