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
		"SameComposite":  {reason: "The same composite has the same resource.", observed: &fnv1.State{Composite: composite("a", 3)}, key: "vm", same: true},
		"LaterComposite": {reason: "A resource of an earlier generation may be terminating.", observed: &fnv1.State{Composite: composite("a", 4)}, key: "vm"},
		"AnotherComposite": {
			reason:   "A resource of an earlier composite of the same name may be terminating.",
			observed: &fnv1.State{Composite: composite("b", 3)},
			key:      "vm",
		},
		"AnotherKey": {reason: "Another key is another resource.", observed: &fnv1.State{Composite: composite("a", 3)}, key: "vmi"},
	}
	want := nameSetOn(t, "kind: Object", first, "vm")
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			if got := nameSetOn(t, "kind: Object", c.observed, c.key); got == "" || (got == want) != c.same {
				t.Errorf("%s The name was %q and is %q", c.reason, want, got)
			}
		})
	}
}

// TestSetNameKeeps shows that an existing name stays.
func TestSetNameKeeps(t *testing.T) {
	observed := &fnv1.State{Resources: map[string]*fnv1.Resource{"vm": {Resource: structIn(t, "metadata: {name: web-01-x7k2p-4fz9k}")}}}
	if got := nameSetOn(t, "kind: Object", observed, "vm"); got != "web-01-x7k2p-4fz9k" {
		t.Errorf("the observed resource got the name %q", got)
	}
	if got := nameSetOn(t, "metadata: {name: web-01}", observed, "vm"); got != "web-01" {
		t.Errorf("the resource with a name got the name %q", got)
	}
}

func nameSetOn(t *testing.T, resource string, observed *fnv1.State, key string) string {
	t.Helper()
	s := structIn(t, resource)
	setName(s, observed, key)
	return fields.Text(s, "metadata", "name")
}
