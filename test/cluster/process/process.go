// Package process keeps processes running: it starts them one after the other, each once the one before is ready, starts again
// what dies, and leaves nothing behind. It knows nothing of Kubernetes.
package process

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"time"
)

const (
	// A process that dies is started again at once, and after each further death in a row a little later, as a kubelet would.
	firstBackoff, longestBackoff = 100 * time.Millisecond, 5 * time.Second

	// A process that ran this long starts with the first backoff again.
	backoffResetAfter = 10 * time.Second

	// stopWithin is how long a process may take to end by itself.
	stopTimeout = 3 * time.Second

	readyInterval = 50 * time.Millisecond
	logTail       = 1500
)

// A Spec says how a process is run.
type Spec struct {
	// Name of the process, and of its log.
	Name string

	// Path of its binary.
	Path string

	// Args without the name of the binary.
	Args []string

	// Env is added to the environment of this process.
	Env []string

	// Address that it serves on, for whoever wants to know.
	Address string

	// Ready returns nil once the process does its work. Without it the process is ready when it runs.
	Ready func(ctx context.Context) error
}

// Status of a process.
type Status struct {
	Name     string `json:"name"`
	PID      int    `json:"pid,omitempty"`
	Restarts int    `json:"restarts"`
	Address  string `json:"address,omitempty"`
	Log      string `json:"log"`
}

// A Supervisor is the parent of processes.
type Supervisor struct {
	// Dir that the logs are written to.
	Dir string

	// Changed is called, one call at a time, when a process was started or died.
	Changed func([]Status)

	mu        sync.Mutex
	processes []*process
}

// A process is one run after the other of the same Spec.
type process struct {
	spec   Spec
	log    string
	cancel context.CancelFunc
	done   chan struct{}

	// Guarded by the supervisor's mu.
	pid, restarts int
	lastError     error
}

// Start a process, and wait until it is ready. It keeps running until Stop.
func (s *Supervisor) Start(ctx context.Context, spec Spec) error {
	life, cancel := context.WithCancel(context.WithoutCancel(ctx))
	p := &process{spec: spec, log: filepath.Join(s.Dir, spec.Name+".log"), cancel: cancel, done: make(chan struct{})}
	s.mu.Lock()
	s.processes = append(s.processes, p)
	s.mu.Unlock()
	go s.keepRunning(life, p)

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

// keep the process running until the context ends.
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

// run the process once, until it ends or the context does.
func (s *Supervisor) run(ctx context.Context, p *process) error {
	log, err := os.OpenFile(p.log, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer log.Close()

	c := exec.CommandContext(ctx, p.spec.Path, p.spec.Args...) //nolint:gosec // Running what it is told is the point.
	c.Env = append(os.Environ(), p.spec.Env...)
	c.Dir = s.Dir
	c.Stdout, c.Stderr = log, log
	c.Cancel = func() error { return c.Process.Signal(syscall.SIGTERM) }
	c.WaitDelay = stopTimeout
	// Of its own group, so that Ctrl-C in a terminal reaches the supervisor alone, which then ends all in order. Should the
	// supervisor be killed, the kernel kills its children.
	c.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	if err := startOnStarterThread(c); err != nil {
		return err
	}
	s.update(func() { p.pid = c.Process.Pid })
	err = c.Wait()
	if err == nil {
		err = errors.New("it ended by itself")
	}
	return err
}

// Stop all processes, the last one first.
func (s *Supervisor) Stop() {
	s.mu.Lock()
	processes := s.processes
	s.mu.Unlock()
	for i := len(processes) - 1; i >= 0; i-- {
		processes[i].cancel()
		<-processes[i].done
	}
}

// update changes a process, and tells what has changed.
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

// tail is the end of a log.
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
