package schema

import (
	"context"
	"strings"
	"testing"

	"github.com/novasphere/function-wukong/internal/wukongtest"
)

// TestRefused shows that the API server refuses the example of each rule with the rule's words, and the examples of wrong structure at their
// field; and that it has no rule beside those of the table.
func TestRefused(t *testing.T) {
	s := mustServer(t)
	said := map[string]bool{}
	for _, file := range some(t, "package/configuration*/definition.yaml") {
		messages(manifest(t, file), said)
	}
	for _, r := range wukongtest.Refused() {
		t.Run(r.ID, func(t *testing.T) {
			err := s.create(context.Background(), wukongtest.Claim(r.Spec))
			delete(said, r.Rule)
			switch {
			case r.FunctionAlone && err != nil:
				t.Errorf("the table says that the function alone can tell, but the API server does: %v", err)
			case r.FunctionAlone:
			case err == nil:
				t.Error("the API server accepts it")
			case !strings.Contains(err.Error(), r.APIServerError()):
				t.Errorf("want an error with %q, got: %v", r.APIServerError(), err)
			}
		})
	}
	for message := range said {
		t.Errorf("no row of the table has the rule %q", message)
	}
}

// messages collects what the rules in a definition say.
func messages(v any, into map[string]bool) {
	switch v := v.(type) {
	case map[string]any:
		if rules, ok := v["x-kubernetes-validations"].([]any); ok {
			for _, r := range rules {
				if message, ok := r.(map[string]any)["message"].(string); ok {
					into[message] = true
				}
			}
		}
		for _, e := range v {
			messages(e, into)
		}
	case []any:
		for _, e := range v {
			messages(e, into)
		}
	}
}
