package troubleshooting

import (
	"context"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/crossplane/function-sdk-go/logging"
	fnv1 "github.com/crossplane/function-sdk-go/proto/v1"
	"pgregory.net/rapid"
	"sigs.k8s.io/yaml"

	"github.com/novasphere/function-wukong/fn"
	"github.com/novasphere/function-wukong/internal/message"
	"github.com/novasphere/function-wukong/internal/report"
	"github.com/novasphere/function-wukong/internal/wukongtest"
)

// TestEveryMessage shows that each message of the function, of its server and of its previews has an entry in the chapter, and that each entry
// has a message.
func TestEveryMessage(t *testing.T) {
	unmatched := map[string]bool{}
	for _, e := range chapter(t) {
		unmatched[e.text] = true
	}
	entries := maps.Clone(unmatched)
	for _, m := range message.All() {
		explained := false
		for _, text := range []string{m.Entry(), "FIELD: " + m.Entry()} {
			explained = explained || entries[text]
			delete(unmatched, text)
		}
		if !explained {
			t.Errorf("the chapter has no entry for message %s: %s", m.ID, m.Entry())
		}
	}
	for text := range unmatched {
		t.Errorf("no message has the text of this entry of the chapter: %s", text)
	}
}

// TestEveryReason shows that each condition, and each reason of a condition or an event, is in the chapter.
func TestEveryReason(t *testing.T) {
	b, err := os.ReadFile(filepath.Join(root, "docs/troubleshooting.md"))
	if err != nil {
		t.Fatal(err)
	}
	for _, word := range slices.Concat(report.Conditions(), report.Reasons(), report.EventReasons()) {
		if !strings.Contains(string(b), "`"+word+"`") {
			t.Errorf("docs/troubleshooting.md does not explain %s", word)
		}
	}
}

// TestObserved shows that each message in the golden files of observed states of the examples has an entry.
func TestObserved(t *testing.T) {
	all := chapter(t)
	files, err := filepath.Glob(filepath.Join(root, "internal/preview/testdata/*/*/*.yaml"))
	if err != nil || len(files) == 0 {
		t.Fatalf("found no golden files of observed states: %v", err)
	}
	for _, file := range files {
		b, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var o struct {
			Status struct {
				Message    string
				Conditions []struct{ Type, Message string }
			}
		}
		if err := yaml.Unmarshal(b, &o); err != nil {
			t.Fatal(err)
		}
		messages := []string{o.Status.Message}
		for _, c := range o.Status.Conditions {
			if c.Type != "Ready" && c.Type != "Synced" {
				messages = append(messages, c.Message)
			}
		}
		requireEntries(t, all, messages)
	}
}

// TestRandom shows that each message about random specs, valid and invalid, has an entry.
func TestRandom(t *testing.T) {
	all := chapter(t)
	rapid.Check(t, func(t *rapid.T) {
		spec := wukongtest.Spec().Draw(t, "spec")
		if rapid.Bool().Draw(t, "broken?") {
			spec = wukongtest.Break(spec).Draw(t, "broken").Spec
		}
		req, err := wukongtest.Request(spec)
		if err != nil {
			t.Skip("the spec is not JSON")
		}
		requireEntries(t, all, run(t, req))
	})
}

// A tester is a *testing.T or a *rapid.T.
type tester interface {
	Helper()
	Fatal(args ...any)
	Errorf(format string, args ...any)
}

// run calls the function, and returns the messages in its response.
func run(t tester, req *fnv1.RunFunctionRequest) []string {
	t.Helper()
	rsp, err := fn.New(logging.NewNopLogger()).RunFunction(context.Background(), req)
	if err != nil {
		t.Fatal(err)
	}
	return messagesIn(rsp)
}

// requireEntries fails the test for each message without an entry.
func requireEntries(t tester, all []entry, messages []string) {
	t.Helper()
	for _, m := range messages {
		if m != "" && len(matching(all, m)) == 0 {
			t.Errorf("no entry explains: %s", m)
		}
	}
}
