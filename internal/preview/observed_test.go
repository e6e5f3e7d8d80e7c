package preview

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"pgregory.net/rapid"
	"sigs.k8s.io/yaml"

	"github.com/novasphere/function-wukong/internal/crossplane"
	"github.com/novasphere/function-wukong/internal/manifest"
	"github.com/novasphere/function-wukong/internal/wukongtest"
)

// A state is the composed resources of a file in examples/observed.
type state []manifest.Document

func readState(t rapid.TB, path string) state {
	t.Helper()
	return documents(t, inRoot(path))
}

// documents returns the objects of a file.
func documents(t rapid.TB, path string) []manifest.Document {
	t.Helper()
	docs, problems := manifest.Reader{}.Read(context.Background(), path)
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	return docs
}

// with returns the state with a resource changed, and others added to it.
func (s state) with(t rapid.TB, key string, change func(o map[string]any) []map[string]any) state {
	t.Helper()
	var out state
	for _, d := range s {
		d.Object = runtime.DeepCopyJSON(d.Object)
		out = append(out, d)
		if keyOf(d) != key {
			continue
		}
		for _, o := range change(d.Object) {
			out = append(out, manifest.Document{Unstructured: unstructured.Unstructured{Object: o}})
		}
	}
	if len(out) == len(s) {
		t.Fatalf("there is no resource %s", key)
	}
	return out
}

// documents returns the state as a file has it.
func (s state) documents(t rapid.TB) string {
	t.Helper()
	var b strings.Builder
	for _, d := range s {
		j, err := json.Marshal(d.Object)
		if err != nil {
			t.Fatal(err)
		}
		b.WriteString("---\n" + string(j) + "\n")
	}
	return b.String()
}

// list returns the state as kubectl prints it.
func (s state) list(t rapid.TB) string {
	t.Helper()
	items := make([]any, len(s))
	for i, d := range s {
		items[i] = d.Object
	}
	y, err := yaml.Marshal(map[string]any{"apiVersion": "v1", "kind": "List", "items": items})
	if err != nil {
		t.Fatal(err)
	}
	return string(y)
}

// handedOver returns the state after the object with a key was changed by a second Object.
func (s state) handedOver(t rapid.TB, key string) state {
	t.Helper()
	return s.with(t, key, func(o map[string]any) []map[string]any {
		changer := renamed(t, o, key+".change")
		set(t, changer, []any{"Observe", "Update"}, "spec", "managementPolicies")
		unstructured.RemoveNestedField(o, "spec", "forProvider", "manifest", "spec")
		return []map[string]any{changer}
	})
}

// withClaim returns the state with the bound claim of the disk called system.
func (s state) withClaim(t rapid.TB, size string) state {
	t.Helper()
	return s.with(t, "disk-system", func(o map[string]any) []map[string]any {
		claim := renamed(t, o, "pvc-system")
		name, _, err := unstructured.NestedString(o, "spec", "forProvider", "manifest", "metadata", "name")
		if err != nil {
			t.Fatal(err)
		}
		manifest := map[string]any{"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": map[string]any{"name": name, "namespace": "team-a"}}
		set(t, claim, []any{"Observe"}, "spec", "managementPolicies")
		set(t, claim, runtime.DeepCopyJSON(manifest), "spec", "forProvider", "manifest")
		manifest["spec"] = map[string]any{
			"accessModes": []any{"ReadWriteOnce"}, "volumeMode": "Filesystem", "storageClassName": "standard",
			"resources": map[string]any{"requests": map[string]any{"storage": size}},
		}
		manifest["status"] = map[string]any{"phase": "Bound", "capacity": map[string]any{"storage": size}}
		set(t, claim, manifest, "status", "atProvider", "manifest")
		return []map[string]any{claim}
	})
}

// renamed returns a copy of a composed resource under another key.
func renamed(t rapid.TB, o map[string]any, key string) map[string]any {
	t.Helper()
	out := runtime.DeepCopyJSON(o)
	set(t, out, key, "metadata", "annotations", crossplane.AnnotationResourceName)
	set(t, out, "build-01-"+key, "metadata", "name")
	return out
}

func set(t rapid.TB, o map[string]any, v any, path ...string) {
	t.Helper()
	if err := unstructured.SetNestedField(o, v, path...); err != nil {
		t.Fatal(err)
	}
}

// cloudImage returns the example that most observed states belong to, edited by pairs of an old and a new string.
func cloudImage(t *testing.T, edits ...string) string {
	t.Helper()
	return strings.NewReplacer(edits...).Replace(string(readRoot(t, "examples/cloud-image/wukong.yaml")))
}

