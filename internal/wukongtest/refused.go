package wukongtest

import (
	"maps"
	"regexp"
	"slices"

	"github.com/novasphere/function-wukong/internal/admission"
	"github.com/novasphere/function-wukong/internal/message"
	"github.com/novasphere/function-wukong/internal/validation"
)

// A Refusal is a spec that is refused.
type Refusal struct {
	// Example says why.
	validation.Example

	Spec map[string]any

	// Rule is what the API server says, too; empty where it speaks of the structure of a document, which it does in words of its own.
	Rule string
}

// Message returns what the function says.
func (r *Refusal) Message() message.Message { return message.ByID(r.ID) }

// APIServerError returns a part of the API server's error: the words of the rule, else the path of the field, in which it writes keys of maps
// after a dot.
func (r *Refusal) APIServerError() string {
	if r.Rule != "" {
		return r.Rule
	}
	return mapKey.ReplaceAllString(r.At, ".$1")
}

var mapKey = regexp.MustCompile(`\[([^\]0-9][^\]]*)\]`)

// Refused returns a refused spec for each rule, and for each message about the structure of a spec. It panics on examples that are no YAML.
func Refused() []Refusal { return refusals(validation.Examples()) }

// RefusedByInput returns specs that are refused because of what the Input does not give.
func RefusedByInput() []Refusal { return refusals(admission.Examples()) }

func refusals(examples []validation.Example) []Refusal {
	rules := map[string]string{}
	for _, r := range validation.Rules() {
		rules[r.ID] = r.Text()
	}
	var out []Refusal
	for _, e := range slices.DeleteFunc(examples, func(e validation.Example) bool { return e.OfInput }) {
		out = append(out, Refusal{Example: e, Spec: Smallest(e.Breaks), Rule: rules[e.ID]})
	}
	return out
}

// Smallest returns the smallest valid spec, over which fields in YAML are laid. It panics where they are no YAML.
func Smallest(fields string) map[string]any {
	spec := parse(validation.Smallest)
	maps.Copy(spec, parse(fields))
	return spec
}
