package schema

import (
	"context"
	"strings"
	"testing"

	"github.com/novasphere/function-wukong/internal/wukongtest"
)

// TestRefused shows that the API server refuses the example of each rule with the rule's message, and the examples of a wrong structure at their
// field. It also shows that the definitions have no rule that the table lacks.
func TestRefused(t *testing.T) {
	s := mustServer(t)
	unmatched := map[string]bool{}
	for _, file := range matchingFiles(t, "package/configuration*/definition.yaml") {
		addRuleMessages(unmatched, readManifest(t, file))
	}
	for _, r := range wukongtest.Refused() {
		t.Run(r.ID, func(t *testing.T) {
			err := s.create(context.Background(), wukongtest.Claim(r.Spec))
			delete(unmatched, r.Rule)
			switch {
			case r.FunctionAlone && err != nil:
				t.Errorf("want a refusal by the function alone, got one by the API server: %v", err)
			case r.FunctionAlone:
			case err == nil:
				t.Error("the API server accepts the spec")
			case !strings.Contains(err.Error(), r.APIServerError()):
				t.Errorf("want an error with %q, got: %v", r.APIServerError(), err)
			}
		})
	}
	for message := range unmatched {
		t.Errorf("no row of the table has the rule %q", message)
	}
}

// addRuleMessages adds the message of each rule in a part of a definition to a set.
func addRuleMessages(messages map[string]bool, v any) {
	switch v := v.(type) {
	case map[string]any:
		if rules, ok := v["x-kubernetes-validations"].([]any); ok {
			for _, r := range rules {
				if message, ok := r.(map[string]any)["message"].(string); ok {
					messages[message] = true
				}
			}
		}
		for _, e := range v {
			addRuleMessages(messages, e)
		}
	case []any:
		for _, e := range v {
			addRuleMessages(messages, e)
		}
	}
}