func readRoot(t rapid.TB, path string) []byte {
	t.Helper()
	b, err := os.ReadFile(inRoot(path))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// file writes a file, and returns its path.
func file(t *testing.T, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "file.yaml")
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// lineOf returns the entry of a key in a tree, without the tree and its columns.
func lineOf(tree, key string) string {
	var entry []string
	for l := range strings.Lines(tree) {
		fields := strings.Fields(strings.TrimLeft(l, "│"))
		begins := strings.HasPrefix(l, "├") || strings.HasPrefix(l, "└")
		switch {
		case begins && entry != nil:
			return strings.Join(entry, " ")
		case begins && len(fields) > 1 && fields[1] == key:
			entry = fields[2:]
		case !begins && entry != nil:
			entry = append(entry, fields...)
		}
	}
	return strings.Join(entry, " ")
}

// TestEdit shows that a preview with observed state shows the desired state after an edit, whichever step of a handover was composed last.
func TestEdit(t *testing.T) {
	edited := file(t, cloudImage(t, "cpu: 4", "cpu: 8"))
	for _, target := range []Target{Claim, Namespaced, Native} {
		fresh, _, err := run(t, Command{Options: Options{Files: []string{edited}, Target: target}, Output: Tree})
		if err != nil {
			t.Fatal(err)
		}
		running := readState(t, "examples/observed/"+string(target)+"/running.yaml")
		states := map[string]state{"Running": running}
		if target != Native {
			states["HandedOver"] = running.handedOver(t, "vm")
			states["DiskHandedOver"] = running.handedOver(t, "disk-system")
		}
		for name, s := range states {
			t.Run(string(target)+"/"+name, func(t *testing.T) {
				c := Command{Options: Options{Files: []string{edited}, Target: target, Observed: file(t, s.documents(t))}, Output: Tree}
				tree, stderr, err := run(t, c)
				if err != nil || stderr != "" {
					t.Fatalf("%v, %s", err, stderr)
				}
				for _, key := range []string{"vm", "disk-system"} {
					if got, want := lineOf(tree, key), lineOf(fresh, key); got != want {
						t.Errorf("%s is %q, and desired is %q", key, got, want)
					}
				}
				if want := "8 CPU"; !strings.Contains(lineOf(tree, "vm"), want) {
					t.Errorf("want %s, got:\n%s", want, tree)
				}

				c.Output = Manifests
				observed, _, err := run(t, c)
				if err != nil {
					t.Fatal(err)
				}
				unobserved, _, err := run(t, Command{Options: Options{Files: []string{edited}, Target: target}, Output: Manifests})
				if err != nil {
					t.Fatal(err)
				}
				if got, want := manifestOf(t, observed, "VirtualMachine"), manifestOf(t, unobserved, "VirtualMachine"); got != want {
					t.Errorf("what is applied is\n%s\nand desired is\n%s", got, want)
				}
			})
		}
	}
}

// manifestOf returns the one manifest of a kind; empty where there is none.
func manifestOf(t *testing.T, manifests, kind string) string {
	t.Helper()
	out := ""
	for _, m := range strings.Split(manifests, "---\n") {
		if !strings.Contains("\n"+m, "\nkind: "+kind+"\n") {
			continue
		}
		if out != "" {
			t.Fatalf("more than one %s:\n%s", kind, manifests)
		}
		out = m
	}
	return out
}

// TestGrowth shows that a claim grows, whichever controller created it.
func TestGrowth(t *testing.T) {
	for _, target := range []Target{Claim, Namespaced} {
		s := readState(t, "examples/observed/"+string(target)+"/running.yaml").withClaim(t, "40Gi")
		cases := map[string]struct {
			reason, size    string
			line, manifests string
		}{
			"Same":  {reason: "Nothing grows.", size: "40Gi", line: "is created elsewhere, and keeps its size", manifests: "created-size: 40Gi"},
			"Grows": {reason: "CDI owns the claim, which grows.", size: "80Gi", line: "is created elsewhere, and grows to 80Gi", manifests: "storage: 80Gi"},
		}
		for name, tc := range cases {
			t.Run(string(target)+"/"+name, func(t *testing.T) {
				c := Command{Options: Options{Files: []string{file(t, cloudImage(t, "size: 40Gi", "size: "+tc.size))}, Target: target, Observed: file(t, s.documents(t))}, Output: Tree}
				tree, _, err := run(t, c)
				if err != nil {
					t.Fatal(err)
				}
				if got := lineOf(tree, "pvc-system"); !strings.HasSuffix(got, tc.line) {
					t.Errorf("%s Want %q, got %q", tc.reason, tc.line, got)
				}
				c.Output = Manifests
				manifests, _, err := run(t, c)
				if err != nil {
					t.Fatal(err)
				}
				claim := manifestOf(t, manifests, "PersistentVolumeClaim")
				if (claim == "") != (tc.manifests == "") || !strings.Contains(claim, tc.manifests) {
					t.Errorf("%s Want %q to be applied, got:\n%s", tc.reason, tc.manifests, claim)
				}
			})
		}
	}
}

// TestBelongs shows that composed resources are those of the Wukong that they refer to, and of no other.
func TestBelongs(t *testing.T) {
	pending := strings.NewReplacer("name: build-01", "name: build-02")
	elsewhere := strings.NewReplacer("namespace: team-a", "namespace: team-b")
	for target, own := range map[Target]string{Claim: "claim team-a/build-01", Namespaced: "Wukong team-a/build-01", Native: "Wukong team-a/build-01"} {
		s := readState(t, "examples/observed/"+string(target)+"/running.yaml")
		for form, content := range map[string]string{"documents": s.documents(t), "list": s.list(t)} {
			t.Run(string(target)+"/"+form, func(t *testing.T) {
				observed, example := file(t, content), cloudImage(t)
				files := []string{file(t, pending.Replace(example)), file(t, example), file(t, elsewhere.Replace(example))}
				tree, stderr, err := run(t, Command{Options: Options{Files: files, Target: target, Observed: observed}, Output: Tree})
				if err != nil || stderr != "" {
					t.Fatalf("%v, %s", err, stderr)
				}
				if n := strings.Count(tree, ": Running"); n != 1 || !strings.Contains(tree, "Wukong team-a/build-01: Running") {
					t.Errorf("want one to run, got:\n%s", tree)
				}

				out, stderr, err := run(t, Command{Options: Options{Files: files[:1], Target: target, Observed: observed}, Output: Tree})
				if !errors.Is(err, ErrRefused) || !strings.Contains(stderr, observed+": error: nothing in it belongs to a Wukong of the files") || out != "" {
					t.Errorf("want an error, got %v and:\n%s", err, out)
				}
				if n := strings.Count(stderr, " is left out: it belongs to "); n != len(s) || !strings.Contains(stderr, own) {
					t.Errorf("want %d notes about the resources of %s, got:\n%s", len(s), own, stderr)
				}
			})
		}
	}
}

// TestIDs shows which Wukong a composed resource belongs to.
func TestIDs(t *testing.T) {
	const reference = "apiVersion: vm.novasphere.dev/v1alpha1, kind: Wukong, name: web-01, uid: a, controller: true"
	cases := map[string]struct {
		reason, metadata string
		want             []wukongID
	}{
		"Composite": {
			reason:   "A composite is named by a label.",
			metadata: "labels: {crossplane.io/composite: web-01-x7k2p}",
			want:     []wukongID{{kind: "XWukong", name: "web-01-x7k2p"}},
		},
		"Claim": {
			reason:   "The composite of a claim has a name that ends at random.",
			metadata: "labels: {crossplane.io/composite: a, crossplane.io/claim-name: web-01, crossplane.io/claim-namespace: team-a}",
			want:     []wukongID{{kind: "XWukong", name: "a"}, {kind: kindClaim, namespace: "team-a", name: "web-01"}},
		},
		"Namespaced": {
			reason:   "A namespaced composite is in the same namespace.",
			metadata: "namespace: team-a, labels: {crossplane.io/composite: web-01}",
			want:     []wukongID{{kind: "Wukong", namespace: "team-a", name: "web-01"}},
		},
		"Controller": {
			reason:   "A controller says the same.",
			metadata: "namespace: team-a, ownerReferences: [{" + reference + "}]",
			want:     []wukongID{{kind: "Wukong", namespace: "team-a", name: "web-01"}},
		},
		"OtherKind": {
			reason:   "Another composite may have that name, too.",
			metadata: "namespace: team-a, labels: {crossplane.io/composite: web-01}, ownerReferences: [{" + strings.Replace(reference, "Wukong", "Database", 1) + "}]",
		},
		"OtherGroup": {
			reason: "Another API may have such a kind.",
			metadata: "namespace: team-a, labels: {crossplane.io/composite: web-01}, ownerReferences: [{" +
				strings.Replace(reference, "novasphere.dev", "example.org", 1) + "}]",
		},
		"ForgedClaim": {
			reason:   "An object in a namespace belongs to no claim.",
			metadata: "namespace: team-a, labels: {crossplane.io/claim-name: web-01, crossplane.io/claim-namespace: team-b}",
		},
		"Nobody":    {reason: "Most objects belong to no Wukong.", metadata: "name: x"},
		"Malformed": {reason: "Metadata of another shape counts as missing.", metadata: "labels: x, ownerReferences: [x]"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			d := manifest.Document{}
			if err := yaml.Unmarshal([]byte("metadata: {"+tc.metadata+"}"), &d.Object); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tc.want, idsOf(d), cmp.AllowUnexported(wukongID{})); diff != "" {
				t.Errorf("%s\n-want, +got:\n%s", tc.reason, diff)
			}
		})
	}
}

