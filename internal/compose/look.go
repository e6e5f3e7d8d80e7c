package compose

import (
	"strings"

	fnv1 "github.com/crossplane/function-sdk-go/proto/v1"
	"google.golang.org/protobuf/types/known/structpb"

	"github.com/novasphere/function-wukong/internal/observed"
	"github.com/novasphere/function-wukong/internal/plan"
)

// provider-kubernetes takes over an object that exists already under the name of one that it is to create, and deletes it with its
// Object. So an Object first only observes. It manages once the provider has said that there is nothing under the name, or that what is
// there is the Wukong's, and the same of the virtual machine: only that one says whose it is. Disks that another control plane's Wukong
// made look like those that an earlier one retained.

// mayManage reports whether the Object with a key may manage what it is about. One that manages already goes on to.
func mayManage(key string, composed map[string]*fnv1.Resource) bool {
	object := composed[key].GetResource()
	if object != nil && !looks(object) {
		return true
	}
	return isFree(object) && isFree(composed[plan.KeyVM].GetResource())
}

// isFree reports whether the name of what an Object is about is known to be free, or to be taken by the Wukong's own.
func isFree(object *structpb.Struct) bool {
	is := found(object)
	switch {
	case object == nil:
		return false
	case !looks(object), strings.Contains(refusal(object), notThere):
		return true
	default:
		return is != nil && identityIn(manifestIn(object)).foreign(is) == nil
	}
}

// foreignTo returns why what an Object only looks at yet is not the Wukong's; nil where it is, or nothing is known.
func foreignTo(object *structpb.Struct) *observed.Foreign {
	if found(object) == nil || isFree(object) {
		return nil
	}
	return identityIn(manifestIn(object)).foreign(found(object))
}

// identityIn returns whose a manifest is. The provider makes no owner of anything.
func identityIn(manifest *structpb.Struct) identity {
	return identity{wukong: labelled(manifest), composite: compositeOf(manifest)}
}

// looks reports whether an Object only observes what it is yet to manage: one that is only to observe names it, and says nothing of it.
func looks(object *structpb.Struct) bool {
	return may(object, plan.Observe) && saysMore(manifestIn(object).GetFields())
}

// saysMore reports whether a manifest says more of an object than which one it is.
func saysMore[V any](manifest map[string]V) bool {
	for name := range manifest {
		switch name {
		case "apiVersion", "kind", "metadata":
		default:
			return true
		}
	}
	return false
}
