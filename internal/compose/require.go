package compose

import (
	fnv1 "github.com/crossplane/function-sdk-go/proto/v1"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/structpb"

	"github.com/novasphere/function-wukong/internal/crossplane"
	"github.com/novasphere/function-wukong/internal/fields"
	"github.com/novasphere/function-wukong/internal/observed"
	"github.com/novasphere/function-wukong/internal/plan"
)

// A Wukong also depends on objects of the cluster that its tenant may not read, such as the network state of a node. They are required with
// every target: Crossplane shows a required resource to the function only, while an Object would show it in its status.

// Require adds the requirement for an object of the cluster, under the resource's key.
func (c *Composition) Require(r plan.Resource, req *fnv1.RunFunctionRequest) error {
	manifest, err := Manifest(r.Object)
	if err != nil {
		return err
	}
	out, _ := requirementsFor(r, r.Key, manifest, req)
	c.addRequirements(out)
	return nil
}

// RequireList adds the requirement for the objects of a resource's kind and labels, under the resource's key. A Crossplane before 2.0 looks in every
// namespace.
func (c *Composition) RequireList(r plan.Resource, req *fnv1.RunFunctionRequest) error {
	var list Composition
	if err := list.Require(r, req); err != nil {
		return err
	}
	requirements := list.Requirements
	if !crossplane.ReportsCapabilities(req) {
		// Crossplane 1 knows no other field, and every Crossplane 2 serves this one, too.
		requirements = &fnv1.Requirements{ExtraResources: requirements.GetResources()} //nolint:staticcheck // See above.
	}
	if c.Requirements == nil {
		c.Requirements = &fnv1.Requirements{}
	}
	proto.Merge(c.Requirements, requirements)
	return nil
}

// AddRequiredList adds the objects of a namespace that Crossplane found for the requirement of a list to the observed resources, or else why Crossplane could
// not look them up.
func AddRequiredList(rs observed.Resources, req *fnv1.RunFunctionRequest, key, namespace string) {
	objects, known := crossplane.Required(req, key)
	if !known {
		addLookupError(rs, req, key)
		return
	}
	items := []*structpb.Struct{}
	for _, o := range objects {
		if fields.Text(o, "metadata", "namespace") == namespace {
			items = append(items, o)
		}
	}
	rs[key] = observed.Resource{Items: items, ReadOnly: true}
}

// AddRequired adds the object that Crossplane found for a requirement to the observed resources, or else why Crossplane could not look it up.
func AddRequired(rs observed.Resources, req *fnv1.RunFunctionRequest, key string) {
	if object, _ := requiredObject(req, key); object != nil {
		rs[key] = observed.Resource{Object: object, ReadOnly: true}
		return
	}
	addLookupError(rs, req, key)
}

// addLookupError adds to the observed resources why Crossplane could not look up what has a key, if that is known.
func addLookupError(rs observed.Resources, req *fnv1.RunFunctionRequest, key string) {
	failed := observed.Resources{}
	addLookupErrors(failed, req)
	if r, ok := failed[key]; ok {
		rs[key] = r
	}
}

// requiredObject returns the object that Crossplane found for a requirement, nil for none, and whether it has looked.
func requiredObject(req *fnv1.RunFunctionRequest, requirement string) (object *structpb.Struct, known bool) {
	objects, known := crossplane.Required(req, requirement)
	if len(objects) == 0 {
		return nil, known
	}
	return objects[0], known
}

// FailedToLookUp reports whether Crossplane could not look up the object of a resource for the last response.
func FailedToLookUp(req *fnv1.RunFunctionRequest, key string) bool {
	name, _ := failedRequirement(compositeOf(req))
	return name == key
}

// selectorOf returns the selector of a manifest's object: by its name, or of all objects of its kind with its labels where it has none.
func selectorOf(manifest *structpb.Struct) *fnv1.ResourceSelector {
	r := crossplane.Reference{
		APIVersion: fields.Text(manifest, "apiVersion"),
		Kind:       fields.Text(manifest, "kind"),
		Namespace:  fields.Text(manifest, "metadata", "namespace"),
		Name:       fields.Text(manifest, "metadata", "name"),
	}
	if r.Name == "" {
		return crossplane.SelectByLabels(r, labelsOf(manifest))
	}
	return crossplane.SelectByName(r)
}

// labelsOf returns the labels of a manifest; nil for none.
func labelsOf(manifest *structpb.Struct) map[string]string {
	var out map[string]string
	for name, value := range fields.In(manifest, "metadata", "labels").GetFields() {
		if out == nil {
			out = map[string]string{}
		}
		out[name] = value.GetStringValue()
	}
	return out
}
