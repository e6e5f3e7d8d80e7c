package kubevirt

import (
	kubevirtv1 "kubevirt.io/api/core/v1"

	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
	"github.com/novasphere/function-wukong/input/v1beta1"
	"github.com/novasphere/function-wukong/internal/network"
	"github.com/novasphere/function-wukong/internal/observed"
	"github.com/novasphere/function-wukong/internal/plan"
	"github.com/novasphere/function-wukong/internal/report"
)

// conditionReady is the condition of a Wukong about its virtual machine.
var conditionReady = report.NewCondition("VirtualMachineReady")

// Reasons of the condition VirtualMachineReady.
var (
	reasonRunning   = report.NewReason("VMRunning")
	reasonStopped   = report.NewReason("VMStopped")
	reasonPending   = report.NewReason("VMPending")
	reasonStarting  = report.NewReason("VMStarting")
	reasonStopping  = report.NewReason("VMStopping")
	reasonRestart   = report.NewReason("VMRestarting")
	reasonPaused    = report.NewReason("VMPaused")
	reasonMigrating = report.NewReason("VMMigrating")
	reasonFailed    = report.NewReason("VMFailed")
)

// A State is what is reported of a virtual machine.
type State struct {
	// Part of the report, with the condition VirtualMachineReady.
	Part report.Part

	// Phase of the Wukong, as far as it depends on the virtual machine alone.
	Phase v1alpha1.Phase

	// RestartRequired is the message about the changes that wait for a restart. Empty where none does.
	RestartRequired string

	// Migratability is whether the virtual machine can migrate live.
	Migratability Migratability

	// Name of the virtual machine. Empty where it does not exist.
	Name string

	// NodeName is the name of the node that it runs on.
	NodeName string

	// Networks are the statuses of its network interfaces.
	Networks []v1alpha1.NetworkStatus
}

// Starts reports whether the virtual machine exists and neither runs nor is stopped.
func (s State) Starts() bool {
	return s.Name != "" && s.Phase != v1alpha1.PhaseRunning && s.Phase != v1alpha1.PhaseStopped
}

// Report returns the state of a Wukong's virtual machine with the desired network interfaces, in a cluster as the Input describes it.
func Report(w *v1alpha1.Wukong, nics []network.NIC, c *v1beta1.Cluster, rs observed.Resources) State {
	s := State{Part: report.Part{Condition: conditionReady}, Networks: interfaceStatuses(nics, nil)}
	vm, exists := observed.Status[kubevirtv1.VirtualMachineStatus](rs, plan.KeyVM)
	if !exists {
		vm = &kubevirtv1.VirtualMachineStatus{}
	}
	s.Migratability = migratability(w, vm)
	s.set(pending(msgWaiting.With()))
	if exists {
		s.Name = w.GetName()
		s.set(evaluate(w, vm))
		if !s.Part.Failed && isRestarting(w, rs) {
			s.set(outcome{phase: v1alpha1.PhaseRunning, reason: reasonRestart, message: msgRestarting.With()})
		}
		s.RestartRequired = restartRequired(w, vm, c, rs)
		s.setInstance(w, nics, rs)
	}
	s.setProblem(w, rs[plan.KeyVM])
	if !s.Part.Ready && s.Part.Reason != reasonMigrating {
		// A virtual machine that migrates runs.
		s.Part.Pending = []string{plan.KeyVM}
	}
	return s
}

// set writes an outcome into the state.
func (s *State) set(o outcome) {
	s.Phase = o.phase
	s.setPart(o)
}

// setPart writes an outcome into the state, but for the phase.
func (s *State) setPart(o outcome) {
	s.Part.Ready, s.Part.Failed, s.Part.Reason, s.Part.Message = o.ready, o.failed, o.reason, o.message
}

// setInstance writes the node, the addresses and the outdated networks of the virtual machine's instance into the state.
func (s *State) setInstance(w *v1alpha1.Wukong, nics []network.NIC, rs observed.Resources) {
	vmi, ok := instance(rs)
	if !ok {
		return
	}
	s.NodeName = vmi.NodeName
	s.Networks = interfaceStatuses(nics, vmi.Interfaces)
	i := network.Instance{Versions: rs.Annotation(keyVMI, annotationNetworks), Created: rs.CreatedAt(keyVMI), Migrated: migratedAt(vmi)}
	outdated := network.Outdated(nics, i, rs)
	switch {
	case len(outdated) == 0:
	case s.RestartRequired == "":
		s.RestartRequired = msgNetworksChanged.With(report.List(outdated), w.GetName(), w.GetName())
	default:
		s.RestartRequired = msgRestartAndNetworks.With(s.RestartRequired, report.List(outdated), w.GetName(), w.GetName())
	}
}

// setProblem writes into the state why the desired VirtualMachine is not the one in the cluster, if that is known. The phase stays that of the
// one in the cluster.
func (s *State) setProblem(w *v1alpha1.Wukong, r observed.Resource) {
	switch {
	case r.Foreign != nil && r.Foreign.Deleting:
		s.Part.Message = msgWaitingForDeletion.With()
	case r.Foreign != nil:
		s.setPart(failed(report.Foreign(w, "VM", kubevirtv1.VirtualMachineGroupVersionKind.Kind, w.GetName(), r.Foreign)))
	case r.MaybeRefused && !s.Part.Failed:
		s.setPart(pending(msgWaitingMaybeRefused.With()))
	case r.Refused != "":
		s.setPart(failed(report.Refused("VM", r.Refused)))
	}
}
