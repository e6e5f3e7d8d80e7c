package schema

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"sigs.k8s.io/yaml"
)

// checks is how many random specs a property is tried on, unless the flag or the environment of rapid says otherwise.
const checks = "1000"

func TestMain(m *testing.M) {
	if os.Getenv("RAPID_CHECKS") == "" {
		if err := flag.Set("rapid.checks", checks); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	}
	os.Exit(m.Run())
}

// apiServer knows the definitions of the repository. To make it takes seconds, because it compiles every rule.
var apiServer = sync.OnceValues(func() (server, error) {
	crds, err := definitions()
	if err != nil {
		return nil, err
	}
	return newServer(crds...)
})

func mustServer(t *testing.T) server {
	t.Helper()
	s, err := apiServer()
	if err != nil {
		t.Fatalf("cannot serve the definitions: %v", err)
	}
	return s
}

// files that match a pattern below the root of the repository.
func files(t *testing.T, pattern string) []string {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(root, pattern))
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// manifest reads a file with one object.
func manifest(t *testing.T, file string) map[string]any {
	t.Helper()
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var o map[string]any
	if err := yaml.Unmarshal(b, &o); err != nil {
		t.Fatalf("%s: %v", file, err)
	}
	return o
}

// specOf a file with a Wukong, with numbers as the API server decodes them.
func specOf(t *testing.T, file string) map[string]any {
	t.Helper()
	u, err := transmitted(manifest(t, file))
	if err != nil {
		t.Fatalf("%s: %v", file, err)
	}
	spec, ok := u.Object["spec"].(map[string]any)
	if !ok {
		t.Fatalf("%s has no spec", file)
	}
	return spec
}
