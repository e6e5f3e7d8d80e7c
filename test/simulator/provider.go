package simulator

import (
	"slices"

	"google.golang.org/protobuf/types/known/structpb"
)

// An Object is one of provider-kubernetes.
type Object struct {
	apiVersion string

	name     string
	key      string
	config   object
	labels   object
	policies []string
	manifest *structpb.Struct
	deleting bool

	// found is the object as it was found last, and refused why it cannot be brought about.
	found   *structpb.Struct
	refused string

	// seen says that the provider has looked at the Object at all.
	seen bool
}

func (o *Object) may(policy string) bool {
	return slices.Contains(o.policies, policy) || slices.Contains(o.policies, "*")
}

func (o *Object) manager() string { return "provider-kubernetes/" + o.name }

// target is what the Object is about.
func (o *Object) target() id { return idOf(o.manifest) }

// Provide looks at an Object as provider-kubernetes 1.2 does with server-side apply, and says whether the Object is gone. Without a
// permission to delete it deletes nothing, and does not look. Else it first tries the manifest on the cluster; unlike the real one
// it remembers no earlier trial, as after a restart.
func (c *Cluster) provide(o *Object) (gone bool) {
	if o.deleting && !o.may("Delete") {
		return true
	}
	o.seen = true
	if c.unreachable {
		o.refused = "observe failed: cannot get object: " + errUnreachable.Error()
		return false
	}

	t := c.things[o.target()]
	if t == nil {
		if !o.deleting {
			c.provideAbsent(o)
		}
		return o.deleting
	}
	o.found = t.manifest()
	if err := c.apply(o.manager(), o.manifest, true); err != nil {
		o.refused = "observe failed: cannot get desired state: cannot dry run SSA: " + err.Error()
		return false
	}
	o.refused = ""
	if o.deleting {
		c.delete(t)
		return false
	}
	if o.may("Update") {
		if err := c.apply(o.manager(), o.manifest, false); err != nil {
			o.refused = "update failed: cannot apply object: " + err.Error()
			return false
		}
		o.found = c.things[o.target()].manifest()
	}
	return false
}

// provideAbsent brings about what does not exist. Server-side apply creates it even where only an update is permitted.
func (c *Cluster) provideAbsent(o *Object) {
	step := "create failed: cannot create object: "
	switch {
	case o.may("Create"):
	case o.may("Update"):
		step = "update failed: cannot apply object: "
	case o.may("Delete"):
		o.refused = ""
		return
	default:
		o.refused = "observe failed: cannot observe external resource: external resource does not exist"
		return
	}
	o.refused = ""
	if err := c.apply(o.manager(), o.manifest, false); err != nil {
		o.refused = step + err.Error()
		return
	}
	o.found = c.things[o.target()].manifest()
}

// composed is the Object as Crossplane shows it to a function.
func (o *Object) composed() *structpb.Struct {
	policies := make([]any, len(o.policies))
	for i, p := range o.policies {
		policies[i] = p
	}
	s := must(object{
		"apiVersion": o.apiVersion,
		"kind":       "Object",
		"metadata":   object{"name": o.name, "labels": o.labels, "annotations": object{"crossplane.io/composition-resource-name": o.key}},
		"spec":       object{"managementPolicies": policies, "providerConfigRef": o.config, "forProvider": object{}},
		"status":     object{"atProvider": object{}},
	})
	f := s.GetFields()
	if o.deleting {
		f["metadata"].GetStructValue().Fields["deletionTimestamp"] = structpb.NewStringValue("2026-01-01T00:00:00Z")
	}
	f["spec"].GetStructValue().GetFields()["forProvider"].GetStructValue().Fields["manifest"] = structpb.NewStructValue(o.manifest)
	status := f["status"].GetStructValue()
	if o.found != nil {
		status.GetFields()["atProvider"].GetStructValue().Fields["manifest"] = structpb.NewStructValue(o.found)
	}
	if o.seen {
		synced := object{"type": "Synced", "status": "True", "reason": "ReconcileSuccess"}
		if o.refused != "" {
			synced = object{"type": "Synced", "status": "False", "reason": "ReconcileError", "message": o.refused}
		}
		status.Fields["conditions"] = structpb.NewListValue(&structpb.ListValue{Values: []*structpb.Value{structpb.NewStructValue(must(synced))}})
	}
	return s
}

func must(m object) *structpb.Struct {
	s, err := structpb.NewStruct(m)
	if err != nil {
		panic(err)
	}
	return s
}
