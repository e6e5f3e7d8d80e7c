package manifest

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// read returns the documents of a text on standard input.
func read(t *testing.T, text string) ([]Document, []Problem) {
	t.Helper()
	return Reader{Stdin: strings.NewReader(text)}.Read(t.Context(), Stdin)
}

// TestPosition shows that fields are found in a file with several documents, comments and lists, and that a field that is not there is where it
// belongs.
func TestPosition(t *testing.T) {
	const text = `# comment
---
kind: A
spec: {x: 1}
--- # another comment
apiVersion: v1
kind: List
items:
- kind: B
  metadata:
    labels:
      example.org/a.b: c
  spec:
    list:
    - name: one
      size: 1
    - name: two
- kind: C
`
	docs, problems := read(t, text)
	if len(problems) > 0 || len(docs) != 3 {
		t.Fatalf("want three objects, got %v, %v", docs, problems)
	}
	cases := []struct {
		document int
		field    string
		want     string
	}{
		{0, "", "<stdin>:3"},
		{0, "spec.x", "<stdin>:4"},
		{0, "spec.y", "<stdin>:4"},
		{0, "status", "<stdin>:3"},
		{1, "", "<stdin>:9"},
		{1, "metadata.labels[example.org/a.b]", "<stdin>:12"},
		{1, "spec.list[0].size", "<stdin>:16"},
		{1, "spec.list[1]", "<stdin>:17"},
		{1, "spec.list[1].size", "<stdin>:17"},
		{1, "spec.list[7]", "<stdin>:14"},
		{2, "spec.x", "<stdin>:18"},
	}
	for _, tc := range cases {
		if got := docs[tc.document].Position(tc.field).String(); got != tc.want {
			t.Errorf("%s of document %d: want %s, got %s", tc.field, tc.document, tc.want, got)
		}
	}
	within := docs[1].Within("spec", map[string]any{})
	if got := within.Position("list[0].size").String(); got != "<stdin>:16" {
		t.Errorf("within the spec: want line 16, got %s", got)
	}
}

// TestAnchors shows that a field is found where YAML repeats an object.
func TestAnchors(t *testing.T) {
	docs, problems := read(t, "base: &base\n  size: 1\nother: *base\n")
	if len(problems) > 0 || docs[0].Position("other.size").Line != 2 {
		t.Errorf("want the line of what is repeated, got %v, %v", docs, problems)
	}
}

// TestFolders shows which files of folders are read, and in which order.
func TestFolders(t *testing.T) {
	t.Chdir(t.TempDir())
	for name, content := range map[string]string{
		"b.yaml": "kind: B", "a.yml": "kind: A", "c.json": `{"kind": "C"}`, "notes.txt": "kind: D", "values.yaml": "- a list\n", "deep/e.yaml": "kind: E",
	} {
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for recursive, want := range map[bool]string{false: "ABC", true: "ABCE"} {
		docs, problems := Reader{Recursive: recursive}.Read(t.Context(), ".")
		var kinds []string
		for _, d := range docs {
			kinds = append(kinds, d.GetKind())
			if !d.InFolder {
				t.Errorf("%s was not named itself", d.GetKind())
			}
		}
		if got := strings.Join(kinds, ""); got != want || len(problems) > 0 {
			t.Errorf("recursive %t: want %s, got %s, %v", recursive, want, got, problems)
		}
	}
	if docs, problems := (Reader{}).Read(t.Context(), "values.yaml", "no-such-folder", "b.yaml"); len(docs) != 1 || len(problems) != 2 {
		t.Errorf("want the last file alone, and two problems, got %v, %v", docs, problems)
	}
}

// TestPrinter shows how problems are printed, with colors and without.
func TestPrinter(t *testing.T) {
	problems := []Problem{
		{Position: Position{File: "a.yaml", Line: 3}, Severity: Error, Field: "spec.cpu", Text: "must be whole"},
		{Position: Position{File: "a.yaml"}, Severity: Warning, Text: "is odd\x1b[2J"},
		{Severity: Note, Text: "that is all"},
	}
	for color, want := range map[bool]string{
		false: "a.yaml:3: error: spec.cpu: must be whole\na.yaml: warning: is odd\ufffd[2J\nnote: that is all\n",
		true: "a.yaml:3: \x1b[1;31merror\x1b[0m: spec.cpu: must be whole\n" +
			"a.yaml: \x1b[1;33mwarning\x1b[0m: is odd\ufffd[2J\n\x1b[1;36mnote\x1b[0m: that is all\n",
	} {
		var b strings.Builder
		Printer{Writer: &b, Color: color}.Print(problems...)
		if diff := cmp.Diff(want, b.String()); diff != "" {
			t.Errorf("color %t: -want, +got:\n%s", color, diff)
		}
	}
}
