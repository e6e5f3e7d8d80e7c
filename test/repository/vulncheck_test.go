package repository

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestVulncheck shows that known vulnerabilities fail the build, and that nobody takes a check that could not be made for one that found none. The
// database is a folder, and the module that is checked calls strings.Title.
func TestVulncheck(t *testing.T) {
	if testing.Short() {
		t.Skip("builds govulncheck")
	}
	b, err := exec.CommandContext(t.Context(), root+"test/tools/build", "govulncheck").Output()
	if err != nil {
		t.Fatal(err)
	}
	govulncheck := strings.TrimSpace(string(b))

	module := t.TempDir()
	writeFiles(t, module, map[string]string{
		"go.mod":  "module example.org/called\n\ngo 1.26\n",
		"main.go": "package main\n\nimport \"strings\"\n\nfunc main() { println(strings.Title(\"a\")) }\n",
	})
	database := func(symbol string) string {
		dir := t.TempDir()
		writeFiles(t, dir, map[string]string{
			"index/db.json":      `{"modified": "2026-01-02T03:04:05Z"}`,
			"index/modules.json": `[{"path": "stdlib", "vulns": [{"id": "GO-2026-0001", "modified": "2026-01-02T03:04:05Z"}]}]`,
			"ID/GO-2026-0001.json": `{"schema_version": "1.3.1", "id": "GO-2026-0001", "modified": "2026-01-02T03:04:05Z", "published": "2026-01-02T03:04:05Z",
				"details": "An example.", "database_specific": {"url": "https://example.org/GO-2026-0001"}, "affected": [{"package": {"name": "stdlib", "ecosystem": "Go"}, "ranges": [{"type": "SEMVER", "events": [{"introduced": "0"}]}],
				"ecosystem_specific": {"imports": [{"path": "strings", "symbols": ["` + symbol + `"]}]}}]}`,
		})
		return "file://" + dir
	}

	for name, tc := range map[string]struct {
		reason, database, required string
		fails                      bool
		want                       string
	}{
		"Called": {
			reason:   "the module calls what is vulnerable",
			database: database("Title"),
			fails:    true,
			want:     "FAILED: " + module,
		},
		"NotCalled": {
			reason:   "the module has what is vulnerable, and does not call it",
			database: database("ToTitleSpecial"),
			want:     "vulncheck " + module,
		},
		"Unreachable": {
			reason:   "nothing is known, which is not that nothing was found",
			database: "file:///nowhere",
			want:     "SKIPPED: file:///nowhere cannot be reached",
		},
		"UnreachableAndRequired": {
			reason:   "a workflow, which reaches the database, must not pass without it",
			database: "file:///nowhere",
			required: "1",
			fails:    true,
			want:     "FAILED: file:///nowhere cannot be reached",
		},
		"ReachableAndRequired": {
			reason:   "it is reached",
			database: database("ToTitleSpecial"),
			required: "1",
			want:     "DB updated: 2026-01-02",
		},
	} {
		t.Run(name, func(t *testing.T) {
			c := exec.CommandContext(t.Context(), root+".ci/vulncheck", govulncheck, module)
			c.Env = append(os.Environ(), "GOVULNDB="+tc.database, "REQUIRE_DATABASE="+tc.required)
			out, err := c.CombinedOutput()
			if (err != nil) != tc.fails || !strings.Contains(string(out), tc.want) {
				t.Errorf("%s: want %q, and a failure: %t; got %v\n%s", tc.reason, tc.want, tc.fails, err, out)
			}
		})
	}

	if workflow := read(t, ".github/workflows/ci.yml"); !strings.Contains(workflow, "make vulncheck REQUIRE_DATABASE=1") {
		t.Error("ci.yml must run make vulncheck REQUIRE_DATABASE=1")
	}
}

// writeFiles writes files into a folder.
func writeFiles(t *testing.T, dir string, files map[string]string) {
	t.Helper()
	for name, content := range files {
		file := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}
