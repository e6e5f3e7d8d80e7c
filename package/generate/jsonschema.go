package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
)

// writeJSONSchema writes a kind as a JSON Schema, for editors and for tools that check files before they are applied. It is stricter than the API
// server, which drops unknown fields unless it is asked to refuse them: it has no field beside those of the kind. The rules in CEL are not in it.
//
// The name of the file is that by which kubeconform looks for a kind: https://github.com/yannh/kubeconform#overriding-schemas-location.
func writeJSONSchema(root string, d *apiextensionsv1.CustomResourceDefinition, added map[string]any) error {
	version := d.Spec.Versions[0]
	b, err := json.Marshal(version.Schema.OpenAPIV3Schema)
	if err != nil {
		return err
	}
	schema := map[string]any{}
	if err := json.Unmarshal(b, &schema); err != nil {
		return err
	}
	properties, _ := schema["properties"].(map[string]any)
	if spec, ok := properties["spec"].(map[string]any); ok {
		fields, _ := spec["properties"].(map[string]any)
		for name, s := range added {
			fields[name] = s
		}
	}
	makeStrict(schema)
	properties["apiVersion"] = map[string]any{"const": d.Spec.Group + "/" + version.Name}
	properties["kind"] = map[string]any{"const": d.Spec.Names.Kind}
	properties["metadata"] = map[string]any{"type": "object"}
	if _, ok := properties["status"]; ok {
		// Nobody writes it.
		properties["status"] = map[string]any{"type": "object"}
	}
	schema["$schema"] = "http://json-schema.org/draft-07/schema#"
	schema["required"] = []any{"apiVersion", "kind"}
	if d.Spec.Names.Kind == "Wukong" {
		schema["required"] = []any{"apiVersion", "kind", "metadata", "spec"}
	}

	out, err := json.MarshalIndent(schema, "", "  ")
	if err != nil {
		return err
	}
	file := strings.ToLower(d.Spec.Names.Kind) + "_" + version.Name + ".json"
	return os.WriteFile(filepath.Join(root, "schemas", file), append(out, '\n'), 0o644) //nolint:gosec // Everybody may read the repository.
}

// fieldsOfCrossplane are the fields that Crossplane adds to the spec of a Wukong: those of a namespaced composite, and those of a claim.
func fieldsOfCrossplane() map[string]any {
	out := map[string]any{}
	for _, name := range []string{
		"crossplane", "compositionRef", "compositionSelector", "compositionRevisionRef", "compositionRevisionSelector", "resourceRef",
		"writeConnectionSecretToRef",
	} {
		out[name] = map[string]any{"type": "object", "additionalProperties": true, "description": "It belongs to Crossplane."}
	}
	for _, name := range []string{"compositeDeletePolicy", "compositionUpdatePolicy"} {
		out[name] = map[string]any{"type": "string", "description": "It belongs to Crossplane."}
	}
	return out
}

// wrapped finds the end of a line within a paragraph.
var wrapped = regexp.MustCompile(`(\S)\n(\S)`)

// makeStrict turns a schema of Kubernetes into a JSON Schema: without the extensions and the formats of OpenAPI, and without unknown fields.
func makeStrict(schema map[string]any) {
	for name := range schema {
		if strings.HasPrefix(name, "x-kubernetes-") {
			delete(schema, name)
		}
	}
	if description, ok := schema["description"].(string); ok {
		// Comments of Go are wrapped.
		schema["description"] = wrapped.ReplaceAllString(description, "$1 $2")
	}
	if format, _ := schema["format"].(string); format == "int32" || format == "int64" {
		delete(schema, "format")
	}
	properties, isObject := schema["properties"].(map[string]any)
	if _, open := schema["additionalProperties"]; isObject && !open {
		schema["additionalProperties"] = false
	}
	for _, property := range properties {
		makeStrictIf(property)
	}
	makeStrictIf(schema["items"])
	makeStrictIf(schema["additionalProperties"])
}

// makeStrictIf makes a part of a schema strict, if it is one.
func makeStrictIf(part any) {
	if schema, ok := part.(map[string]any); ok {
		makeStrict(schema)
	}
}
