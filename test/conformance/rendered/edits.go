package main

import (
	"fmt"
	"io"
	"iter"
	"math/rand/v2"
	"slices"

	"google.golang.org/protobuf/types/known/structpb"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	"k8s.io/apimachinery/pkg/runtime"
	kubevirtv1 "kubevirt.io/api/core/v1"

	"github.com/novasphere/function-wukong/fn"
	"github.com/novasphere/function-wukong/input/v1beta1"
	"github.com/novasphere/function-wukong/internal/kubevirt"
	"github.com/novasphere/function-wukong/internal/observed"
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

// toEdit returns edits with the verdicts for a version of KubeVirt. A part of the virtual machines has no hotpluggable volumes, a part those that the
// function renders where KubeVirt plugs, and a part any. Most edits are of a virtual machine that the function observes, so that it lets networks leave.
func (c command) toEdit() iter.Seq2[edit, error] {
	return func(yield func(edit, error) bool) {
		found := 0
		for i := range c.count * attempts {
			e := draw(c.seed + i)
			if e == nil {
				continue
			}
			e.judge(rand.New(rand.NewPCG(uint64(e.Seed), 1)), v1beta1.Version(c.edits))
			if !yield(*e, nil) {
				return
			}
			if found++; found == c.count {
				return
			}
		}
		yield(edit{}, fmt.Errorf("found %d edits among %d that the function accepts: %w", found, c.count*attempts, io.ErrUnexpectedEOF))
	}
}

// draw returns the edit of a seed; nil where the function refuses a spec, or where nothing is edited.
func draw(seed int) *edit {
	change := wukongtest.Edits().Example(seed)
	random := rand.New(rand.NewPCG(uint64(seed), 0))
	plugs := random.IntN(3) == 0
	from, err := machine(change.From, plugs, nil)
	if err != nil || len(change.Kinds) == 0 {
		return nil
	}
	observed := from
	if !plugs && random.IntN(4) == 0 {
		observed = nil
	}
	to, err := machine(change.To, plugs, observed)
	if err != nil {
		return nil
	}
	if !plugs && leaves(to) && random.IntN(4) == 0 {
		// The network comes back before it has left.
		from, to = to, from
	}
	if !plugs {
		hotplug(random, from, to)
	}
	return &edit{Seed: seed, Kinds: change.Kinds, From: from, To: to}
}

// machine returns the VirtualMachine that the function renders for a spec, where KubeVirt plugs volumes or not, and where the function observes another one
// that runs; nil for none.
func machine(spec map[string]any, plugs bool, runs *kubevirtv1.VirtualMachine) (*kubevirtv1.VirtualMachine, error) {
	cluster := map[string]any{}
	if plugs {
		var gates []any
		for _, g := range wukongtest.Gates {
			gates = append(gates, g)
		}
		cluster["kubevirt"] = map[string]any{"version": "1.9", "featureGates": gates}
	}
	req, err := wukongtest.RequestOf(wukongtest.Namespace, wukongtest.Name, spec, map[string]any{"cluster": cluster})
	if err != nil {
		return nil, err
	}
	rs := observed.Resources{}
	if runs != nil {
		vm := runs.DeepCopy()
		vm.Status.Created = true
		if spec := &vm.Spec.Template.Spec; spec.Architecture == "" {
			// KubeVirt's webhook gives it the cluster's.
			spec.Architecture = "amd64"
		}
		vmi := &kubevirtv1.VirtualMachineInstance{Spec: runs.Spec.Template.Spec}
		vmi.Status.Phase = kubevirtv1.Running
		for key, object := range map[string]plan.Object{plan.KeyVM: vm, "vmi": vmi} {
			if rs[key], err = observedAs(object); err != nil {
				return nil, err
			}
		}
	}
	p, err := fn.PlanFor(req, rs)
	if err != nil {
		return nil, err
	}
	i := slices.IndexFunc(p.Resources, func(r plan.Resource) bool { return r.Key == plan.KeyVM })
	vm, _ := p.Resources[i].Object.(*kubevirtv1.VirtualMachine)
	return vm, nil
}

// observedAs returns an object as it is observed.
func observedAs(o plan.Object) (observed.Resource, error) {
	m, err := runtime.DefaultUnstructuredConverter.ToUnstructured(o)
	if err != nil {
		return observed.Resource{}, err
	}
	s, err := structpb.NewStruct(m)
	return observed.Resource{Object: s}, err
}

// leaves reports whether a network leaves a virtual machine.
func leaves(vm *kubevirtv1.VirtualMachine) bool {
	return slices.ContainsFunc(vm.Spec.Template.Spec.Domain.Devices.Interfaces, func(i kubevirtv1.Interface) bool {
		return i.State == kubevirtv1.InterfaceStateAbsent
	})
}

// hotplug makes some volumes of one or of all of the virtual machines hotpluggable, most of them of all. There are none where a CD-ROM drive is added, or
// takes the place of a disk: what becomes of those the function does not render.
func hotplug(random *rand.Rand, vms ...*kubevirtv1.VirtualMachine) {
	if random.IntN(2) == 0 || changesDrives(vms) {
		return
	}
	marked := map[string]bool{}
	for _, vm := range vms {
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

// changesDrives reports whether virtual machines have different CD-ROM drives.
func changesDrives(vms []*kubevirtv1.VirtualMachine) bool {
	drives := map[string]int{}
	for _, vm := range vms {
		for _, d := range vm.Spec.Template.Spec.Domain.Devices.Disks {
			if d.CDRom != nil {
				drives[d.Name]++
			}
		}
	}
	for _, n := range drives {
		if n < len(vms) {
			return true
		}
	}
	return false
}

// judge writes the verdicts into the edit. Every third virtual machine runs with other limits than KubeVirt gave it at its start.
func (e *edit) judge(random *rand.Rand, version v1beta1.Version) {
	state := kubevirt.RolloutState{Runs: true}
	domain := e.From.Spec.Template.Spec.Domain
	if random.IntN(3) == 0 && domain.CPU != nil && domain.Memory != nil && domain.Memory.Guest != nil {
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
