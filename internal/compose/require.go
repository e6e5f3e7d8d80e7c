package compose

import (
	fnv1 "github.com/crossplane/function-sdk-go/proto/v1"
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

// AddRequired adds the object that Crossplane found for a requirement to the observed resources, or else why Crossplane could not look it up.
func AddRequired(rs observed.Resources, req *fnv1.RunFunctionRequest, key string) {
	if object, _ := requiredObject(req, key); object != nil {
		rs[key] = observed.Resource{Object: object, ReadOnly: true}
		return
	}
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

// selectorOf returns the selector of a manifest's object: by its name, or of all objects of its kind where it has none.
func selectorOf(manifest *structpb.Struct) *fnv1.ResourceSelector {
	r := crossplane.Reference{
		APIVersion: fields.Text(manifest, "apiVersion"),
		Kind:       fields.Text(manifest, "kind"),
		Namespace:  fields.Text(manifest, "metadata", "namespace"),
		Name:       fields.Text(manifest, "metadata", "name"),
	}
	if r.Name == "" {
		return crossplane.SelectByLabels(r, nil)
	}
	return crossplane.SelectByName(r)
}
