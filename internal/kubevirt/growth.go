package kubevirt

import (
	"fmt"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	kubevirtv1 "kubevirt.io/api/core/v1"

	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
	"github.com/novasphere/function-wukong/input/v1beta1"
	"github.com/novasphere/function-wukong/internal/message"
	"github.com/novasphere/function-wukong/internal/report"
)

// Messages about an instance that gets more CPUs or memory.
var (
	msgGrows = message.New(message.Report, "vm-grows",
		"Virtual machine is running, and gets {values} when KubeVirt has moved it to another node, which it does by itself")
	msgGrowsByHand = message.New(message.Report, "vm-grows-by-hand",
		"Virtual machine is running, and gets {values} when it moves to another node: virtctl migrate {name} moves it")
	msgGrowsAtRestart = message.New(message.Report, "vm-grows-at-restart",
		"Virtual machine is running, and gets {values} when it restarts, as it cannot move to another node: virtctl restart {name} restarts it")
)

// cpusOf returns the number of CPUs that an instance has; zero where it does not say.
func cpusOf(vmi *kubevirtv1.VirtualMachineInstanceStatus) int32 {
	t := vmi.CurrentCPUTopology
	if t == nil {
		return 0
	}
	return int32(max(t.Sockets, 1) * max(t.Cores, 1) * max(t.Threads, 1)) //nolint:gosec // No computer has as many.
}

// currentMemoryOf returns the memory that the guest of an instance has; empty where it does not say.
func currentMemoryOf(vmi *kubevirtv1.VirtualMachineInstanceStatus) string {
	if m := vmi.Memory; m != nil && m.GuestCurrent != nil {
		return m.GuestCurrent.String()
	}
	return ""
}

// stateClaimOf returns the claim with the state of an instance's TPM and firmware. Empty where there is none.
func stateClaimOf(vmi *kubevirtv1.VirtualMachineInstanceStatus) string {
	for _, v := range vmi.VolumeStatus {
		if strings.HasPrefix(v.Name, StateLabel) && v.PersistentVolumeClaimInfo != nil {
			return v.PersistentVolumeClaimInfo.ClaimName
		}
	}
	return ""
}

// growth returns the message about CPUs and memory that an instance is about to get. Empty where it has all of them. virt-controller sets the
// conditions when it has asked for them, and virt-handler removes them after the migration that brings them.
func growth(w *v1alpha1.Wukong, vmi *kubevirtv1.VirtualMachineInstanceStatus, c *v1beta1.Cluster) string {
	var values []string
	// An instance type says how much of both.
	if n := w.Spec.CPU; n != nil && hasCondition(vmi, kubevirtv1.VirtualMachineInstanceVCPUChange) {
		values = append(values, fmt.Sprintf("%d CPUs", *n))
	}
	if m := w.Spec.Memory; m != nil && hasCondition(vmi, kubevirtv1.VirtualMachineInstanceMemoryChange) {
		values = append(values, m.String()+" memory")
	}
	switch {
	case len(values) == 0:
		return ""
	case !hasCondition(vmi, kubevirtv1.VirtualMachineInstanceIsMigratable):
		return msgGrowsAtRestart.With(report.List(values), w.GetName())
	case !MigratesItself(c):
		return msgGrowsByHand.With(report.List(values), w.GetName())
	default:
		return msgGrows.With(report.List(values))
	}
}

// hasCondition reports whether a condition of an instance is True.
func hasCondition(vmi *kubevirtv1.VirtualMachineInstanceStatus, t kubevirtv1.VirtualMachineInstanceConditionType) bool {
	for _, c := range vmi.Conditions {
		if c.Type == t {
			return c.Status == corev1.ConditionTrue
		}
	}
	return false
}

// MigratesItself reports whether KubeVirt migrates virtual machines by itself where a change takes that, as far as a cluster tells; nil stands for one
// that tells nothing.
func MigratesItself(c *v1beta1.Cluster) bool {
	return c == nil || c.KubeVirt == nil || c.KubeVirt.WorkloadUpdateMethods == nil ||
		slices.Contains(c.KubeVirt.WorkloadUpdateMethods, v1beta1.WorkloadUpdateMethodLiveMigrate)
}
