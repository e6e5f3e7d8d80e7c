package validation

import (
	"cmp"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/util/validation/field"

	"github.com/novasphere/function-wukong/internal/message"
)

// A Rule says of the API what no marker on a field can: it compares fields, or reads a value.
type Rule struct {
	// ID names the rule, and its message.
	ID string

	// On is what the rule checks: a Go type of the API, such as Disk, or a field of one, such as Disk.name.
	On string

	// Field is the field, below On, that the API server's error names; empty for On itself.
	Field string

	// CEL is the rule in the language of API servers (https://kubernetes.io/docs/reference/using-api/cel/); empty for a rule that only the
	// function checks. GoOnly then says why.
	CEL, GoOnly string

	// Reason classifies the value that breaks the rule.
	Reason Reason

	// Problem says what is wrong, WayOut what to do about it, and Note, in the documentation, what else helps.
	Problem, WayOut, Note string

	// Breaks is YAML of fields that, laid over the spec Smallest or over the smallest Input, break this rule and no other. At is the path
	// that the function's error then names.
	Breaks, At string
}

// Smallest is the spec of a Wukong with nothing but what is required, in YAML.
const Smallest = "{cpu: 1, memory: 1Gi, disks: [{name: system, size: 10Gi}]}"

// network returns YAML of one network with fields.
func network(fields string) string { return "{networks: [{name: lan, " + fields + "}]}" }

// static returns YAML of one network with a static address, and fields beside it.
func static(fields string) string {
	return network("type: bridge, ipConfig: {mode: static, " + fields + "}")
}

// A Reason classifies a value that breaks a rule, in the words of API servers.
type Reason string

// The reasons are values of the field reason of a ValidationRule.
const (
	Invalid   Reason = "FieldValueInvalid"
	Required  Reason = "FieldValueRequired"
	Forbidden Reason = "FieldValueForbidden"
)

// Text returns the rule's message.
func (r *Rule) Text() string {
	if r.WayOut == "" {
		return r.Problem
	}
	return r.Problem + ": " + r.WayOut
}

// err returns the rule's error about a field; a nil value is not repeated.
func (r *Rule) err(path *field.Path, value any) *field.Error {
	switch {
	case r.Reason == Required:
		return field.Required(path, r.Text())
	case r.Reason == Forbidden:
		return field.Forbidden(path, r.Text())
	case value == nil:
		value = field.OmitValueType{}
	}
	return field.Invalid(path, value, r.Text())
}

// A violation is a field that breaks a rule, by its path below the object of the rule.
type violation struct {
	field string

	// value to repeat; nil for none.
	value any
}

// An objectRule is a rule about an object of a Go type.
type objectRule[T any] struct {
	Rule

	// violations returns the fields that break the rule.
	violations func(*T) []violation
}

// check returns the errors of an object, by rules in their order.
func check[T any](rules []objectRule[T], o *T, path *field.Path) field.ErrorList {
	var errs field.ErrorList
	for i := range rules {
		for _, v := range rules[i].violations(o) {
			at := path
			if v.field != "" {
				at = child(path, v.field)
			}
			errs = append(errs, rules[i].err(at, v.value))
		}
	}
	return errs
}

// when returns a function that returns a violation at the named field of each object about which broken is true.
func when[T any](name string, broken func(*T) bool) func(*T) []violation {
	return func(o *T) []violation {
		if broken(o) {
			return []violation{{field: name}}
		}
		return nil
	}
}

// A valueRule is a rule about a string.
type valueRule struct {
	Rule

	isValid func(string) bool

	// notEmpty reports whether an empty string breaks the rule. Other rules accept it, because it counts as an absent value.
	notEmpty bool

	// misspelt returns the message about a string that seems to mean a valid one; empty where that is not clear. Nil for a rule that cannot tell.
	misspelt func(string) string
}

// about returns the message about a string that breaks the rule.
func (r *valueRule) about(s string) string {
	if r.misspelt == nil {
		return r.Text()
	}
	return cmp.Or(r.misspelt(s), r.Text())
}

func (r *valueRule) valid(s string) bool {
	if s == "" {
		return !r.notEmpty
	}
	return r.isValid(s)
}

// valueRules are the rules about strings, by ID.
var valueRules = func() map[string]*valueRule {
	out := make(map[string]*valueRule, len(stringRules))
	for i := range stringRules {
		out[stringRules[i].ID] = &stringRules[i]
	}
	return out
}()

// Rules returns the table, in the order of the API.
func Rules() []Rule {
	return slices.Concat(rulesOf(specRules), rulesOf(performanceRules), rulesOf(networkRules), rulesOf(ipConfigRules), rulesOf(diskRules), rulesOf(cloudInitRules),
		rulesOf(probeRules), rulesOf(execRules), rulesOf(placementRules), rulesOf(tolerationRules), rulesOf(stringRules), rulesOf(inputRules))
}

// row returns the rule without its check.
func (r Rule) row() Rule { return r }

// rulesOf returns rules, about objects or about strings, without their checks.
func rulesOf[R interface{ row() Rule }](rules []R) []Rule {
	out := make([]Rule, len(rules))
	for i, r := range rules {
		out[i] = r.row()
	}
	return out
}

// Each rule's text is a message of the catalogue.
var _ = func() []message.Message {
	all := Rules()
	out := make([]message.Message, len(all))
	for i, r := range all {
		out[i] = message.New(message.Refusal, r.ID, r.Text())
	}
	return out
}()

// quoted returns strings as a list of CEL.
func quoted(values []string) string { return "['" + strings.Join(values, "', '") + "']" }
