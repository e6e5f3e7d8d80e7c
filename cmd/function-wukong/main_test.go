package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

const versionVariable = "github.com/novasphere/function-wukong/internal/version.release"

// binary is the function, built for all tests of this package as make package and the Dockerfile build it.
var binary string

func TestMain(m *testing.M) {
	os.Exit(run(m))
}

func run(m *testing.M) int {
	dir, err := os.MkdirTemp("", "function-wukong-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer func() { _ = os.RemoveAll(dir) }()
	binary = filepath.Join(dir, "function")
	build := exec.CommandContext(context.Background(), "go", "build", "-buildvcs=false", "-ldflags", "-X "+versionVariable+"=v1.2.3", "-o", binary, ".")
	build.Env = append(os.Environ(), "GOWORK=off")
	if out, err := build.CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "cannot build: %v\n%s", err, out)
		return 1
	}
	return m.Run()
}

// TestVersion asks the function for its version.
func TestVersion(t *testing.T) {
	got, err := exec.CommandContext(t.Context(), binary, "--version").CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, got)
	}
	if want := "function-wukong v1.2.3 (" + runtime.Version() + ")\n"; string(got) != want {
		t.Errorf("want %sgot  %s", want, got)
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

// TestRender previews by the command line, as users do.
func TestRender(t *testing.T) {
	const example = "../../examples/minimal/wukong.yaml"
	cases := map[string]struct {
		args []string
		want string
		fail bool
	}{
		"Default":    {[]string{example}, "apiVersion: kubernetes.m.crossplane.io/v1alpha1", false},
		"Claim":      {[]string{"--target", "claim", example}, "apiVersion: kubernetes.crossplane.io/v1alpha2", false},
		"Native":     {[]string{"--target=native", "--tree", example}, "Wukong team-a/web-01\n", false},
		"NoTarget":   {[]string{"--target=claims", example}, "--target must be one of", true},
		"WrongState": {[]string{"--observed=../../examples/observed/namespaced/running.yaml", example}, "nothing in it belongs to a Wukong of the files", true},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			out, err := exec.CommandContext(t.Context(), binary, append([]string{"render"}, tc.args...)...).CombinedOutput()
			if (err != nil) != tc.fail || !strings.Contains(string(out), tc.want) {
				t.Errorf("want %q, got %v:\n%s", tc.want, err, out)
			}
		})
	}
}
