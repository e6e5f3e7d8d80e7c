package fn

import (
	"maps"
	"reflect"
	"regexp"
	"strings"

	"k8s.io/apimachinery/pkg/util/sets"

	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
	"github.com/novasphere/function-wukong/input/v1beta1"
	"github.com/novasphere/function-wukong/internal/validation"
)

// maxLoggedFields is the largest number of fields in a line of the log.
const maxLoggedFields = 8

// invalidFields returns the path and the kind of each field error in err, at most maxLoggedFields. It returns no values, and nothing else that a
// user wrote.
func invalidFields(err error) []string {
	var out []string
	for _, e := range validation.Errors(err) {
		if len(out) == maxLoggedFields {
			break
		}
		out = append(out, knownPath(e.Field)+": "+e.Type.String())
	}
	return out
}

var (
	// element matches the first element of a path: a name, and an index or a key.
	element = regexp.MustCompile(`^([A-Za-z0-9]+)(\[[^\]]*\])?\.?`)

	// index matches the index of a list's element.
	index = regexp.MustCompile(`^\[[0-9]+\]$`)

	// knownFields are the names of all fields of Wukongs and inputs.
	knownFields = func() sets.Set[string] {
		out := sets.New("spec", "metadata", "namespace", "name", "claimRef", "deletionTimestamp")
		for _, t := range []reflect.Type{reflect.TypeFor[v1alpha1.WukongSpec](), reflect.TypeFor[v1beta1.Input](), reflect.TypeFor[v1beta1.Action]()} {
			maps.Copy(out, jsonFields(t))
		}
		return out
	}()
)

// knownPath returns the beginning of a path, up to the first element that a user chose. Such an element is an unknown field, or the key of a map.
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

// jsonFields returns the names in JSON of all fields of an API type, and of the API types of its fields.
func jsonFields(t reflect.Type) sets.Set[string] {
	out := sets.New[string]()
	switch t.Kind() {
	case reflect.Pointer, reflect.Slice, reflect.Map:
		return jsonFields(t.Elem())
	case reflect.Struct:
		if !strings.HasPrefix(t.PkgPath(), reflect.TypeFor[v1alpha1.WukongSpec]().PkgPath()) &&
			!strings.HasPrefix(t.PkgPath(), reflect.TypeFor[v1beta1.Input]().PkgPath()) {
			return out
		}
		for i := range t.NumField() {
			f := t.Field(i)
			if name, _, _ := strings.Cut(f.Tag.Get("json"), ","); name != "" {
				out.Insert(name)
			}
			maps.Copy(out, jsonFields(f.Type))
		}
	default:
	}
	return out
}
