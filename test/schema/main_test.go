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

// checks is the number of random specs for each property, unless the flag or the environment of rapid sets another.
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

// apiServer returns the server of the repository's definitions. The first call takes seconds, because it compiles every rule.
var apiServer = sync.OnceValues(func() (server, error) {
	crds, err := definitions()
	if err != nil {
		return nil, err
	}
	return newServer(crds...)
})

// mustServer returns the server of the repository's definitions, or fails the test.
func mustServer(t *testing.T) server {
	t.Helper()
	s, err := apiServer()
	if err != nil {
		t.Fatalf("cannot serve the definitions: %v", err)
	}
	return s
}

// matchingFiles returns the files that match a pattern below the root of the repository. It fails the test if there are none: the test would
// test nothing.
func matchingFiles(t *testing.T, pattern string) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(root, pattern))
	if err != nil {
		t.Fatal(err)
	}
	if len(files) == 0 {
		t.Fatalf("no file matches %s", pattern)
	}
	return files
}

// readManifest returns the object in a file.
func readManifest(t *testing.T, file string) map[string]any {
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

// readSpec returns the spec of the Wukong in a file, with numbers as the API server decodes them.
func readSpec(t *testing.T, file string) map[string]any {
	t.Helper()
	u, err := roundTrip(readManifest(t, file))
	if err != nil {
		t.Fatalf("%s: %v", file, err)
	}
	spec, ok := u.Object["spec"].(map[string]any)
	if !ok {
		t.Fatalf("%s has no spec", file)
	}
	return spec
}
