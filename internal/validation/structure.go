// Package validation refuses what does not keep the rules of the API.
//
// The structure of a document (types, required fields, patterns, bounds) follows from the markers of the Go types: make generate writes it
// for the API server into the CompositeResourceDefinitions, and for the function into this package. Rules that compare fields or read a
// value are in the table of rules.go, which holds each of them in CEL for the API server and in Go for the function.
//
// The function validates, because a preview has no API server and the Input has no definition that is installed. It does not evaluate CEL:
// that takes twice as long as all else that rendering a large Wukong does. Tests with the API server's code show that both give the same
// verdict.
package validation

import (
	"cmp"
	"fmt"
	"maps"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"google.golang.org/protobuf/types/known/structpb"
	"k8s.io/apimachinery/pkg/util/validation/field"

	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
	"github.com/novasphere/function-wukong/internal/message"
	"github.com/novasphere/function-wukong/internal/suggest"
)

// A Schema is the structure of a value: a subset of OpenAPI's, as CustomResourceDefinitions have it. A zero field restricts nothing.
type Schema struct {
	Type Type

	// Fields of an object, in the order of the Go type.
	Fields []Field

	// Items of a list, or values of a map.
	Items *Schema

	// Enum lists the strings that are allowed.
	Enum []string

	// Pattern that a string must match. Message says in words what the pattern accepts.
	Pattern *regexp.Regexp
	Message message.Message

	// MinLength and MaxLength count the characters of a string, the elements of a list or the keys of a map.
	MinLength, MaxLength int

	// Minimum and Maximum of a number, both included.
	Minimum, Maximum *int64

	// Rules are the IDs of the rules about a string (see Rules).
	Rules []string

	// Secret reports whether errors leave out the value, because people paste passwords and keys there.
	Secret bool
}

// A Field of an object.
type Field struct {
	Name     string
	Required bool
	Schema   *Schema
}

// A Type is a type of JSON.
type Type string

// The types.
const (
	// Any is not checked: another part of Kubernetes defines it, as metadata.
	Any Type = ""

	// Free is an object whose fields another package checks. It is bounded here.
	Free Type = "free"

	Object  Type = "object"
	Map     Type = "map"
	List    Type = "list"
	String  Type = "string"
	Boolean Type = "boolean"

	// Int32 and Int64 are whole numbers that fit into the Go type. Crossplane's protocol has the numbers of JavaScript, so that an Int64 is
	// bounded by maxWhole.
	Int32 Type = "int32"
	Int64 Type = "int64"
)

// Messages about the structure of a document.
var (
	msgUnknownField = message.New(message.Refusal, "unknown-field", "there is no such field: check its name and its place")
	msgMisspelt     = message.New(message.Refusal, "misspelt-field", "there is no such field: did you mean {value}?")
	msgRequired     = message.New(message.Refusal, "field-required", "give this field a value")
	msgObject       = message.New(message.Refusal, "not-an-object", "must be an object with fields")
	msgList         = message.New(message.Refusal, "not-a-list", "must be a list: begin each item with a hyphen")
	msgString       = message.New(message.Refusal, "not-a-string", "must be a string: put quotes around a number")
	msgNoUnit       = message.New(message.Refusal, "quantity-without-unit", "must have a unit, such as {value}: a number alone would be bytes")
	msgBoolean      = message.New(message.Refusal, "not-a-boolean", "must be true or false, without quotes")
	msgNumber       = message.New(message.Refusal, "not-a-number", "must be a whole number")
	msgQuoted       = message.New(message.Refusal, "quoted-number", "must be a whole number: remove the quotes")
	msgBetween      = message.New(message.Refusal, "number-out-of-range", "must be between {number} and {number}")
	msgTooLong      = message.New(message.Refusal, "too-long", "must have at most {number} characters")
	msgTooMany      = message.New(message.Refusal, "too-many", "must have at most {number} elements")
	msgTooFew       = message.New(message.Refusal, "too-few", "must have at least {number} elements")
	msgNotSupported = message.New(message.Refusal, "not-supported", "must be one of {value}")
	msgMisspeltEnum = message.New(message.Refusal, "misspelt-value", "must be one of {value}: did you mean {value}?")
	msgEmpty        = message.New(message.Refusal, "empty", "must not be empty")
)

// Check returns where a value differs from a schema. A field that is null counts as absent, as API servers have it. The errors are in the
// order of the schema.
func (s *Schema) Check(v *structpb.Value, path *field.Path) field.ErrorList {
	switch s.Type {
	case Any:
		return nil
	case Free:
		return s.free(v, path)
	case Object:
		return s.object(v, path)
	case Map:
		return s.mapping(v, path)
	case List:
		return s.list(v, path)
	case String:
		return s.text(v, path)
	case Boolean:
		if _, ok := v.GetKind().(*structpb.Value_BoolValue); !ok {
			return invalid(path, msgBoolean)
		}
		return nil
	default:
		return s.number(v, path)
	}
}

