package kubevirt

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	kubevirtv1 "kubevirt.io/api/core/v1"

	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
	"github.com/novasphere/function-wukong/internal/network"
	"github.com/novasphere/function-wukong/internal/observed"
	"github.com/novasphere/function-wukong/internal/plan"
	"github.com/novasphere/function-wukong/internal/report"
)

const keyVMI = "vmi"

// mostAddresses is how many addresses are told of a network: a guest, which says them, may say any number.
const mostAddresses = 16

// unboundClaims is what the scheduler says of a pod whose volumes are still being made.
const unboundClaims = "unbound immediate PersistentVolumeClaims"

// Reasons of the condition VirtualMachineReady.
const (
	reasonRunning   = "VMRunning"
	reasonStopped   = "VMStopped"
	reasonPending   = "VMPending"
	reasonStarting  = "VMStarting"
	reasonStopping  = "VMStopping"
	reasonRestart   = "VMRestarting"
	reasonPaused    = "VMPaused"
	reasonMigrating = "VMMigrating"
	reasonFailed    = "VMFailed"
)

// A State is how a virtual machine stands.
type State struct {
	// Part of the condition VirtualMachineReady.
	Part report.Part

	// Phase of the Wukong, as far as its virtual machine alone says it.
	Phase v1alpha1.Phase

	// RestartRequired says which change waits for a restart; empty where none does.
	RestartRequired string

	// Migratability says whether it can migrate live.
	Migratability Migratability

	// Name of the virtual machine; empty while it does not exist.
	Name string

	// NodeName is the node that it runs on.
	NodeName string

	// Networks are its network interfaces.
	Networks []v1alpha1.NetworkStatus
}

// synchronized is the condition in which KubeVirt says why it cannot make the pod of an instance.
const synchronized = kubevirtv1.VirtualMachineConditionType(kubevirtv1.VirtualMachineInstanceSynchronized)

// Observers are what reads more of a virtual machine that exists: its instance, while it says that there is one. When the
// instance is gone, what was read last of it would stay.
func Observers(w *v1alpha1.Wukong, rs observed.Resources) []plan.Resource {
	vm, ok := observed.Status[kubevirtv1.VirtualMachineStatus](rs, plan.KeyVM)
	if !ok || !vm.Created {
		return nil
	}
	return []plan.Resource{{
		Key: keyVMI,
		Object: &metav1.PartialObjectMetadata{
			TypeMeta:   metav1.TypeMeta{APIVersion: kubevirtv1.GroupVersion.String(), Kind: kubevirtv1.VirtualMachineInstanceGroupVersionKind.Kind},
			ObjectMeta: metav1.ObjectMeta{Namespace: w.GetNamespace(), Name: w.GetName()},
		},
		Management: plan.Observe,
	}}
}

// Report how the virtual machine of a Wukong with the given network interfaces stands.
func Report(w *v1alpha1.Wukong, nics []network.NIC, rs observed.Resources) State {
	s := State{Phase: v1alpha1.PhaseCreating, Part: report.Part{Condition: "VirtualMachineReady"}, Networks: interfaceStatuses(nics, nil)}
	vm, ok := observed.Status[kubevirtv1.VirtualMachineStatus](rs, plan.KeyVM)
	if ok {
		s.Migratability = migratability(w, vm)
		s.read(w, nics, vm, rs)
	} else {
		s.Migratability = migratability(w, &kubevirtv1.VirtualMachineStatus{})
		s.Part.Reason, s.Part.Message = reasonPending, "waiting for VM"
	}
	switch r := rs[plan.KeyVM]; {
	case r.Foreign != nil && r.Foreign.Deleting:
		s.Part.Message += report.Going
	case r.Foreign != nil:
		s.Part.Failed, s.Part.Reason, s.Part.Message = true, reasonFailed, report.Foreign(w, "VM", kubevirtv1.VirtualMachineGroupVersionKind.Kind, w.GetName(), r.Foreign)
	case r.Unsure && !s.Part.Failed:
		s.Part.Ready, s.Part.Reason, s.Part.Message = false, reasonPending, "waiting for VM"+report.Unsure
	case r.Refused != "":
		s.Part.Ready, s.Part.Failed, s.Part.Reason, s.Part.Message = false, true, reasonFailed, report.Refused("VM", r.Refused)
	}
	if !s.Part.Ready && s.Part.Reason != reasonMigrating {
		// While it moves to another node, it runs.
		s.Part.Pending = []string{plan.KeyVM}
	}
	return s
}

