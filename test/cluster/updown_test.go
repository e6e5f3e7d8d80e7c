package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/novasphere/function-wukong/test/cluster/plane"
)

// TestRunning looks for a control plane in a folder in each state that one may be in.
func TestRunning(t *testing.T) {
	const repository = "../.."
	set, err := plane.ReadSet(repository, "current")
	if err != nil {
		t.Fatal(err)
	}
	requested := plane.State{Set: set, Target: "namespaced", Ready: true}
	starting, other := requested, requested
	starting.Ready, other.Target = false, "native"
	cases := map[string]struct {
		reason  string
		locked  bool
		state   *plane.State
		running bool
		err     string
	}{
		"None":    {reason: "The folder is empty."},
		"Stopped": {reason: "A stopped control plane leaves its state.", state: &requested},
		"Building": {
			reason: "Tools are built before there is a state.",
			locked: true,
			err:    fmt.Sprintf("is already starting in DIR, as process %d: see DIR/supervisor.log", os.Getpid()),
		},
		"Starting": {reason: "Its components start.", locked: true, state: &starting, err: "is already starting in DIR"},
		"Ready":    {reason: "It has the requested versions and target.", locked: true, state: &requested, running: true},
		"Other": {
			reason: "It has another target than requested.",
			locked: true,
			state:  &other,
			err:    "already runs, with target native and Crossplane 2.",
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			c := upCmd{superviseCmd{Dir: t.TempDir(), Repository: repository, Set: "current", Target: requested.Target}}
			if tc.locked {
				holder := superviseCmd{Dir: c.Dir}
				lock, err := holder.lockDir()
				if err != nil {
					t.Fatal(err)
				}
				defer lock.Close()
			}
			if tc.state != nil {
				b, err := json.Marshal(tc.state)
				if err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(filepath.Join(c.Dir, "state.json"), b, 0o600); err != nil {
					t.Fatal(err)
				}
			}
			_, running, err := c.running()
			if running != tc.running || (err == nil) != (tc.err == "") {
				t.Fatalf("%s Want %v and %q, got %v and %v", tc.reason, tc.running, tc.err, running, err)
			}
			if want := strings.ReplaceAll(tc.err, "DIR", c.Dir); err != nil && !strings.Contains(err.Error(), want) {
				t.Errorf("%s Want %q, got %v", tc.reason, want, err)
			}
		})
	}
}

// TestDownWhileStarting shows that a supervisor is found by its lock before there is a state, and no longer once it has exited.
func TestDownWhileStarting(t *testing.T) {
	dir := t.TempDir()
	lock, err := os.Create(lockPath(dir))
	if err != nil {
		t.Fatal(err)
	}
	if err := syscall.Flock(int(lock.Fd()), syscall.LOCK_EX); err != nil {
		t.Fatal(err)
	}
	if _, err := supervisorPID(dir); err == nil || !strings.Contains(err.Error(), "try again") {
		t.Errorf("want an error before the supervisor has written its process ID, got %v", err)
	}
	if err := writePID(lock); err != nil {
		t.Fatal(err)
	}
	if pid, err := supervisorPID(dir); pid != os.Getpid() || err != nil {
		t.Errorf("want %d, got %d, %v", os.Getpid(), pid, err)
	}
	if err := lock.Close(); err != nil {
		t.Fatal(err)
	}
	if pid, err := supervisorPID(dir); pid != 0 || err != nil {
		t.Errorf("want none, got %d, %v", pid, err)
	}
	if err := (&downCmd{Dir: dir}).Run(t.Context()); err != nil {
		t.Error(err)
	}
}
