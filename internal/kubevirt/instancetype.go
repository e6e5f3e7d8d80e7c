package kubevirt

import (
	kubevirtv1 "kubevirt.io/api/core/v1"

	"github.com/novasphere/function-wukong/internal/plan"
)

// instancetype are the instance type and the preference.
//
// To decide on a restart, KubeVirt compares the templates with instance type and preference applied (syncRestartRequired in
// pkg/virt-controller/watch/vm/vm.go). A change to an instance type that differs in CPU and memory alone has the effect of a change of those
// two. A preference changes devices.
var instancetype = concern{
	apply: applyInstancetype,
	facts: instancetypeFact,
	parts: []part{
		{path: pathInstancetype, field: "instancetype", rollout: change.resized},
		{path: pathInstancetype + ".kind", field: "instancetype.kind", rollout: change.resized},
		{path: pathInstancetype + ".name", field: "instancetype.name", rollout: change.resized},
		{path: pathPreference, field: "preference"},
		{path: pathPreference + ".kind", field: "preference.kind"},
		{path: pathPreference + ".name", field: "preference.name"},
	},
	changes: map[string]plan.Effect{
		"instancetype.kind": plan.EffectMigration,
		"instancetype.name": plan.EffectMigration,
		"preference.kind":   plan.EffectRestart,
		"preference.name":   plan.EffectRestart,
	},
}

func applyInstancetype(vm *kubevirtv1.VirtualMachine, p params) {
	if ref := p.wukong.Spec.Instancetype; ref != nil {
		vm.Spec.Instancetype = &kubevirtv1.InstancetypeMatcher{Kind: ref.Kind, Name: string(ref.Name)}
	}
	if ref := p.wukong.Spec.Preference; ref != nil {
		vm.Spec.Preference = &kubevirtv1.PreferenceMatcher{Kind: ref.Kind, Name: string(ref.Name)}
	}
}

func instancetypeFact(vm *kubevirtv1.VirtualMachine) string {
	if vm.Spec.Instancetype == nil {
		return ""
	}
	return "instance type " + vm.Spec.Instancetype.Name
}