// read what is there of a virtual machine that exists.
func (s *State) read(w *v1alpha1.Wukong, nics []network.NIC, vm *kubevirtv1.VirtualMachineStatus, rs observed.Resources) {
	s.Name = w.GetName()
	s.Phase, s.Part.Ready, s.Part.Failed, s.Part.Reason, s.Part.Message = standing(w, vm)
	switch {
	case s.Part.Failed:
	case restarting(w, rs):
		s.Phase, s.Part.Ready, s.Part.Reason, s.Part.Message = v1alpha1.PhaseRunning, false, reasonRestart, "waiting for VM: it is restarting"
	case vm.PrintableStatus == kubevirtv1.VirtualMachineStatusStopped && vm.RunStrategy == kubevirtv1.RunStrategyHalted && StartsAgain(w):
		// Whatever the strategy, KubeVirt starts what was halted.
		s.Phase, s.Part.Ready, s.Part.Reason, s.Part.Message = v1alpha1.PhaseCreating, false, reasonStarting, "waiting for VM: it is to start"
	}
	if c := condition(vm, kubevirtv1.VirtualMachineRestartRequired); c != nil && c.Status == corev1.ConditionTrue {
		s.RestartRequired = c.Message + ": virtctl restart " + w.GetName() + " restarts it, and so does an Operation"
	} else if condition(vm, kubevirtv1.VirtualMachineConditionType(kubevirtv1.VirtualMachineInstanceMigrationRequired)) != nil {
		s.RestartRequired = "a change of the networks waits until the virtual machine moves to another node or restarts"
	}
	if vmi, ok := instance(rs); ok {
		s.NodeName = vmi.NodeName
		s.Networks = interfaceStatuses(nics, vmi.Interfaces)
		i := network.Instance{Versions: rs.Annotation(keyVMI, annotationNetworks), Created: rs.CreatedAt(keyVMI), Migrated: movedAt(vmi)}
		s.outdated(w, network.Outdated(nics, i, rs))
	}
}

// outdated adds the networks that changed since the instance was attached to them to what waits for a restart.
func (s *State) outdated(w *v1alpha1.Wukong, networks []string) {
	if len(networks) == 0 {
		return
	}
	message := fmt.Sprintf("%s changed: that takes effect when the virtual machine restarts (virtctl restart %s) "+
		"or moves to another node (virtctl migrate %s), and its guest keeps the addresses that it has", report.List(networks), w.GetName(), w.GetName())
	if s.RestartRequired != "" {
		message = s.RestartRequired + "; " + message
	}
	s.RestartRequired = message
}

// movedAt returns when the pod in which an instance runs took it over from that on another node; zero where it did not.
func movedAt(vmi *kubevirtv1.VirtualMachineInstanceStatus) time.Time {
	m := vmi.MigrationState
	if m == nil || !m.Completed || m.Failed || m.StartTimestamp == nil {
		return time.Time{}
	}
	return m.StartTimestamp.Time
}

// IsOver reports whether an instance in a phase has ended: it may be kept, with the node and the addresses that it had.
func IsOver(phase kubevirtv1.VirtualMachineInstancePhase) bool {
	return phase == kubevirtv1.Succeeded || phase == kubevirtv1.Failed
}

