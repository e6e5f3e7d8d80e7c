package process_test

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/novasphere/function-wukong/test/cluster/process"
)

// timeout is how long a test waits for an expected event.
const timeout = 30 * time.Second

// newSupervisor returns a supervisor and a channel of the statuses of its last process.
func newSupervisor(t *testing.T) (*process.Supervisor, chan process.Status) {
	t.Helper()
	changes := make(chan process.Status, 100)
	s := &process.Supervisor{Dir: t.TempDir(), Changed: func(all []process.Status) { changes <- all[len(all)-1] }}
	t.Cleanup(s.Stop)
	return s, changes
}

// awaitStatus returns the next status that matches.
func awaitStatus(t *testing.T, changes chan process.Status, what string, matches func(process.Status) bool) process.Status {
	t.Helper()
	deadline := time.After(timeout)
	for {
		select {
		case s := <-changes:
			if matches(s) {
				return s
			}
		case <-deadline:
			t.Fatalf("timed out waiting for %s", what)
		}
	}
}

func isRunning(s process.Status) bool { return s.PID != 0 }

func isAlive(pid int) bool { return syscall.Kill(pid, 0) == nil }

func TestStartWaitsUntilReady(t *testing.T) {
	s, _ := newSupervisor(t)
	file := filepath.Join(s.Dir, "ready")
	ready := func(context.Context) error { _, err := os.Stat(file); return err }
	if err := s.Start(t.Context(), process.Spec{Name: "slow", Path: "/bin/sh", Args: []string{"-c", "touch ready; sleep 60"}, Ready: ready}); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(file); err != nil {
		t.Errorf("Start returned before the process was ready: %v", err)
	}
}

func TestStartError(t *testing.T) {
	s, _ := newSupervisor(t)
	ctx, cancel := context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	never := func(context.Context) error { return errors.New("the disk is full") }
	err := s.Start(ctx, process.Spec{Name: "stuck", Path: "/bin/sh", Args: []string{"-c", "echo cannot write; sleep 60"}, Ready: never})
	for _, want := range []string{"stuck", "the disk is full", "cannot write"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("want an error that contains %q, got %v", want, err)
		}
	}
}

// TestReplace shows that a process takes the place of the one with its name, which ends before.
func TestReplace(t *testing.T) {
	s, changes := newSupervisor(t)
	spec := process.Spec{Name: "sleep", Path: "/bin/sleep", Args: []string{"60"}}
	if err := s.Start(t.Context(), spec); err != nil {
		t.Fatal(err)
	}
	first := awaitStatus(t, changes, "the first run", isRunning)
	if err := s.Start(t.Context(), process.Spec{Name: "other", Path: "/bin/sleep", Args: []string{"60"}}); err != nil {
		t.Fatal(err)
	}

	spec.Args = []string{"61"}
	if err := s.Start(t.Context(), spec); err != nil {
		t.Fatal(err)
	}
	if isAlive(first.PID) {
		t.Error("the first process is still running")
	}
	var statuses []process.Status
	s.Changed = func(all []process.Status) { statuses = all }
	if err := s.Start(t.Context(), spec); err != nil {
		t.Fatal(err)
	}
	if len(statuses) != 2 || statuses[0].Name != "sleep" || statuses[1].Name != "other" {
		t.Errorf("want both in the order in which they were first started, got %v", statuses)
	}
}

func TestRestart(t *testing.T) {
	s, changes := newSupervisor(t)
	if err := s.Start(t.Context(), process.Spec{Name: "sleep", Path: "/bin/sleep", Args: []string{"60"}}); err != nil {
		t.Fatal(err)
	}
	first := awaitStatus(t, changes, "the first run", isRunning)
	if err := syscall.Kill(first.PID, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	second := awaitStatus(t, changes, "the second run", func(s process.Status) bool { return isRunning(s) && s.PID != first.PID })
	if second.Restarts != 1 {
		t.Errorf("want 1 restart, got %d", second.Restarts)
	}
}

func TestStopKills(t *testing.T) {
	s, changes := newSupervisor(t)
	if err := s.Start(t.Context(), process.Spec{Name: "deaf", Path: "/bin/sh", Args: []string{"-c", "trap '' TERM; while :; do sleep 1; done"}}); err != nil {
		t.Fatal(err)
	}
	p := awaitStatus(t, changes, "the run", isRunning)
	s.Stop()
	if isAlive(p.PID) {
		t.Errorf("process %d runs after Stop", p.PID)
	}
}

// TestParentKilled shows that processes do not outlive a killed supervisor. The supervisor is another process of this test binary.
func TestParentKilled(t *testing.T) {
	if os.Getenv("SUPERVISE") != "" {
		s := &process.Supervisor{Dir: os.Getenv("SUPERVISE"), Changed: func(all []process.Status) {
			_ = os.WriteFile(filepath.Join(os.Getenv("SUPERVISE"), "pid"), []byte(strconv.Itoa(all[0].PID)), 0o600)
		}}
		_ = s.Start(t.Context(), process.Spec{Name: "sleep", Path: "/bin/sleep", Args: []string{"60"}})
		select {}
	}

	dir := t.TempDir()
	parent := exec.CommandContext(t.Context(), os.Args[0], "-test.run", "^"+t.Name()+"$")
	parent.Env = append(os.Environ(), "SUPERVISE="+dir)
	if err := parent.Start(); err != nil {
		t.Fatal(err)
	}
	child := 0
	eventually(t, "the child to run", func() bool {
		b, _ := os.ReadFile(filepath.Join(dir, "pid"))
		child, _ = strconv.Atoi(string(b))
		return child != 0 && isAlive(child)
	})
	if err := parent.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = parent.Wait()
	eventually(t, "the child to die", func() bool { return !isAlive(child) || isZombie(child) })
}

// isZombie reports whether a process has exited and was not reaped. In a container there may be no process that reaps it.
func isZombie(pid int) bool {
	b, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), "stat"))
	return err == nil && strings.Contains(string(b), ") Z ")
}

// eventually polls a condition until it holds.
func eventually(t *testing.T, what string, condition func() bool) {
	t.Helper()
	for deadline := time.Now().Add(timeout); !condition(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("timed out waiting for %s", what)
		}
	}
}
