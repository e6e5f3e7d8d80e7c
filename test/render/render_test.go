//go:build renderers

// These tests run the real Crossplane command line, in the generations that make test-renderers builds.
package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	utilyaml "k8s.io/apimachinery/pkg/util/yaml"
	"sigs.k8s.io/yaml"

	"github.com/novasphere/function-wukong/internal/manifest"
	"github.com/novasphere/function-wukong/internal/names"
	"github.com/novasphere/function-wukong/internal/preview"
	"github.com/novasphere/function-wukong/internal/wukongtest"
)

func TestMain(m *testing.M) {
	if err := os.Chdir("../.."); err != nil {
		panic(err)
	}
	os.Exit(m.Run())
}

// required is the value of an environment variable that make test-renderers sets.
func required(t *testing.T, name string) string {
	t.Helper()
	v := os.Getenv(name)
	if v == "" {
		t.Fatalf("%s is not set: run make test-renderers", name)
	}
	return v
}

// A scene is a Wukong to render with a Composition, what is observed of it, and what else is in the cluster: nothing, or a file.
type scene struct {
	target, name string

	wukong string
	inputs inputs
}

// scenes are the examples, and the observed states, which say in their heads which example they belong to.
func scenes(t *testing.T) []scene {
	t.Helper()
	var out []scene
	add := func(target, name, example, observed, required string) {
		c := call{example: example, composition: wukongtest.Compositions[target], observed: observed, required: required}
		in, _, err := c.inputs(t.Context(), t.TempDir())
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, scene{target, name, filepath.Join("examples", example, "wukong.yaml"), in})
	}
	for target := range wukongtest.Compositions {
		for _, file := range glob(t, "examples/*/wukong.yaml") {
			example := filepath.Base(filepath.Dir(file))
			if target == "native" && strings.Contains(string(read(t, file)), "deletionPolicy: Retain") {
				continue
			}
			add(target, example, example, "", "")
		}
		for _, state := range glob(t, "examples/observed/"+target+"/*.yaml") {
			b := read(t, state)
			add(target, filepath.Base(state), wukongtest.ExampleOf(b), state, wukongtest.RequiredBy(b))
		}
	}
	add("native", "foreign", "minimal", "", "examples/required/foreign.yaml")
	return out
}

func read(t *testing.T, file string) []byte {
	t.Helper()
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func glob(t *testing.T, pattern string) []string {
	t.Helper()
	files, err := filepath.Glob(pattern)
	if err != nil || len(files) == 0 {
		t.Fatalf("found nothing in %s: %v", pattern, err)
	}
	return files
}

// TestRenderersAgree compares what three generations of the Crossplane command line print with our own preview. The last one alone knows
// namespaced composites.
func TestRenderersAgree(t *testing.T) {
	functions, stop, err := serve(t.Context(), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer stop()

	for generation, want := range map[string]string{
		"WUKONG_CLI_1_16": "beta render",
		"WUKONG_CLI_1_20": "render",
		"WUKONG_CLI_2_5":  "composition render",
	} {
		r, err := findRenderer(t.Context(), required(t, generation), false, os.Stderr)
		if err != nil {
			t.Fatal(err)
		}
		if got := strings.Join(r.command, " "); got != want {
			t.Errorf("%s renders with %q, want %q", generation, got, want)
		}
		for _, s := range scenes(t) {
			if s.target != "claim" && generation != "WUKONG_CLI_2_5" {
				continue
			}
			t.Run(generation+"/"+s.target+"/"+s.name, func(t *testing.T) {
				var theirs, ours bytes.Buffer
				in := s.inputs
				in.functions = functions
				if err := r.render(t.Context(), in, &theirs, os.Stderr); err != nil {
					t.Fatal(err)
				}
				c := preview.Command{
					Options: preview.Options{Files: []string{s.wukong}, Input: in.composition, Observed: in.observed, Required: in.required},
					Output:  preview.Composed, Stdout: &ours, Problems: manifest.Printer{Writer: os.Stderr},
				}
				if err := c.Run(t.Context()); err != nil {
					t.Fatal(err)
				}
				if generation == "WUKONG_CLI_1_20" && ours.String() != theirs.String() {
					t.Errorf("want the same bytes: -ours, +theirs:\n%s", cmp.Diff(ours.String(), theirs.String()))
				}
				if diff := cmp.Diff(decided(t, &ours), decided(t, &theirs)); diff != "" {
					t.Errorf("-ours, +theirs:\n%s", diff)
				}
			})
		}
	}
}

// decided is what our function decides of a rendering: the composed resources by their keys, without the metadata that
// Crossplane adds, in which its generations differ, and without the UID that some of them give the composite.
func decided(t *testing.T, r io.Reader) map[string]any {
	t.Helper()
	out := map[string]any{}
	d := utilyaml.NewYAMLOrJSONDecoder(r, 4096)
	for {
		u := &unstructured.Unstructured{}
		if err := d.Decode(&u.Object); errors.Is(err, io.EOF) {
			return out
		} else if err != nil {
			t.Fatal(err)
		}
		key := u.GetAnnotations()["crossplane.io/composition-resource-name"]
		if key == "" {
			continue
		}
		delete(u.Object, "metadata")
		unstructured.RemoveNestedField(u.Object, "spec", "forProvider", "manifest", "metadata", "annotations", names.AnnotationComposite)
		out[key] = u.Object
	}
}

// A validator runs crossplane beta validate against our definition, the provider's and Crossplane's own.
type validator struct {
	binary, cache, extensions string
}

func newValidator(t *testing.T) validator {
	t.Helper()
	v := validator{binary: required(t, "WUKONG_CLI_1_20"), cache: t.TempDir(), extensions: t.TempDir()}
	provider := module(t, "test/tools/provider-kubernetes-1.3", "github.com/crossplane-contrib/provider-kubernetes")
	crossplane := module(t, "test/tools/crossplane-cli-1.20", "github.com/crossplane/crossplane")

	copyFile(t, "package/configuration/definition.yaml", v.extensions)
	copyFile(t, "package/function/input.yaml", v.extensions)
	copyFile(t, filepath.Join(provider, "package/crds/kubernetes.crossplane.io_objects.yaml"), v.extensions)
	copyFile(t, filepath.Join(provider, "package/crds/kubernetes.m.crossplane.io_objects.yaml"), v.extensions)

	// The command line would download Crossplane's definitions, unless it finds them in its cache.
	image := filepath.Join(v.cache, "local", "crossplane@test")
	if err := os.MkdirAll(image, 0o755); err != nil {
		t.Fatal(err)
	}
	for _, crd := range glob(t, filepath.Join(crossplane, "cluster/crds/*.yaml")) {
		copyFile(t, crd, image)
	}
	return v
}

// validate a file or folder, and return what was printed. Every kind must have a schema.
func (v validator) validate(t *testing.T, resources string) (string, error) {
	t.Helper()
	c := exec.CommandContext(t.Context(), v.binary, "beta", "validate", v.extensions, resources,
		"--cache-dir", v.cache, "--crossplane-image", "local/crossplane:test", "--error-on-missing-schemas")
	out, err := c.CombinedOutput()
	return string(out), err
}

// module downloads a module that a tool's go.mod requires, and returns its folder.
func module(t *testing.T, tool, path string) string {
	t.Helper()
	c := exec.CommandContext(t.Context(), "go", "mod", "download", "-json", path)
	c.Dir, c.Env = tool, append(os.Environ(), "GOWORK=off")
	out, err := c.Output()
	if err != nil {
		t.Fatalf("cannot download %s: %v\n%s", path, err, out)
	}
	m := struct{ Dir string }{}
	if err := json.Unmarshal(out, &m); err != nil {
		t.Fatal(err)
	}
	return m.Dir
}

func copyFile(t *testing.T, path, dir string) {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, filepath.Base(path)), b, 0o644); err != nil {
		t.Fatal(err)
	}
}

