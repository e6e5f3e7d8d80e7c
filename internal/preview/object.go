package preview

import (
	"slices"
	"strings"

	"github.com/novasphere/function-wukong/internal/observed"
	"github.com/novasphere/function-wukong/internal/plan"
)

// An object is one that a Wukong is made of: as it is desired, and what became of it.
type object struct {
	plan.Resource

	observed observed.Resource
}

// objects of a rendering, by the order of their keys.
func (r rendering) objects() []object {
	out := make([]object, len(r.planned.Resources))
	for i, p := range r.planned.Resources {
		out[i] = object{p, r.planned.Observed[p.Key]}
	}
	slices.SortFunc(out, func(a, b object) int { return strings.Compare(a.Key, b.Key) })
	return out
}

// applied reports whether the object is applied: else it is only observed, or somebody else's.
func (o object) applied() bool { return o.Management != plan.Observe && o.observed.Foreign == nil }

// kind of the object.
func (o object) kind() string { return o.Object.GetObjectKind().GroupVersionKind().Kind }
