package docs

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"sigs.k8s.io/yaml"

	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
	"github.com/novasphere/function-wukong/input/v1beta1"
	"github.com/novasphere/function-wukong/internal/manifest"
	"github.com/novasphere/function-wukong/internal/preview"
	"github.com/novasphere/function-wukong/internal/validation"
)

// smallest is the Wukong whose fields parts of a spec replace.
const smallest = `{apiVersion: ` + v1alpha1.APIVersion + `, kind: Wukong, metadata: {name: web-01, namespace: team-a}, spec: ` + validation.Smallest + `}`

// TestManifests shows that all YAML is valid, and that the function accepts each Wukong, each part of one and each Input without advice.
func TestManifests(t *testing.T) {
	rendered := 0
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
				wukong, input := manifestsIn(o)
				if wukong == nil && input == nil {
					return
				}
				rendered++
				checkAccepted(t, wukong, input)
			})
		}
	}
	if rendered < 4 {
		t.Errorf("found only %d Wukongs and Inputs", rendered)
	}
}

// manifestsIn returns the Wukong and the Input that a block of YAML is, or is a part of; nil for none.
func manifestsIn(o map[string]any) (wukong, input map[string]any) {
	_, whole := o["spec"]
	switch {
	case o["apiVersion"] == v1alpha1.APIVersion && whole:
		return o, nil
	case o["apiVersion"] == v1beta1.APIVersion && len(o) > 2:
		return nil, o
	case o["disks"] != nil || o["networks"] != nil:
		return smallestWith(o), nil
	}
	input, _ = o["input"].(map[string]any)
	return nil, input
}

// smallestWith returns the smallest Wukong with fields of its spec replaced.
func smallestWith(fields map[string]any) map[string]any {
	var o map[string]any
	if err := yaml.Unmarshal([]byte(smallest), &o); err != nil {
		panic(err)
	}
	spec, _ := o["spec"].(map[string]any)
	maps.Copy(spec, fields)
	return o
}

// checkAccepted fails the test if the function refuses a Wukong or an Input, or advises a change of one.
func checkAccepted(t *testing.T, wukong, input map[string]any) {
	t.Helper()
	c := preview.Command{Options: preview.Options{Files: []string{"-"}, Stdin: strings.NewReader(smallest)}}
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
	var out, messages bytes.Buffer
	c.Stdout, c.Problems = &out, manifest.Printer{Writer: &messages}
	if err := c.Run(context.Background()); err != nil || messages.Len() > 0 {
		t.Errorf("%v: %s", err, &messages)
	}
}
