package preview

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/novasphere/function-wukong/internal/golden"
	"github.com/novasphere/function-wukong/internal/manifest"
	"github.com/novasphere/function-wukong/internal/wukongtest"
)

// run previews files, and returns what was printed.
func run(t *testing.T, c Command) (stdout, stderr string, err error) {
	t.Helper()
	var out, errs bytes.Buffer
	c.Stdout, c.Problems = &out, manifest.Printer{Writer: &errs}
	if c.Stdin == nil {
		c.Stdin = strings.NewReader("")
	}
	err = c.Run(context.Background())
	return out.String(), errs.String(), err
}

// root of the repository.
const root = "../../"

// inRoot is a path below the root of the repository; empty for none.
func inRoot(path string) string {
	if path == "" {
		return ""
	}
	return filepath.Join(root, path)
}

// goldenTargets are the targets whose composed resources an example has golden files for: the bare manifests of each, and how provider-kubernetes
// gets them of one. TestTargetsAgree compares the other targets.
func goldenTargets(example string) []Target {
	if example == "four-disks" || example == "growing-database" {
		// Native refuses to retain a disk.
		return []Target{Claim, Namespaced}
	}
	if example == "golden-image" {
		// Without the DataSource, Native composes neither disk nor virtual machine; Objects look for both.
		return []Target{Claim, Namespaced}
	}
	return []Target{Native}
}

// TestGolden compares every example with its golden files.
func TestGolden(t *testing.T) {
	for _, file := range exampleFiles(t) {
		example := filepath.Base(filepath.Dir(file))
		dir := filepath.Join("testdata", example)
		for _, target := range goldenTargets(example) {
			t.Run(example+"/"+string(target), func(t *testing.T) {
				show := func(f Output) string {
					out, stderr, err := run(t, Command{Options: optionsOf(file, target), Output: f})
					if err != nil || stderr != "" {
						t.Fatalf("an example renders without a warning: %v, %s", err, stderr)
					}
					return out
				}
				golden.Compare(t, filepath.Join(dir, string(target)+".yaml"), show(Composed))
				golden.Compare(t, filepath.Join(dir, "tree.txt"), show(Tree))
				golden.Compare(t, filepath.Join(dir, "seed.txt"), seed(t, show(Manifests)))
			})
		}
	}
}

// optionsOf returns the options to render an example under a target: with the settings beside it where it has some, else with those of the configuration.
func optionsOf(file string, target Target) Options {
	out := Options{Files: []string{file}, Input: inRoot(wukongtest.Compositions[string(target)])}
	if beside := filepath.Join(filepath.Dir(file), "input.yaml"); exists(beside) {
		out.Input, out.Target = beside, target
	}
	return out
}

// exists reports whether there is a file.
func exists(file string) bool {
	_, err := os.Stat(file)
	return err == nil
}

// exampleFiles returns the Wukong of each example.
func exampleFiles(t *testing.T) []string {
	t.Helper()
	files, err := filepath.Glob(inRoot("examples/*/wukong.yaml"))
	if err != nil || len(files) == 0 {
		t.Fatalf("found no examples: %v", err)
	}
	return files
}

// TestComposites shows that a claim creates what its composite creates.
func TestComposites(t *testing.T) {
	for _, claim := range exampleFiles(t) {
		ofClaim, _, err := run(t, Command{Options: optionsOf(claim, Claim), Output: Manifests})
		if err != nil {
			t.Fatal(err)
		}
		composite := optionsOf(claim, Claim)
		composite.Files = []string{filepath.Join(filepath.Dir(claim), "xwukong.yaml")}
		ofComposite, _, err := run(t, Command{Options: composite, Output: Manifests})
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(ofClaim, ofComposite); diff != "" {
			t.Errorf("%s: -claim, +composite:\n%s", claim, diff)
		}
	}
}

// TestLogin shows that somebody can log in to every example, and that the Secret for that is told.
func TestLogin(t *testing.T) {
	for _, pattern := range []string{"examples/*/wukong.yaml", "examples/*/xwukong.yaml", "examples/argocd/tenants/*/*.yaml"} {
		files, err := filepath.Glob(inRoot(pattern))
		if err != nil || len(files) == 0 {
			t.Fatalf("found no %s: %v", pattern, err)
		}
		for _, file := range files {
			if slices.Contains([]string{"install-from-iso", "windows-server-iso"}, filepath.Base(filepath.Dir(file))) {
				// The installer asks for a user, or has an answer.
				continue
			}
			tree, _, err := run(t, Command{Options: optionsOf(file, Claim), Output: Tree})
			if want := "Secret ops-keys must be there already"; err != nil || !strings.Contains(strings.Join(strings.Fields(tree), " "), want) {
				t.Errorf("%s: want %q, got %v:\n%s", file, want, err, tree)
			}
		}
	}
}

// TestGoldenObserved compares what is reported of each observed state with its golden files. A state has them for the native target, or for
// both others where native has no such state. TestTargetsAgreeObserved compares the rest.
func TestGoldenObserved(t *testing.T) {
	for _, target := range []Target{Claim, Namespaced, Native} {
		for _, name := range stateNames(t, target) {
			if target != Native && slices.Contains(stateNames(t, Native), name) {
				continue
			}
			path := filepath.Join(string(target), name)
			t.Run(path, func(t *testing.T) {
				composite, tree := runState(t, target, name)
				golden.Compare(t, filepath.Join("testdata", "observed", path+".yaml"), composite)
				golden.Compare(t, filepath.Join("testdata", "observed", path+".txt"), tree)
			})
		}
	}
}

