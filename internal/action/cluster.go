package action

import (
	fnv1 "github.com/crossplane/function-sdk-go/proto/v1"
	"google.golang.org/protobuf/types/known/structpb"
	kubevirtv1 "kubevirt.io/api/core/v1"

	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
	"github.com/novasphere/function-wukong/internal/crossplane"
	"github.com/novasphere/function-wukong/internal/fields"
	"github.com/novasphere/function-wukong/internal/names"
)

// A clusterView reads objects of the cluster that Crossplane found for earlier responses, and records all requirements for the next response:
// Crossplane forgets the objects of a requirement that a response leaves out.
type clusterView struct {
	req      *fnv1.RunFunctionRequest
	required map[string]*fnv1.ResourceSelector
	schemas  map[string]*fnv1.SchemaSelector
}

// hasKubeVirt reports whether the cluster of Crossplane has KubeVirt, and whether that is known yet. To require an object of a kind that the
// cluster does not serve would fail without a reason that users understand. A Crossplane that cannot tell is believed to have it.
func (v *clusterView) hasKubeVirt() (has, known bool) {
	if !crossplane.LooksUpSchemas(v.req) {
		return true, true
	}
	const requirement = "kubevirt"
	v.schemas[requirement] = &fnv1.SchemaSelector{ApiVersion: kubevirtv1.GroupVersion.String(), Kind: kubevirtv1.VirtualMachineGroupVersionKind.Kind}
	return crossplane.RequiredSchema(v.req, requirement)
}

// virtualMachine returns the virtual machine of a Wukong in the cluster of Crossplane, nil if there is none, and whether that is known yet.
func (v *clusterView) virtualMachine(w wukong) (vm *structpb.Struct, known bool) {
	if has, known := v.hasKubeVirt(); !has {
		return nil, known
	}
	vm, knowsVM := v.get("vm", crossplane.Reference{
		APIVersion: kubevirtv1.GroupVersion.String(),
		Kind:       kubevirtv1.VirtualMachineGroupVersionKind.Kind,
		Namespace:  w.GetNamespace(),
		Name:       w.GetName(),
	})
	composite, knowsComposite := v.compositeUID(w)
	if !knowsVM || !knowsComposite {
		return nil, false
	}
	made := fields.Annotation(vm, names.AnnotationComposite)
	if !belongsTo(vm, w.GetName()) || made != "" && made != composite {
		return nil, true
	}
	return vm, true
}

// compositeUID returns the UID of the composite of a Wukong, which may be the Wukong itself, and whether it is known yet.
func (v *clusterView) compositeUID(w wukong) (uid string, known bool) {
	if w.composite == "" {
		return string(w.GetUID()), true
	}
	composite, known := v.get("composite", crossplane.Reference{APIVersion: v1alpha1.APIVersion, Kind: "X" + v1alpha1.Kind, Name: w.composite})
	return fields.Text(composite, "metadata", "uid"), known
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
