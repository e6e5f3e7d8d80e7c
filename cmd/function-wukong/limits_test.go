package main

import (
	"testing"

	"github.com/novasphere/function-wukong/internal/golden"
)

// TestLimitsOfExample shows that the policy in examples/production is what the limits of its Composition print.
func TestLimitsOfExample(t *testing.T) {
	const production = "../../examples/production/"
	got := call(t, binary, "limits", production+"settings/composition.yaml")
	if got.Code != 0 || got.Err != "" {
		t.Fatalf("want exit code 0 and no error, got %+v", got)
	}
	golden.Compare(t, production+"limits-policy.yaml", got.Out)
}
