package action

import (
	kubevirtv1 "kubevirt.io/api/core/v1"
	snapshotv1 "kubevirt.io/api/snapshot/v1beta1"

	"github.com/novasphere/function-wukong/internal/crossplane"
	"github.com/novasphere/function-wukong/internal/fields"
	snapshots "github.com/novasphere/function-wukong/internal/snapshot"
)

// restore has the Wukong say from which snapshot its disks are restored. What happened for that already is not asked for again: Crossplane repeats an Operation of
// which a part failed, and a second restore would delete what was written since the first.
func restore(w wukong, view *clusterView) (Result, error) {
	vm, knowsVM, err := view.machine(w, msgRestoreElsewhere.Err(w.GetName(), w.GetName()), nil)
	if err != nil {
		return Result{}, err
	}
	s, known := view.get("snapshot", crossplane.Reference{
		APIVersion: snapshotv1.SchemeGroupVersion.String(), Kind: snapshots.Kind, Namespace: w.GetNamespace(), Name: w.snapshot,
	})
	if !known || !knowsVM {
		return Result{}, nil
	}
	source := fields.Text(s, "spec", "source", "name")
	switch {
	case isRestoring(vm):
		return Result{}, msgRestoring.Err(w.GetName())
	case s == nil:
		return Result{}, msgNoSnapshot.Err(w.snapshot, w.GetNamespace())
	case source != w.GetName() || fields.Text(s, "spec", "source", "kind") != kubevirtv1.VirtualMachineGroupVersionKind.Kind:
		return Result{}, msgSnapshotOfOther.Err(w.snapshot, source)
	case !fields.Value(s, "status", "readyToUse").GetBoolValue() || fields.IsDeleting(s):
		return Result{}, msgSnapshotUnready.Err(w.snapshot)
	case w.Spec.Restore != nil && string(w.Spec.Restore.Snapshot) == w.snapshot:
		return Result{}, msgRestoredAlready.Err(w.GetName(), w.snapshot)
	}
	return apply(w, change{spec: map[string]any{"restore": map[string]any{"snapshot": w.snapshot, "attempt": 1}}}, msgRestore.With(w.GetName(), w.snapshot))
}
