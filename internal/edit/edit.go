// Package edit says what an edit of a Wukong does before it is applied: what takes effect while the guest runs, what waits for a restart, what is
// refused, and what is deleted.
//
// It plans the Wukong before and after the edit, with the objects that exist, by the same code that runs in the cluster. So the verdicts are those
// that the conditions of the Wukong will say, and of the virtual machine those of KubeVirt (see kubevirt.Rollout).
package edit

import (
	"cmp"
	"slices"

	"github.com/novasphere/function-wukong/internal/manifest"
	"github.com/novasphere/function-wukong/internal/plan"
)

// An Action is what becomes of a Wukong, or of a part of it.
type Action string

// The actions.
const (
	Create Action = "create"
	Change Action = "change"
	Delete Action = "delete"

	// Keep is the action for a Wukong that does not change.
	Keep Action = "keep"
)

// A Wukong is what an edit does to a Wukong.
type Wukong struct {
	manifest.Position

	Namespace string `json:"namespace,omitempty"`
	Name      string `json:"name"`

	// Action is what becomes of the Wukong.
	Action Action `json:"action"`

	// Lost are the disks whose data is deleted.
	Lost []Disk `json:"lost,omitempty"`

	// Kept are the disks that the Wukong gives up, and that stay with their data.
	Kept []Disk `json:"kept,omitempty"`

	// Changes of fields and of objects.
	Changes []FieldChange `json:"changes,omitempty"`
}

// A Disk is a disk that a Wukong gives up.
type Disk struct {
	// Name in the Wukong.
	Name string `json:"name"`

	// Kind and Object are those of the volume.
	Kind   string `json:"kind"`
	Object string `json:"object"`

	// Size as the Wukong gave it; empty where it is not known.
	Size string `json:"size,omitempty"`
}

// A FieldChange is a change of one field, or of a part of an object that no field says.
type FieldChange struct {
	// Field is relative to the spec, with the items of lists by their names, such as networks[lan].mtu. Empty for a part of an object.
	Field string `json:"field,omitempty"`

	// Object and Path are the part of an object that changes without a change of a field: by another version, or by settings of the platform.
	Object string `json:"object,omitempty"`
	Path   string `json:"path,omitempty"`

	Action Action `json:"action"`

	// From and To are the values; empty for none, and for values that must not be shown.
	From string `json:"from,omitempty"`
	To   string `json:"to,omitempty"`

	// Effect is when and whether the change takes effect.
	Effect plan.Effect `json:"effect"`

	// Assumed reports that the effect is a guess, as the content of an instance type or a preference decides.
	Assumed bool `json:"assumed,omitempty"`

	// Message says why, or what follows. May be empty.
	Message string `json:"message,omitempty"`
}

// A Class is how much an edit matters, for exit codes.
type Class int

// The classes, in the order of what they cost.
const (
	ClassNone Class = iota
	ClassChange
	ClassRestart
	ClassData
)

// Class returns the worst of what becomes of the Wukong.
func (w Wukong) Class() Class {
	switch {
	case len(w.Lost) > 0:
		return ClassData
	case w.Action == Keep:
		return ClassNone
	case w.Action == Delete:
		// The machine stops.
		return ClassRestart
	}
	worst := ClassChange
	for _, c := range w.Changes {
		worst = max(worst, c.class())
	}
	return worst
}

// class returns how much a change matters. A guess counts as the worst that it may be.
func (c FieldChange) class() Class {
	switch c.Effect {
	case plan.EffectDataLoss:
		return ClassData
	case plan.EffectRestart, plan.EffectNewDisk, plan.EffectStop:
		return ClassRestart
	case plan.EffectMigration, plan.EffectLive:
		if c.Assumed {
			return ClassRestart
		}
	default:
	}
	return ClassChange
}

// Refused returns the changes that do not take effect, because what exists cannot change so.
func (w Wukong) Refused() []FieldChange {
	var out []FieldChange
	for _, c := range w.Changes {
		if c.Effect == plan.EffectRefused {
			out = append(out, c)
		}
	}
	return out
}

// order is the order in which effects are listed: the worst first.
var order = []plan.Effect{
	plan.EffectDataLoss, plan.EffectRefused, plan.EffectStop, plan.EffectNewDisk, plan.EffectRestart, plan.EffectMigration, plan.EffectStart, plan.EffectLive,
	plan.EffectFirstBoot, plan.EffectNone,
}

// compareChanges orders changes by their effects, and those of one effect by what they are about.
func compareChanges(a, b FieldChange) int {
	return cmp.Or(
		cmp.Compare(slices.Index(order, a.Effect), slices.Index(order, b.Effect)),
		cmp.Compare(a.Field, b.Field), cmp.Compare(a.Object, b.Object), cmp.Compare(a.Path, b.Path),
	)
}