func (s *Schema) object(v *structpb.Value, path *field.Path) field.ErrorList {
	if !isObject(v) {
		return invalid(path, msgObject)
	}
	given := v.GetStructValue().GetFields()
	unknown, meant := s.unknown(given)
	var errs field.ErrorList
	for _, f := range s.Fields {
		if len(errs) >= maxErrors {
			return errs
		}
		at := child(path, f.Name)
		value := given[f.Name]
		switch {
		case !isNull(value):
			errs = append(errs, f.Schema.Check(value, at)...)
		case f.Required && !slices.Contains(slices.Collect(maps.Values(meant)), f.Name):
			errs = append(errs, field.Required(at, f.Schema.hint()))
		}
	}
	for _, name := range unknown {
		if len(errs) >= maxErrors {
			return errs
		}
		if near := meant[name]; near != "" {
			errs = append(errs, Misspelt(child(path, name), child(path, near), near))
			continue
		}
		errs = append(errs, UnknownField(child(path, name)))
	}
	return errs
}

// unknown returns the names that no field of an object has, sorted, and the field that each of them seems to mean.
func (s *Schema) unknown(given map[string]*structpb.Value) (names []string, meant map[string]string) {
	known := 0
	for _, f := range s.Fields {
		if _, found := given[f.Name]; found {
			known++
		}
	}
	if known == len(given) {
		return nil, nil
	}
	fields := make([]string, len(s.Fields))
	for i, f := range s.Fields {
		fields[i] = f.Name
	}
	meant = map[string]string{}
	for _, name := range slices.Sorted(maps.Keys(given)) {
		if slices.Contains(fields, name) {
			continue
		}
		names = append(names, name)
		if near, found := suggest.Nearest(name, fields); found && len(meant) < maxErrors {
			meant[name] = near
		}
	}
	return names, meant
}

// Has reports whether an object of the schema has a field.
func (s *Schema) Has(name string) bool {
	return slices.ContainsFunc(s.Fields, func(f Field) bool { return f.Name == name })
}

// hint returns what to write into a required field.
func (s *Schema) hint() string { return cmp.Or(s.Message, msgRequired).String() }

func (s *Schema) mapping(v *structpb.Value, path *field.Path) field.ErrorList {
	if !isObject(v) {
		return invalid(path, msgObject)
	}
	given := v.GetStructValue().GetFields()
	if errs := s.count(len(given), path); len(errs) > 0 {
		return errs
	}
	var errs field.ErrorList
	for _, key := range slices.Sorted(maps.Keys(given)) {
		if len(errs) >= maxErrors {
			return errs
		}
		if !isNull(given[key]) {
			errs = append(errs, s.Items.Check(given[key], path.Key(v1alpha1.Shown(key)))...)
		}
	}
	return errs
}

func (s *Schema) list(v *structpb.Value, path *field.Path) field.ErrorList {
	list, ok := v.GetKind().(*structpb.Value_ListValue)
	if !ok {
		return invalid(path, msgList)
	}
	if errs := s.count(len(list.ListValue.GetValues()), path); len(errs) > 0 {
		return errs
	}
	var errs field.ErrorList
	for i, e := range list.ListValue.GetValues() {
		if len(errs) >= maxErrors {
			return errs
		}
		errs = append(errs, s.Items.Check(e, path.Index(i))...)
	}
	return errs
}

// count checks the number of elements.
func (s *Schema) count(n int, path *field.Path) field.ErrorList {
	switch {
	case n < s.MinLength:
		return invalid(path, msgTooFew, s.MinLength)
	case s.MaxLength > 0 && n > s.MaxLength:
		return invalid(path, msgTooMany, s.MaxLength)
	}
	return nil
}

func (s *Schema) text(v *structpb.Value, path *field.Path) field.ErrorList {
	text, ok := v.GetKind().(*structpb.Value_StringValue)
	if number, isNumber := v.GetKind().(*structpb.Value_NumberValue); isNumber && !s.Secret {
		return field.ErrorList{field.Invalid(path, number.NumberValue, s.insteadOf(number.NumberValue))}
	}
	if !ok {
		return invalid(path, msgString)
	}
	value := text.StringValue
	n := utf8.RuneCountInString(value)
	switch {
	case s.Enum != nil && !slices.Contains(s.Enum, value):
		return field.ErrorList{{Type: field.ErrorTypeNotSupported, Field: path.String(), BadValue: s.shown(value), Detail: s.supported(value)}}
	case n < s.MinLength:
		return field.ErrorList{field.Required(path, msgEmpty.String())}
	case s.MaxLength > 0 && n > s.MaxLength:
		return invalid(path, msgTooLong, s.MaxLength)
	case s.Pattern != nil && !s.Pattern.MatchString(value):
		return field.ErrorList{field.Invalid(path, s.shown(value), s.Message.String())}
	}
	for _, id := range s.Rules {
		if r := valueRules[id]; !r.valid(value) {
			// The first says most: the next may follow from it.
			return field.ErrorList{field.Invalid(path, s.shown(value), r.about(value))}
		}
	}
	return nil
}

