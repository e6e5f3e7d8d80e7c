package preview

import (
	"slices"
	"strings"

	"github.com/novasphere/function-wukong/internal/observed"
	"github.com/novasphere/function-wukong/internal/plan"
)

// An object is a desired object of a Wukong, with its observed state.
type object struct {
	plan.Resource

	observed observed.Resource
}

// objects returns the objects of a rendering, sorted by their keys.
func (r *Rendering) objects() []object {
	out := make([]object, len(r.Planned.Resources))
	for i, p := range r.Planned.Resources {
		out[i] = object{Resource: p, observed: r.Planned.Observed[p.Key]}
	}
	slices.SortFunc(out, func(a, b object) int { return strings.Compare(a.Key, b.Key) })
	return out
}

// applied reports whether the object is applied. It is not where it is only observed, or where it does not belong to the Wukong.
func (o object) applied() bool { return o.Management != plan.Observe && o.observed.Foreign == nil }

// kind returns the kind of the object.
func (o object) kind() string { return o.Object.GetObjectKind().GroupVersionKind().Kind }
