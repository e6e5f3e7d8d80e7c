// Package process supervises processes: it starts them, waits until they are ready, restarts them when they exit, and stops them in reverse
// order. It does not depend on Kubernetes.
package process

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"
)

const (
	// A process that exits is restarted after firstBackoff. The delay doubles with each exit, as a kubelet does it, up to longestBackoff.
	firstBackoff, longestBackoff = 100 * time.Millisecond, 5 * time.Second

	// backoffResetAfter is how long a process must run for the next delay to be firstBackoff again.
	backoffResetAfter = 10 * time.Second

	// stopTimeout is how long a process may take to exit after SIGTERM. It is then killed.
	stopTimeout = 3 * time.Second

	readyInterval = 50 * time.Millisecond
	logTail       = 1500
)

// A Spec describes a process.
type Spec struct {
	// Name is the name of the process and, with the suffix .log, of its log file.
	Name string

	// Path is the path of the binary.
	Path string

	// Args are the arguments without the name of the binary.
	Args []string

	// Env is added to the environment of the supervisor, as KEY=VALUE.
	Env []string

	// Address is what the process serves on. It is copied to the Status.
	Address string

	// Ready returns nil once the process is ready. Without it a process is ready when it runs.
	Ready func(ctx context.Context) error
}

// A Status is the state of a process. PID is 0 while it does not run.
type Status struct {
	Name     string `json:"name"`
	PID      int    `json:"pid,omitempty"`
	Restarts int    `json:"restarts"`
	Address  string `json:"address,omitempty"`
	Log      string `json:"log"`
}

// A Supervisor starts, restarts and stops processes.
type Supervisor struct {
	// Dir is the folder of the logs, and the working directory of the processes.
	Dir string

	// Changed is called with all statuses when a process has started or exited. Calls do not overlap.
	Changed func([]Status)

	mu        sync.Mutex
	processes []*process
}

// A process is a supervised process, over all its restarts.
type process struct {
	spec   Spec
	log    string
	cancel context.CancelFunc
	done   chan struct{}

	// The following fields are guarded by Supervisor.mu.
	pid, restarts int
	lastError     error
}

// Start starts a process and waits until it is ready or the context ends. The process is restarted when it exits, until Stop is called. A process
// of the same name is stopped before, and replaced.
func (s *Supervisor) Start(ctx context.Context, spec Spec) error {
	runCtx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	p := &process{spec: spec, log: filepath.Join(s.Dir, spec.Name+".log"), cancel: cancel, done: make(chan struct{})}
	if replaced := s.add(p); replaced != nil {
		replaced.cancel()
		<-replaced.done
	}
	go s.keepRunning(runCtx, p)

	for {
		err := s.ready(ctx, p)
		if err == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("%s is not ready: %w; the end of %s:\n%s", spec.Name, err, p.log, tail(p.log))
		case <-time.After(readyInterval):
		}
	}
}

// add adds a process to those that Stop stops. It returns the process whose place it takes, if there is one of its name.
func (s *Supervisor) add(p *process) (replaced *process) {
	s.mu.Lock()
	defer s.mu.Unlock()
	i := slices.IndexFunc(s.processes, func(other *process) bool { return other.spec.Name == p.spec.Name })
	if i < 0 {
		s.processes = append(s.processes, p)
		return nil
	}
	replaced = s.processes[i]
	// Stop may be reading the list.
	s.processes = slices.Clone(s.processes)
	s.processes[i] = p
	return replaced
}

// ready returns an error unless a process runs and is ready.
func (s *Supervisor) ready(ctx context.Context, p *process) error {
	s.mu.Lock()
	pid, err := p.pid, p.lastError
	s.mu.Unlock()
	if pid == 0 {
		return fmt.Errorf("it does not run: %w", err)
	}
	if p.spec.Ready == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	return p.spec.Ready(ctx)
}

// keepRunning runs a process again and again until the context ends.
func (s *Supervisor) keepRunning(ctx context.Context, p *process) {
	defer close(p.done)
	backoff := firstBackoff
	for {
		started := time.Now()
		err := s.run(ctx, p)
		if ctx.Err() != nil {
			return
		}
		if time.Since(started) > backoffResetAfter {
			backoff = firstBackoff
		}
		s.update(func() { p.pid, p.lastError, p.restarts = 0, err, p.restarts+1 })
		select {
		case <-ctx.Done():
			return
		case <-time.After(backoff):
		}
		backoff = min(2*backoff, longestBackoff)
	}
}

// run runs a process once, until it exits or the context ends. It never returns nil.
func (s *Supervisor) run(ctx context.Context, p *process) error {
	log, err := os.OpenFile(p.log, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer log.Close()

	c := exec.CommandContext(ctx, p.spec.Path, p.spec.Args...) //nolint:gosec // The caller chooses the program.
	c.Env = append(os.Environ(), p.spec.Env...)
	c.Dir = s.Dir
	c.Stdout, c.Stderr = log, log
	c.Cancel = func() error { return c.Process.Signal(syscall.SIGTERM) }
	c.WaitDelay = stopTimeout
	// With a process group of its own, Ctrl-C in a terminal reaches the supervisor alone, which then stops all in order.
	// If the supervisor is killed, the kernel kills its children.
	c.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	if err := startOnStarterThread(c); err != nil {
		return err
	}
	s.update(func() { p.pid = c.Process.Pid })
	err = c.Wait()
	if err == nil {
		err = errors.New("it exited with code 0")
	}
	return err
}

// Stop stops all processes in reverse order and returns when none runs.
func (s *Supervisor) Stop() {
	s.mu.Lock()
	processes := s.processes
	s.mu.Unlock()
	for i := len(processes) - 1; i >= 0; i-- {
		processes[i].cancel()
		<-processes[i].done
	}
}

// update changes a process under the lock and calls Changed.
func (s *Supervisor) update(change func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	change()
	if s.Changed == nil {
		return
	}
	all := make([]Status, 0, len(s.processes))
	for _, p := range s.processes {
		all = append(all, Status{Name: p.spec.Name, PID: p.pid, Restarts: p.restarts, Address: p.spec.Address, Log: p.log})
	}
	s.Changed(all)
}

// tail returns the end of a log file, or why it cannot be read.
func tail(path string) string {
	b, err := os.ReadFile(path) //nolint:gosec // A log that was written here.
	if err != nil {
		return err.Error()
	}
	if len(b) > logTail {
		b = b[len(b)-logTail:]
	}
	return strings.TrimSpace(string(b))
}
