package fn

import (
	"maps"
	"reflect"
	"regexp"
	"strings"

	"k8s.io/apimachinery/pkg/util/errors"
	"k8s.io/apimachinery/pkg/util/sets"
	"k8s.io/apimachinery/pkg/util/validation/field"

	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
	"github.com/novasphere/function-wukong/input/v1beta1"
)

// mostFields is how many fields a line of the log names.
const mostFields = 8

// fieldsOf returns where an error says that something is wrong, and of what kind it is: no value, and nothing else that a user wrote.
func fieldsOf(err error) []string {
	var out []string
	for _, e := range fieldErrors(err) {
		if len(out) == mostFields {
			break
		}
		out = append(out, knownPath(e.Field)+": "+e.Type.String())
	}
	return out
}

// fieldErrors returns the errors about fields in an error, whichever way they are wrapped.
func fieldErrors(err error) []*field.Error {
	var out []*field.Error
	switch err := err.(type) { //nolint:errorlint // It unwraps.
	case *field.Error:
		return []*field.Error{err}
	case errors.Aggregate:
		for _, e := range err.Errors() {
			out = append(out, fieldErrors(e)...)
		}
	case interface{ Unwrap() error }:
		return fieldErrors(err.Unwrap())
	}
	return out
}

var (
	// element is the first of a path: a name, and an index or a key.
	element = regexp.MustCompile(`^([A-Za-z0-9]+)(\[[^\]]*\])?\.?`)

	index = regexp.MustCompile(`^\[[0-9]+\]$`)

	// knownFields are the names of the fields of Wukongs and of inputs.
	knownFields = func() sets.Set[string] {
		out := sets.New("spec", "metadata", "namespace", "name", "claimRef", "deletionTimestamp")
		for _, t := range []reflect.Type{reflect.TypeFor[v1alpha1.WukongSpec](), reflect.TypeFor[v1beta1.Input](), reflect.TypeFor[v1beta1.Action]()} {
			maps.Copy(out, fieldsIn(t))
		}
		return out
	}()
)

// knownPath returns the path of a field, up to where it has something that a user wrote: the name of a field that does not exist, or the key
// of a map.
func knownPath(path string) string {
	known := ""
	for path != "" {
		m := element.FindStringSubmatch(path)
		if m == nil || !knownFields.Has(m[1]) {
			break
		}
		if known != "" {
			known += "."
		}
		known, path = known+m[1], path[len(m[0]):]
		if m[2] == "" {
			continue
		}
		if !index.MatchString(m[2]) {
			break
		}
		known += m[2]
	}
	return known
}

// fieldsIn returns the names of the fields of a type of the API, and of all types below it.
func fieldsIn(t reflect.Type) sets.Set[string] {
	out := sets.New[string]()
	switch t.Kind() {
	case reflect.Pointer, reflect.Slice, reflect.Map:
		return fieldsIn(t.Elem())
	case reflect.Struct:
		if !strings.HasPrefix(t.PkgPath(), reflect.TypeFor[v1alpha1.WukongSpec]().PkgPath()) && !strings.HasPrefix(t.PkgPath(), reflect.TypeFor[v1beta1.Input]().PkgPath()) {
			return out
		}
		for i := range t.NumField() {
			f := t.Field(i)
			if name, _, _ := strings.Cut(f.Tag.Get("json"), ","); name != "" {
				out.Insert(name)
			}
			maps.Copy(out, fieldsIn(f.Type))
		}
	default:
	}
	return out
}