// standing maps what KubeVirt says of the virtual machine of a Wukong to the words of a Wukong.
func standing(w *v1alpha1.Wukong, vm *kubevirtv1.VirtualMachineStatus) (phase v1alpha1.Phase, ready, failed bool, reason, message string) {
	strategy := RunStrategy(w)
	halted := strategy == kubevirtv1.RunStrategyHalted
	if c := condition(vm, kubevirtv1.VirtualMachineFailure); c != nil && c.Status == corev1.ConditionTrue {
		return v1alpha1.PhaseError, false, true, reasonFailed, "VM: KubeVirt fails to run it as wished, and tries again: " + c.Message
	}

	if why := notStarted(vm); why != "" {
		return v1alpha1.PhaseError, false, true, reasonFailed, "VM: KubeVirt cannot make its pod, and tries again: " + why
	}

	switch vm.PrintableStatus {
	case kubevirtv1.VirtualMachineStatusRunning:
		if halted {
			return v1alpha1.PhaseRunning, false, false, reasonStopping, "waiting for VM: it is to stop"
		}
		return v1alpha1.PhaseRunning, true, false, reasonRunning, "Virtual machine is running"
	case kubevirtv1.VirtualMachineStatusStopped:
		if strategy == kubevirtv1.RunStrategyAlways {
			return v1alpha1.PhaseCreating, false, false, reasonStarting, "waiting for VM: it is to start"
		}
		return v1alpha1.PhaseStopped, true, false, reasonStopped, "Virtual machine is stopped"
	case kubevirtv1.VirtualMachineStatusMigrating:
		return v1alpha1.PhaseRunning, false, false, reasonMigrating, "VM: it is moving to another node"
	case kubevirtv1.VirtualMachineStatusPaused:
		return v1alpha1.PhaseRunning, false, false, reasonPaused, "VM: it is paused: virtctl unpause vm " + w.GetName() + " lets it go on"
	case kubevirtv1.VirtualMachineStatusStopping, kubevirtv1.VirtualMachineStatusTerminating:
		return v1alpha1.PhaseRunning, false, false, reasonStopping, "waiting for VM: it is stopping"
	case kubevirtv1.VirtualMachineStatusStarting:
		return v1alpha1.PhaseCreating, false, false, reasonStarting, "waiting for VM: it is starting"
	case kubevirtv1.VirtualMachineStatusProvisioning, kubevirtv1.VirtualMachineStatusWaitingForVolumeBinding:
		return v1alpha1.PhaseCreating, false, false, reasonPending, "waiting for VM: it waits for its volumes"
	case kubevirtv1.VirtualMachineStatusWaitingForReceiver:
		return v1alpha1.PhaseCreating, false, false, reasonPending, "waiting for VM: it waits for a migration from another cluster"
	case kubevirtv1.VirtualMachineStatusUnknown:
		return v1alpha1.PhaseCreating, false, false, reasonPending, "waiting for VM: its node does not answer"
	case "":
		return v1alpha1.PhaseCreating, false, false, reasonPending, "waiting for VM"

	case kubevirtv1.VirtualMachineStatusUnschedulable:
		why := because(vm, kubevirtv1.VirtualMachineConditionType(corev1.PodScheduled), "no node takes it")
		if strings.Contains(why, unboundClaims) {
			// KubeVirt goes on saying so when the volumes are there and the scheduler has another reason.
			return v1alpha1.PhaseCreating, false, false, reasonPending, "waiting for VM: its pod had no node while its volumes were being made: if that lasts, the pod's events say why"
		}
		if missesClaim(why) {
			return withoutClaim(w, why)
		}
		return v1alpha1.PhaseError, false, true, reasonFailed, "VM: unschedulable: " + why
	case kubevirtv1.VirtualMachineStatusCrashLoopBackOff:
		return v1alpha1.PhaseError, false, true, reasonFailed, "VM: it crashes again and again: " + because(vm, kubevirtv1.VirtualMachineReady, "see its console and the events of its instance")
	case kubevirtv1.VirtualMachineStatusErrImagePull, kubevirtv1.VirtualMachineStatusImagePullBackOff:
		return v1alpha1.PhaseError, false, true, reasonFailed, "VM: an image of its pod cannot be pulled: " + because(vm, kubevirtv1.VirtualMachineReady, "see the events of its pod")
	case kubevirtv1.VirtualMachineStatusPvcNotFound:
		return withoutClaim(w, because(vm, synchronized, ""))
	case kubevirtv1.VirtualMachineStatusDataVolumeError:
		return v1alpha1.PhaseError, false, true, reasonFailed, "VM: the import of one of its disks failed: the condition VolumesBound says which"
	default:
		return v1alpha1.PhaseCreating, false, false, reasonPending, fmt.Sprintf("waiting for VM: it is %s, which is not known here", vm.PrintableStatus)
	}
}

