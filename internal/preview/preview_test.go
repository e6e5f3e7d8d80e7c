package preview

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/novasphere/function-wukong/internal/wukongtest"
)

var update = flag.Bool("update", false, "write the golden files instead of comparing with them")

// run previews files, and returns what was printed.
func run(t *testing.T, c Command) (stdout, stderr string, err error) {
	t.Helper()
	var out, errs bytes.Buffer
	c.Stdout, c.Stderr = &out, &errs
	if c.Stdin == nil {
		c.Stdin = strings.NewReader("")
	}
	err = c.Run(context.Background())
	return out.String(), errs.String(), err
}

func golden(t *testing.T, path, got string) {
	t.Helper()
	if *update {
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (go test ./internal/preview -update writes it anew): -want, +got:\n%s", path, diff)
	}
}

// root of the repository.
const root = "../../"

// inRoot returns a path below the root of the repository. Empty for an empty path.
func inRoot(path string) string {
	if path == "" {
		return ""
	}
	return filepath.Join(root, path)
}

// TestGolden compares the rendering of every example by each composition with its golden files.
func TestGolden(t *testing.T) {
	claims, err := filepath.Glob(inRoot("examples/*/wukong.yaml"))
	if err != nil || len(claims) == 0 {
		t.Fatalf("found no examples: %v", err)
	}
	for _, claim := range claims {
		dir := filepath.Join("testdata", filepath.Base(filepath.Dir(claim)))
		for target, composition := range wukongtest.Compositions {
			t.Run(filepath.Base(dir)+"/"+target, func(t *testing.T) {
				show := func(f Format) string {
					out, stderr, err := run(t, Command{Files: []string{claim}, Input: inRoot(composition), Format: f})
					if errors.Is(err, ErrRefused) && target == "native" && strings.Contains(stderr, "deletionPolicy: Forbidden") {
						t.Skip("without a provider nothing is retained")
					}
					if err != nil || stderr != "" {
						t.Fatalf("an example renders without a warning: %v, %s", err, stderr)
					}
					return out
				}
				// All targets create the same objects.
				golden(t, filepath.Join(dir, target+".yaml"), show(Composed))
				golden(t, filepath.Join(dir, "tree.txt"), show(Tree))
				golden(t, filepath.Join(dir, "seed.txt"), seed(t, show(Manifests)))
			})
		}
	}
}

// TestComposites shows that a claim creates what its composite creates.
func TestComposites(t *testing.T) {
	claims, err := filepath.Glob(inRoot("examples/*/wukong.yaml"))
	if err != nil || len(claims) == 0 {
		t.Fatalf("found no examples: %v", err)
	}
	for _, claim := range claims {
		byClaim, _, err := run(t, Command{Files: []string{claim}, Target: Claim, Format: Manifests})
		if err != nil {
			t.Fatal(err)
		}
		byComposite, _, err := run(t, Command{Files: []string{filepath.Join(filepath.Dir(claim), "xwukong.yaml")}, Format: Manifests})
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(byClaim, byComposite); diff != "" {
			t.Errorf("%s: -claim, +composite:\n%s", claim, diff)
		}
	}
}

// TestLogin shows that users can log in to every example, and that the tree names the Secret that this takes.
func TestLogin(t *testing.T) {
	for _, pattern := range []string{"examples/*/wukong.yaml", "examples/*/xwukong.yaml", "examples/argocd/tenants/*/*.yaml"} {
		files, err := filepath.Glob(inRoot(pattern))
		if err != nil || len(files) == 0 {
			t.Fatalf("found no %s: %v", pattern, err)
		}
		for _, file := range files {
			tree, _, err := run(t, Command{Files: []string{file}, Format: Tree})
			if want := "Secret ops-keys must be there already"; err != nil || !strings.Contains(strings.Join(strings.Fields(tree), " "), want) {
				t.Errorf("%s: want %q, got %v:\n%s", file, want, err, tree)
			}
		}
	}
}

