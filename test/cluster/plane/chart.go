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

	"sigs.k8s.io/yaml"
)

// chart is Crossplane's Helm chart, rendered without Helm. It knows what the chart's files about Crossplane itself use of it, which is
// little.
type chart struct {
	// dir of the chart.
	dir string

	// values that differ from the chart's own.
	values map[string]any
}

// chart of the generation of Crossplane, with its own values.
func (p *Plane) chart(ctx context.Context) (chart, error) {
	generation := crossplaneReleases[p.Crossplane]
	dir, err := p.moduleDir(ctx, toolsDir+generation.tool, generation.module)
	return chart{dir: filepath.Join(dir, "cluster", "charts", "crossplane")}, err
}

// file of the chart, as objects.
func (c chart) render(name string) ([]*unstructuredObject, error) {
	values, err := c.defaults()
	if err != nil {
		return nil, err
	}
	t := template.New("")
	t.Funcs(template.FuncMap{
		"default":    func(otherwise, value any) any { return valueOr(value, otherwise) },
		"trunc":      func(n int, s string) string { return s[:min(n, len(s))] },
		"trimSuffix": func(suffix, s string) string { return strings.TrimSuffix(s, suffix) },
		"replace":    func(from, to, s string) string { return strings.ReplaceAll(s, from, to) },
		"indent":     indent,
		"nindent":    func(n int, s string) string { return "\n" + indent(n, s) },
		"quote":      func(v any) string { return strconv.Quote(fmt.Sprint(v)) },
		"has":        func(any, any) (bool, error) { return false, errors.New("the function has is not known here") },
		"tpl":        func(string, any) (string, error) { return "", errors.New("the function tpl is not known here") },
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

// defaults are the chart's own values.
func (c chart) defaults() (map[string]any, error) {
	b, err := os.ReadFile(filepath.Join(c.dir, "values.yaml"))
	if err != nil {
		return nil, err
	}
	values := map[string]any{}
	return values, yaml.Unmarshal(b, &values)
}

// over lays some values over others, as Helm does.
func mergeValues(values, others map[string]any) map[string]any {
	out := maps.Clone(values)
	for k, v := range others {
		below, isMap := out[k].(map[string]any)
		above, too := v.(map[string]any)
		if isMap && too {
			v = mergeValues(below, above)
		}
		out[k] = v
	}
	return out
}

func valueOr(value, otherwise any) any {
	if value == nil || value == "" {
		return otherwise
	}
	return value
}

func indent(n int, s string) string {
	pad := strings.Repeat(" ", n)
	return pad + strings.ReplaceAll(s, "\n", "\n"+pad)
}
