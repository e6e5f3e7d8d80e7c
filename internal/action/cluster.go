package action

import (
	fnv1 "github.com/crossplane/function-sdk-go/proto/v1"
	"google.golang.org/protobuf/types/known/structpb"

	"github.com/novasphere/function-wukong/internal/crossplane"
	"github.com/novasphere/function-wukong/internal/fields"
	"github.com/novasphere/function-wukong/internal/names"
)

// A clusterView reads objects of the cluster that Crossplane found for earlier responses, and records all requirements for the next response:
// Crossplane forgets the objects of a requirement that a response leaves out.
type clusterView struct {
	req      *fnv1.RunFunctionRequest
	required map[string]*fnv1.ResourceSelector
}

// get returns the object of a reference, nil if there is none, and whether that is known yet.
func (v *clusterView) get(requirement string, r crossplane.Reference) (object *structpb.Struct, known bool) {
	objects, known := v.require(requirement, crossplane.SelectByName(r))
	if len(objects) == 0 {
		return nil, known
	}
	return objects[0], known
}

// list returns the objects with a Wukong's label, of a reference's kind and namespace, and whether they are known yet.
func (v *clusterView) list(requirement string, r crossplane.Reference, wukong string) (objects []*structpb.Struct, known bool) {
	return v.require(requirement, crossplane.SelectByLabels(r, map[string]string{names.LabelWukong: wukong}))
}

// require records a requirement, and returns the objects that Crossplane found for it.
func (v *clusterView) require(requirement string, s *fnv1.ResourceSelector) (objects []*structpb.Struct, known bool) {
	v.required[requirement] = s
	return crossplane.Required(v.req, requirement)
}

// belongsTo reports whether an object has the label of a Wukong.
func belongsTo(object *structpb.Struct, wukong string) bool {
	return fields.Label(object, names.LabelWukong) == wukong
}
