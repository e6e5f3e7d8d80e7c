// Package repository checks that files of the repository agree with each other where no other test or tool notices.
package repository

import (
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"sigs.k8s.io/yaml"
)

// root of the repository.
const root = "../../"

// read returns a file of the repository.
func read(t *testing.T, file string) string {
	t.Helper()
	b, err := os.ReadFile(root + file)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// glob returns the files of the repository that match a pattern. It fails the test if there are none.
func glob(t *testing.T, pattern string) []string {
	t.Helper()
	files, err := filepath.Glob(root + pattern)
	if err != nil || len(files) == 0 {
		t.Fatalf("found no %s: %v", pattern, err)
	}
	for i := range files {
		files[i] = filepath.ToSlash(strings.TrimPrefix(files[i], root))
	}
	return files
}

// tracked returns the folders of the repository that have a file of a name, as absolute paths below its root.
func tracked(t *testing.T, name string) []string {
	t.Helper()
	var dirs []string
	err := filepath.WalkDir(root, func(p string, d os.DirEntry, err error) error {
		if err == nil && d.IsDir() && slices.Contains([]string{".git", "bin", "dist"}, d.Name()) {
			return filepath.SkipDir
		}
		if err == nil && d.Name() == name {
			dirs = append(dirs, path.Clean("/"+filepath.ToSlash(filepath.Dir(strings.TrimPrefix(p, root)))))
		}
		return err
	})
	if err != nil || len(dirs) == 0 {
		t.Fatalf("found no %s: %v", name, err)
	}
	return dirs
}

// TestMakeTargets shows that every make target that a workflow or a document names exists.
func TestMakeTargets(t *testing.T) {
	targets := regexp.MustCompile(`(?m)^([a-z0-9-]+):`).FindAllStringSubmatch(read(t, "Makefile"), -1)
	exists := map[string]bool{}
	for _, m := range targets {
		exists[m[1]] = true
	}

	// A call of make in a workflow or in a script, or quoted in prose.
	call := regexp.MustCompile("(?m)(?:^|`|run: |step |unchanged |PATH\" |&& )make ([a-z0-9-]+)")
	files := slices.Concat(glob(t, ".github/workflows/*.yml"), glob(t, ".github/*/*/*.yml"), glob(t, "*.md"), glob(t, "test/*.md"), glob(t, ".ci/*"))
	calls := 0
	for _, file := range files {
		for _, m := range call.FindAllStringSubmatch(read(t, file), -1) {
			calls++
			if !exists[m[1]] {
				t.Errorf("%s calls make %s, which the Makefile does not have", file, m[1])
			}
		}
	}
	if calls < 20 {
		t.Errorf("found only %d calls of make: this test no longer recognizes them", calls)
	}
}

// TestModules shows that the Makefile lists every module, and tests none that it does not list. The modules of test/tools are built, and are no
// code of this repository.
func TestModules(t *testing.T) {
	makefile := read(t, "Makefile")
	listed := func(variable string) []string {
		m := regexp.MustCompile(`(?m)^` + variable + ` := (.*)$`).FindStringSubmatch(makefile)
		if m == nil {
			t.Fatalf("the Makefile has no %s", variable)
		}
		return strings.Fields(m[1])
	}
	modules := listed("MODULES")
	var want []string
	for _, dir := range tracked(t, "go.mod") {
		if !strings.HasPrefix(dir, "/test/tools/") {
			want = append(want, path.Clean("./"+dir))
		}
	}
	if diff := cmp.Diff(slices.Sorted(slices.Values(want)), slices.Sorted(slices.Values(modules))); diff != "" {
		t.Errorf("MODULES of the Makefile: -modules, +listed:\n%s", diff)
	}
	for _, m := range listed("TESTED") {
		if !slices.Contains(modules, m) {
			t.Errorf("make test-all tests %s, which is none of MODULES", m)
		}
	}
}

// TestFolders shows that test/README.md has each folder of tests.
func TestFolders(t *testing.T) {
	listed := read(t, "test/README.md")
	folders, err := os.ReadDir(root + "test")
	if err != nil {
		t.Fatal(err)
	}
	for _, folder := range folders {
		name := folder.Name()
		if folder.IsDir() && !strings.Contains(listed, "]("+name+")") && !strings.Contains(listed, "]("+name+"/") {
			t.Errorf("test/README.md does not link to %s", name)
		}
	}
}

// TestWorkspace shows that nothing is built in a workspace, which has other versions than each module for itself.
func TestWorkspace(t *testing.T) {
	for file, line := range map[string]string{"Makefile": "export GOWORK := off", "test/tools/build": "export GOWORK=off", ".gitignore": "/go.work"} {
		if !strings.Contains("\n"+read(t, file), "\n"+line+"\n") {
			t.Errorf("%s does not say %q", file, line)
		}
	}
}

// TestDependabot shows that Dependabot updates every module, the packages of Node.js, the Dockerfile and what workflows use. Modules that stand in for
// those that cannot be downloaded have no dependencies that matter.
func TestDependabot(t *testing.T) {
	var config struct {
		Updates []struct {
			Ecosystem   string   `json:"package-ecosystem"`
			Directory   string   `json:"directory"`
			Directories []string `json:"directories"`
		} `json:"updates"`
	}
	if err := yaml.Unmarshal([]byte(read(t, ".github/dependabot.yml")), &config); err != nil {
		t.Fatal(err)
	}
	for ecosystem, file := range map[string]string{"gomod": "go.mod", "npm": "package.json", "docker": "Dockerfile", "github-actions": "action.yml"} {
		covered := map[string]int{}
		for _, dir := range tracked(t, file) {
			if strings.Contains(dir, "/absent/") {
				continue
			}
			for _, u := range config.Updates {
				for _, pattern := range append(u.Directories, u.Directory) {
					if ok, err := path.Match(pattern, dir); err != nil {
						t.Fatal(err)
					} else if ok && u.Ecosystem == ecosystem {
						covered[dir]++
					}
				}
			}
			if covered[dir] != 1 {
				t.Errorf(".github/dependabot.yml lists %s for %s %d times, want once", dir, ecosystem, covered[dir])
			}
		}
	}
}

// TestGoVersion shows that all modules, workflows and documents name the Go version of go.mod.
func TestGoVersion(t *testing.T) {
	minor := regexp.MustCompile(`(?m)^go (\d+\.\d+)`).FindStringSubmatch(read(t, "go.mod"))[1]
	for _, dir := range tracked(t, "go.mod") {
		if !strings.Contains(read(t, strings.TrimPrefix(dir+"/go.mod", "/")), "\ngo "+minor) {
			t.Errorf("%s/go.mod must name the Go version of go.mod, %s", dir, minor)
		}
	}
	named := regexp.MustCompile(`(?:golang:|GO_VERSION=|go-version: "|Go )(\d+\.\d+)`)
	for _, file := range append(glob(t, ".github/workflows/*.yml"), "Dockerfile", "README.md", "CONTRIBUTING.md") {
		for _, m := range named.FindAllStringSubmatch(read(t, file), -1) {
			if m[1] != minor {
				t.Errorf("%s names Go %s, and go.mod %s", file, m[1], minor)
			}
		}
	}
}

// TestChangelog shows which part of the changelog the release workflow publishes with a tag, by the workflow's own command.
func TestChangelog(t *testing.T) {
	awk := regexp.MustCompile(`(?m)^\s*(awk -v heading=.*) CHANGELOG\.md > notes\.md$`).FindStringSubmatch(read(t, ".github/workflows/release.yml"))
	if awk == nil {
		t.Fatal("the release workflow does not take notes from the changelog")
	}
	notes := func(version, changelog string) string {
		c := exec.CommandContext(t.Context(), "bash", "-c", "VERSION="+version+"; "+awk[1])
		c.Stdin = strings.NewReader(changelog)
		out, err := c.CombinedOutput()
		if err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		return strings.TrimSpace(string(out))
	}

	changelog := "# Changelog\n\nHead\n\n## [Unreleased]\n\n## [0.10.0] - 2027-01-02\n\nTen\n\n" +
		"## [0.1.0] - 2026-12-01\n\n### Added\n\n* One\n\n[0.1.0]: https://example.org\n"
	for version, want := range map[string]string{"v0.1.0": "### Added\n\n* One", "v0.10.0": "Ten", "v0.1.1": ""} {
		if got := notes(version, changelog); got != want {
			t.Errorf("%s: want %q, got %q", version, want, got)
		}
	}

	published := read(t, "CHANGELOG.md")
	for _, m := range regexp.MustCompile(`(?m)^## \[(\d[^\]]*)\]`).FindAllStringSubmatch(published, -1) {
		if notes("v"+m[1], published) == "" {
			t.Errorf("the changelog says nothing of %s", m[1])
		}
	}
}
