package validation_test

import (
	"errors"
	"maps"
	"strings"
	"testing"

	"google.golang.org/protobuf/types/known/structpb"
	utilerrors "k8s.io/apimachinery/pkg/util/errors"
	"k8s.io/apimachinery/pkg/util/validation/field"
	"sigs.k8s.io/yaml"

	"github.com/novasphere/function-wukong/input/v1beta1"
	"github.com/novasphere/function-wukong/internal/decode"
	"github.com/novasphere/function-wukong/internal/message"
	"github.com/novasphere/function-wukong/internal/validation"
)

// TestRules shows that each rule of the table refuses its example, at the field and with the words that the table says, and that no other rule
// does.
func TestRules(t *testing.T) {
	for _, r := range validation.Rules() {
		t.Run(r.ID, func(t *testing.T) {
			errs := errorsOf(t, r.Breaks, strings.HasPrefix(r.ID, "input-"))
			if len(errs) != 1 {
				t.Fatalf("want one error, got %v", errs)
			}
			if errs[0].Field != r.At {
				t.Errorf("want an error at %s, got it at %s", r.At, errs[0].Field)
			}
			if errs[0].Detail != r.Text() {
				t.Errorf("want the message %q, got %q", r.Text(), errs[0].Detail)
			}
			if (r.CEL == "") == (r.GoOnly == "") {
				t.Error("a rule is in CEL, or says why it is not")
			}
		})
	}
}

// TestSmallest shows that what examples are laid over breaks no rule.
func TestSmallest(t *testing.T) {
	for _, ofInput := range []bool{false, true} {
		if errs := errorsOf(t, "{}", ofInput); len(errs) > 0 {
			t.Error(errs)
		}
	}
}

// TestExamples shows that each refused manifest is refused with the message that it is an example of, and that each message has one.
func TestExamples(t *testing.T) {
	missing := map[string]bool{}
	for _, m := range message.All() {
		// What is wrong with the composite around a spec, package decode says.
		missing[m.ID] = m.Kind == message.Refusal && !strings.HasPrefix(m.ID, "composite-")
	}
	for _, e := range validation.Examples() {
		t.Run(e.ID, func(t *testing.T) {
			delete(missing, e.ID)
			errs := errorsOf(t, e.Breaks, e.OfInput)
			if len(errs) != 1 || errs[0].Field != e.At {
				t.Fatalf("want one error at %s, got %v", e.At, errs)
			}
			if !message.ByID(e.ID).Says(errs[0].Detail) {
				t.Errorf("want message %s, got %q", e.ID, errs[0].Detail)
			}
		})
	}
	for id, isMissing := range missing {
		if !isMissing {
			continue
		}
		t.Errorf("message %s has no example", id)
	}
}

// errorsOf returns what is wrong with the smallest spec, or the smallest Input, over which fields are laid.
func errorsOf(t *testing.T, fields string, ofInput bool) field.ErrorList {
	t.Helper()
	if ofInput {
		s := document(t, "{apiVersion: "+v1beta1.APIVersion+", kind: "+v1beta1.Kind+"}", fields)
		return inputErrors(s)
	}
	xr, err := structpb.NewStruct(map[string]any{
		"metadata": map[string]any{"name": "web-01", "namespace": "team-a"},
		"spec":     document(t, validation.Smallest, fields).AsMap(),
	})
	if err != nil {
		t.Fatal(err)
	}
	w, err := decode.Wukong(xr)
	if err != nil {
		return fieldErrors(err)
	}
	return validation.Spec(&w.Spec)
}

// inputErrors returns what is wrong with an Input.
func inputErrors(s *structpb.Struct) field.ErrorList {
	in, err := decode.Input(s)
	if err != nil {
		return fieldErrors(err)
	}
	return validation.Input(in)
}

// fieldErrors returns the errors in an aggregate.
func fieldErrors(err error) field.ErrorList {
	var aggregate utilerrors.Aggregate
	var out field.ErrorList
	if errors.As(err, &aggregate) {
		for _, e := range aggregate.Errors() {
			out = append(out, fieldErrors(e)...)
		}
		return out
	}
	var one *field.Error
	if errors.As(err, &one) {
		out = append(out, one)
	}
	return out
}

// document returns YAML, over which other YAML is laid.
func document(t *testing.T, base, fields string) *structpb.Struct {
	t.Helper()
	out := map[string]any{}
	for _, y := range []string{base, fields} {
		over := map[string]any{}
		if err := yaml.Unmarshal([]byte(y), &over); err != nil {
			t.Fatal(err)
		}
		maps.Copy(out, over)
	}
	s, err := structpb.NewStruct(out)
	if err != nil {
		t.Fatal(err)
	}
	return s
}
