package schema

import (
	"context"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// refusedAt is the field that the first line of a manifest in test/refused names.
var refusedAt = regexp.MustCompile(`^# Refused at (\S+): `)

// TestRefused shows that each manifest in test/refused is refused, and that the error says at which field.
func TestRefused(t *testing.T) {
	s := mustServer(t)
	for _, file := range some(t, "test/refused/*.yaml") {
		t.Run(filepath.Base(file), func(t *testing.T) {
			want := wantedField(t, file)
			err := s.create(context.Background(), manifest(t, file))
			if err == nil {
				t.Fatalf("accepted, want an error at %s", want)
			}
			if !regexp.MustCompile(`(^|[^A-Za-z0-9.])` + regexp.QuoteMeta(want) + `($|[^A-Za-z0-9])`).MatchString(err.Error()) {
				t.Errorf("want an error at %s, got: %v", want, err)
			}
		})
	}
}

// TestAccepted shows that the API server takes what it is to take: the examples, what the function alone can refuse, and
// manifests in the shapes of those written before there was this function.
func TestAccepted(t *testing.T) {
	s := mustServer(t)
	for _, pattern := range []string{
		"examples/*/claim.yaml",
		"examples/*/xr.yaml",
		"test/refused/by-input/*.yaml",
		"test/schema/testdata/predecessor/*.yaml",
	} {
		for _, file := range some(t, pattern) {
			t.Run(strings.TrimPrefix(file, root+"/"), func(t *testing.T) {
				if err := s.create(context.Background(), manifest(t, file)); err != nil {
					t.Error(err)
				}
			})
		}
	}
}

// TestPredecessor shows that the function renders those manifests too.
func TestPredecessor(t *testing.T) {
	for _, file := range some(t, "test/schema/testdata/predecessor/*.yaml") {
		t.Run(filepath.Base(file), func(t *testing.T) {
			spec, ok := manifest(t, file)["spec"].(map[string]any)
			if !ok {
				t.Fatal("no spec")
			}
			if err := run(spec); err != nil {
				t.Error(err)
			}
		})
	}
}

// some files that match the pattern. A pattern that matches none no longer tests anything.
func some(t *testing.T, pattern string) []string {
	t.Helper()
	found := files(t, pattern)
	if len(found) == 0 {
		t.Fatalf("no file matches %s", pattern)
	}
	return found
}

func wantedField(t *testing.T, file string) string {
	t.Helper()
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	m := refusedAt.FindSubmatch(b)
	if m == nil {
		t.Fatal("the first line must be: # Refused at FIELD: REASON")
	}
	return string(m[1])
}