// TestLeftOut shows that objects of no Wukong are noted and left out, and that no resource can occur twice.
func TestLeftOut(t *testing.T) {
	s := readState(t, "examples/observed/namespaced/running.yaml")
	const more = "---\n{apiVersion: v1, kind: Secret, metadata: {name: x, namespace: team-a}}\n"
	c := Command{Options: Options{Files: []string{inRoot("examples/cloud-image/wukong.yaml")}, Observed: file(t, s.documents(t)+more), Required: file(t, more)}, Output: Tree}
	tree, stderr, err := run(t, c)
	if err != nil || !strings.Contains(tree, ": Running") {
		t.Errorf("want the rest to be used, got %v\n%s", err, tree)
	}
	for _, want := range []string{
		"note: Secret team-a/x is left out: it has no annotation crossplane.io/composition-resource-name",
		"note: Secret team-a/x is left out: no Wukong of the files asks for it",
	} {
		if !strings.Contains(stderr, want) {
			t.Errorf("want %q, got:\n%s", want, stderr)
		}
	}
	c.Observed = file(t, s.documents(t)+"---\n"+s[:1].documents(t))
	if _, stderr, err := run(t, c); err == nil || !strings.Contains(stderr, "error: resource cloud-init of Wukong team-a/build-01 is there twice") {
		t.Errorf("want an error, got %v, %s", err, stderr)
	}
}

