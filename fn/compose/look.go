package compose

import (
	"strings"

	"google.golang.org/protobuf/types/known/structpb"

	"github.com/novasphere/function-wukong/fn/names"
	"github.com/novasphere/function-wukong/fn/plan"
)

// provider-kubernetes takes over an object that exists already under the name of one that it is to create, and deletes it with its
// Object. So where somebody else may have made one, the Object first only observes; it manages once the provider has said that there is
// none, or that the one that is there is of the same Wukong.

// mayManage says whether an Object that was observed so, or does not exist yet, may manage what it is about.
func mayManage(object *structpb.Struct) bool {
	switch is := found(object); {
	case !looks(object):
		return object != nil
	case strings.Contains(refusal(object), notThere):
		return true
	default:
		return is != nil && ownerOf(is) == ownerOf(manifestIn(object))
	}
}

// isForeign says whether what an Object is about was made by somebody else.
func isForeign(object *structpb.Struct) bool {
	return looks(object) && found(object) != nil && !mayManage(object)
}

// looks says whether an Object only observes what it is yet to manage: one that is only to observe has no more than a name to say of it.
func looks(object *structpb.Struct) bool {
	return may(object, plan.Observe) && manifestIn(object).GetFields()["spec"] != nil
}

// ownerOf is the Wukong that an object is of; empty for none.
func ownerOf(object *structpb.Struct) string {
	return field(object, "metadata", "labels").GetFields()[names.LabelWukong].GetStringValue()
}
