package simulator

import (
	"slices"

	"google.golang.org/protobuf/types/known/structpb"

	"github.com/novasphere/function-wukong/internal/crossplane"
)

// An Object is an Object of provider-kubernetes.
type Object struct {
	apiVersion string

	name     string
	key      string
	config   object
	labels   object
	policies []string
	manifest *structpb.Struct
	deleting bool

	// observed is the managed object as the provider last read it.
	observed *structpb.Struct

	// failure is the message of the condition Synced; empty if the last reconciliation succeeded.
	failure string

	// reconciled reports whether the provider has reconciled the Object.
	reconciled bool
}

// allows reports whether the management policies have an action.
func (o *Object) allows(policy string) bool {
	return slices.Contains(o.policies, policy) || slices.Contains(o.policies, "*")
}

// manager returns the name of the provider's field manager for the Object.
func (o *Object) manager() string { return "provider-kubernetes/" + o.name }

// target returns the managed object.
func (o *Object) target() id { return idOf(o.manifest) }

// reconcileObject reconciles an Object as provider-kubernetes does with server-side apply, and reports whether the Object is gone.
//
// Without the policy Delete it removes the Object at once. Otherwise it validates the manifest by a dry run first. Unlike the real provider
// it remembers no earlier dry run, as after a restart.
func (c *Cluster) reconcileObject(o *Object) (gone bool) {
	if o.deleting && !o.allows("Delete") {
		return true
	}
	o.reconciled = true
	if c.unreachable {
		o.failure = "observe failed: cannot get object: " + errUnreachable.Error()
		return false
	}

	t := c.objects[o.target()]
	if t == nil {
		if !o.deleting {
			c.createAbsent(o)
		}
		return o.deleting
	}
	o.observed = t.manifest()
	if err := c.apply(o.manager(), o.manifest, true); err != nil {
		o.failure = "observe failed: cannot get desired state: cannot dry run SSA: " + err.Error()
		return false
	}
	o.failure = ""
	if o.deleting {
		c.delete(t)
		return false
	}
	if o.allows("Update") {
		if err := c.apply(o.manager(), o.manifest, false); err != nil {
			o.failure = "update failed: cannot apply object: " + err.Error()
			return false
		}
		o.observed = c.objects[o.target()].manifest()
	}
	return false
}

// createAbsent creates an object that does not exist. Server-side apply creates it even if the policies only allow an update.
func (c *Cluster) createAbsent(o *Object) {
	step := "create failed: cannot create object: "
	switch {
	case o.allows("Create"):
	case o.allows("Update"):
		step = "update failed: cannot apply object: "
	case o.allows("Delete"):
		o.failure = ""
		return
	default:
		o.failure = "observe failed: cannot observe external resource: external resource does not exist"
		return
	}
	o.failure = ""
	if err := c.apply(o.manager(), o.manifest, false); err != nil {
		o.failure = step + err.Error()
		return
	}
	o.observed = c.objects[o.target()].manifest()
}

// asComposed returns the Object as Crossplane shows it to a function.
func (o *Object) asComposed() *structpb.Struct {
	policies := make([]any, len(o.policies))
	for i, p := range o.policies {
		policies[i] = p
	}
	s := mustStruct(object{
		"apiVersion": o.apiVersion,
		"kind":       "Object",
		"metadata":   object{"name": o.name, "labels": o.labels, "annotations": object{crossplane.AnnotationResourceName: o.key}},
		"spec":       object{"managementPolicies": policies, "providerConfigRef": o.config, "forProvider": object{}},
		"status":     object{"atProvider": object{}},
	})
	f := s.GetFields()
	if o.deleting {
		f["metadata"].GetStructValue().Fields["deletionTimestamp"] = structpb.NewStringValue("2026-01-01T00:00:00Z")
	}
	f["spec"].GetStructValue().GetFields()["forProvider"].GetStructValue().Fields["manifest"] = structpb.NewStructValue(o.manifest)
	status := f["status"].GetStructValue()
	if o.observed != nil {
		status.GetFields()["atProvider"].GetStructValue().Fields["manifest"] = structpb.NewStructValue(o.observed)
	}
	if o.reconciled {
		synced := object{"type": crossplane.ConditionSynced, "status": "True", "reason": "ReconcileSuccess"}
		if o.failure != "" {
			synced = object{"type": crossplane.ConditionSynced, "status": "False", "reason": "ReconcileError", "message": o.failure}
		}
		status.Fields["conditions"] = structpb.NewListValue(&structpb.ListValue{Values: []*structpb.Value{structpb.NewStructValue(mustStruct(synced))}})
	}
	return s
}

// mustStruct returns an object as a message. It panics on a value that is not JSON.
func mustStruct(m object) *structpb.Struct {
	s, err := structpb.NewStruct(m)
	if err != nil {
		panic(err)
	}
	return s
}
