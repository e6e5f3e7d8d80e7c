//go:build e2e

package e2e

import (
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// Kubectl runs the real one in the tenant's namespace, with an empty object as standard input, and returns what it prints.
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
	k := exec.CommandContext(t.Context(), strings.TrimSpace(string(path)), append([]string{"--kubeconfig=" + state.Kubeconfig, "--namespace=" + n.Namespace}, args...)...)
	k.Stdin = strings.NewReader("{}")
	out, err := k.CombinedOutput()
	if err != nil {
		t.Fatalf("kubectl %s: %v: %s", strings.Join(args, " "), err, out)
	}
	return string(out)
}

// row is the first row of a table that kubectl prints, by the names of its columns. A cell goes from where its column's name begins to
// where the next one does, and may be empty.
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
