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

// TestRunning shows what is told of a control plane that somebody else has in the folder.
func TestRunning(t *testing.T) {
	wanted := plane.State{Crossplane: "2.3", Target: "namespaced", Ready: true}
	starting, other := wanted, wanted
	starting.Ready, other.Target = false, "native"
	cases := map[string]struct {
		reason string
		locked bool
		state  *plane.State
		runs   bool
		err    string
	}{
		"None":    {"Nobody has it.", false, nil, false, ""},
		"Stopped": {"What ran before left its state.", false, &wanted, false, ""},
		"Building": {
			"Tools are built before there is a state.", true, nil, false, fmt.Sprintf("is starting already in DIR, by process %d: DIR/supervisor.log", os.Getpid()),
		},
		"Starting": {"Its components start.", true, &starting, false, "is starting already in DIR"},
		"Ready":    {"It is as it is wanted.", true, &wanted, true, ""},
		"Other": {
			"It is another than is wanted.", true, &other, false, "runs already, with Crossplane 2.3 and target native: stop it with make cluster-down first",
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			c := upCmd{superviseCmd{Dir: t.TempDir(), Crossplane: wanted.Crossplane, Target: wanted.Target}}
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
			_, runs, err := c.running()
			if runs != tc.runs || (err == nil) != (tc.err == "") {
				t.Fatalf("%s Want %v and %q, got %v and %v", tc.reason, tc.runs, tc.err, runs, err)
			}
			if want := strings.ReplaceAll(tc.err, "DIR", c.Dir); err != nil && !strings.Contains(err.Error(), want) {
				t.Errorf("%s Want %q, got %v", tc.reason, want, err)
			}
		})
	}
}

// TestDownWhileStarting shows that a control plane of which nothing runs yet can be stopped.
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
		t.Errorf("want an error while nothing is known of the supervisor, got %v", err)
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
