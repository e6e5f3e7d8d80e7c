package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const versionVariable = "github.com/novasphere/function-wukong/internal/version.release"

var (
	// binary is the command line, built for all tests of this package as make package and the Dockerfile build it.
	binary string

	// plugin is the same, installed as a plugin of kubectl.
	plugin string
)

func TestMain(m *testing.M) {
	os.Exit(buildAndRun(m))
}

func buildAndRun(m *testing.M) int {
	dir, err := os.MkdirTemp("", "function-wukong-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer func() { _ = os.RemoveAll(dir) }()
	binary, plugin = filepath.Join(dir, "function-wukong"), filepath.Join(dir, "kubectl-wukong")
	build := exec.CommandContext(context.Background(), "go", "build", "-buildvcs=false", "-ldflags", "-X "+versionVariable+"=v1.2.3", "-o", binary, ".")
	build.Env = append(os.Environ(), "GOWORK=off")
	if out, err := build.CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "cannot build: %v\n%s", err, out)
		return 1
	}
	if err := os.Symlink(binary, plugin); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return m.Run()
}

// A result is what a call of the command line printed, and its exit code.
type result struct {
	Out, Err string
	Code     int
}

// call calls a program, and returns the result.
func call(t *testing.T, program string, args ...string) result {
	t.Helper()
	return callWith(t, "", program, args...)
}

// callWith calls a program with something on its standard input, and returns the result.
func callWith(t *testing.T, stdin, program string, args ...string) result {
	t.Helper()
	var out, errs bytes.Buffer
	c := exec.CommandContext(t.Context(), program, args...)
	c.Stdin, c.Stdout, c.Stderr = strings.NewReader(stdin), &out, &errs
	err := c.Run()
	if failed := (*exec.ExitError)(nil); err != nil && !errors.As(err, &failed) {
		t.Fatal(err)
	}
	return result{Out: out.String(), Err: errs.String(), Code: c.ProcessState.ExitCode()}
}

// TestVersion asks the command line for its version.
func TestVersion(t *testing.T) {
	want := result{Out: "function-wukong v1.2.3 (" + runtime.Version() + ")\n"}
	for _, args := range []string{"--version", "version"} {
		if diff := cmp.Diff(want, call(t, binary, args)); diff != "" {
			t.Errorf("%s: -want, +got:\n%s", args, diff)
		}
	}

	// The linker says nothing of a variable that there is not.
	b, err := os.ReadFile("../../package/build/runtime/binary.go")
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(b), versionVariable) {
		t.Errorf("package/build does not give the linker %s", versionVariable)
	}
}

// TestDependencies keeps a Kubernetes client out of the function: it calls no API server, and whoever scans its image for
// vulnerabilities need not hear of those of a client.
func TestDependencies(t *testing.T) {
	list := exec.CommandContext(t.Context(), "go", "list", "-deps", ".")
	list.Env = append(os.Environ(), "GOWORK=off")
	packages, err := list.Output()
	if err != nil {
		t.Fatal(err)
	}
	for _, unwanted := range []string{"k8s.io/client-go/", "sigs.k8s.io/controller-runtime/", "k8s.io/apiserver/", "k8s.io/kubernetes/"} {
		if strings.Contains("\n"+string(packages), "\n"+unwanted) {
			t.Errorf("the function is linked with packages of %s: go mod why -m %[1]s, or go list -deps, says what brings them", strings.TrimSuffix(unwanted, "/"))
		}
	}
}