// stateNames returns the names of the observed states of a target.
func stateNames(t *testing.T, target Target) []string {
	t.Helper()
	files, err := filepath.Glob(inRoot("examples/observed/" + string(target) + "/*.yaml"))
	if err != nil || len(files) == 0 {
		t.Fatalf("found no observed states of target %s: %v", target, err)
	}
	names := make([]string, len(files))
	for i, f := range files {
		names[i] = strings.TrimSuffix(filepath.Base(f), ".yaml")
	}
	return names
}

// runState previews an observed state. It returns the composite, with its status, and the tree.
func runState(t *testing.T, target Target, name string) (composite, tree string) {
	t.Helper()
	path := "examples/observed/" + string(target) + "/" + name + ".yaml"
	b := readRoot(t, path)
	c := Command{Output: Composed, Options: Options{
		// The head of the file names the example.
		Files:    []string{inRoot("examples/" + wukongtest.ExampleOf(b) + "/wukong.yaml")},
		Input:    inRoot(wukongtest.Compositions[string(target)]),
		Observed: inRoot(path),
		Required: inRoot(wukongtest.RequiredBy(b)),
	}}
	composed, _, err := run(t, c)
	if err != nil {
		t.Fatal(err)
	}
	composite, _, _ = strings.Cut(strings.TrimPrefix(composed, "---\n"), "---\n")

	c.Output = Tree
	tree, _, err = run(t, c)
	if err != nil {
		t.Fatal(err)
	}
	return composite, tree
}

// TestForeign shows that the preview tells of what somebody else made.
func TestForeign(t *testing.T) {
	tree, _, err := run(t, Command{Options: Options{Files: []string{inRoot("examples/minimal/wukong.yaml")}, Input: inRoot(wukongtest.Compositions["native"]), Required: inRoot("examples/required/foreign.yaml")}, Output: Tree})
	if err != nil {
		t.Fatal(err)
	}
	golden.Compare(t, "testdata/observed/native/foreign.txt", tree)
}

// seed is what the cloud-init Secret among manifests says in clear.
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
	named := func(document, name string) string { return strings.Replace(document, "web-01", name, 1) }
	stdout, stderr, err := run(t, Command{Options: Options{
		Files: []string{"-"}, Stdin: strings.NewReader(good + "---\n# nothing\n---" + named(bad, "web-02") + "---" + named(good, "web-03") + "---" + good),
	}})
	if !errors.Is(err, ErrRefused) {
		t.Errorf("want ErrRefused, got %v", err)
	}
	if !strings.HasPrefix(stdout, "Wukong default/web-01\n") || !strings.Contains(stdout, "\nWukong default/web-03\n") || strings.Count(stdout, "Wukong ") != 2 {
		t.Errorf("want both good Wukongs, in the namespace that kubectl takes, got:\n%s", stdout)
	}
	for _, want := range []string{
		"<stdin>:12: error: spec.disks[0].size: \"1GB\": ",
		"<stdin>:21: error: metadata: Wukong default/web-01 is there twice, in <stdin>:2 as well: remove one\n",
	} {
		if !strings.Contains(stderr, want) || strings.Count(stderr, ": error: ") != 2 {
			t.Errorf("want two errors, one that starts with %q, got:\n%s", want, stderr)
		}
	}
}

func TestWarnings(t *testing.T) {
	warned := strings.Replace(good, "cpu: 1", "cpu: 1, cloudInitUser: {name: ops, password: x}", 1)
	stdout, stderr, err := run(t, Command{Options: Options{Files: []string{"-"}, Stdin: strings.NewReader(warned)}})
	if err != nil || stdout == "" {
		t.Errorf("a warning refuses nothing: %v", err)
	}
	if want := "warning: spec.cloudInitUser.password: "; !strings.Contains(stderr, want) {
		t.Errorf("want %q on standard error, got %q", want, stderr)
	}
}

// TestUnknownNetwork shows that a preview does not say that a network of nadName is missing, of which it cannot know, unless the provider says so.
func TestUnknownNetwork(t *testing.T) {
	const (
		name   = "{apiVersion: vm.novasphere.dev/v1alpha1, kind: Wukong, metadata: {name: web-01, namespace: team-a, uid: x}"
		wukong = name + ", spec: {cpu: 1, memory: 1Gi, disks: [{name: system, size: 1Gi}], networks: [{name: lan, type: bridge, nadName: backbone}]}}"
		vm     = "{apiVersion: kubevirt.io/v1, kind: VirtualMachine, metadata: {name: web-01, namespace: team-a, " +
			"annotations: {crossplane.io/composition-resource-name: vm}, " +
			"ownerReferences: [{apiVersion: vm.novasphere.dev/v1alpha1, kind: Wukong, name: web-01, uid: x, controller: true}]}, " +
			"status: {created: true, printableStatus: Starting}}"
	)
	out, stderr, err := run(t, Command{Options: Options{Files: []string{file(t, wukong)}, Target: Native, Observed: file(t, vm)}, Output: Composed})
	if err != nil || !strings.Contains(out, "used as they are: network lan") || strings.Contains(out+stderr, "there is no NetworkAttachmentDefinition") {
		t.Errorf("want the network as it is, got %v\n%s\n%s", err, out, stderr)
	}
}
