package decode

import (
	"encoding"
	"errors"
	"fmt"
	"math"
	"reflect"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json"
	"google.golang.org/protobuf/types/known/structpb"
	"k8s.io/apimachinery/pkg/util/validation/field"
)

// strictly decodes a document as kubectl does: a field that does not exist is more likely a typing error than meant to have no
// effect. Errors name the field by its path below root.
func strictly(s *structpb.Struct, root *field.Path, into any) error {
	// In a fixed order, so that of several errors the same one is found first every time.
	b, err := json.Marshal(s.AsMap(), json.Deterministic(true))
	if err != nil {
		return err
	}
	err = json.Unmarshal(b, into, json.RejectUnknownMembers(true))
	semantic := &json.SemanticError{}
	if !errors.As(err, &semantic) {
		return err
	}

	path := fieldPath(root, string(semantic.JSONPointer))
	switch {
	case errors.Is(semantic.Err, json.ErrUnknownName):
		return unknownField(path)
	case isText(semantic.GoType) && semantic.JSONKind != '"':
		return invalid(path, "must be a string")
	case errors.Is(semantic.Err, strconv.ErrRange):
		return invalid(path, fmt.Sprintf("must be %s between %d and %d", describe(semantic.GoType), -largest(semantic.GoType), largest(semantic.GoType)))
	case semantic.Err != nil && semantic.GoType.Kind() == reflect.Struct:
		return invalid(path, semantic.Err.Error())
	default:
		return invalid(path, "must be "+describe(semantic.GoType))
	}
}

func unknownField(path *field.Path) error {
	return field.Forbidden(path, "there is no such field: check its name and its place")
}

// invalid returns an error about a value that it does not repeat.
func invalid(path *field.Path, message string) *field.Error {
	return field.Invalid(path, field.OmitValueType{}, message)
}

// isText reports whether a type is written as a string, whatever it is in Go: an address, for example.
func isText(t reflect.Type) bool {
	return t != nil && reflect.PointerTo(t).Implements(reflect.TypeFor[encoding.TextUnmarshaler]())
}

// fieldPath returns a JSON pointer (RFC 6901) as Kubernetes writes the path of a field.
func fieldPath(root *field.Path, pointer string) *field.Path {
	path := root
	for _, token := range strings.Split(pointer, "/")[1:] {
		token = strings.NewReplacer("~1", "/", "~0", "~").Replace(token)
		if i, err := strconv.Atoi(token); err == nil && path != nil {
			path = path.Index(i)
			continue
		}
		if path == nil {
			path = field.NewPath(token)
			continue
		}
		path = path.Child(token)
	}
	return path
}

// largest returns the largest whole number that a field of a type can hold and that reaches the function as it was written: numbers in
// Crossplane's protocol are those of JavaScript.
func largest(t reflect.Type) int64 {
	if t.Kind() == reflect.Pointer {
		return largest(t.Elem())
	}
	if t.Kind() == reflect.Int32 {
		return math.MaxInt32
	}
	return 1<<53 - 1
}

// describe returns a type of the API in words.
func describe(t reflect.Type) string {
	switch t.Kind() {
	case reflect.Pointer:
		return describe(t.Elem())
	case reflect.Bool:
		return "true or false"
	case reflect.Int32, reflect.Int64:
		return "a whole number"
	case reflect.String:
		return "a string"
	case reflect.Slice:
		return "a list"
	default:
		return "an object with fields"
	}
}
