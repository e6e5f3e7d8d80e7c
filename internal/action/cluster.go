package action

import (
	fnv1 "github.com/crossplane/function-sdk-go/proto/v1"
	"google.golang.org/protobuf/types/known/structpb"
	kubevirtv1 "kubevirt.io/api/core/v1"

	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
	"github.com/novasphere/function-wukong/input/v1beta1"
	"github.com/novasphere/function-wukong/internal/crossplane"
	"github.com/novasphere/function-wukong/internal/fields"
	"github.com/novasphere/function-wukong/internal/kubevirt"
	"github.com/novasphere/function-wukong/internal/names"
)

// A clusterView reads objects of the cluster that Crossplane found for earlier responses, and records all requirements for the next response:
// Crossplane forgets the objects of a requirement that a response leaves out.
type clusterView struct {
	req      *fnv1.RunFunctionRequest
	required map[string]*fnv1.ResourceSelector
	schemas  map[string]*fnv1.SchemaSelector

	// prefix of the names of the requirements that are of one Wukong among several.
	prefix string
}

// of returns the view of one Wukong among several.
func (v *clusterView) of(wukong string) *clusterView {
	out := *v
	out.prefix = wukong + "/"
	return &out
}

// isPrepared reports whether what an action needs to know before all else is known. It is required at once with the Wukongs, as Crossplane looks up
// requirements only a few times.
func (v *clusterView) isPrepared(verb v1beta1.Verb) bool {
	if !seesMachine(verb) {
		return true
	}
	_, known := v.hasKubeVirt()
	return known
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

// machine does the same for an action that needs the virtual machine to be in the cluster of Crossplane. It returns the error elsewhere where it is in another
// one, and none where there is none.
func (v *clusterView) machine(w wukong, elsewhere, none error) (vm *structpb.Struct, known bool, err error) {
	vm, known = v.virtualMachine(w)
	switch {
	case !known || vm != nil:
		return vm, known, nil
	case w.hasMachine():
		return nil, true, elsewhere
	}
	return nil, true, none
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

// next returns the name WUKONG-N of the next object of a reference's kind that belongs to a Wukong, and whether it is known yet. N is one more than the highest
// number of those that exist. The error says that the name is taken by an object that does not belong to the Wukong: to apply over it would request nothing.
func (v *clusterView) next(r crossplane.Reference, w wukong, taken func(name string) error) (name string, known bool, err error) {
	objects, known := v.list(r, w)
	if !known {
		return "", false, nil
	}
	r.Name = names.Numbered(w.GetName(), highestNumber(objects, w.GetName())+1)
	other, known := v.get("taken", r)
	if other != nil {
		return "", known, taken(r.Name)
	}
	return r.Name, known, nil
}

// list returns the objects with a Wukong's label, of a reference's kind and namespace, and whether they are known yet.
func (v *clusterView) list(r crossplane.Reference, w wukong) (objects []*structpb.Struct, known bool) {
	return v.require(r.Kind, crossplane.SelectByLabels(r, map[string]string{names.LabelWukong: w.GetName()}))
}

// inProgress returns the name WUKONG-N of an object of a reference's kind that belongs to a Wukong, and is neither over nor being deleted; empty for none.
func (v *clusterView) inProgress(r crossplane.Reference, w wukong, isOver func(*structpb.Struct) bool) string {
	all, _ := v.list(r, w)
	for _, o := range all {
		name := fields.Text(o, "metadata", "name")
		if _, isNumbered := names.NumberOf(w.GetName(), name); isNumbered && !fields.IsDeleting(o) && !isOver(o) {
			return name
		}
	}
	return ""
}

// highestNumber returns the highest N of the objects named WUKONG-N; 0 if there is none. Other names do not count.
func highestNumber(objects []*structpb.Struct, wukong string) uint64 {
	var highest uint64
	for _, o := range objects {
		if n, ok := names.NumberOf(wukong, fields.Text(o, "metadata", "name")); ok {
			highest = max(highest, n)
		}
	}
	return highest
}

// instance returns the running instance of a virtual machine that exists, nil if there is none, and whether that is known yet.
func (v *clusterView) instance(w wukong) (vmi *structpb.Struct, known bool) {
	vmi, known = v.get("instance", crossplane.Reference{
		APIVersion: kubevirtv1.GroupVersion.String(),
		Kind:       kubevirtv1.VirtualMachineInstanceGroupVersionKind.Kind,
		Namespace:  w.GetNamespace(),
		Name:       w.GetName(),
	})
	phase := kubevirtv1.VirtualMachineInstancePhase(fields.Text(vmi, "status", "phase"))
	if !belongsTo(vmi, w.GetName()) || kubevirt.IsFinal(phase) {
		return nil, known
	}
	return vmi, known
}

// require records a requirement, and returns the objects that Crossplane found for it.
func (v *clusterView) require(requirement string, s *fnv1.ResourceSelector) (objects []*structpb.Struct, known bool) {
	v.required[v.prefix+requirement] = s
	return crossplane.Required(v.req, v.prefix+requirement)
}

// belongsTo reports whether an object has the label of a Wukong.
func belongsTo(object *structpb.Struct, wukong string) bool {
	return fields.Label(object, names.LabelWukong) == wukong
}
