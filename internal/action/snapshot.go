package action

import (
	"google.golang.org/protobuf/types/known/structpb"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"
	kubevirtv1 "kubevirt.io/api/core/v1"
	snapshotv1 "kubevirt.io/api/snapshot/v1beta1"

	"github.com/novasphere/function-wukong/internal/compose"
	"github.com/novasphere/function-wukong/internal/crossplane"
	"github.com/novasphere/function-wukong/internal/fields"
	"github.com/novasphere/function-wukong/internal/names"
	snapshots "github.com/novasphere/function-wukong/internal/snapshot"
)

// snapshot creates the next snapshot of the virtual machine, unless one is being taken: Crossplane repeats an Operation of which a part failed.
func snapshot(w wukong, view *clusterView) (Result, error) {
	vm, known, err := view.machine(w, msgSnapshotElsewhere.Err(w.GetName()), msgNoVM.Err(w.GetName()))
	if err != nil {
		return Result{}, err
	}
	if isRestoring(vm) {
		return Result{}, msgRestoring.Err(w.GetName())
	}
	of := crossplane.Reference{APIVersion: snapshotv1.SchemeGroupVersion.String(), Kind: snapshots.Kind, Namespace: w.GetNamespace()}
	name, knowsName, err := view.next(of, w, func(name string) error { return msgSnapshotExists.Err(of.Kind, name, name, w.GetName()) })
	if err != nil || !known || !knowsName {
		return Result{}, err
	}
	isTaken := func(s *structpb.Struct) bool {
		phase := snapshotv1.VirtualMachineSnapshotPhase(fields.Text(s, "status", "phase"))
		return phase != snapshotv1.PhaseUnset && phase != snapshotv1.InProgress
	}
	if taken := view.inProgress(of, w, isTaken); taken != "" {
		return Result{}, msgSnapshotTaken.Err(taken, w.GetName())
	}
	vmGVK := kubevirtv1.VirtualMachineGroupVersionKind
	manifest, err := compose.Manifest(&snapshotv1.VirtualMachineSnapshot{
		TypeMeta:   metav1.TypeMeta{APIVersion: of.APIVersion, Kind: of.Kind},
		ObjectMeta: names.Meta(w.Wukong, name),
		Spec: snapshotv1.VirtualMachineSnapshotSpec{
			Source: corev1.TypedLocalObjectReference{APIGroup: ptr.To(vmGVK.Group), Kind: vmGVK.Kind, Name: w.GetName()},
		},
	})
	return Result{Key: key(of.Kind, w), Object: manifest, Message: msgSnapshot.With(name, w.GetName())}, err
}
