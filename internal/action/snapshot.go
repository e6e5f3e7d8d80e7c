package action

import (
	"fmt"
	"strconv"
	"strings"

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
)

const kindSnapshot = "VirtualMachineSnapshot"

// snapshot creates the next snapshot of the virtual machine, named WUKONG-N. N is one more than the highest number of an existing snapshot.
func snapshot(w wukong, view *clusterView) (Result, error) {
	vmGVK := kubevirtv1.VirtualMachineGroupVersionKind
	snapshotIn := crossplane.Reference{APIVersion: snapshotv1.SchemeGroupVersion.String(), Kind: kindSnapshot, Namespace: w.GetNamespace()}
	vm, knowsVM := view.virtualMachine(w)
	if knowsVM && vm == nil && w.hasMachine() {
		return Result{}, msgSnapshotElsewhere.Err(w.GetName())
	}
	if knowsVM && vm == nil {
		return Result{}, msgNoVM.Err(w.GetName())
	}
	existing, knowsSnapshots := view.list("snapshots", snapshotIn, w.GetName())
	if !knowsVM || !knowsSnapshots {
		return Result{}, nil
	}

	next := snapshotIn
	next.Name = fmt.Sprintf("%s-%d", w.GetName(), highestNumber(existing, w.GetName())+1)
	// A snapshot of that name without the label was made by hand. To apply over it would take no snapshot.
	taken, known := view.get("taken", next)
	if !known {
		return Result{}, nil
	}
	if taken != nil {
		return Result{}, msgSnapshotExists.Err(kindSnapshot, next.Name, next.Name, w.GetName())
	}

	manifest, err := compose.Manifest(&snapshotv1.VirtualMachineSnapshot{
		TypeMeta:   metav1.TypeMeta{APIVersion: next.APIVersion, Kind: next.Kind},
		ObjectMeta: names.Meta(w.Wukong, next.Name),
		Spec: snapshotv1.VirtualMachineSnapshotSpec{
			Source: corev1.TypedLocalObjectReference{APIGroup: ptr.To(vmGVK.Group), Kind: vmGVK.Kind, Name: w.GetName()},
		},
	})
	return Result{Key: key(kindSnapshot, w), Object: manifest, Message: msgSnapshot.With(next.Name, w.GetName())}, err
}

// highestNumber returns the highest N of the snapshots named WUKONG-N; 0 if there is none. Other names do not count.
func highestNumber(snapshots []*structpb.Struct, wukong string) uint64 {
	var highest uint64
	for _, s := range snapshots {
		number, hasPrefix := strings.CutPrefix(fields.Text(s, "metadata", "name"), wukong+"-")
		if i, err := strconv.ParseUint(number, 10, 32); err == nil && hasPrefix {
			highest = max(highest, i)
		}
	}
	return highest
}