// TestGoldenObserved compares the report on every observed state with its golden file.
func TestGoldenObserved(t *testing.T) {
	for target, composition := range wukongtest.Compositions {
		states, err := filepath.Glob(inRoot("examples/observed/" + target + "/*.yaml"))
		if err != nil || len(states) == 0 {
			t.Fatalf("found no observed states: %v", err)
		}
		for _, state := range states {
			name := filepath.Join(target, strings.TrimSuffix(filepath.Base(state), ".yaml"))
			t.Run(name, func(t *testing.T) {
				b, err := os.ReadFile(state)
				if err != nil {
					t.Fatal(err)
				}
				// Each file says in its head which example it belongs to.
				c := Command{
					Files:    []string{inRoot("examples/" + wukongtest.ExampleOf(b) + "/wukong.yaml")},
					Input:    inRoot(composition),
					Observed: state,
					Required: inRoot(wukongtest.RequiredBy(b)),
				}
				composed, _, err := run(t, c)
				if err != nil {
					t.Fatal(err)
				}
				composite, _, _ := strings.Cut(strings.TrimPrefix(composed, "---\n"), "---\n")
				golden(t, filepath.Join("testdata", "observed", name+".yaml"), composite)

				c.Format = Tree
				tree, _, err := run(t, c)
				if err != nil {
					t.Fatal(err)
				}
				golden(t, filepath.Join("testdata", "observed", name+".txt"), tree)
			})
		}
	}
}

// TestForeign shows that the tree names objects that do not belong to the Wukong.
func TestForeign(t *testing.T) {
	tree, _, err := run(t, Command{
		Files:    []string{inRoot("examples/minimal/wukong.yaml")},
		Input:    inRoot(wukongtest.Compositions["native"]),
		Required: inRoot("examples/required/foreign.yaml"),
		Format:   Tree,
	})
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "testdata/observed/native/foreign.txt", tree)
}

// seed returns the decoded data of the cloud-init Secret among manifests.
func seed(t *testing.T, manifests string) string {
	t.Helper()
	var b strings.Builder
	for _, key := range []string{"userdata", "networkdata"} {
		_, rest, found := strings.Cut(manifests, "  "+key+": ")
		if !found {
			continue
		}
		encoded, _, _ := strings.Cut(rest, "\n")
		text, err := base64.StdEncoding.DecodeString(encoded)
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&b, "==> %s\n%s\n", key, text)
	}
	return b.String()
}

const good = `
apiVersion: vm.novasphere.dev/v1alpha1
kind: Wukong
metadata: {name: web-01}
spec: {cpu: 1, memory: 1Gi, disks: [{name: system, size: 1Gi}]}
`

func TestStandardInput(t *testing.T) {
	bad := strings.Replace(good, "1Gi}", "1GB}", 1)
	stdout, stderr, err := run(t, Command{Files: []string{"-"}, Format: Tree, Stdin: strings.NewReader(good + "---\n# nothing\n---" + bad + "---" + good)})
	if !errors.Is(err, ErrRefused) {
		t.Errorf("want ErrRefused, got %v", err)
	}
	if n := strings.Count(stdout, "Wukong default/web-01\n"); n != 2 {
		t.Errorf("want both good Wukongs, in the namespace that kubectl takes, got:\n%s", stdout)
	}
	const want = "standard input, document 3, Wukong default/web-01: error: spec.disks[0].size"
	if strings.Count(stderr, "\n"+want) != 1 || strings.Count(stderr, ": error: ") != 1 {
		t.Errorf("want one error that starts with %q, got:\n%s", want, stderr)
	}
}

func TestWarnings(t *testing.T) {
	warned := strings.Replace(good, "cpu: 1", "cpu: 1, cloudInitUser: {name: ops, password: x}", 1)
	stdout, stderr, err := run(t, Command{Files: []string{"-"}, Stdin: strings.NewReader(warned)})
	if err != nil || stdout == "" {
		t.Errorf("a warning refuses nothing: %v", err)
	}
	if want := "warning: spec.cloudInitUser.password: "; !strings.Contains(stderr, want) {
		t.Errorf("want %q on standard error, got %q", want, stderr)
	}
}
