package edit

import (
	"maps"

	"google.golang.org/protobuf/types/known/structpb"
	corev1 "k8s.io/api/core/v1"
	kubevirtv1 "kubevirt.io/api/core/v1"
	cdiv1 "kubevirt.io/containerized-data-importer-api/pkg/apis/core/v1beta1"

	"github.com/novasphere/function-wukong/fn"
	"github.com/novasphere/function-wukong/internal/compose"
	"github.com/novasphere/function-wukong/internal/kubevirt"
	"github.com/novasphere/function-wukong/internal/observed"
	"github.com/novasphere/function-wukong/internal/plan"
	"github.com/novasphere/function-wukong/internal/preview"
)

// settled returns the state in which what a Wukong asks for exists, as it does some time after it was applied: claims are bound, imports have ended,
// and the virtual machine runs unless it is halted. It begins with the state rs, which it completes. Plan returns what the Wukong asks for in a
// state.
func settled(t preview.Target, rs observed.Resources, plan func(observed.Resources) (fn.Planned, error)) (fn.Planned, observed.Resources, error) {
	for {
		p, err := plan(rs)
		if err != nil {
			return fn.Planned{}, nil, err
		}
		before := len(rs)
		for _, r := range p.Resources {
			if _, known := rs[r.Key]; known {
				continue
			}
			if rs[r.Key], err = exists(r, p, t); err != nil {
				return fn.Planned{}, nil, err
			}
		}
		if len(rs) == before {
			return p, rs, nil
		}
	}
}

// exists returns the state of a desired object that exists.
func exists(r plan.Resource, p fn.Planned, t preview.Target) (observed.Resource, error) {
	object, err := compose.Manifest(r.Object)
	if err != nil {
		return observed.Resource{}, err
	}
	out := withStatus(object, p)
	out.Retained = r.Management == plan.Retain
	if r.Management.Creates() {
		return out, nil
	}
	out.ReadOnly, out.Applied = t == preview.Native, nil
	if object.GetFields()["kind"].GetStringValue() == "PersistentVolumeClaim" {
		// CDI makes the claim of an import, of the size and the class of its DataVolume.
		object.Fields["spec"] = claimOf(p, r.Object.GetName())
	}
	return out, nil
}

// withStatus returns the state of an object that exists, with the status that it has when all is well.
func withStatus(object *structpb.Struct, p fn.Planned) observed.Resource {
	applied := &structpb.Struct{Fields: maps.Clone(object.GetFields())}
	status := &structpb.Struct{Fields: map[string]*structpb.Value{}}
	switch object.GetFields()["kind"].GetStringValue() {
	case "PersistentVolumeClaim":
		status.Fields["phase"] = structpb.NewStringValue(string(corev1.ClaimBound))
	case "DataVolume":
		status.Fields["phase"] = structpb.NewStringValue(string(cdiv1.Succeeded))
	case kubevirtv1.VirtualMachineGroupVersionKind.Kind:
		runs := structpb.NewBoolValue(kubevirt.StartsAutomatically(p.Wukong))
		status.Fields["created"], status.Fields["ready"] = runs, runs
	case kubevirtv1.VirtualMachineInstanceGroupVersionKind.Kind:
		status.Fields["phase"] = structpb.NewStringValue(string(kubevirtv1.Running))
	}
	object.Fields["status"] = structpb.NewStructValue(status)
	return observed.Resource{Object: object, Applied: applied}
}

// claimOf returns the spec of the claim that CDI makes for the DataVolume with a name.
func claimOf(p fn.Planned, name string) *structpb.Value {
	for _, r := range p.Resources {
		dv, ok := r.Object.(*cdiv1.DataVolume)
		if !ok || dv.GetName() != name {
			continue
		}
		object, err := compose.Manifest(dv)
		if err != nil {
			break
		}
		spec := object.GetFields()["spec"].GetStructValue().GetFields()
		for _, field := range []string{"storage", "pvc"} {
			if storage := spec[field]; storage != nil {
				return storage
			}
		}
	}
	return structpb.NewStructValue(&structpb.Struct{})
}

// virtualMachine returns the VirtualMachine among planned objects; nil for none.
func virtualMachine(p fn.Planned) *kubevirtv1.VirtualMachine {
	for _, r := range p.Resources {
		if vm, ok := r.Object.(*kubevirtv1.VirtualMachine); ok {
			return vm
		}
	}
	return nil
}

// applied returns the VirtualMachine as the Wukong applied it last, by what is observed of it; nil where that is not known. Crossplane alone knows
// what it applied itself: complete is then false, and the VirtualMachine has what KubeVirt added, too.
func applied(rs observed.Resources) (vm *kubevirtv1.VirtualMachine, complete bool) {
	r := rs[plan.KeyVM]
	object := r.Applied
	if object == nil {
		object = r.Object
	}
	if object == nil {
		return nil, false
	}
	vm, ok := observed.Get[kubevirtv1.VirtualMachine](observed.Resources{plan.KeyVM: {Object: object}}, plan.KeyVM)
	if !ok {
		return nil, false
	}
	return vm, r.Applied != nil
}
