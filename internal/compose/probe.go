package compose

import (
	fnv1 "github.com/crossplane/function-sdk-go/proto/v1"
	"google.golang.org/protobuf/types/known/structpb"

	"github.com/novasphere/function-wukong/internal/observed"
	"github.com/novasphere/function-wukong/internal/plan"
)

// provider-kubernetes takes over an existing object of the name that it has to create, and later deletes it. So an Object first probes: it
// has its manifest and may only observe. It manages once the provider has reported that the name is free, or that the object belongs to
// the Wukong. The same must be known of the virtual machine.
//
// The virtual machine alone says which composite it belongs to. The disks of a Wukong in another control plane look like disks that an
// earlier Wukong retained.

// mayManage reports whether the Object with a key may manage its object. An Object that no longer probes may always do so.
func mayManage(key string, resources map[string]*fnv1.Resource) bool {
	object := resources[key].GetResource()
	if object != nil && !isProbing(object) {
		return true
	}
	return isAvailable(object) && isAvailable(resources[plan.KeyVM].GetResource())
}

// isAvailable reports whether the name of an Object's object is known to be free, or to be that of an object of the Wukong. It was known
// before the Object stopped probing.
func isAvailable(object *structpb.Struct) bool {
	if object == nil {
		return false
	}
	if !isProbing(object) || isNotFound(object) {
		return true
	}
	live := liveObject(object)
	return live != nil && wukongIDIn(manifestOf(object)).conflict(live) == nil
}

// probeConflict returns why the object that an Object probes does not belong to the Wukong; nil if it does, or if nothing was observed. It
// returns nil for an Object that no longer probes.
func probeConflict(object *structpb.Struct) *observed.Foreign {
	live := liveObject(object)
	if live == nil || !isProbing(object) {
		return nil
	}
	return wukongIDIn(manifestOf(object)).conflict(live)
}

// isProbing reports whether an Object observes for now and will manage later. An Object that only ever observes has a manifest without a spec.
func isProbing(object *structpb.Struct) bool {
	return hasPolicies(object, plan.Observe) && !IsNameOnly(manifestOf(object).GetFields())
}
