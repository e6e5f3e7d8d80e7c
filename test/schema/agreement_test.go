package schema

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"testing"

	"github.com/crossplane/function-sdk-go/logging"
	fnv1 "github.com/crossplane/function-sdk-go/proto/v1"
	"pgregory.net/rapid"

	"github.com/novasphere/function-wukong/fn"
	"github.com/novasphere/function-wukong/internal/wukongtest"
)

var (
	// refusal finds in the function's errors which fields they are about, and the first word of what is wrong with them.
	refusal = regexp.MustCompile(`(?:^|\[|, )(spec(?:\.[A-Za-z]+(?:\[[^\]]*\])?)*: \w+)`)

	// beyondSchema are the refusals that the function alone can make: no rule of a schema reads a registry reference, a URL or
	// YAML, counts bytes, knows which namespaces the Input shares, compares addresses at a cost that is
	// known before, or digests names to MAC addresses, and the fields of a toleration are Kubernetes' own.
	beyondSchema = regexp.MustCompile(`^spec\.((osImage|disks\[\d+\]\.image|highAvailability\.tolerations\[\d+\]\.(key|value)): Invalid|cloudInit\.userData: (Invalid|Too)|networks\[\d+\]\.((nadName|ipConfig\.(address|gateway)): Forbidden|ipConfig\.address: Duplicate))$`)
)

// TestValid shows that what is valid is accepted by the API server, as a claim and as a composite, and rendered by the function.
func TestValid(t *testing.T) {
	t.Parallel()
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
	t.Parallel()
	s := mustServer(t)
	rapid.Check(t, func(t *rapid.T) {
		b := wukongtest.BrokenSpec().Draw(t, "broken")
		if complaint := disagreement(s, b); complaint != "" {
			t.Error(complaint)
		}
	})
}

// disagreement says how the API server and the function differ about a spec; nothing where they agree.
func disagreement(s server, b wukongtest.Broken) string {
	bySchema, byFunction := s.create(context.Background(), wukongtest.Claim(b.Spec)), run(b.Spec)
	switch {
	case bySchema != nil && byFunction == nil:
		return fmt.Sprintf("%s (%s): only the schema refuses it: %v", b.Path, b.Change, bySchema)
	case bySchema == nil && byFunction != nil && !isBeyondSchema(byFunction):
		return fmt.Sprintf("%s (%s): only the function refuses it: %v", b.Path, b.Change, byFunction)
	}
	return ""
}

// isBeyondSchema says whether an error of the function is about nothing but what the schema cannot refuse.
func isBeyondSchema(err error) bool {
	found := refusal.FindAllStringSubmatch(err.Error(), -1)
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
	rsp, err := fn.New(logging.NewNopLogger()).RunFunction(context.Background(), req)
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
