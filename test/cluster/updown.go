package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/novasphere/function-wukong/test/cluster/plane"
)

const pollInterval = 100 * time.Millisecond

type upCmd struct {
	superviseCmd
}

// Run starts a control plane in the background and prints its progress until it is ready.
func (c *upCmd) Run(ctx context.Context) error {
	if err := makeAbsolute(&c.Dir, &c.Repository, &c.Packager); err != nil {
		return err
	}
	s, running, err := c.running()
	if err != nil {
		return err
	}
	if running {
		fmt.Printf("A control plane already runs, with target %s and %s.\n", s.Target, s.Set)
		return c.printUsage(ctx, s)
	}

	started := time.Now()
	supervisor, err := c.launch()
	if err != nil {
		return err
	}
	if err := c.follow(ctx, supervisor); err != nil {
		return err
	}
	if s, err = plane.ReadState(c.Dir); err != nil {
		return err
	}
	fmt.Printf("A control plane is ready after %.0f s, with target %s and %s.\n", time.Since(started).Seconds(), s.Target, s.Set)
	return c.printUsage(ctx, s)
}

// running returns the state of the control plane that runs in the folder, and whether there is one. It returns an error if that one is not
// ready, or has other versions or another target than requested: a folder holds one control plane.
func (c *upCmd) running() (s plane.State, running bool, err error) {
	pid, err := supervisorPID(c.Dir)
	if err != nil || pid == 0 {
		return plane.State{}, false, err
	}
	s, err = plane.ReadState(c.Dir)
	if errors.Is(err, fs.ErrNotExist) || err == nil && !s.Ready {
		const message = "a control plane is already starting in %s, as process %d: see %s for its progress, or stop it with make cluster-down"
		return plane.State{}, false, fmt.Errorf(message, c.Dir, pid, filepath.Join(c.Dir, supervisorLog))
	}
	if err != nil {
		return plane.State{}, false, err
	}
	set, target, err := c.requested()
	if err != nil {
		return plane.State{}, false, err
	}
	if !s.Set.Equal(set) || s.Target != target {
		const message = "a control plane already runs, with target %s and %s: stop it with make cluster-down first"
		return plane.State{}, false, fmt.Errorf(message, s.Target, s.Set)
	}
	return s, true, nil
}

// launch starts the supervisor in a new session, so that it outlives the terminal.
func (c *upCmd) launch() (*exec.Cmd, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(c.Dir, 0o700); err != nil {
		return nil, err
	}
	log, err := os.Create(filepath.Join(c.Dir, supervisorLog))
	if err != nil {
		return nil, err
	}
	defer log.Close()
	args := []string{
		"supervise", "--dir=" + c.Dir, "--repository=" + c.Repository, "--packager=" + c.Packager,
		"--set=" + c.Set, "--crossplane=" + c.Crossplane, "--target=" + c.Target,
	}
	if c.Source != "" {
		args = append(args, "--source="+c.Source)
	}
	s := exec.Command(self, args...) //nolint:gosec,noctx // This program, which outlives its caller.
	s.Stdout, s.Stderr = log, log
	s.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	return s, s.Start()
}

// follow prints the log of the supervisor until everything is ready. It returns an error if the supervisor exits before.
func (c *upCmd) follow(ctx context.Context, supervisor *exec.Cmd) error {
	ended := make(chan struct{})
	go func() {
		// The log has the error.
		_ = supervisor.Wait()
		close(ended)
	}()
	log, err := os.Open(filepath.Join(c.Dir, supervisorLog))
	if err != nil {
		return err
	}
	defer log.Close()
	for {
		if _, err := io.Copy(os.Stdout, log); err != nil {
			return err
		}
		if s, err := plane.ReadState(c.Dir); err == nil && s.Ready && s.PID == supervisor.Process.Pid {
			return nil
		}
		select {
		case <-ended:
			_, _ = io.Copy(os.Stdout, log)
			return errors.New("the control plane did not start: all its processes are stopped")
		case <-ctx.Done():
			_ = supervisor.Process.Signal(syscall.SIGTERM)
			<-ended
			return errors.New("stopped before the control plane was ready: all its processes are stopped")
		case <-time.After(pollInterval):
		}
	}
}

// printUsage prints commands for working with a control plane.
func (c *upCmd) printUsage(ctx context.Context, s plane.State) error {
	options, err := c.options(ctx)
	if err != nil {
		return err
	}
	objects := map[string]string{"claim": "objects.kubernetes.crossplane.io,", "namespaced": "objects.kubernetes.m.crossplane.io,"}[s.Target]
	fmt.Printf(`
Connect:            export KUBECONFIG=%s
                    alias kubectl=%s
Create a VM:        kubectl create namespace team-a
                    kubectl create secret generic ops-keys -n team-a --from-file=laptop=$HOME/.ssh/id_ed25519.pub
                    kubectl apply -f examples/minimal/wukong.yaml
Watch it start:     kubectl get wukong -n team-a -w
List the objects:   kubectl get %svirtualmachines,virtualmachineinstances,datavolumes,pods -n team-a
Read the logs:      %s
Stop everything:    make cluster-down
`, s.Kubeconfig, options.Kubectl(), objects, filepath.Join(c.Dir, "*.log"))
	return nil
}

type downCmd struct {
	Dir string `default:"${dir}" help:"Folder of the state (${default})."`
}

// Run stops a control plane and returns when all its processes have exited.
func (c *downCmd) Run(ctx context.Context) error {
	pid, err := supervisorPID(c.Dir)
	if err != nil {
		return err
	}
	if pid == 0 {
		fmt.Println("No control plane runs.")
		return nil
	}
	s, err := plane.ReadState(c.Dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err := syscall.Kill(pid, syscall.SIGTERM); err != nil {
		return fmt.Errorf("cannot stop process %d: %w", pid, err)
	}
	for {
		if running, err := supervisorPID(c.Dir); err != nil || running == 0 {
			break
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(pollInterval):
		}
	}
	names := make([]string, 0, len(s.Processes))
	for _, p := range s.Processes {
		names = append(names, p.Name)
	}
	if len(names) == 0 {
		fmt.Println("Stopped a control plane that was starting.")
		return nil
	}
	fmt.Printf("Stopped %s.\n", strings.Join(names, ", "))
	return nil
}
