// Package fields reads single fields of unstructured objects, as Crossplane's protocol carries them. A field that is missing or has another
// type reads as its zero value.
package fields

import "google.golang.org/protobuf/types/known/structpb"

// In returns the object at a path; nil if there is none.
func In(s *structpb.Struct, path ...string) *structpb.Struct {
	for _, name := range path {
		s = s.GetFields()[name].GetStructValue()
	}
	return s
}

// Value returns the value at a path of at least one name; nil if there is none.
func Value(s *structpb.Struct, path ...string) *structpb.Value {
	last := len(path) - 1
	return In(s, path[:last]...).GetFields()[path[last]]
}

// Text returns the string at a path; empty if there is none.
func Text(s *structpb.Struct, path ...string) string { return Value(s, path...).GetStringValue() }

// List returns the elements of the list at a path. An element that is not an object is nil.
func List(s *structpb.Struct, path ...string) []*structpb.Struct {
	values := Value(s, path...).GetListValue().GetValues()
	out := make([]*structpb.Struct, len(values))
	for i, v := range values {
		out[i] = v.GetStructValue()
	}
	return out
}

// Label returns the value of an object's label; empty if there is none.
func Label(s *structpb.Struct, name string) string { return Text(s, "metadata", "labels", name) }

// Annotation returns the value of an object's annotation; empty if there is none.
func Annotation(s *structpb.Struct, name string) string {
	return Text(s, "metadata", "annotations", name)
}

// IsDeleting reports whether an object has a deletionTimestamp.
func IsDeleting(s *structpb.Struct) bool { return Text(s, "metadata", "deletionTimestamp") != "" }

// A Condition is an element of status.conditions.
type Condition struct {
	// Type of the condition, such as Ready; empty if the object does not have the condition.
	Type string

	// Status is True, False or Unknown.
	Status string

	// Reason is one word in CamelCase.
	Reason string

	// Message is for people.
	Message string

	// ObservedGeneration is the generation of the object that the condition is about; 0 where it is not known.
	ObservedGeneration float64
}

// ConditionOf returns the condition of a type that an object has.
func ConditionOf(s *structpb.Struct, conditionType string) Condition {
	for _, v := range Value(s, "status", "conditions").GetListValue().GetValues() {
		if c := v.GetStructValue(); Text(c, "type") == conditionType {
			return conditionIn(c)
		}
	}
	return Condition{}
}

// Conditions returns the conditions of an object.
func Conditions(s *structpb.Struct) []Condition {
	list := List(s, "status", "conditions")
	out := make([]Condition, len(list))
	for i, c := range list {
		out[i] = conditionIn(c)
	}
	return out
}

// conditionIn returns the condition in an element of status.conditions.
func conditionIn(s *structpb.Struct) Condition {
	return Condition{
		Type: Text(s, "type"), Status: Text(s, "status"), Reason: Text(s, "reason"), Message: Text(s, "message"),
		ObservedGeneration: Value(s, "observedGeneration").GetNumberValue(),
	}
}