// notStarted returns why KubeVirt cannot make the pod of an instance, which it goes on trying; empty where it can, or waits for a claim. While it
// tries, it may go on saying that an instance is unschedulable, as a claim was missing.
func notStarted(vm *kubevirtv1.VirtualMachineStatus) string {
	if vm.PrintableStatus != kubevirtv1.VirtualMachineStatusStarting && vm.PrintableStatus != kubevirtv1.VirtualMachineStatusUnschedulable {
		return ""
	}
	c := condition(vm, synchronized)
	if c == nil || c.Status != corev1.ConditionFalse || !strings.HasPrefix(c.Reason, "Failed") || missesClaim(c.Message) {
		return ""
	}
	return c.Message
}

// missesClaim reports whether KubeVirt says that it does not find a claim.
func missesClaim(said string) bool {
	return strings.Contains(said, "does not exist, waiting for it to appear") || strings.Contains(said, "didn't find PVC")
}

// withoutClaim tells of a claim that KubeVirt does not find. One that is made for the Wukong, and is not what a disk names, is waited for: the
// virtual machine may be there before its claims, and KubeVirt goes on missing a claim until its import has ended.
func withoutClaim(w *v1alpha1.Wukong, said string) (phase v1alpha1.Phase, ready, failed bool, reason, message string) {
	words := strings.FieldsFunc(said, func(r rune) bool { return r == ' ' || r == '/' })
	if !slices.ContainsFunc(w.Spec.Disks, func(d v1alpha1.Disk) bool {
		return d.ClaimName != "" && (said == "" || slices.Contains(words, string(d.ClaimName)))
	}) {
		return v1alpha1.PhaseCreating, false, false, reasonPending, "waiting for VM: it waits for its volumes"
	}
	return v1alpha1.PhaseError, false, true, reasonFailed, "VM: a claim that it attaches does not exist: " + cmp.Or(said, "create it, or correct claimName")
}

// because is what a condition says, or else what is given.
func because(vm *kubevirtv1.VirtualMachineStatus, t kubevirtv1.VirtualMachineConditionType, otherwise string) string {
	if c := condition(vm, t); c != nil && c.Status == corev1.ConditionFalse && c.Message != "" {
		return c.Message
	}
	return otherwise
}

func condition(vm *kubevirtv1.VirtualMachineStatus, t kubevirtv1.VirtualMachineConditionType) *kubevirtv1.VirtualMachineCondition {
	for i := range vm.Conditions {
		if vm.Conditions[i].Type == t {
			return &vm.Conditions[i]
		}
	}
	return nil
}

// interfaceStatuses are the network interfaces that were asked for, with what the instance says of them.
func interfaceStatuses(nics []network.NIC, seen []kubevirtv1.VirtualMachineInstanceNetworkInterface) []v1alpha1.NetworkStatus {
	out := make([]v1alpha1.NetworkStatus, len(nics))
	for i, nic := range nics {
		out[i] = v1alpha1.NetworkStatus{Name: nic.Name, MACAddress: nic.MAC, NADName: nic.NAD}
		for _, s := range seen {
			if s.Name != nic.Name {
				continue
			}
			out[i].Interface, out[i].IPAddress, out[i].IPAddresses = s.InterfaceName, s.IP, s.IPs[:min(len(s.IPs), mostAddresses)]
			if s.MAC != "" {
				out[i].MACAddress = s.MAC
			}
		}
	}
	return out
}
