package plane

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"text/template"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/yaml"
)

// A chart is Crossplane's Helm chart, rendered without Helm. It has only those functions that the templates of Crossplane itself use.
type chart struct {
	// dir is the folder of the chart.
	dir string

	// values override the chart's defaults.
	values map[string]any
}

// chart returns the chart of Crossplane with its default values.
func (p *Plane) chart(ctx context.Context) (chart, error) {
	m, err := p.crossplaneModule(ctx)
	return chart{dir: filepath.Join(m.Dir, "cluster", "charts", "crossplane")}, err
}

// render returns the objects of a template of the chart.
func (c chart) render(name string) ([]*unstructured.Unstructured, error) {
	values, err := c.defaults()
	if err != nil {
		return nil, err
	}
	t := template.New("")
	t.Funcs(template.FuncMap{
		"default":    func(fallback, value any) any { return valueOr(value, fallback) },
		"trunc":      func(n int, s string) string { return s[:min(n, len(s))] },
		"trimSuffix": func(suffix, s string) string { return strings.TrimSuffix(s, suffix) },
		"replace":    func(from, to, s string) string { return strings.ReplaceAll(s, from, to) },
		"indent":     indent,
		"nindent":    func(n int, s string) string { return "\n" + indent(n, s) },
		"quote":      func(v any) string { return strconv.Quote(fmt.Sprint(v)) },
		"has":        func(any, any) (bool, error) { return false, errors.New("the function has is not implemented") },
		"tpl":        func(string, any) (string, error) { return "", errors.New("the function tpl is not implemented") },
		"toYaml": func(v any) (string, error) {
			b, err := yaml.Marshal(v)
			return strings.TrimSuffix(string(b), "\n"), err
		},
		"include": func(name string, data any) (string, error) {
			var out strings.Builder
			err := t.ExecuteTemplate(&out, name, data)
			return out.String(), err
		},
	})
	templates := filepath.Join(c.dir, "templates")
	if _, err := t.ParseFiles(filepath.Join(templates, "_helpers.tpl"), filepath.Join(templates, name)); err != nil {
		return nil, err
	}
	var out bytes.Buffer
	if err := t.ExecuteTemplate(&out, name, map[string]any{
		"Chart":   map[string]any{"Name": "crossplane", "Version": "0", "AppVersion": "0"},
		"Release": map[string]any{"Name": "crossplane", "Namespace": crossplaneNamespace, "Service": "Helm"},
		"Values":  mergeValues(values, c.values),
	}); err != nil {
		return nil, err
	}
	return decodeObjects(out.Bytes())
}

// defaults returns the chart's values.yaml.
func (c chart) defaults() (map[string]any, error) {
	b, err := os.ReadFile(filepath.Join(c.dir, "values.yaml"))
	if err != nil {
		return nil, err
	}
	values := map[string]any{}
	return values, yaml.Unmarshal(b, &values)
}

// mergeValues returns values with overrides merged into them, as Helm does.
func mergeValues(values, overrides map[string]any) map[string]any {
	out := maps.Clone(values)
	for k, v := range overrides {
		current, isMap := out[k].(map[string]any)
		override, overridesMap := v.(map[string]any)
		if isMap && overridesMap {
			v = mergeValues(current, override)
		}
		out[k] = v
	}
	return out
}

// valueOr returns value, or fallback if it is empty.
func valueOr(value, fallback any) any {
	if value == nil || value == "" {
		return fallback
	}
	return value
}

// indent returns the lines of s, each after n spaces.
func indent(n int, s string) string {
	pad := strings.Repeat(" ", n)
	return pad + strings.ReplaceAll(s, "\n", "\n"+pad)
}
