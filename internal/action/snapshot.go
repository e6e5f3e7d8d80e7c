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

	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
	"github.com/novasphere/function-wukong/internal/compose"
	"github.com/novasphere/function-wukong/internal/names"
)

const kindSnapshot = "VirtualMachineSnapshot"

// snapshot takes the next snapshot of the virtual machine: one more than the last that there is.
func snapshot(w *v1alpha1.Wukong, s *sight) (Step, error) {
	vmGVK := kubevirtv1.VirtualMachineGroupVersionKind
	vm, known := s.one("vm", kubevirtv1.GroupVersion.String(), vmGVK.Kind, w.GetNamespace(), w.GetName())
	are, knownToo := s.of(w.GetName(), "snapshots", snapshotv1.SchemeGroupVersion.String(), kindSnapshot, w.GetNamespace())
	if !known || !knownToo {
		return Step{}, nil
	}
	if !isOf(vm, w.GetName()) {
		return Step{}, fmt.Errorf("the Wukong %s has no virtual machine in this cluster, so that there is nothing to take a snapshot of", w.GetName())
	}

	name := fmt.Sprintf("%s-%d", w.GetName(), last(are, w.GetName())+1)
	// What somebody made by hand under that name would be taken for the new one.
	taken, known := s.one("taken", snapshotv1.SchemeGroupVersion.String(), kindSnapshot, w.GetNamespace(), name)
	if !known {
		return Step{}, nil
	}
	if taken != nil {
		return Step{}, fmt.Errorf("a %s called %s exists and is not of this Wukong: delete it, or hand it over with kubectl label vmsnapshot %s %s=%s", kindSnapshot, name, name, names.LabelWukong, w.GetName())
	}

	manifest, err := compose.Manifest(&snapshotv1.VirtualMachineSnapshot{
		TypeMeta:   metav1.TypeMeta{APIVersion: snapshotv1.SchemeGroupVersion.String(), Kind: kindSnapshot},
		ObjectMeta: names.Meta(w, name),
		Spec: snapshotv1.VirtualMachineSnapshotSpec{
			Source: corev1.TypedLocalObjectReference{APIGroup: ptr.To(vmGVK.Group), Kind: vmGVK.Kind, Name: w.GetName()},
		},
	})
	return Step{Key: key(kindSnapshot, w), Apply: manifest, Message: fmt.Sprintf("the snapshot %s of the virtual machine %s is to be taken", name, w.GetName())}, err
}

// last is the highest number of the snapshots of a Wukong; 0 for none. What is called otherwise does not count.
func last(snapshots []*structpb.Struct, wukong string) uint64 {
	var n uint64
	for _, s := range snapshots {
		number, ours := strings.CutPrefix(metadata(s)["name"].GetStringValue(), wukong+"-")
		if i, err := strconv.ParseUint(number, 10, 32); err == nil && ours {
			n = max(n, i)
		}
	}
	return n
}
