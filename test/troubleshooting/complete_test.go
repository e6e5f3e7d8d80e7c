package troubleshooting

import (
	"context"
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

// silent are the messages that the chapter does not have as they are, by their IDs, and why.
var silent = map[string]string{}

// TestEveryMessage shows that each message of the function, of its server and of its previews is in the chapter, and nothing else.
func TestEveryMessage(t *testing.T) {
	entries := map[string]bool{}
	for _, e := range chapter(t) {
		entries[e.text] = false
	}
	for _, m := range message.All() {
		texts := []string{m.Entry(), "FIELD: " + m.Entry()}
		found := false
		for _, text := range texts {
			if _, ok := entries[text]; ok {
				entries[text], found = true, true
			}
		}
		if _, ok := silent[m.ID]; found == ok {
			t.Errorf("message %s: in the chapter: %t; silent: %t: %s", m.ID, found, ok, m.Entry())
		}
	}
	for text, isMessage := range entries {
		if !isMessage {
			t.Errorf("the chapter explains what is no message: %s", text)
		}
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

// TestObserved shows that what is told of every known state of the examples is explained.
func TestObserved(t *testing.T) {
	all := chapter(t)
	files, err := filepath.Glob(filepath.Join(root, "internal/preview/testdata/*/*/*.yaml"))
	if err != nil || len(files) == 0 {
		t.Fatalf("found no known states: %v", err)
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
		explained(t, all, messages)
	}
}

// TestRandom shows that whatever is told of random specs, valid and not, is explained.
func TestRandom(t *testing.T) {
	all := chapter(t)
	rapid.Check(t, func(t *rapid.T) {
		spec := wukongtest.Spec().Draw(t, "spec")
		if rapid.Bool().Draw(t, "broken?") {
			spec = wukongtest.Break(spec).Draw(t, "broken").Spec
		}
		req, err := wukongtest.Request(spec)
		if err != nil {
			t.Skip("it is no JSON")
		}
		explained(t, all, ask(t, req))
	})
}

// A tester is a test, or one of its random cases.
type tester interface {
	Helper()
	Fatal(args ...any)
	Errorf(format string, args ...any)
}

// ask the function, and return all that it tells.
func ask(t tester, req *fnv1.RunFunctionRequest) []string {
	t.Helper()
	rsp, err := fn.New(logging.NewNopLogger()).RunFunction(context.Background(), req)
	if err != nil {
		t.Fatal(err)
	}
	return messagesIn(rsp)
}

// explained fails where a message is not.
func explained(t tester, all []entry, messages []string) {
	t.Helper()
	for _, m := range messages {
		if m != "" && len(told(all, m)) == 0 {
			t.Errorf("no entry explains: %s", m)
		}
	}
}
