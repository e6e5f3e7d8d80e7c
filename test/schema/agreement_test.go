package schema

import (
	"context"
	"errors"
	"regexp"
	"testing"

	"github.com/crossplane/function-sdk-go/logging"
	fnv1 "github.com/crossplane/function-sdk-go/proto/v1"
	"pgregory.net/rapid"

	"github.com/novasphere/function-wukong/fn/function"
	"github.com/novasphere/function-wukong/fn/wukongtest"
)

var (
	// refusedField finds the fields in the function's errors.
	refusedField = regexp.MustCompile(`(?:^|\[|, )(spec(?:\.[A-Za-z]+(?:\[[^\]]*\])?)*): `)

	// beyondSchema are the fields of which the function alone can say what is wrong: no rule of a schema reads a registry
	// reference, a URL or YAML, and none reaches the fields that the schema takes over from Kubernetes.
	beyondSchema = regexp.MustCompile(`^spec\.(osImage|disks\[\d+\]\.image|cloudInit\.userData|highAvailability\.tolerations\[\d+\]\.key)$`)
)

// TestValid shows that what is valid is accepted by the API server, as a claim and as a composite, and rendered by the function.
func TestValid(t *testing.T) {
	s := mustServer(t)
	rapid.Check(t, func(t *rapid.T) {
		spec := wukongtest.Spec().Draw(t, "spec")
		for _, o := range []map[string]any{wukongtest.Claim(spec), wukongtest.Composite(spec)} {
			if err := s.create(context.Background(), o); err != nil {
				t.Errorf("the schema refuses the %s: %v", o["kind"], err)
			}
		}
		if err := run(spec); err != nil {
			t.Errorf("the function refuses it: %v", err)
		}
	})
}

// TestAgreement shows that the API server and the function refuse the same, but for what no schema can say. It is the function
// that is stricter there: else a composite that did not pass an API server would get further than one that did.
func TestAgreement(t *testing.T) {
	s := mustServer(t)
	rapid.Check(t, func(t *rapid.T) {
		b := wukongtest.BrokenSpec().Draw(t, "broken")
		bySchema, byFunction := s.create(context.Background(), wukongtest.Claim(b.Spec)), run(b.Spec)
		switch {
		case bySchema != nil && byFunction == nil:
			t.Errorf("%s (%s): only the schema refuses it: %v", b.Path, b.Change, bySchema)
		case bySchema == nil && byFunction != nil && !isBeyondSchema(byFunction):
			t.Errorf("%s (%s): only the function refuses it: %v", b.Path, b.Change, byFunction)
		}
	})
}

// isBeyondSchema says whether an error of the function is about nothing but fields of which the schema cannot say what is wrong.
func isBeyondSchema(err error) bool {
	found := refusedField.FindAllStringSubmatch(err.Error(), -1)
	for _, f := range found {
		if !beyondSchema.MatchString(f[1]) {
			return false
		}
	}
	return len(found) > 0
}

// run says why the function refuses a spec; nil where it renders it.
func run(spec map[string]any) error {
	req, err := wukongtest.Request(spec)
	if err != nil {
		return err
	}
	rsp, err := function.New(logging.NewNopLogger()).RunFunction(context.Background(), req)
	if err != nil {
		return err
	}
	for _, r := range rsp.GetResults() {
		if r.GetSeverity() == fnv1.Severity_SEVERITY_FATAL {
			return errors.New(r.GetMessage())
		}
	}
	return nil
}
