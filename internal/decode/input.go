package decode

import (
	"maps"
	"slices"

	"google.golang.org/protobuf/types/known/structpb"
	"k8s.io/apimachinery/pkg/util/validation/field"

	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
	"github.com/novasphere/function-wukong/input/v1beta1"
	"github.com/novasphere/function-wukong/internal/fields"
	"github.com/novasphere/function-wukong/internal/message"
	"github.com/novasphere/function-wukong/internal/validation"
)

// Kind returns the kind of an object; empty where it has none.
func Kind(s *structpb.Struct) string { return s.GetFields()["kind"].GetStringValue() }

// Input decodes the settings that a Composition passes; nil for none. Errors name the field by its path.
func Input(s *structpb.Struct) (*v1beta1.Input, error) {
	in := &v1beta1.Input{}
	if s == nil {
		return in, nil
	}
	if err := nullLimits(s).ToAggregate(); err != nil {
		return in, err
	}
	return in, input(s, v1beta1.Kind, validation.InputStructure, in)
}

var (
	msgActsOnNothing = message.New(message.Report, "action-on-nothing", "name the Wukong, or give a selector")
	msgActsOnAll     = message.New(message.Report, "action-on-all", "without a label every Wukong would be meant")
	msgActsOnBoth    = message.New(message.Report, "action-on-both", "there is a name already: give either")
	msgRestoresNone  = message.New(message.Report, "action-restores-nothing", "name the snapshot that the Wukong is restored from")
	msgRestoresMany  = message.New(message.Report, "action-restores-many", "a snapshot is of one virtual machine: name its Wukong")
	msgOtherSnapshot = message.New(message.Report, "action-takes-no-snapshot", "the action Restore alone takes a snapshot: remove it")
	msgActsNowhere   = message.New(message.Report, "action-nowhere", "a name is one in a namespace")
)

var msgNullLimit = message.New(message.Refusal, "input-limit-null", "nothing follows it, which would limit nothing: write [] to allow none, or remove it")

// nullLimits returns errors about limits without a value: the entries of a list may be left out by mistake.
func nullLimits(s *structpb.Struct) field.ErrorList {
	var errs field.ErrorList
	limits := fields.In(s, "limits").GetFields()
	for _, name := range slices.Sorted(maps.Keys(limits)) {
		if _, null := limits[name].GetKind().(*structpb.Value_NullValue); null {
			errs = append(errs, field.Required(field.NewPath("limits").Child(v1alpha1.Shown(name)), msgNullLimit.String()))
		}
	}
	return errs
}

// Action decodes the action of an Operation. Errors name the field by its path.
func Action(s *structpb.Struct) (*v1beta1.Action, error) {
	a := &v1beta1.Action{}
	if err := input(s, v1beta1.KindAction, validation.ActionStructure, a); err != nil {
		return a, err
	}
	switch {
	case a.Action == v1beta1.VerbRestore && a.Selector != nil:
		return a, field.Forbidden(field.NewPath("selector"), msgRestoresMany.String())
	case a.Action == v1beta1.VerbRestore && a.Snapshot == "":
		return a, field.Required(field.NewPath("snapshot"), msgRestoresNone.String())
	case a.Action != v1beta1.VerbRestore && a.Snapshot != "":
		return a, field.Forbidden(field.NewPath("snapshot"), msgOtherSnapshot.String())
	case a.Name == "" && a.Selector == nil:
		return a, field.Required(field.NewPath("name"), msgActsOnNothing.String())
	case a.Selector != nil && len(a.Selector.MatchLabels) == 0:
		return a, field.Required(field.NewPath("selector", "matchLabels"), msgActsOnAll.String())
	case a.Name != "" && a.Selector != nil:
		return a, field.Forbidden(field.NewPath("selector"), msgActsOnBoth.String())
	case a.Name != "" && a.Namespace == "":
		return a, field.Required(field.NewPath("namespace"), msgActsNowhere.String())
	}
	return a, nil
}

// input decodes an input of a kind.
func input(s *structpb.Struct, kind string, structure *validation.Schema, into any) error {
	if v := s.GetFields()["apiVersion"].GetStringValue(); v != v1beta1.APIVersion {
		return field.NotSupported(field.NewPath("apiVersion"), v, []string{v1beta1.APIVersion})
	}
	if k := Kind(s); k != kind {
		return field.NotSupported(field.NewPath("kind"), k, []string{kind})
	}
	if errs := structure.Check(structpb.NewStructValue(s), nil); len(errs) > 0 {
		return errs.ToAggregate()
	}
	return unmarshal(s, into)
}