// TestEveryStateBelongs shows that the observed states in examples carry what Crossplane gives to composed resources, and that their heads
// say to which example they belong.
func TestEveryStateBelongs(t *testing.T) {
	for _, target := range []Target{Claim, Namespaced, Native} {
		states, err := filepath.Glob(inRoot("examples/observed/" + string(target) + "/*.yaml"))
		if err != nil || len(states) == 0 {
			t.Fatalf("found no observed states: %v", err)
		}
		for _, path := range states {
			b, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			example := wukongtest.ExampleOf(b)
			c := Command{Options: Options{Files: []string{inRoot("examples/" + example + "/wukong.yaml")}, Target: target, Observed: path, Required: inRoot(wukongtest.RequiredBy(b))}}
			if _, stderr, err := run(t, c); err != nil || stderr != "" {
				t.Errorf("%s: %v, %s", path, err, stderr)
			}
			other := map[string]string{"cloud-image": "halted", "halted": "cloud-image"}[example]
			c.Files = []string{inRoot("examples/" + other + "/wukong.yaml")}
			if out, _, err := run(t, c); !errors.Is(err, ErrRefused) || out != "" {
				t.Errorf("%s with example %s: want an error, got %v\n%s", path, other, err, out)
			}
		}
	}
}

// TestHostileNames shows that no control sequence of a file reaches the terminal.
func TestHostileNames(t *testing.T) {
	const others = "{apiVersion: v1, kind: Secret, metadata: {name: \"x\\e[2Jy\", namespace: \"a\\nb\"}}\n---\n"
	s := readState(t, "examples/observed/namespaced/running.yaml").with(t, "disk-system", func(o map[string]any) []map[string]any {
		for _, path := range [][]string{{"spec", "forProvider"}, {"status", "atProvider"}} {
			set(t, o, "https://example.org/\x1b[2J", append(path, "manifest", "spec", "source", "http", "url")...)
		}
		return []map[string]any{{"apiVersion": "v1", "kind": "\x1b[2J", "metadata": map[string]any{"name": "x"}}}
	})
	c := Command{Options: Options{Files: []string{file(t, others+cloudImage(t))}, Observed: file(t, s.documents(t))}, Output: Tree}
	tree, stderr, err := run(t, c)
	if err != nil || !strings.Contains(tree, "https://example.org/") || strings.Count(stderr, ": note: ") != 2 {
		t.Fatalf("%v, %s\n%s", err, stderr, tree)
	}
	if strings.Contains(tree+stderr, "\x1b") || strings.Contains(stderr, "a\nb") {
		t.Errorf("want it to be replaced, got %q and %q", tree, stderr)
	}
}
