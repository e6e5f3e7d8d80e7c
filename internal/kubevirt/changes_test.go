package kubevirt

import (
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	kubevirtv1 "kubevirt.io/api/core/v1"

	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
	"github.com/novasphere/function-wukong/internal/plan"
)

// leaves returns the paths of a type's fields, relative to a path, and of the objects that say something by being there. A type of another package is a leaf, and so is one that reads itself.
func leaves(t reflect.Type, path string) []string {
	switch t.Kind() {
	case reflect.Pointer:
		return leaves(t.Elem(), path)
	case reflect.Slice:
		if isStruct(t.Elem()) {
			return leaves(t.Elem(), path+"[]")
		}
		return []string{path}
	default:
	}
	if !isStruct(t) {
		return []string{path}
	}
	var out []string
	if CountsByPresence(path) {
		out = append(out, path)
	}
	for i := range t.NumField() {
		name, _, _ := strings.Cut(t.Field(i).Tag.Get("json"), ",")
		if name == "-" {
			// No manifest has it.
			continue
		}
		out = append(out, leaves(t.Field(i).Type, strings.TrimPrefix(path+"."+name, "."))...)
	}
	return out
}

// isStruct reports whether a type is a struct of this API that JSON writes field by field.
func isStruct(t reflect.Type) bool {
	_, readsItself := reflect.PointerTo(t).MethodByName("UnmarshalText")
	_, readsJSON := reflect.PointerTo(t).MethodByName("UnmarshalJSON")
	return t.Kind() == reflect.Struct && t.PkgPath() == reflect.TypeFor[v1alpha1.WukongSpec]().PkgPath() && !readsItself && !readsJSON
}

// TestChangesAreComplete shows that Changes has each field of the spec, and nothing else.
func TestChangesAreComplete(t *testing.T) {
	want := leaves(reflect.TypeFor[v1alpha1.WukongSpec](), "")
	slices.Sort(want)
	if diff := cmp.Diff(want, slices.Sorted(maps.Keys(Changes()))); diff != "" {
		t.Errorf("-want, +got:\n%s", diff)
	}
}

// TestOneConcernEach shows that no two concerns claim to know the effect of one field, and that every effect is a known one.
func TestOneConcernEach(t *testing.T) {
	effects := []plan.Effect{
		plan.EffectLive, plan.EffectMigration, plan.EffectRestart, plan.EffectNewDisk,
		plan.EffectDataLoss, plan.EffectRefused, plan.EffectFirstBoot, plan.EffectNone,
	}
	fields := len(unread)
	for _, c := range concerns {
		fields += len(c.changes)
	}
	if changes := Changes(); fields != len(changes) {
		t.Errorf("the concerns have %d fields, of which %d differ", fields, len(changes))
	}
	for path, effect := range Changes() {
		if !slices.Contains(effects, effect) {
			t.Errorf("%s has the unknown effect %q", path, effect)
		}
	}
}

// TestFactsOfForeignShapes shows that facts can be read of a VirtualMachine in which any field may be missing.
func TestFactsOfForeignShapes(t *testing.T) {
	cases := map[string]struct {
		reason string
		vm     kubevirtv1.VirtualMachine
		want   []string
	}{
		"Empty": {reason: "Nothing is known.", vm: kubevirtv1.VirtualMachine{}},
		"NoTemplate": {
			reason: "The spec may have running instead of a run strategy.",
			vm:     kubevirtv1.VirtualMachine{Spec: kubevirtv1.VirtualMachineSpec{Running: new(bool)}},
		},
		"NoGuest": {
			reason: "Memory may be requested of the pod alone.",
			vm: kubevirtv1.VirtualMachine{Spec: kubevirtv1.VirtualMachineSpec{
				Instancetype: &kubevirtv1.InstancetypeMatcher{Name: "small"},
				Template: &kubevirtv1.VirtualMachineInstanceTemplateSpec{
					Spec: kubevirtv1.VirtualMachineInstanceSpec{Domain: kubevirtv1.DomainSpec{Memory: &kubevirtv1.Memory{}}},
				},
			}},
			want: []string{"instance type small"},
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(tc.want, Facts(&tc.vm)); diff != "" {
				t.Errorf("%s\n-want, +got:\n%s", tc.reason, diff)
			}
		})
	}
}
