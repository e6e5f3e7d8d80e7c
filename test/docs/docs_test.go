package docs

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestLinks shows that each link within the repository leads to an existing file and, if it has an anchor, to an existing heading.
func TestLinks(t *testing.T) {
	all := pages(t)
	for _, p := range all {
		for _, link := range p.links {
			if strings.Contains(link, "://") || strings.HasPrefix(link, "mailto:") {
				continue
			}
			file, heading, _ := strings.Cut(link, "#")
			target := p.path
			if file != "" {
				target = filepath.Join(filepath.Dir(p.path), file)
			}
			if !exists(target) {
				t.Errorf("%s: the link %s leads to no file", p.path, link)
				continue
			}
			if heading != "" && !all[target].anchors[heading] {
				t.Errorf("%s: the link %s leads to no heading", p.path, link)
			}
		}
	}
}

// TestChapters shows that the README lists each chapter.
func TestChapters(t *testing.T) {
	all := pages(t)
	listed := map[string]bool{}
	for _, link := range all["README.md"].links {
		listed[link] = true
	}
	for path := range all {
		if strings.HasPrefix(path, "docs/") && !listed[path] {
			t.Errorf("README.md does not list %s", path)
		}
	}
}

var (
	makeCall = regexp.MustCompile(`^\s*make ([a-z0-9][-a-z0-9]*)`)
	target   = regexp.MustCompile(`(?m)^([a-z0-9][-a-z0-9]*):`)

	// inTree is a path below a folder of the repository.
	inTree = regexp.MustCompile(`(?:^|[\s"'=(])(?:\./)?((?:examples|fn|docs|package|test|input)/[-A-Za-z0-9_./*]+|examples|fn)(?:$|[\s"',;:)])`)
)

// TestCommands shows that each make target and each file that a command or the text names exists.
func TestCommands(t *testing.T) {
	makefile, err := os.ReadFile(filepath.Join(root, "Makefile"))
	if err != nil {
		t.Fatal(err)
	}
	targets := map[string]bool{}
	for _, m := range target.FindAllStringSubmatch(string(makefile), -1) {
		targets[m[1]] = true
	}
	references := 0
	for _, p := range pages(t) {
		code := p.spans
		for _, b := range p.blocks {
			if b.language == "shell" || b.language == "bash" || b.language == "sh" {
				code = append(code, strings.Split(b.code, "\n")...)
			}
		}
		for _, line := range code {
			for _, m := range makeCall.FindAllStringSubmatch(line, -1) {
				references++
				if !targets[m[1]] {
					t.Errorf("%s: the Makefile has no target %s", p.path, m[1])
				}
			}
			for _, m := range inTree.FindAllStringSubmatch(line, -1) {
				references++
				if !exists(m[1]) {
					t.Errorf("%s: there is no %s", p.path, m[1])
				}
			}
		}
	}
	if references < 50 {
		t.Errorf("found only %d targets and files", references)
	}
}

// exists reports whether a file exists at a path, or matches a pattern.
func exists(path string) bool {
	found, err := filepath.Glob(filepath.Join(root, path))
	return err == nil && len(found) > 0
}
