package schema

import (
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	kubeconform "github.com/yannh/kubeconform/pkg/resource"
	"github.com/yannh/kubeconform/pkg/validator"

	"github.com/novasphere/function-wukong/internal/wukongtest"
)

// compile returns one of the JSON Schemas.
func compile(t *testing.T, file string) *jsonschema.Schema {
	t.Helper()
	s, err := jsonschema.NewCompiler().Compile(filepath.Join(root, "schemas", file))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// checkJSON returns what a JSON Schema says of an object, with its numbers as a JSON document has them.
func checkJSON(t *testing.T, s *jsonschema.Schema, object map[string]any) error {
	t.Helper()
	u, err := roundTrip(object)
	if err != nil {
		t.Fatal(err)
	}
	return s.Validate(u.Object)
}

// TestJSONSchemaAccepts shows that the JSON Schema accepts what the API server accepts: the examples, the manifests of the operator that this
// function replaces, and what Crossplane adds.
func TestJSONSchemaAccepts(t *testing.T) {
	wukong := compile(t, "wukong_v1alpha1.json")
	for _, pattern := range []string{"examples/*/wukong.yaml", "test/schema/testdata/*/*.yaml"} {
		for _, file := range matchingFiles(t, pattern) {
			if err := checkJSON(t, wukong, readManifest(t, file)); err != nil {
				t.Errorf("%s: %v", file, err)
			}
		}
	}
	for _, field := range []string{"crossplane: {compositionRef: {name: wukong}}", "compositionUpdatePolicy: Manual"} {
		if err := checkJSON(t, wukong, wukongtest.Claim(wukongtest.Smallest("{"+field+"}"))); err != nil {
			t.Errorf("%s: %v", field, err)
		}
	}

	input := compile(t, "input_v1beta1.json")
	for _, file := range matchingFiles(t, "package/configuration*/composition.yaml") {
		pipeline := readManifest(t, file)["spec"].(map[string]any)["pipeline"].([]any)
		if err := checkJSON(t, input, pipeline[0].(map[string]any)["input"].(map[string]any)); err != nil {
			t.Errorf("%s: %v", file, err)
		}
	}
}

// TestJSONSchemaRefuses shows that the JSON Schema refuses specs of a wrong structure, and an unknown field wherever a manifest has known ones. It
// cannot know the rules between fields.
func TestJSONSchemaRefuses(t *testing.T) {
	wukong := compile(t, "wukong_v1alpha1.json")
	for _, r := range wukongtest.Refused() {
		if r.Rule != "" || r.FunctionAlone {
			continue
		}
		if checkJSON(t, wukong, wukongtest.Claim(r.Spec)) == nil {
			t.Errorf("%s: the schema accepts %v", r.ID, r.Spec)
		}
	}

	for _, file := range matchingFiles(t, "test/schema/testdata/everything/*.yaml") {
		manifest := readManifest(t, file)
		for path, broken := range withUnknownFields(manifest) {
			// The fields of a template are KubeVirt's, and the function knows which it may give.
			if checkJSON(t, wukong, broken) == nil && !strings.HasPrefix(path, "/spec/template") {
				t.Errorf("%s: the schema accepts an unknown field in %s", file, path)
			}
		}
	}
}

// TestKubeconform shows that kubeconform finds the schema by its name, accepts the examples, and refuses an unknown field.
func TestKubeconform(t *testing.T) {
	location := filepath.Join(root, "schemas", "{{ .ResourceKind }}_{{ .ResourceAPIVersion }}.json")
	v, err := validator.New([]string{location}, validator.Opts{Strict: true})
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range matchingFiles(t, "examples/*/wukong.yaml") {
		b, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if r := v.ValidateResource(kubeconform.Resource{Bytes: b}); r.Status != validator.Valid {
			t.Errorf("%s: %v", file, r.Err)
		}
		broken := strings.Replace(string(b), "\n  memory: ", "\n  memroy: ", 1)
		if r := v.ValidateResource(kubeconform.Resource{Bytes: []byte(broken)}); r.Status != validator.Invalid || !strings.Contains(r.Err.Error(), "memroy") {
			t.Errorf("%s: want a refusal of memroy, got %v", file, r.Err)
		}
	}
}

// withUnknownFields returns copies of an object with an unknown field in one of its objects each, by the path of that one. Metadata is
// Kubernetes', and keys of a map are whatever its author likes.
func withUnknownFields(object map[string]any) map[string]map[string]any {
	out := map[string]map[string]any{}
	var walk func(path string, v any, replace func(any) map[string]any)
	walk = func(path string, v any, replace func(any) map[string]any) {
		switch v := v.(type) {
		case map[string]any:
			if path == "/metadata" || strings.HasSuffix(path, "/nodeSelector") {
				return
			}
			broken := maps.Clone(v)
			broken["noSuchField"] = "x"
			out[path] = replace(broken)
			for name, child := range v {
				walk(path+"/"+name, child, func(n any) map[string]any {
					changed := maps.Clone(v)
					changed[name] = n
					return replace(changed)
				})
			}
		case []any:
			for i, child := range v {
				walk(path+"/"+strconv.Itoa(i), child, func(n any) map[string]any {
					changed := append([]any{}, v...)
					changed[i] = n
					return replace(changed)
				})
			}
		}
	}
	walk("", object, func(v any) map[string]any { return v.(map[string]any) })
	return out
}

// TestSchemaIsNamed shows that each example names the schema of its kind, for editors.
func TestSchemaIsNamed(t *testing.T) {
	named := regexp.MustCompile(`^# yaml-language-server: \$schema=(\S+)\n`)
	for _, file := range matchingFiles(t, "examples/*/wukong.yaml") {
		b, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		m := named.FindSubmatch(b)
		if m == nil {
			t.Errorf("%s names no schema in its first line", file)
			continue
		}
		if want := filepath.Join(root, "schemas", "wukong_v1alpha1.json"); filepath.Join(filepath.Dir(file), string(m[1])) != want {
			t.Errorf("%s names %s, want %s", file, m[1], want)
		}
	}
}
