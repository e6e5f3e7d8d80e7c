package kubevirt

import (
	"fmt"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/validation/field"
	"k8s.io/utils/ptr"
	kubevirtv1 "kubevirt.io/api/core/v1"

	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
)

// Reasons of the condition LiveMigratable, beside those that KubeVirt gives.
const (
	reasonMigratable = "LiveMigratable"
	reasonNotRunning = "NotRunning"
	reasonNotAsked   = "NotAskedFor"
)

// A Migratability says whether KubeVirt can move an instance to another node while it runs.
type Migratability struct {
	// Status is Unknown where KubeVirt says nothing, or the Wukong does not ask for it.
	Status corev1.ConditionStatus

	Reason, Message string
}

// migratability returns what KubeVirt says of a virtual machine whose Wukong wants it moved when its node is drained.
func migratability(w *v1alpha1.Wukong, vm *kubevirtv1.VirtualMachineStatus) Migratability {
	strategy := evictionStrategy(w)
	if strategy != kubevirtv1.EvictionStrategyLiveMigrate && strategy != kubevirtv1.EvictionStrategyLiveMigrateIfPossible {
		return Migratability{Status: corev1.ConditionUnknown, Reason: reasonNotAsked}
	}
	c := condition(vm, kubevirtv1.VirtualMachineConditionType(kubevirtv1.VirtualMachineInstanceIsMigratable))
	if c == nil || !vm.Created {
		// KubeVirt leaves the conditions of the last instance on a virtual machine that has none.
		return Migratability{Status: corev1.ConditionUnknown, Reason: reasonNotRunning, Message: "KubeVirt says whether the virtual machine can migrate live once it runs"}
	}
	if c.Status == corev1.ConditionTrue {
		return Migratability{Status: corev1.ConditionTrue, Reason: reasonMigratable}
	}
	then := "waits for ever"
	if strategy == kubevirtv1.EvictionStrategyLiveMigrateIfPossible {
		then = "shuts it down"
	}
	m := Migratability{Status: c.Status, Reason: c.Reason, Message: fmt.Sprintf("the virtual machine cannot migrate live, so that a drain of its node %s: %s", then, c.Message)}
	if m.Reason == "" {
		m.Reason = kubevirtv1.VirtualMachineInstanceReasonNotMigratable
	}
	return m
}

// MigrationAdvice returns advice where a drain of the node would wait for ever, because KubeVirt cannot move the virtual machine: notShared
// are the disks that no two nodes can attach at once, by their index.
func MigrationAdvice(w *v1alpha1.Wukong, notShared []int) []string {
	if evictionStrategy(w) != kubevirtv1.EvictionStrategyLiveMigrate {
		return nil
	}
	const otherwise = "evictionStrategy LiveMigrateIfPossible, under which the drain shuts it down"
	spec := field.NewPath("spec")
	var out []string
	if len(w.Spec.GPUs) > 0 {
		out = append(out, fmt.Sprintf("%s: with a GPU the virtual machine cannot migrate live, so that a drain of its node waits for ever: give %s", spec.Child("gpus"), otherwise))
	}
	for _, i := range notShared {
		out = append(out, fmt.Sprintf("%s: no two nodes can attach disk %s at once, so that the virtual machine cannot migrate live and a drain of its node waits for ever: give a disk of another name with ReadWriteMany, or %s", spec.Child("disks").Index(i).Child("accessModes"), w.Spec.Disks[i].Name, otherwise))
	}
	return out
}

// evictionStrategy returns what a Wukong wants when its node is drained; empty where the cluster decides.
func evictionStrategy(w *v1alpha1.Wukong) kubevirtv1.EvictionStrategy {
	if w.Spec.HighAvailability == nil {
		return ""
	}
	return ptr.Deref(w.Spec.HighAvailability.EvictionStrategy, "")
}
