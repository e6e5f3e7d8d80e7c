//go:build image

package image

import (
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// An engine is a Docker engine without images, in the test's own network and mount namespaces.
type engine struct {
	host string
}

// startEngine starts an engine that runs as long as the test. It builds with the classic builder, because Debian does not package BuildKit.
func startEngine(t *testing.T) engine {
	t.Helper()
	run(t, "ip", "link", "set", "lo", "up")

	// The path of the test's own folder may be too long for a socket, whose path has at most 108 bytes.
	dir, err := os.MkdirTemp("", "engine-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	e := engine{host: "unix://" + filepath.Join(dir, "docker.sock")}
	t.Setenv("DOCKER_HOST", e.host)
	t.Setenv("DOCKER_BUILDKIT", "0")
	t.Setenv("DOCKER_CONFIG", dir)

	log := &bytes.Buffer{}
	ctx, stop := context.WithCancel(context.Background())
	c := exec.CommandContext(ctx, "dockerd", "--host="+e.host, "--data-root="+filepath.Join(dir, "data"), "--exec-root="+filepath.Join(dir, "exec"),
		"--pidfile="+filepath.Join(dir, "pid"), "--log-level=warn")
	c.Stdout, c.Stderr = log, log
	c.Cancel = func() error { return c.Process.Signal(os.Interrupt) }
	c.WaitDelay = 30 * time.Second
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		stop()
		_ = c.Wait()
		if t.Failed() {
			t.Logf("The engine's log:\n%s", log)
		}
	})
	for range 300 {
		if exec.CommandContext(t.Context(), "docker", "version").Run() == nil {
			return e
		}
		time.Sleep(100 * time.Millisecond)
	}
	t.Fatal("the engine does not start")
	return e
}

// docker runs the Docker command line, and returns its standard output.
func docker(t *testing.T, args ...string) string {
	t.Helper()
	return run(t, "docker", args...)
}

// run runs a program that must succeed, and returns its standard output.
func run(t *testing.T, program string, args ...string) string {
	t.Helper()
	out, errs, err := try(t.Context(), program, args...)
	if err != nil {
		t.Fatalf("%s %s: %v\n%s%s", program, strings.Join(args, " "), err, out, errs)
	}
	return out
}

// try runs a program, and returns its output.
func try(ctx context.Context, program string, args ...string) (stdout, stderr string, err error) {
	c := exec.CommandContext(ctx, program, args...)
	var out, errs bytes.Buffer
	c.Stdout, c.Stderr = &out, &errs
	err = c.Run()
	return strings.TrimSpace(out.String()), strings.TrimSpace(errs.String()), err
}

// await repeats a check until it succeeds, for about 30 seconds.
func await(t *testing.T, what string, check func() error) {
	t.Helper()
	err := errors.New("not tried")
	for range 300 {
		if err = check(); err == nil {
			return
		}
		time.Sleep(100 * time.Millisecond)
	}
	t.Fatalf("%s: %v", what, err)
}
