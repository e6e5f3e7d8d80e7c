package compose

import (
	"google.golang.org/protobuf/types/known/structpb"

	"github.com/novasphere/function-wukong/internal/fields"
	"github.com/novasphere/function-wukong/internal/names"
	"github.com/novasphere/function-wukong/internal/observed"
)

// An identity is what tells the objects of one Wukong from those of another, and from those that somebody made by hand.
type identity struct {
	// wukong is the name of the Wukong.
	wukong string

	// composite is the UID of its composite; empty for one that was never stored.
	composite string

	// controller is the UID of what controls the objects; empty where nothing does.
	controller string
}

// foreign returns why an object that exists under the name of one of the Wukong's is not the Wukong's; nil where it is.
//
// The label alone does not suffice: a Wukong of the same name in another control plane, which reaches the same cluster, and one that was
// deleted or lost, label what they make alike.
func (i identity) foreign(object *structpb.Struct) *observed.Foreign {
	metadata := fields.In(object, "metadata")
	deleting := textIn(object, "deletionTimestamp") != ""
	if labelled(object) != i.wukong {
		return &observed.Foreign{Deleting: deleting}
	}
	if c := controllerOf(metadata); c != nil && c.UID != i.controller {
		return &observed.Foreign{Deleting: deleting, Controller: c}
	}
	if c := compositeOf(object); c != "" && i.composite != "" && c != i.composite {
		return &observed.Foreign{Deleting: deleting, Composite: c}
	}
	return nil
}

// labelled returns the name of the Wukong that an object is labelled with; empty for none.
func labelled(object *structpb.Struct) string {
	return fields.In(object, "metadata", "labels").GetFields()[names.LabelWukong].GetStringValue()
}

// compositeOf returns the UID of the composite that an object is annotated with; empty for none.
func compositeOf(object *structpb.Struct) string {
	return fields.In(object, "metadata", "annotations").GetFields()[names.AnnotationComposite].GetStringValue()
}

// controllerOf returns the owner that controls an object with the metadata; nil for none.
func controllerOf(metadata *structpb.Struct) *observed.Owner {
	for i, v := range metadata.GetFields()["ownerReferences"].GetListValue().GetValues() {
		f := v.GetStructValue().GetFields()
		if f["controller"].GetBoolValue() {
			return &observed.Owner{Kind: f["kind"].GetStringValue(), Name: f["name"].GetStringValue(), UID: f["uid"].GetStringValue(), Index: i}
		}
	}
	return nil
}
