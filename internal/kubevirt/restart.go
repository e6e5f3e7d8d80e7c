package kubevirt

import (
	"slices"

	corev1 "k8s.io/api/core/v1"
	kubevirtv1 "kubevirt.io/api/core/v1"

	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
	"github.com/novasphere/function-wukong/input/v1beta1"
	"github.com/novasphere/function-wukong/internal/observed"
	"github.com/novasphere/function-wukong/internal/plan"
	"github.com/novasphere/function-wukong/internal/report"
)

// restartRequired returns the message about the changes that KubeVirt applies by a restart, or by a migration. Empty where there are none.
//
// KubeVirt sets MigrationRequired to False, with a reason, while it waits for its own migration, so that its mere presence counts.
func restartRequired(w *v1alpha1.Wukong, vm *kubevirtv1.VirtualMachineStatus, cl *v1beta1.Cluster, rs observed.Resources) string {
	if c := condition(vm, kubevirtv1.VirtualMachineRestartRequired); c != nil && c.Status == corev1.ConditionTrue {
		if waiting := waitingFields(cl, rs); len(waiting) > 0 {
			return msgFieldsWait.With(report.List(waiting), w.GetName())
		}
		return msgRestartRequired.With(c.Message, w.GetName())
	}
	if condition(vm, kubevirtv1.VirtualMachineConditionType(kubevirtv1.VirtualMachineInstanceMigrationRequired)) != nil {
		return msgMigrationRequired.With()
	}
	return ""
}

// waitingFields returns the fields of the Wukong that wait for a restart, in the order of the VirtualMachine's spec. There are none where the
// instance is not known, or where what KubeVirt restarts for is said by no field.
func waitingFields(c *v1beta1.Cluster, rs observed.Resources) []string {
	if _, runs := instance(rs); !runs {
		return nil
	}
	vm, okVM := observed.Get[kubevirtv1.VirtualMachine](rs, plan.KeyVM)
	vmi, okVMI := observed.Get[kubevirtv1.VirtualMachineInstance](rs, plan.KeyVMI)
	if !okVM || !okVMI || vm.Spec.Template == nil {
		return nil
	}
	var out []string
	for _, d := range Waiting(vm, vmi, c) {
		if (d.RestartRequired || d.held) && d.Field != "" && !slices.Contains(out, d.Field) {
			out = append(out, d.Field)
		}
	}
	return out
}
