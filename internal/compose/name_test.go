package compose

import (
	"fmt"
	"testing"

	fnv1 "github.com/crossplane/function-sdk-go/proto/v1"

	"github.com/novasphere/function-wukong/internal/fields"
)

func TestSetName(t *testing.T) {
	composite := func(uid string, generation int) *fnv1.Resource {
		return &fnv1.Resource{Resource: structIn(t, fmt.Sprintf("metadata: {name: web-01-x7k2p, uid: %s, generation: %d}", uid, generation))}
	}
	first := &fnv1.State{Composite: composite("a", 3)}
	cases := map[string]struct {
		reason   string
		observed *fnv1.State
		key      string
		same     bool
	}{
		"SameComposite":    {reason: "What was read twice asks for the same resource.", observed: &fnv1.State{Composite: composite("a", 3)}, key: "vm", same: true},
		"LaterComposite":   {reason: "What Crossplane has forgotten by now may be on its way out.", observed: &fnv1.State{Composite: composite("a", 4)}, key: "vm"},
		"AnotherComposite": {reason: "The one before, of the same name, may be on its way out.", observed: &fnv1.State{Composite: composite("b", 3)}, key: "vm"},
		"AnotherKey":       {reason: "Two resources are two.", observed: &fnv1.State{Composite: composite("a", 3)}, key: "vmi"},
	}
	want := nameOfNew(t, "kind: Object", first, "vm")
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			if got := nameOfNew(t, "kind: Object", c.observed, c.key); got == "" || (got == want) != c.same {
				t.Errorf("%s The name was %q and is %q", c.reason, want, got)
			}
		})
	}
}

// TestGiveNameKeeps shows that what has a name keeps it.
func TestSetNameKeeps(t *testing.T) {
	observed := &fnv1.State{Resources: map[string]*fnv1.Resource{"vm": {Resource: structIn(t, "metadata: {name: web-01-x7k2p-4fz9k}")}}}
	if got := nameOfNew(t, "kind: Object", observed, "vm"); got != "web-01-x7k2p-4fz9k" {
		t.Errorf("what was observed is called %q now", got)
	}
	if got := nameOfNew(t, "metadata: {name: web-01}", observed, "vm"); got != "web-01" {
		t.Errorf("what has a name of its own is called %q now", got)
	}
}

func nameOfNew(t *testing.T, resource string, observed *fnv1.State, key string) string {
	t.Helper()
	s := structIn(t, resource)
	setName(s, observed, key)
	return fields.Text(s, "metadata", "name")
}
