package main

import (
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/novasphere/function-wukong/internal/cli"
)

// documentedCall matches a call of the command line in a document, up to where the shell goes on with something else.
var documentedCall = regexp.MustCompile(`(?m)(?:go run \./cmd/function-wukong|(?:^|[^-/.\w])function-wukong|\bkubectl wukong|` +
	`--entrypoint=/function ghcr\.io/novasphere/function-wukong:v[0-9.]+)` +
	" ((?:render|plan|check|limits|serve|completion|version|help|-)[^`|<>#\n]*)")

// documented are the patterns of the files that have calls, below the root of the repository.
var documented = []string{
	"*.md", "docs/*.md", "package/*/*.md", "package/*/*.yaml", "examples/*.yaml", "examples/*/*", "cmd/function-wukong/testdata/help/*",
}

// TestDocumentation shows that each call in the documentation, in examples and in help has a command and flags that exist.
func TestDocumentation(t *testing.T) {
	var files []string
	for _, pattern := range documented {
		found, err := filepath.Glob(filepath.Join("../..", pattern))
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, slices.DeleteFunc(found, func(path string) bool { return filepath.Ext(path) == "" })...)
	}
	calls := 0
	for _, file := range files {
		for _, m := range documentedCall.FindAllStringSubmatch(read(t, file), -1) {
			words := strings.Fields(strings.NewReplacer("[flags]", "", "'", "", `"`, "", ")", "").Replace(m[1]))
			calls++
			root := cli.New("function-wukong", commands()...)
			cmd, rest, err := root.Find(words)
			if err == nil {
				err = cmd.ParseFlags(rest)
			}
			if err != nil || cmd == root && !strings.HasPrefix(words[0], "-") {
				t.Errorf("%s: %q is no call: %v", file, m[0], err)
			}
		}
	}
	if calls < 30 {
		t.Errorf("found only %d calls", calls)
	}
}
