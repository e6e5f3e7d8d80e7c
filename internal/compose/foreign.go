package compose

import (
	"google.golang.org/protobuf/types/known/structpb"

	"github.com/novasphere/function-wukong/internal/fields"
	"github.com/novasphere/function-wukong/internal/names"
	"github.com/novasphere/function-wukong/internal/observed"
)

// A wukongID says which Wukong an object belongs to. It tells objects of one Wukong from those of another and from those made by hand.
type wukongID struct {
	// wukong is the name of the Wukong.
	wukong string

	// composite is the UID of its composite; empty if the composite was never stored.
	composite string

	// controller is the UID of the owner that controls the objects; empty if none does.
	controller string
}

// compositeID returns the ID of a composite that controls its objects, as Crossplane has it without a provider.
func compositeID(xr *structpb.Struct) wukongID {
	uid := fields.Text(xr, "metadata", "uid")
	return wukongID{wukong: fields.Text(xr, "metadata", "name"), composite: uid, controller: uid}
}

// wukongIDIn returns the ID in the labels and annotations of a manifest. Objects of provider-kubernetes do not control what they create.
func wukongIDIn(manifest *structpb.Struct) wukongID {
	return wukongID{wukong: wukongName(manifest), composite: compositeUID(manifest)}
}

// conflict returns why an existing object with the name of a Wukong's object does not belong to the Wukong; nil if it does.
//
// The label does not suffice. A Wukong of the same name in another control plane, or one that was deleted, gives its objects the same label.
func (id wukongID) conflict(object *structpb.Struct) *observed.Foreign {
	deleting := fields.IsDeleting(object)
	if wukongName(object) != id.wukong {
		return &observed.Foreign{Deleting: deleting}
	}
	if c := controllerOf(object); c != nil && c.UID != id.controller {
		return &observed.Foreign{Deleting: deleting, Controller: c}
	}
	if uid := compositeUID(object); uid != "" && id.composite != "" && uid != id.composite {
		return &observed.Foreign{Deleting: deleting, Composite: uid}
	}
	return nil
}

// wukongName returns the name of the Wukong in an object's labels; empty if there is none.
func wukongName(object *structpb.Struct) string { return fields.Label(object, names.LabelWukong) }

// compositeUID returns the UID of the composite in an object's annotations; empty if there is none.
func compositeUID(object *structpb.Struct) string {
	return fields.Annotation(object, names.AnnotationComposite)
}

// controllerOf returns the owner reference of an object that is its controller; nil if there is none.
func controllerOf(object *structpb.Struct) *observed.Owner {
	for i, ref := range fields.List(object, "metadata", "ownerReferences") {
		if fields.Value(ref, "controller").GetBoolValue() {
			return &observed.Owner{Kind: fields.Text(ref, "kind"), Name: fields.Text(ref, "name"), UID: fields.Text(ref, "uid"), Index: i}
		}
	}
	return nil
}
