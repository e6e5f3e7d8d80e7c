package schema

import (
	"context"
	"maps"
	"path/filepath"
	"slices"
	"testing"

	extv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"sigs.k8s.io/yaml"

	"github.com/novasphere/function-wukong/internal/wukongtest"
)

const everything = "test/schema/testdata/everything/*.yaml"

// TestSuspects tries everything that is known to be difficult on each field of the API: the API server and the function must
// agree on it.
func TestSuspects(t *testing.T) {
	s := mustServer(t)
	for _, file := range some(t, everything) {
		t.Run(filepath.Base(file), func(t *testing.T) {
			t.Parallel()
			spec := specOf(t, file)
			if err := s.create(context.Background(), wukongtest.Claim(spec)); err != nil {
				t.Fatalf("the schema refuses it as it is: %v", err)
			}
			if err := run(spec); err != nil {
				t.Fatalf("the function refuses it as it is: %v", err)
			}
			for b := range wukongtest.Suspects(spec) {
				if complaint := disagreement(s, b); complaint != "" {
					t.Error(complaint)
				}
			}
		})
	}
}

// TestEverything shows that the manifests of TestSuspects have each field of the API, so that a new one is not forgotten.
func TestEverything(t *testing.T) {
	var given []any
	for _, file := range some(t, everything) {
		given = append(given, specOf(t, file))
	}
	for _, file := range files(t, "package/*/definition.yaml") {
		xrd, err := readDefinition(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, v := range xrd.Spec.Versions {
			var schema extv1.JSONSchemaProps
			if err := yaml.Unmarshal(v.Schema.OpenAPIV3Schema.Raw, &schema); err != nil {
				t.Fatal(err)
			}
			spec := schema.Properties["spec"]
			missing(t, "spec", &spec, given)
		}
	}
}

// missing reports the fields of a schema that none of the values has.
func missing(t *testing.T, path string, schema *extv1.JSONSchemaProps, values []any) {
	t.Helper()
	if schema.Items != nil {
		var elements []any
		for _, v := range values {
			if l, ok := v.([]any); ok {
				elements = append(elements, l...)
			}
		}
		missing(t, path+"[]", schema.Items.Schema, elements)
		return
	}
	for _, field := range slices.Sorted(maps.Keys(schema.Properties)) {
		var given []any
		for _, v := range values {
			if m, ok := v.(map[string]any); ok && m[field] != nil {
				given = append(given, m[field])
			}
		}
		if len(given) == 0 {
			t.Errorf("no manifest of %s has %s.%s", everything, path, field)
			continue
		}
		property := schema.Properties[field]
		missing(t, path+"."+field, &property, given)
	}
}
