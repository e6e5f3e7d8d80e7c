// Package rollout shows that the function knows what KubeVirt makes of an edit, by giving random edits to KubeVirt's own controller.
package rollout

import (
	"bufio"
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/api/resource"
	kubevirtv1 "kubevirt.io/api/core/v1"
)

var (
	count = flag.Int("count", 1000, "number of edits")
	seed  = flag.Int("seed", 1, "seed of the first edit; a failure names that of its edit")
)

// An edit has the virtual machines before and after a change of a Wukong, and what the function says that KubeVirt makes of it.
type edit struct {
	Seed                   int
	Kinds                  []string
	From, To               *kubevirtv1.VirtualMachine
	Instance               *instance
	Alone, Standing, Stage []difference
}

// An instance is where an instance differs from what KubeVirt starts for the first virtual machine.
type instance struct {
	MaxSockets               uint32
	MaxMemory, MemoryAtStart *resource.Quantity
	Migratable               bool
}

// A difference is one of those that the function says.
type difference struct {
	Path, From, To, Effect, HeldBy string
	RestartRequired, Assumed       bool
}

// Effects, as the function calls them.
const (
	effectLive      = "live"
	effectMigration = "live by migration"
	effectRestart   = "at the next restart"
)

// isUnasked reports whether the difference waits for the next start, without being held and without a restart that KubeVirt requires.
func (d difference) isUnasked() bool {
	return d.Effect == effectRestart && !d.RestartRequired && d.HeldBy == ""
}

// edits returns random edits. The function runs in its own module, whose dependencies conflict with KubeVirt's.
func edits(t *testing.T) []edit {
	t.Helper()
	version, err := exec.CommandContext(t.Context(), "go", "list", "-m", "-f", "{{.Version}}", "kubevirt.io/kubevirt").Output()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), "go", "run", "./test/conformance/rendered", "--edits="+strings.TrimSpace(string(version)),
		fmt.Sprintf("--count=%d", *count), fmt.Sprintf("--seed=%d", *seed))
	cmd.Dir, cmd.Stderr, cmd.Env = "../../../..", os.Stderr, append(os.Environ(), "GOWORK=off")
	out, err := cmd.Output()
	if err != nil {
		t.Fatal("cannot render edits:", err)
	}
	var all []edit
	lines := bufio.NewScanner(bytes.NewReader(out))
	lines.Buffer(nil, len(out)+1)
	for lines.Scan() {
		var e edit
		if err := json.Unmarshal(lines.Bytes(), &e); err != nil {
			t.Fatal(err)
		}
		all = append(all, e)
	}
	return all
}
