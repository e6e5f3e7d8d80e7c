package main

import (
	"fmt"
	"io"
	"iter"
	"math/rand/v2"

	fnv1 "github.com/crossplane/function-sdk-go/proto/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	"k8s.io/apimachinery/pkg/runtime"
	kubevirtv1 "kubevirt.io/api/core/v1"

	"github.com/novasphere/function-wukong/input/v1beta1"
	"github.com/novasphere/function-wukong/internal/kubevirt"
	"github.com/novasphere/function-wukong/internal/plan"
	"github.com/novasphere/function-wukong/internal/wukongtest"
)

// attempts is how many edits are drawn for one that the function accepts.
const attempts = 50

// An edit is a change of a Wukong with what the function renders before and after it, and what it says that KubeVirt makes of that.
type edit struct {
	// Seed of the edit.
	Seed int `json:"seed"`

	// Kinds are the names of what was edited.
	Kinds []string `json:"kinds"`

	From *kubevirtv1.VirtualMachine `json:"from"`
	To   *kubevirtv1.VirtualMachine `json:"to"`

	// Instance is what the virtual machine runs with, where that is not what KubeVirt starts for From.
	Instance *instance `json:"instance,omitempty"`

	// Alone, Standing and Stage are what the function says: without more, while a restart is required, and with the rollout strategy Stage.
	Alone    []kubevirt.Difference `json:"alone"`
	Standing []kubevirt.Difference `json:"standing"`
	Stage    []kubevirt.Difference `json:"stage"`
}

// An instance is where an instance differs from what KubeVirt starts.
type instance struct {
	MaxSockets    uint32             `json:"maxSockets"`
	MaxMemory     *resource.Quantity `json:"maxMemory,omitempty"`
	MemoryAtStart *resource.Quantity `json:"memoryAtStart"`
	Migratable    bool               `json:"migratable"`
}

// toEdit returns edits with the verdicts for a version of KubeVirt. Half of the virtual machines have hotpluggable volumes, which the function does not
// render.
func (c command) toEdit(fn fnv1.FunctionRunnerServiceServer) iter.Seq2[edit, error] {
	return func(yield func(edit, error) bool) {
		found := 0
		for i := range c.count * attempts {
			seed := c.seed + i
			change := wukongtest.Edits().Example(seed)
			from, errFrom := machine(fn, change.From)
			to, errTo := machine(fn, change.To)
			if errFrom != nil || errTo != nil || len(change.Kinds) == 0 {
				continue
			}
			e := edit{Seed: seed, Kinds: change.Kinds, From: from, To: to}
			random := rand.New(rand.NewPCG(uint64(seed), 0))
			hotplug(random, from, to)
			e.judge(random, v1beta1.Version(c.edits))
			if !yield(e, nil) {
				return
			}
			if found++; found == c.count {
				return
			}
		}
		yield(edit{}, fmt.Errorf("found %d edits among %d that the function accepts: %w", found, c.count*attempts, io.ErrUnexpectedEOF))
	}
}

// machine returns the VirtualMachine that the function renders for a spec.
func machine(fn fnv1.FunctionRunnerServiceServer, spec map[string]any) (*kubevirtv1.VirtualMachine, error) {
	w, err := render(fn, spec)
	if err != nil {
		return nil, err
	}
	vm := &kubevirtv1.VirtualMachine{}
	return vm, runtime.DefaultUnstructuredConverter.FromUnstructured(w.Manifests[plan.KeyVM], vm)
}

// hotplug makes some volumes hotpluggable, most of them before and after the edit.
func hotplug(random *rand.Rand, from, to *kubevirtv1.VirtualMachine) {
	if random.IntN(2) == 0 {
		return
	}
	marked := map[string]bool{}
	for _, vm := range []*kubevirtv1.VirtualMachine{from, to} {
		for _, v := range vm.Spec.Template.Spec.Volumes {
			if _, drawn := marked[v.Name]; !drawn || random.IntN(8) == 0 {
				marked[v.Name] = random.IntN(2) == 0
			}
			switch {
			case v.PersistentVolumeClaim != nil:
				v.PersistentVolumeClaim.Hotpluggable = marked[v.Name]
			case v.DataVolume != nil:
				v.DataVolume.Hotpluggable = marked[v.Name]
			}
		}
	}
}

// judge writes the verdicts into the edit. Every third virtual machine runs with other limits than KubeVirt gave it at its start.
func (e *edit) judge(random *rand.Rand, version v1beta1.Version) {
	state := kubevirt.RolloutState{Runs: true}
	domain := e.From.Spec.Template.Spec.Domain
	if random.IntN(3) == 0 && domain.CPU != nil && domain.Memory != nil {
		e.Instance = &instance{
			MaxSockets:    domain.CPU.Sockets * (1 + random.Uint32N(6)),
			MemoryAtStart: half(domain.Memory.Guest, 1+random.Int64N(2)),
			Migratable:    random.IntN(4) > 0,
		}
		if random.IntN(4) > 0 {
			e.Instance.MaxMemory = half(domain.Memory.Guest, 2+random.Int64N(8))
		}
		state.Instance = e.Instance.of(e.From)
	}
	c := &v1beta1.Cluster{KubeVirt: &v1beta1.KubeVirt{Version: version}}
	e.Alone = kubevirt.Rollout(e.From, e.To, c, state)
	e.Standing = kubevirt.Together(e.Alone, c, kubevirt.RolloutState{Runs: true, RestartRequired: true})
	c.KubeVirt.VMRolloutStrategy = kubevirtv1.VMRolloutStrategyStage
	e.Stage = kubevirt.Rollout(e.From, e.To, c, state)
}

// half returns a number of halves of a quantity.
func half(q *resource.Quantity, halves int64) *resource.Quantity {
	return resource.NewQuantity(q.Value()*halves/2, resource.BinarySI)
}

// of returns the instance of a virtual machine.
func (i *instance) of(vm *kubevirtv1.VirtualMachine) *kubevirtv1.VirtualMachineInstance {
	vmi := &kubevirtv1.VirtualMachineInstance{Spec: *vm.Spec.Template.Spec.DeepCopy()}
	vmi.Spec.Domain.CPU.MaxSockets, vmi.Spec.Domain.Memory.MaxGuest = i.MaxSockets, i.MaxMemory
	vmi.Status.Phase = kubevirtv1.Running
	vmi.Status.Memory = &kubevirtv1.MemoryStatus{GuestAtBoot: i.MemoryAtStart, GuestCurrent: vmi.Spec.Domain.Memory.Guest}
	status := corev1.ConditionFalse
	if i.Migratable {
		status = corev1.ConditionTrue
	}
	vmi.Status.Conditions = []kubevirtv1.VirtualMachineInstanceCondition{{Type: kubevirtv1.VirtualMachineInstanceIsMigratable, Status: status}}
	return vmi
}
