package preview

import (
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/novasphere/function-wukong/internal/golden"
)

// TestMalformed compares what is said of malformed manifests with a golden file, which people read: each message names the file, the line, the
// field where there is one, and the way out.
func TestMalformed(t *testing.T) {
	t.Chdir("testdata/malformed")
	files, err := filepath.Glob("*.yaml")
	if err != nil || len(files) == 0 {
		t.Fatalf("found no malformed manifests: %v", err)
	}
	var b strings.Builder
	for _, file := range files {
		stdout, stderr, err := run(t, Command{Options: Options{Files: []string{file}}})
		if !errors.Is(err, ErrRefused) || stdout != "" {
			t.Errorf("%s: want it to be refused, got %v\n%s", file, err, stdout)
		}
		for line := range strings.Lines(stderr) {
			if !strings.HasPrefix(line, file) {
				t.Errorf("%s: want each line to begin with the file, got %s", file, line)
			}
		}
		fmt.Fprintf(&b, "%s", stderr)
	}
	golden.Compare(t, "../malformed.txt", b.String())
	if strings.Contains(b.String(), "s3cret") {
		t.Error("a password is repeated")
	}

	together, _, _ := run(t, Command{Options: Options{Files: []string{"."}}})
	if together != "" {
		t.Errorf("want nothing but refusals, got:\n%s", together)
	}
}
