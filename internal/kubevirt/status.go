package kubevirt

import (
	"cmp"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	kubevirtv1 "kubevirt.io/api/core/v1"

	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
)

// What KubeVirt and the scheduler write into conditions.
const (
	// unboundClaims is in the scheduler's message about a pod whose volumes are still being made.
	unboundClaims = "unbound immediate PersistentVolumeClaims"

	// claimAwaited and claimNotFound are in KubeVirt's messages about a claim that does not exist.
	claimAwaited  = "does not exist, waiting for it to appear"
	claimNotFound = "didn't find PVC"

	// failedPrefix begins the reasons of the condition Synchronized while KubeVirt cannot make a pod.
	failedPrefix = "Failed"
)

// What a message says where a condition gives no reason.
const (
	noNode        = "no node takes it"
	seeConsole    = "see its console and the events of its instance"
	seePodEvents  = "see the events of its pod"
	fixClaimNames = "create it, or correct claimName"
)

// conditionSynchronized is the condition that says why KubeVirt cannot make an instance's pod.
const conditionSynchronized = kubevirtv1.VirtualMachineConditionType(kubevirtv1.VirtualMachineInstanceSynchronized)

// An outcome is what a Wukong reports of the status of its virtual machine.
type outcome struct {
	phase           v1alpha1.Phase
	ready, failed   bool
	reason, message string
}

// outcomes are those of the printable statuses that mean the same for every Wukong.
var outcomes = map[kubevirtv1.VirtualMachinePrintableStatus]outcome{
	kubevirtv1.VirtualMachineStatusMigrating:               {phase: v1alpha1.PhaseRunning, reason: reasonMigrating, message: msgMigrating.With()},
	kubevirtv1.VirtualMachineStatusStopping:                {phase: v1alpha1.PhaseRunning, reason: reasonStopping, message: msgStopping.With()},
	kubevirtv1.VirtualMachineStatusTerminating:             {phase: v1alpha1.PhaseRunning, reason: reasonStopping, message: msgStopping.With()},
	kubevirtv1.VirtualMachineStatusStarting:                {phase: v1alpha1.PhaseCreating, reason: reasonStarting, message: msgStarting.With()},
	kubevirtv1.VirtualMachineStatusProvisioning:            pending(msgWaitingForVolumes.With()),
	kubevirtv1.VirtualMachineStatusWaitingForVolumeBinding: pending(msgWaitingForVolumes.With()),
	kubevirtv1.VirtualMachineStatusWaitingForReceiver:      pending(msgWaitingForReceiver.With()),
	kubevirtv1.VirtualMachineStatusUnknown:                 pending(msgWaitingForNode.With()),
	kubevirtv1.VirtualMachineStatusDataVolumeError:         failed(msgImportFailed.With()),
	"": pending(msgWaiting.With()),
}

// evaluators return the outcomes of the other printable statuses, which depend on the Wukong or on conditions.
var evaluators = map[kubevirtv1.VirtualMachinePrintableStatus]func(*v1alpha1.Wukong, *kubevirtv1.VirtualMachineStatus) outcome{
	kubevirtv1.VirtualMachineStatusRunning: func(w *v1alpha1.Wukong, _ *kubevirtv1.VirtualMachineStatus) outcome {
		if RunStrategy(w) == kubevirtv1.RunStrategyHalted {
			return outcome{phase: v1alpha1.PhaseRunning, reason: reasonStopping, message: msgAboutToStop.With()}
		}
		return outcome{phase: v1alpha1.PhaseRunning, ready: true, reason: reasonRunning, message: msgRunning.With()}
	},
	kubevirtv1.VirtualMachineStatusStopped: func(w *v1alpha1.Wukong, vm *kubevirtv1.VirtualMachineStatus) outcome {
		// KubeVirt starts what was halted, whatever the run strategy is now.
		if RunStrategy(w) == kubevirtv1.RunStrategyAlways || vm.RunStrategy == kubevirtv1.RunStrategyHalted && StartsAutomatically(w) {
			return outcome{phase: v1alpha1.PhaseCreating, reason: reasonStarting, message: msgAboutToStart.With()}
		}
		return outcome{phase: v1alpha1.PhaseStopped, ready: true, reason: reasonStopped, message: msgStopped.With()}
	},
	kubevirtv1.VirtualMachineStatusPaused: func(w *v1alpha1.Wukong, _ *kubevirtv1.VirtualMachineStatus) outcome {
		return outcome{phase: v1alpha1.PhaseRunning, reason: reasonPaused, message: msgPaused.With(w.GetName())}
	},
	kubevirtv1.VirtualMachineStatusUnschedulable: unschedulable,
	kubevirtv1.VirtualMachineStatusPvcNotFound: func(w *v1alpha1.Wukong, vm *kubevirtv1.VirtualMachineStatus) outcome {
		return withoutClaim(w, falseMessage(vm, conditionSynchronized, ""))
	},
	kubevirtv1.VirtualMachineStatusCrashLoopBackOff: func(_ *v1alpha1.Wukong, vm *kubevirtv1.VirtualMachineStatus) outcome {
		return failed(msgCrashes.With(falseMessage(vm, kubevirtv1.VirtualMachineReady, seeConsole)))
	},
	kubevirtv1.VirtualMachineStatusErrImagePull:     withoutImage,
	kubevirtv1.VirtualMachineStatusImagePullBackOff: withoutImage,
}

