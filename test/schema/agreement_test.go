package schema

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/crossplane/function-sdk-go/logging"
	fnv1 "github.com/crossplane/function-sdk-go/proto/v1"
	"pgregory.net/rapid"

	"github.com/novasphere/function-wukong/fn"
	"github.com/novasphere/function-wukong/internal/wukongtest"
)

var (
	// refusal matches the path of a field in the function's errors, and the first word of the error's type.
	refusal = regexp.MustCompile(`(?:^|\[|, )(spec(?:\.[A-Za-z]+(?:\[[^\]]*\])?)*: \w+)`)

	// beyondSchema matches the refusals of the function that a schema cannot have. Rules of a schema do not read registry references, URLs
	// or YAML. They do not count bytes, and do not know the Input. To compare addresses would exceed their cost limit. They cannot derive
	// MAC addresses from names, nor defaults from other fields, such as the disk to boot from. The fields of a toleration and of a template have the schema of Kubernetes and of KubeVirt.
	beyondSchema = regexp.MustCompile(`^spec\.(` + strings.Join([]string{
		`(osImage|disks\[\d+\]\.image|highAvailability\.tolerations\[\d+\]\.(key|value)): Invalid`,
		`cloudInit\.userData: (Invalid|Too)`,
		`(osImage|disks\[\d+\]\.image|networks\[\d+\]\.bridgeName|performance\.requests\.(cpu|memory)): Forbidden`,
		`(maxCPU: Invalid|cpu: Required)`,
		`(osImageFrom|disks\[\d+\]\.imageFrom)\.namespace: Forbidden`,
		`template(\.[A-Za-z]+(\[[^\]]*\])?)*: \w+`,
		`networks\[\d+\]\.((nadName|ipConfig\.(address|gateway)): Forbidden|ipConfig\.address: Duplicate)`,
	}, "|") + `)$`)
)

// TestValid shows that the API server accepts each valid spec, in a claim and in a composite, and that the function renders it.
func TestValid(t *testing.T) {
	t.Parallel()
	s := mustServer(t)
	rapid.Check(t, func(t *rapid.T) {
		spec := wukongtest.WithTemplate(wukongtest.GatedTemplate()).Draw(t, "spec")
		for _, o := range []map[string]any{wukongtest.Claim(spec), wukongtest.Composite(spec)} {
			if err := s.create(context.Background(), o); err != nil {
				t.Errorf("the schema refuses the %s: %v", o["kind"], err)
			}
		}
		if err := run(spec); err != nil {
			t.Errorf("the function refuses the spec: %v", err)
		}
	})
}

// TestAgreement shows that the API server and the function refuse the same specs, except for refusals that no schema can have. There only the
// function refuses the spec. It never accepts more than the API server, because a composite can reach it without validation by an API server.
func TestAgreement(t *testing.T) {
	t.Parallel()
	s := mustServer(t)
	rapid.Check(t, func(t *rapid.T) {
		b := wukongtest.BrokenSpec().Draw(t, "broken")
		if difference := disagreement(s, b); difference != "" {
			t.Error(difference)
		}
	})
}

// disagreement returns how the API server and the function differ about a spec; empty if they agree.
func disagreement(s server, b wukongtest.Broken) string {
	bySchema, byFunction := s.create(context.Background(), wukongtest.Claim(b.Spec)), run(b.Spec)
	switch {
	case bySchema != nil && byFunction == nil:
		return fmt.Sprintf("%s (%s): only the schema refuses the spec: %v", b.Path, b.Change, bySchema)
	case bySchema == nil && byFunction != nil && !isBeyondSchema(byFunction):
		return fmt.Sprintf("%s (%s): only the function refuses the spec: %v", b.Path, b.Change, byFunction)
	}
	return ""
}

// isBeyondSchema reports whether an error of the function has only refusals that the schema cannot have.
func isBeyondSchema(err error) bool {
	refusals := refusal.FindAllStringSubmatch(err.Error(), -1)
	for _, r := range refusals {
		if !beyondSchema.MatchString(r[1]) {
			return false
		}
	}
	return len(refusals) > 0
}

// run returns the fatal result of the function for a spec as an error; nil if the function renders the spec.
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
