package edit

import (
	"slices"

	"google.golang.org/protobuf/types/known/structpb"

	"github.com/novasphere/function-wukong/internal/compose"
	"github.com/novasphere/function-wukong/internal/observed"
	"github.com/novasphere/function-wukong/internal/plan"
)

// objectChanges returns what changes of the objects beside the virtual machine, where it is not known what the Wukong said before.
func (e edit) objectChanges() ([]FieldChange, error) {
	var out []FieldChange
	for _, r := range e.becomes.Resources {
		seen := e.observed[r.Key]
		if r.Key == plan.KeyVM || r.Management == plan.Observe || seen.Foreign != nil {
			continue
		}
		name := r.Object.GetObjectKind().GroupVersionKind().Kind + " " + r.Object.GetName()
		if seen.Object == nil {
			out = append(out, FieldChange{Object: name, Action: Create, Effect: effectOf(r.Key)})
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