// TestValidateAccepts shows that Crossplane takes every example, every Object that comes of it, and our packages.
func TestValidateAccepts(t *testing.T) {
	v := newValidator(t)
	dir := t.TempDir()

	copyFile(t, "package/configuration/definition.yaml", dir)
	for target, composition := range wukongtest.Compositions {
		if err := os.WriteFile(filepath.Join(dir, "composition-"+target+".yaml"), read(t, composition), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	add := func(name, file, target string, asked []byte) {
		var out bytes.Buffer
		input := wukongtest.Compositions[target]
		if settings := filepath.Join(filepath.Dir(file), "input.yaml"); exists(settings) {
			var err error
			if input, err = withSettings(filepath.Join(t.TempDir(), "composition.yaml"), input, settings); err != nil {
				t.Fatal(err)
			}
		}
		c := preview.Command{
			Options: preview.Options{Files: []string{file}, Input: input},
			Output:  preview.Composed, Stdout: &out, Problems: manifest.Printer{Writer: os.Stderr},
		}
		if err := c.Run(t.Context()); err != nil {
			t.Fatal(err)
		}
		// The composite comes first, and without a spec: a renderer shows its status alone.
		_, objects, _ := strings.Cut(strings.TrimPrefix(out.String(), "---\n"), "---\n")
		if err := os.WriteFile(filepath.Join(dir, name+".yaml"), append(asked, []byte("---\n"+objects)...), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for _, file := range glob(t, "examples/*/wukong.yaml") {
		example, xr := filepath.Dir(file), filepath.Join(filepath.Dir(file), "xwukong.yaml")
		add(filepath.Base(example)+"-claim", file, "claim", read(t, file))
		add(filepath.Base(example)+"-xr", xr, "claim", read(t, xr))
		add(filepath.Base(example)+"-namespaced", file, "namespaced", nil)
	}

	// The Input inside the Composition is checked as a resource of its own kind.
	if out, err := v.validate(t, dir); err != nil {
		t.Errorf("crossplane beta validate: %v\n%s", err, out)
	}
}

// TestValidateRefuses shows that Crossplane refuses the example of each rule with the rule's words, and those of wrong structure at their field.
func TestValidateRefuses(t *testing.T) {
	v := newValidator(t)
	for _, r := range wukongtest.Refused() {
		if r.FunctionAlone {
			continue
		}
		t.Run(r.ID, func(t *testing.T) {
			b, err := yaml.Marshal(wukongtest.Claim(r.Spec))
			if err != nil {
				t.Fatal(err)
			}
			file := filepath.Join(t.TempDir(), "wukong.yaml")
			if err := os.WriteFile(file, b, 0o600); err != nil {
				t.Fatal(err)
			}
			want := r.APIServerError()
			out, err := v.validate(t, file)
			if err == nil || !strings.Contains(out, want) {
				t.Errorf("want a refusal that says %q, got %v\n%s", want, err, out)
			}
		})
	}
}
