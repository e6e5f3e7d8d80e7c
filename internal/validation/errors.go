package validation

import (
	"strconv"
	"strings"

	"k8s.io/apimachinery/pkg/util/errors"
	"k8s.io/apimachinery/pkg/util/validation/field"
)

// Errors returns the field errors in err, however they are wrapped.
func Errors(err error) field.ErrorList {
	var out field.ErrorList
	switch err := err.(type) { //nolint:errorlint // It unwraps errors itself.
	case *field.Error:
		return field.ErrorList{err}
	case errors.Aggregate:
		for _, e := range err.Errors() {
			out = append(out, Errors(e)...)
		}
	case interface{ Unwrap() error }:
		return Errors(err.Unwrap())
	}
	return out
}

// Unrelated returns the errors that do not follow from earlier ones: those about other fields than the earlier ones are about, or seem to mean.
func Unrelated(errs, earlier field.ErrorList) field.ErrorList {
	var out field.ErrorList
	for _, e := range errs {
		if !follows(e, earlier) {
			out = append(out, e)
		}
	}
	return out
}

// follows reports whether an error is about a field, or about what is within or around it, that an earlier one is about, or seems to mean.
func follows(e *field.Error, earlier field.ErrorList) bool {
	for _, first := range earlier {
		meant, _ := first.BadValue.(meantPath)
		if isWithin(e.Field, first.Field) || isWithin(first.Field, e.Field) || meant != "" && isWithin(e.Field, string(meant)) {
			return true
		}
	}
	return false
}

// isWithin reports whether a path is another one, or begins with it.
func isWithin(path, other string) bool {
	rest, ok := strings.CutPrefix(path, other)
	return ok && (rest == "" || rest[0] == '.' || rest[0] == '[')
}

// Sentence returns what an error about a field says, without the field and the words of API servers: the value, where it may be shown, and the
// message.
func Sentence(e *field.Error) string {
	switch value := e.BadValue.(type) {
	case string:
		if value != "" && e.Type != field.ErrorTypeForbidden && e.Type != field.ErrorTypeRequired {
			return strconv.Quote(value) + ": " + e.Detail
		}
	case float64:
		return strconv.FormatFloat(value, 'f', -1, 64) + ": " + e.Detail
	}
	return e.Detail
}
