package decode

import (
	"regexp"
	"strconv"
	"strings"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/structpb"
	"k8s.io/apimachinery/pkg/util/validation/field"
)

// without returns a copy of a spec without the values that errors are about. An element of a list becomes null, so that the indexes of the others
// stay.
func without(spec *structpb.Struct, errs field.ErrorList) *structpb.Struct {
	out := structpb.NewStructValue(proto.CloneOf(spec))
	for _, e := range errs {
		remove(out, strings.TrimPrefix(e.Field, "spec."))
	}
	return out.GetStructValue()
}

// step matches the first name, index or key of a path.
var step = regexp.MustCompile(`^(?:([^.\[]+)|\[([^\]]*)\])\.?`)

// remove removes the value at a path below v. A key that is not there is a shortened
// one: then all keys go.
func remove(v *structpb.Value, path string) {
	m := step.FindStringSubmatch(path)
	if m == nil {
		return
	}
	rest := path[len(m[0]):]
	if list := v.GetListValue().GetValues(); list != nil {
		i, err := strconv.Atoi(m[2])
		switch {
		case err != nil || i < 0 || i >= len(list):
		case rest == "":
			list[i] = structpb.NewNullValue()
		default:
			remove(list[i], rest)
		}
		return
	}
	given := v.GetStructValue().GetFields()
	name := m[1] + m[2]
	_, found := given[name]
	switch {
	case found && rest != "":
		remove(given[name], rest)
	case found:
		delete(given, name)
	case m[2] != "":
		clear(given)
	}
}