// evaluate returns the outcome of the status that KubeVirt reports of a Wukong's virtual machine.
func evaluate(w *v1alpha1.Wukong, vm *kubevirtv1.VirtualMachineStatus) outcome {
	if c := condition(vm, kubevirtv1.VirtualMachineFailure); c != nil && c.Status == corev1.ConditionTrue {
		return failed(msgKubeVirtFailed.With(c.Message))
	}
	if cause := podFailure(vm); cause != "" {
		return failed(msgPodFailed.With(cause))
	}
	if evaluator, ok := evaluators[vm.PrintableStatus]; ok {
		return evaluator(w, vm)
	}
	if o, ok := outcomes[vm.PrintableStatus]; ok {
		return o
	}
	return pending(msgUnknownStatus.With(vm.PrintableStatus))
}

func pending(message string) outcome {
	return outcome{phase: v1alpha1.PhaseCreating, reason: reasonPending, message: message}
}

func failed(message string) outcome {
	return outcome{phase: v1alpha1.PhaseError, failed: true, reason: reasonFailed, message: message}
}

func unschedulable(w *v1alpha1.Wukong, vm *kubevirtv1.VirtualMachineStatus) outcome {
	cause := falseMessage(vm, kubevirtv1.VirtualMachineConditionType(corev1.PodScheduled), noNode)
	if strings.Contains(cause, unboundClaims) {
		// KubeVirt does not update this message when the volumes are there and the scheduler has another reason.
		return pending(msgWaitingForScheduler.With())
	}
	if reportsMissingClaim(cause) {
		return withoutClaim(w, cause)
	}
	return failed(msgUnschedulable.With(cause))
}

func withoutImage(_ *v1alpha1.Wukong, vm *kubevirtv1.VirtualMachineStatus) outcome {
	return failed(msgNoImage.With(falseMessage(vm, kubevirtv1.VirtualMachineReady, seePodEvents)))
}

// withoutClaim returns the outcome where KubeVirt does not find a claim. It is a failure only for one that a disk names by claimName. Claims of
// the Wukong's own may follow the virtual machine, and KubeVirt reports them missing until their import ends.
func withoutClaim(w *v1alpha1.Wukong, cause string) outcome {
	words := strings.FieldsFunc(cause, func(r rune) bool { return r == ' ' || r == '/' })
	if !slices.ContainsFunc(w.Spec.Disks, func(d v1alpha1.Disk) bool {
		return d.ClaimName != "" && (cause == "" || slices.Contains(words, string(d.ClaimName)))
	}) {
		return pending(msgWaitingForVolumes.With())
	}
	return failed(msgNoClaim.With(cmp.Or(cause, fixClaimNames)))
}

// reportsMissingClaim reports whether a message of KubeVirt says that a claim does not exist.
func reportsMissingClaim(message string) bool {
	return strings.Contains(message, claimAwaited) || strings.Contains(message, claimNotFound)
}

// podFailure returns why KubeVirt cannot make an instance's pod. Empty where it can, or where it waits for a claim. The printable status may still
// be Unschedulable because of a claim that was missing before.
func podFailure(vm *kubevirtv1.VirtualMachineStatus) string {
	if vm.PrintableStatus != kubevirtv1.VirtualMachineStatusStarting && vm.PrintableStatus != kubevirtv1.VirtualMachineStatusUnschedulable {
		return ""
	}
	c := condition(vm, conditionSynchronized)
	if c == nil || c.Status != corev1.ConditionFalse || !strings.HasPrefix(c.Reason, failedPrefix) || reportsMissingClaim(c.Message) {
		return ""
	}
	return c.Message
}

// falseMessage returns the message of a condition that is False. Where there is none, it returns the default.
func falseMessage(vm *kubevirtv1.VirtualMachineStatus, t kubevirtv1.VirtualMachineConditionType, otherwise string) string {
	if c := condition(vm, t); c != nil && c.Status == corev1.ConditionFalse && c.Message != "" {
		return c.Message
	}
	return otherwise
}

// condition returns the condition of a type. Nil where there is none.
func condition(vm *kubevirtv1.VirtualMachineStatus, t kubevirtv1.VirtualMachineConditionType) *kubevirtv1.VirtualMachineCondition {
	for i := range vm.Conditions {
		if vm.Conditions[i].Type == t {
			return &vm.Conditions[i]
		}
	}
	return nil
}
