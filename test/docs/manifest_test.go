package docs

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"sigs.k8s.io/yaml"

	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
	"github.com/novasphere/function-wukong/input/v1beta1"
	"github.com/novasphere/function-wukong/internal/preview"
)

// smallest is the Wukong that parts of a spec are put into.
const smallest = `{apiVersion: ` + v1alpha1.APIVersion + `, kind: Wukong, metadata: {name: web-01, namespace: team-a}, spec: {cpu: 1, memory: 1Gi, disks: [{name: system, size: 10Gi}]}}`

// TestManifests shows that all YAML can be read, and that the function accepts, without advice, each Wukong, each part of one, and each
// Input.
func TestManifests(t *testing.T) {
	tried := 0
	for _, p := range pages(t) {
		for i, b := range p.blocks {
			if b.language != "yaml" {
				continue
			}
			t.Run(fmt.Sprintf("%s/%d", p.path, i), func(t *testing.T) {
				var o map[string]any
				if err := yaml.UnmarshalStrict([]byte(b.code), &o); err != nil {
					t.Fatalf("%v in\n%s", err, b.code)
				}
				wukong, input := parts(o)
				if wukong == nil && input == nil {
					return
				}
				tried++
				accepted(t, wukong, input)
			})
		}
	}
	if tried < 4 {
		t.Errorf("found no more than %d manifests of ours", tried)
	}
}

// parts are the Wukong and the Input that a block is, or is a part of; nil for none.
func parts(o map[string]any) (wukong, input map[string]any) {
	_, whole := o["spec"]
	switch {
	case o["apiVersion"] == v1alpha1.APIVersion && whole:
		return o, nil
	case o["apiVersion"] == v1beta1.APIVersion && len(o) > 2:
		return nil, o
	case o["disks"] != nil || o["networks"] != nil:
		return map[string]any{"apiVersion": v1alpha1.APIVersion, "kind": v1alpha1.Kind, "metadata": map[string]any{"name": "web-01", "namespace": "team-a"}, "spec": over(o)}, nil
	}
	input, _ = o["input"].(map[string]any)
	return nil, input
}

// over is the spec of the smallest Wukong with fields replaced.
func over(fields map[string]any) map[string]any {
	var o map[string]any
	if err := yaml.Unmarshal([]byte(smallest), &o); err != nil {
		panic(err)
	}
	spec, _ := o["spec"].(map[string]any)
	for k, v := range fields {
		spec[k] = v
	}
	return spec
}

// accepted fails where the function refuses a Wukong or an Input, or advises against what is in it.
func accepted(t *testing.T, wukong, input map[string]any) {
	t.Helper()
	c := preview.Command{Files: []string{"-"}, Stdin: strings.NewReader(smallest)}
	if wukong != nil {
		b, err := yaml.Marshal(wukong)
		if err != nil {
			t.Fatal(err)
		}
		c.Stdin = bytes.NewReader(b)
	}
	if input != nil {
		b, err := yaml.Marshal(input)
		if err != nil {
			t.Fatal(err)
		}
		c.Input = filepath.Join(t.TempDir(), "input.yaml")
		if err := os.WriteFile(c.Input, b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	var out, told bytes.Buffer
	c.Stdout, c.Stderr = &out, &told
	if err := c.Run(context.Background()); err != nil || told.Len() > 0 {
		t.Errorf("%v: %s", err, &told)
	}
}
