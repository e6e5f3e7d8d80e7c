package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// TestVersion builds the function as make package and the Dockerfile do, and checks the version that it prints.
func TestVersion(t *testing.T) {
	binary := filepath.Join(t.TempDir(), "function")
	const variable = "github.com/novasphere/function-wukong/internal/version.release="
	build := exec.CommandContext(t.Context(), "go", "build", "-buildvcs=false", "-ldflags", "-X "+variable+"v1.2.3", "-o", binary, ".")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("cannot build: %v\n%s", err, out)
	}
	got, err := exec.CommandContext(t.Context(), binary, "--version").CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, got)
	}
	if want := "function-wukong v1.2.3 (" + runtime.Version() + ")\n"; string(got) != want {
		t.Errorf("want %sgot  %s", want, got)
	}

	// The linker ignores a variable that does not exist.
	b, err := os.ReadFile("../../package/build/runtime/binary.go")
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(b), strings.TrimSuffix(variable, "=")) {
		t.Errorf("package/build does not give the linker %s", variable)
	}
}

// TestDependencies keeps Kubernetes clients out of the function. It calls no API server, and scanners of its image would report the
// vulnerabilities of a client.
func TestDependencies(t *testing.T) {
	packages, err := exec.CommandContext(t.Context(), "go", "list", "-deps", ".").Output()
	if err != nil {
		t.Fatal(err)
	}
	for _, unwanted := range []string{"k8s.io/client-go/", "sigs.k8s.io/controller-runtime/", "k8s.io/apiserver/", "k8s.io/kubernetes/"} {
		if strings.Contains("\n"+string(packages), "\n"+unwanted) {
			t.Errorf("the function is linked with packages of %s: go mod why -m %[1]s, or go list -deps, says what brings them", strings.TrimSuffix(unwanted, "/"))
		}
	}
}

// TestRender runs previews from the command line.
func TestRender(t *testing.T) {
	binary := filepath.Join(t.TempDir(), "function")
	if out, err := exec.CommandContext(t.Context(), "go", "build", "-o", binary, ".").CombinedOutput(); err != nil {
		t.Fatalf("cannot build: %v\n%s", err, out)
	}
	const example = "../../examples/minimal/wukong.yaml"
	cases := map[string]struct {
		args []string
		want string
		fail bool
	}{
		"Default":  {args: []string{example}, want: "apiVersion: kubernetes.m.crossplane.io/v1alpha1"},
		"Claim":    {args: []string{"--target", "claim", example}, want: "apiVersion: kubernetes.crossplane.io/v1alpha2"},
		"Native":   {args: []string{"--target=native", "--tree", example}, want: "Wukong team-a/web-01\n"},
		"NoTarget": {args: []string{"--target=claims", example}, want: "--target must be one of", fail: true},
		"WrongState": {
			args: []string{"--observed=../../examples/observed/namespaced/running.yaml", example},
			want: "nothing in it belongs to a Wukong of the files",
			fail: true,
		},
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
