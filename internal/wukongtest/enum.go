package wukongtest

import (
	"fmt"
	"slices"
	"strings"

	"pgregory.net/rapid"

	"github.com/novasphere/function-wukong/internal/validation"
)

// enum generates the values that the schema allows in a field of the spec, such as networks.type. It panics on a field without an enumeration.
func enum(path string) *rapid.Generator[string] {
	s := validation.SpecStructure
	for _, name := range strings.Split(path, ".") {
		i := slices.IndexFunc(s.Fields, func(f validation.Field) bool { return f.Name == name })
		if i < 0 {
			panic(fmt.Sprintf("no field %s in %s", name, path))
		}
		if s = s.Fields[i].Schema; s.Type == validation.List {
			s = s.Items
		}
	}
	return rapid.SampledFrom(s.Enum)
}
