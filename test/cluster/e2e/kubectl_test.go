//go:build e2e

package e2e

import (
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// Kubectl runs kubectl in the tenant's namespace, with an empty object as standard input, and returns its output.
func (n *Tenant) Kubectl(t *testing.T, args ...string) string {
	t.Helper()
	state, err := n.State()
	if err != nil {
		t.Fatal(err)
	}
	path, err := exec.CommandContext(t.Context(), filepath.Join(repository, "test", "tools", "build"), "kubernetes/kubectl").Output()
	if err != nil {
		t.Fatal(err)
	}
	flags := []string{"--kubeconfig=" + state.Kubeconfig, "--namespace=" + n.Namespace}
	k := exec.CommandContext(t.Context(), strings.TrimSpace(string(path)), append(flags, args...)...)
	k.Stdin = strings.NewReader("{}")
	out, err := k.CombinedOutput()
	if err != nil {
		t.Fatalf("kubectl %s: %v: %s", strings.Join(args, " "), err, out)
	}
	return string(out)
}

// firstRow returns the cells of the first row of a table of kubectl by column. A cell extends from the start of its column's name to that of the
// next one, and may be empty.
func firstRow(table string) map[string]string {
	lines := strings.Split(table, "\n")
	if len(lines) < 2 {
		return nil
	}
	out := map[string]string{}
	rest := lines[0]
	for at := 0; rest != ""; {
		name, _, _ := strings.Cut(rest, " ")
		after := strings.TrimLeft(rest[len(name):], " ")
		width := len(rest) - len(after)
		cell := lines[1][min(at, len(lines[1])):]
		if after != "" {
			cell = cell[:min(width, len(cell))]
		}
		out[name] = strings.TrimSpace(cell)
		at, rest = at+width, after
	}
	return out
}