// insteadOf returns what to write instead of a number.
func (s *Schema) insteadOf(number float64) string {
	switch {
	case !slices.Contains(s.Rules, ruleQuantity):
		return msgString.String()
	case number >= 512:
		return msgNoUnit.With(fmt.Sprintf("%.0fMi", number))
	default:
		return msgNoUnit.With(fmt.Sprintf("%gGi", number))
	}
}

// supported returns the values of an enumeration, and the one that a value seems to mean.
func (s *Schema) supported(value string) string {
	if near, found := suggest.Nearest(value, s.Enum); found {
		return msgMisspeltEnum.With(s.choices(), near)
	}
	return msgNotSupported.With(s.choices())
}

// choices returns the values of an enumeration, without the empty one, which counts as absent.
func (s *Schema) choices() string {
	return strings.Join(slices.DeleteFunc(slices.Clone(s.Enum), func(e string) bool { return e == "" }), ", ")
}

// shown returns what an error repeats of a value. The part before an @ may be a password, and the part behind ? or # a signature.
func (s *Schema) shown(value string) any {
	if s.Secret || strings.ContainsAny(value, "@?#") {
		return field.OmitValueType{}
	}
	return v1alpha1.Shown(value)
}

func (s *Schema) number(v *structpb.Value, path *field.Path) field.ErrorList {
	if text, ok := v.GetKind().(*structpb.Value_StringValue); ok {
		m := msgNumber
		if _, err := strconv.ParseInt(text.StringValue, 10, 64); err == nil {
			m = msgQuoted
		}
		return field.ErrorList{field.Invalid(path, s.shown(text.StringValue), m.String())}
	}
	number, ok := v.GetKind().(*structpb.Value_NumberValue)
	if !ok {
		return invalid(path, msgNumber)
	}
	if number.NumberValue != math.Trunc(number.NumberValue) {
		return field.ErrorList{field.Invalid(path, number.NumberValue, msgNumber.String())}
	}
	low, high := int64(math.MinInt32), int64(math.MaxInt32)
	if s.Type == Int64 {
		low, high = -maxWhole, maxWhole
	}
	if s.Minimum != nil {
		low = *s.Minimum
	}
	if s.Maximum != nil {
		high = *s.Maximum
	}
	if number.NumberValue < float64(low) || number.NumberValue > float64(high) {
		return field.ErrorList{field.Invalid(path, number.NumberValue, msgBetween.With(low, high))}
	}
	return nil
}

// maxErrors is after how many errors a check ends. A message has room for fewer, and a document may hold a mistake in every few bytes.
const maxErrors = 32

// maxWhole is the largest whole number up to which all are exact in JavaScript (Number.MAX_SAFE_INTEGER).
const maxWhole = 1<<53 - 1

func isObject(v *structpb.Value) bool {
	_, ok := v.GetKind().(*structpb.Value_StructValue)
	return ok
}

func isNull(v *structpb.Value) bool {
	_, ok := v.GetKind().(*structpb.Value_NullValue)
	return v == nil || ok
}

// child returns the path of a field, which may be the first of a document.
func child(path *field.Path, name string) *field.Path {
	if name == "" {
		// Else it would look like the index of a list.
		name = `""`
	}
	if path == nil {
		return field.NewPath(name)
	}
	return path.Child(name)
}

// UnknownField returns the error about a field that does not exist.
func UnknownField(path *field.Path) *field.Error {
	return field.Forbidden(path, msgUnknownField.String())
}

// Misspelt returns the error about a field that does not exist, and seems to mean another one, by the path of that and the name to show.
func Misspelt(path, meant *field.Path, shown string) *field.Error {
	err := field.Forbidden(path, msgMisspelt.With(shown))
	err.BadValue = meantPath(meant.String())
	return err
}

// Elsewhere replaces errors about fields that an object does not have, but one other object of the schema has, by ones that name its place.
func (s *Schema) Elsewhere(errs field.ErrorList, root string) {
	for i, e := range errs {
		name := e.Field[strings.LastIndexByte(e.Field, '.')+1:]
		if e.Detail != msgUnknownField.String() {
			continue
		}
		if places := s.places(root, name); len(places) == 1 {
			errs[i] = field.Forbidden(field.NewPath(e.Field), msgMisspelt.With(places[0]))
		}
	}
}

// places returns the paths of the fields with a name, in the schema of the field at a path.
func (s *Schema) places(path, name string) []string {
	var out []string
	if s.Type == List {
		return s.Items.places(path+"[]", name)
	}
	for _, f := range s.Fields {
		if f.Name == name {
			out = append(out, path+"."+name)
		}
		out = append(out, f.Schema.places(path+"."+f.Name, name)...)
	}
	return out
}

// meantPath is, as the value of an error about a field that does not exist, the path of the field that was meant. The error's text leaves it out.
type meantPath string

// invalid returns an error about a value that it does not repeat.
func invalid(path *field.Path, m message.Message, values ...any) field.ErrorList {
	return field.ErrorList{field.Invalid(path, field.OmitValueType{}, m.With(values...))}
}
