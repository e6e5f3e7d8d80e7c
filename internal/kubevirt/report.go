package kubevirt

import (
	"cmp"

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
	reasonNotReady  = report.NewReason("VMNotReady")
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

	// CPUs is the number of CPUs that the guest has; zero where that is not known.
	CPUs int32

	// Memory is what the guest has, as a quantity; empty where that is not known.
	Memory string

	// Growth is the message about CPUs and memory that the guest is about to get. Empty where it has all of them.
	Growth string

	// GuestAgent is whether the guest's agent is connected; empty while no guest runs.
	GuestAgent v1alpha1.GuestAgent

	// GuestOS is the operating system as the guest calls it; empty where that is not known.
	GuestOS string

	// StateClaim is the name of the claim with the state of the TPM and the variables of the firmware; empty for none.
	StateClaim string

	// Networks are the statuses of its network interfaces.
	Networks []v1alpha1.NetworkStatus
}

// Starts reports whether the virtual machine exists and neither runs nor is stopped.
func (s State) Starts() bool {
	return s.Name != "" && s.Phase != v1alpha1.PhaseRunning && s.Phase != v1alpha1.PhaseStopped
}

// Report returns the state of a Wukong's virtual machine with the desired network interfaces, in a cluster as the Input describes it. Held says why the
// virtual machine may not be made yet; empty where it may.
func Report(w *v1alpha1.Wukong, nics []network.NIC, c *v1beta1.Cluster, held string, rs observed.Resources) State {
	s := State{Part: report.Part{Condition: conditionReady}, Networks: interfaceStatuses(nics, nil)}
	vm, exists := observed.Status[kubevirtv1.VirtualMachineStatus](rs, plan.KeyVM)
	if !exists {
		vm = &kubevirtv1.VirtualMachineStatus{}
	}
	s.Migratability = migratability(w, vm)
	s.set(pending(cmp.Or(held, msgWaiting.With())))
	if exists {
		s.Name = w.GetName()
		s.set(evaluate(w, vm))
		if runs := s.Phase == v1alpha1.PhaseRunning && s.Part.Ready; runs || s.Part.Reason == reasonMigrating {
			if o, found := unready(w, vm, rs); found {
				s.set(o)
			}
		}
		if !s.Part.Failed && isRestarting(w, rs) {
			s.set(outcome{phase: v1alpha1.PhaseRunning, reason: reasonRestart, message: msgRestarting.With()})
		}
		s.RestartRequired = restartRequired(w, vm, c, rs)
		s.setInstance(w, nics, c, rs)
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

// setInstance writes into the state what the virtual machine's instance is: its node, its size, its addresses, what it is about to get, and its
// outdated networks.
func (s *State) setInstance(w *v1alpha1.Wukong, nics []network.NIC, c *v1beta1.Cluster, rs observed.Resources) {
	vmi, ok := instance(rs)
	if !ok {
		return
	}
	s.NodeName, s.CPUs, s.Memory, s.StateClaim = vmi.NodeName, cpusOf(vmi), currentMemoryOf(vmi), stateClaimOf(vmi)
	s.GuestAgent, s.GuestOS = guestAgentOf(vmi), guestOSOf(vmi)
	if text := growth(w, vmi, c); text != "" && s.Part.Ready {
		s.Growth, s.Part.Message = text, text
	}
	s.Networks = interfaceStatuses(nics, vmi.Interfaces)
	i := network.Instance{Versions: rs.Annotation(plan.KeyVMI, annotationNetworks), Created: rs.CreatedAt(plan.KeyVMI), Migrated: migratedAt(vmi)}
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
