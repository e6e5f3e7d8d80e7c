package action

import (
	"google.golang.org/protobuf/types/known/structpb"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	kubevirtv1 "kubevirt.io/api/core/v1"

	"github.com/novasphere/function-wukong/internal/compose"
	"github.com/novasphere/function-wukong/internal/crossplane"
	"github.com/novasphere/function-wukong/internal/fields"
	"github.com/novasphere/function-wukong/internal/names"
)

// migrate lets KubeVirt move the running instance to another node.
func migrate(w wukong, view *clusterView) (Result, error) {
	_, known, err := view.machine(w, msgMigrateElsewhere.Err(w.GetName(), w.GetName(), w.GetNamespace()), msgNothingToMigrate.Err(w.GetName()))
	if err != nil {
		return Result{}, err
	}
	vmi, knowsVMI := view.instance(w)
	gvk := kubevirtv1.VirtualMachineInstanceMigrationGroupVersionKind
	of := crossplane.Reference{APIVersion: gvk.GroupVersion().String(), Kind: gvk.Kind, Namespace: w.GetNamespace()}
	name, knowsName, err := view.next(of, w, func(name string) error { return msgMigrationExists.Err(of.Kind, name) })
	if err != nil || !known || !knowsVMI || !knowsName {
		return Result{}, err
	}
	c := fields.ConditionOf(vmi, string(kubevirtv1.VirtualMachineInstanceIsMigratable))
	switch {
	case vmi == nil:
		return Result{}, msgNothingToMigrate.Err(w.GetName())
	case isMigrating(vmi), view.inProgress(of, w, isMigrated) != "":
		return Result{}, msgMigrating.Err(w.GetName())
	case c.Status == "False":
		return Result{}, msgNotMigratable.Err(w.GetName(), c.Message)
	}
	manifest, err := compose.Manifest(&kubevirtv1.VirtualMachineInstanceMigration{
		TypeMeta:   metav1.TypeMeta{APIVersion: of.APIVersion, Kind: of.Kind},
		ObjectMeta: names.Meta(w.Wukong, name),
		Spec:       kubevirtv1.VirtualMachineInstanceMigrationSpec{VMIName: w.GetName()},
	})
	return Result{Key: key(of.Kind, w), Object: manifest, Message: msgMigrate.With(w.GetName(), fields.Text(vmi, "status", "nodeName"))}, err
}

// isMigrated reports whether a migration is over.
func isMigrated(migration *structpb.Struct) bool {
	phase := kubevirtv1.VirtualMachineInstanceMigrationPhase(fields.Text(migration, "status", "phase"))
	return phase == kubevirtv1.MigrationSucceeded || phase == kubevirtv1.MigrationFailed
}

// isMigrating reports whether an instance is on its way to another node.
func isMigrating(vmi *structpb.Struct) bool {
	state := fields.In(vmi, "status", "migrationState")
	return state != nil && !fields.Value(state, "completed").GetBoolValue() && !fields.Value(state, "failed").GetBoolValue()
}

// isRestoring reports whether KubeVirt restores a virtual machine from a snapshot.
func isRestoring(vm *structpb.Struct) bool {
	return fields.Text(vm, "status", "restoreInProgress") != ""
}
