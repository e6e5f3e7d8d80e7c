package validation

import (
	"google.golang.org/protobuf/types/known/structpb"
	"k8s.io/apimachinery/pkg/util/validation/field"

	"github.com/novasphere/function-wukong/internal/message"
)

// The bounds of a free object. What it costs to read follows from them.
const (
	maxFreeDepth  = 16
	maxFreeValues = 1000
	maxFreeBytes  = 32 << 10
)

var (
	msgTooDeep = message.New(message.Refusal, "too-deep", "must have at most {number} levels of fields")
	msgTooBig  = message.New(message.Refusal, "too-big", "must have at most {number} values, in at most {number} bytes")
)

// FreeStructure is an object whose fields another package checks.
var FreeStructure = &Schema{Type: Free}

// free checks that a value is an object, and within the bounds.
func (s *Schema) free(v *structpb.Value, path *field.Path) field.ErrorList {
	if !isObject(v) {
		return invalid(path, msgObject)
	}
	m := measure{}
	switch m.add(v, 0); {
	case m.depth > maxFreeDepth:
		return invalid(path, msgTooDeep, maxFreeDepth)
	case m.values > maxFreeValues, m.bytes > maxFreeBytes:
		return invalid(path, msgTooBig, maxFreeValues, maxFreeBytes)
	}
	return nil
}

// A measure is the size of a value, up to where it is out of bounds.
type measure struct{ depth, values, bytes int }

// add adds a value at a depth.
func (m *measure) add(v *structpb.Value, depth int) {
	m.depth = max(m.depth, depth)
	m.values++
	if m.depth > maxFreeDepth || m.values > maxFreeValues || m.bytes > maxFreeBytes {
		return
	}
	m.bytes += len(v.GetStringValue())
	for key, e := range v.GetStructValue().GetFields() {
		m.bytes += len(key)
		m.add(e, depth+1)
	}
	for _, e := range v.GetListValue().GetValues() {
		m.add(e, depth+1)
	}
}
