package kubevirt

import (
	"cmp"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/validation/field"
	"k8s.io/utils/ptr"
	kubevirtv1 "kubevirt.io/api/core/v1"

	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
	"github.com/novasphere/function-wukong/input/v1beta1"
	"github.com/novasphere/function-wukong/internal/report"
)

// Reasons of the condition LiveMigratable, beside those that KubeVirt gives.
var (
	reasonMigratable   = report.NewReason("LiveMigratable")
	reasonNotRunning   = report.NewReason("NotRunning")
	reasonNotRequested = report.NewReason("NotAskedFor")
)

// A Migratability is whether KubeVirt can migrate a virtual machine to another node while it runs.
type Migratability struct {
	// Status is Unknown where the Wukong does not request live migration, or where KubeVirt does not say.
	Status corev1.ConditionStatus

	Reason, Message string
}

// migratability returns whether KubeVirt can migrate a virtual machine live, where its Wukong requests that for drains.
func migratability(w *v1alpha1.Wukong, vm *kubevirtv1.VirtualMachineStatus) Migratability {
	strategy := evictionStrategy(w)
	notMigratable := msgNotMigratable
	switch strategy {
	case kubevirtv1.EvictionStrategyLiveMigrate:
	case kubevirtv1.EvictionStrategyLiveMigrateIfPossible:
		notMigratable = msgNotMigratableShutdown
	default:
		return Migratability{Status: corev1.ConditionUnknown, Reason: reasonNotRequested}
	}
	c := condition(vm, kubevirtv1.VirtualMachineConditionType(kubevirtv1.VirtualMachineInstanceIsMigratable))
	if c == nil || !vm.Created {
		// A virtual machine without an instance keeps the conditions of its last one.
		return Migratability{Status: corev1.ConditionUnknown, Reason: reasonNotRunning, Message: msgMigratableOnceRunning.With()}
	}
	if c.Status == corev1.ConditionTrue {
		return Migratability{Status: corev1.ConditionTrue, Reason: reasonMigratable}
	}
	m := Migratability{Status: c.Status, Reason: c.Reason, Message: notMigratable.With(c.Message)}
	if m.Reason == "" {
		m.Reason = kubevirtv1.VirtualMachineInstanceReasonNotMigratable
	}
	return m
}

// MigrationAdvice returns advice on what makes a drain of the node wait for ever, because KubeVirt cannot migrate the virtual machine. The
// indices are those of the disks that no two nodes can attach at once. Each advice begins with the path of a field.
func MigrationAdvice(w *v1alpha1.Wukong, in *v1beta1.Input, notShared []int) []string {
	if EvictionStrategy(w, in) != kubevirtv1.EvictionStrategyLiveMigrate {
		return nil
	}
	spec := field.NewPath("spec")
	var out []string
	if migrates, known := migratesGPUs(len(w.Spec.GPUs), in); known && !migrates {
		out = append(out, at(spec.Child("gpus"), msgGPUMigration.With()))
	}
	if len(w.Spec.HostDevices) > 0 {
		out = append(out, at(spec.Child("hostDevices"), msgHostDeviceMigration.With()))
	}
	if i := reservedLUN(w); i >= 0 {
		if migrates, known := migratesReservations(in); known && !migrates {
			out = append(out, at(spec.Child("disks").Index(i).Child("reservation"), msgReservationMigration.With()))
		}
	}
	for _, i := range notShared {
		path := spec.Child("disks").Index(i).Child("accessModes")
		out = append(out, at(path, msgDiskMigration.With(w.Spec.Disks[i].Name)))
	}
	return out
}

// evictionStrategy returns the eviction strategy of a Wukong. Empty for the cluster's.
func evictionStrategy(w *v1alpha1.Wukong) kubevirtv1.EvictionStrategy {
	if w.Spec.HighAvailability == nil {
		return ""
	}
	return ptr.Deref(w.Spec.HighAvailability.EvictionStrategy, "")
}

// EvictionStrategy returns the eviction strategy of a Wukong, else the cluster's, else KubeVirt's default (VMIEvictionStrategy in
// pkg/util/migrations).
func EvictionStrategy(w *v1alpha1.Wukong, in *v1beta1.Input) kubevirtv1.EvictionStrategy {
	if s := evictionStrategy(w); s != "" {
		return s
	}
	return cmp.Or(ptr.Deref(in.Cluster.KubeVirt, v1beta1.KubeVirt{}).EvictionStrategy, kubevirtv1.EvictionStrategyNone)
}
