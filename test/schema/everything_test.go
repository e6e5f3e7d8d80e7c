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

// everything is the pattern of the manifests that together have each field of the API.
const everything = "test/schema/testdata/everything/*.yaml"

// TestSuspects sets each field of the API to each difficult value of wukongtest.Suspects, and shows that the API server and the function agree
// about the spec.
func TestSuspects(t *testing.T) {
	s := mustServer(t)
	for _, file := range matchingFiles(t, everything) {
		t.Run(filepath.Base(file), func(t *testing.T) {
			t.Parallel()
			spec := readSpec(t, file)
			if err := s.create(context.Background(), wukongtest.Claim(spec)); err != nil {
				t.Fatalf("the schema refuses the manifest: %v", err)
			}
			if err := run(spec); err != nil {
				t.Fatalf("the function refuses the manifest: %v", err)
			}
			for b := range wukongtest.Suspects(spec) {
				if difference := disagreement(s, b); difference != "" {
					t.Error(difference)
				}
			}
		})
	}
}

// TestEverything shows that the manifests of TestSuspects have each field of the API, also one that is added later.
func TestEverything(t *testing.T) {
	var specs []any
	for _, file := range matchingFiles(t, everything) {
		specs = append(specs, readSpec(t, file))
	}
	for _, file := range matchingFiles(t, "package/*/definition.yaml") {
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
			requireFields(t, "spec", &spec, specs)
		}
	}
}

// requireFields fails the test for each field of a schema that none of the values has.
func requireFields(t *testing.T, path string, schema *extv1.JSONSchemaProps, values []any) {
	t.Helper()
	if schema.Items != nil {
		var elements []any
		for _, v := range values {
			if l, ok := v.([]any); ok {
				elements = append(elements, l...)
			}
		}
		requireFields(t, path+"[]", schema.Items.Schema, elements)
		return
	}
	for _, field := range slices.Sorted(maps.Keys(schema.Properties)) {
		var fields []any
		for _, v := range values {
			if m, ok := v.(map[string]any); ok && m[field] != nil {
				fields = append(fields, m[field])
			}
		}
		if len(fields) == 0 {
			t.Errorf("no manifest of %s has %s.%s", everything, path, field)
			continue
		}
		property := schema.Properties[field]
		requireFields(t, path+"."+field, &property, fields)
	}
}
