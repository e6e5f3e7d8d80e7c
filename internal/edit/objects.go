package edit

import (
	"slices"

	"google.golang.org/protobuf/types/known/structpb"

	"github.com/novasphere/function-wukong/internal/compose"
	"github.com/novasphere/function-wukong/internal/observed"
	"github.com/novasphere/function-wukong/internal/plan"
)

// objectChanges returns what changes of the observed objects beside the virtual machine for another reason than a field: what the Wukong asked for
// before the edit differs from what was applied, as by other settings of the platform. Where it is not known what the Wukong said, it is all that
// changes.
func (e edit) objectChanges() ([]FieldChange, error) {
	if !e.after.wukong.IsObserved() {
		return nil, nil
	}
	next := e.was.Resources
	if e.before == nil {
		next = e.becomes.Resources
	}
	var out []FieldChange
	for _, r := range next {
		seen := e.observed[r.Key]
		if r.Key == plan.KeyVM || r.Management == plan.Observe || seen.Foreign != nil {
			continue
		}
		name := nameOfObject(r)
		if seen.Object == nil {
			if e.before == nil {
				out = append(out, FieldChange{Object: name, Action: Create, Effect: effectOf(r.Key)})
			}
			continue
		}
		object, err := compose.Manifest(r.Object)
		if err != nil {
			return nil, err
		}
		out = append(out, sinceApplied(name, r.Key, seen, object)...)
	}
	return out, nil
}

// sinceApplied returns what differs between an object as it was applied last, and as it is applied next. Where the former is not known, it is the
// object itself, to which others add what the Wukong does not say.
func sinceApplied(name, key string, seen observed.Resource, next *structpb.Struct) []FieldChange {
	if seen.Applied != nil {
		return manifestChanges(name, key, seen.Applied.AsMap(), next.AsMap())
	}
	changes := manifestChanges(name, key, seen.Object.AsMap(), next.AsMap())
	return slices.DeleteFunc(changes, func(c FieldChange) bool { return c.Action == Delete })
}
