package template

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestDocumented shows that the chapter lists each path, with the gate that it takes and the field that says the same.
func TestDocumented(t *testing.T) {
	b, err := os.ReadFile("../../docs/template.md")
	if err != nil {
		t.Fatal(err)
	}
	_, table, _ := strings.Cut(string(b), "## Paths")
	got, field := map[string]string{}, regexp.MustCompile("`([A-Za-z.]+)`")
	for line := range strings.Lines(table) {
		cells := strings.Split(line, "|")
		if len(cells) < 5 {
			continue
		}
		for _, m := range field.FindAllStringSubmatch(cells[1], -1) {
			got[m[1]] = strings.TrimSpace(cells[2]) + ", " + strings.Trim(cells[3], " `")
		}
	}
	want := map[string]string{}
	for _, p := range Paths() {
		want[p.Name] = string(p.Gate) + ", " + p.Field
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want, +got:\n%s", diff)
	}
}
