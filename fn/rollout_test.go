package fn

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"google.golang.org/protobuf/types/known/structpb"
	"k8s.io/apimachinery/pkg/runtime"
	kubevirtv1 "kubevirt.io/api/core/v1"

	"github.com/novasphere/function-wukong/internal/kubevirt"
	"github.com/novasphere/function-wukong/internal/plan"
	"github.com/novasphere/function-wukong/internal/validation"
	"github.com/novasphere/function-wukong/internal/wukongtest"
)

// nothing is the effect of a change that leaves the VirtualMachine as it is.
const nothing plan.Effect = ""

// possible are the effects on the VirtualMachine that a change of a field can have, by its documented effect: that which KubeVirt has for it, and for
// some fields what else decides.
var possible = map[plan.Effect][]plan.Effect{
	plan.EffectLive:      {nothing, plan.EffectLive},
	plan.EffectMigration: {nothing, plan.EffectMigration},
	plan.EffectRestart:   {nothing, plan.EffectRestart},
	plan.EffectNewDisk:   {plan.EffectRestart},
	plan.EffectDataLoss:  {plan.EffectRestart},
	plan.EffectNone:      {nothing},

	// KubeVirt restarts for a Secret that cloud-init reads no more.
	plan.EffectFirstBoot: {nothing, plan.EffectRestart},

	// The function keeps what exists, of which nothing is observed here.
	plan.EffectRefused: {nothing, plan.EffectRestart},
}

// exceptions are the other effects that some values of a field have, and why.
var exceptions = map[string]struct {
	effect plan.Effect
	why    string
}{
	"cpu":                   {plan.EffectRestart, "fewer CPUs, more than four times those of the start, a guest of two sockets or one with a GPU"},
	"memory":                {plan.EffectRestart, "less memory, more than four times that of the start, a size that KubeVirt adds to none, or a guest with a GPU"},
	"architecture":          {plan.EffectLive, "the one that KubeVirt gave it by itself"},
	"disks[].size":          {plan.EffectRestart, "that of a medium in a drive, which is then another medium"},
	"networks[].name":       {plan.EffectRestart, "a network of type sriov that is removed, or one that is not known to be there"},
	"networks[].type":       {plan.EffectMigration, "a network default that is the pod network no more, and is added"},
	"networks[].bridgeName": {plan.EffectMigration, "a network default that is the pod network no more, and is added"},
	"networks[].nadName":    {plan.EffectRestart, "a network that replaces the pod network, or a guest with a GPU"},
}

// TestDocumentedEffects shows that the documented effect of a change of each field is what KubeVirt makes of it: the field is changed to each value of
// its enumeration, to its bounds and to other values, and is removed.
func TestDocumentedEffects(t *testing.T) {
	documented := kubevirt.Changes()
	seen := map[string]map[plan.Effect]bool{}
	for _, spec := range append(specsOfEverything(t), structOf(t, "{s: "+attached+"}").GetFields()["s"].GetStructValue().AsMap()) {
		base := machineOf(t, spec)
		for _, l := range leavesOf(validation.SpecStructure, spec, "", nil) {
			field := strings.TrimSuffix(strings.TrimSuffix(l.class, ".*"), "[]")
			if seen[field] == nil {
				seen[field] = map[plan.Effect]bool{}
			}
			changed := runtime.DeepCopyJSON(spec)
			l.remove(changed)
			edits := []map[string]any{changed}
			for _, v := range append(l.values(), more(l)...) {
				changed := runtime.DeepCopyJSON(spec)
				l.set(changed, v)
				edits = append(edits, changed)
			}
			for _, edit := range edits {
				vm := machineOf(t, edit)
				if vm == nil {
					continue
				}
				effect := effectOf(kubevirt.Compare(base, vm, nil))
				seen[field][effect] = true
				if e, ok := exceptions[field]; !slices.Contains(possible[documented[field]], effect) && (!ok || e.effect != effect) {
					t.Errorf("a change of %s from %v is documented as %q, and is %q: %+v", field, l.value, documented[field], effect, kubevirt.Compare(base, vm, nil))
				}
			}
		}
	}
	for _, field := range slices.Sorted(maps.Keys(documented)) {
		switch effect := documented[field]; effect {
		case plan.EffectLive, plan.EffectMigration, plan.EffectRestart:
			if !seen[field][effect] && !slices.Contains(elsewhere, field) && !slices.Contains(notAlone, field) {
				t.Errorf("no change of %s is %q, as is documented", field, effect)
			}
		default:
		}
	}
	for field, e := range exceptions {
		if !seen[field][e.effect] {
			t.Errorf("no change of %s is %q: %s", field, e.effect, e.why)
		}
	}
}

// attached is a spec whose network exists already, beside the pod network.
const attached = "{cpu: 2, memory: 2Gi, disks: [{name: system, size: 10Gi}], networks: [{name: lan, type: bridge, nadName: lan}]}"

// more returns values that are a little larger than that of a field which KubeVirt increases while the guest runs.
func more(l leaf) []any {
	switch l.class {
	case "cpu":
		n, _ := l.value.(float64)
		return []any{n + 1}
	case "memory":
		return []any{"3Gi"}
	default:
		return nil
	}
}

// elsewhere are the fields whose changes take effect in other objects than the VirtualMachine: in volumes, in snapshots, and in NetworkAttachmentDefinitions,
// which the next pod reads.
var elsewhere = []string{
	"disks[].size", "disks[].deletionPolicy",
	"networks[].vlanId", "networks[].bridgeName", "networks[].master", "networks[].resourceName", "networks[].macSpoofCheck",
	"networks[].mtu",
	"snapshots.keep", "disks[].migrateStorage",
}

// notAlone are the fields that do not change alone: a probe asks in exactly one way, so that with these another one comes or goes.
var notAlone = []string{"readinessProbe.guestAgentPing", "livenessProbe.guestAgentPing"}

// effectOf returns the effect of several differences together: that of the one that takes most.
func effectOf(ds []kubevirt.Difference) plan.Effect {
	order := []plan.Effect{nothing, plan.EffectLive, plan.EffectMigration, plan.EffectRestart}
	worst := 0
	for _, d := range ds {
		worst = max(worst, slices.Index(order, d.Effect))
	}
	return order[worst]
}

// machineOf returns the VirtualMachine of a spec; nil where the spec is refused.
func machineOf(t *testing.T, spec map[string]any) *kubevirtv1.VirtualMachine {
	t.Helper()
	xr, err := structpb.NewStruct(wukongtest.Composite(spec))
	if err != nil {
		t.Fatal(err)
	}
	planned, err := Plan(requestWithTemplate(t, xr))
	if err != nil {
		return nil
	}
	for _, r := range planned.Resources {
		if vm, ok := r.Object.(*kubevirtv1.VirtualMachine); ok {
			return vm
		}
	}
	return nil
}
