//go:build e2e

package e2e

import (
	"encoding/json"
	"errors"
	"fmt"
	"testing"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"
	kubevirtv1 "kubevirt.io/api/core/v1"
	"sigs.k8s.io/cli-utils/pkg/kstatus/status"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
	"github.com/novasphere/function-wukong/test/cluster/plane"
)

// A Wukong is one that a tenant has applied. It has methods to edit, observe and await it.
type Wukong struct {
	*Tenant

	// Name is the name of the Wukong and of its VirtualMachine.
	Name string
}

// String returns NAMESPACE/NAME.
func (w *Wukong) String() string { return w.Namespace + "/" + w.Name }

// key returns the namespaced name of the Wukong and of its VirtualMachine.
func (w *Wukong) key() types.NamespacedName {
	return types.NamespacedName{Namespace: w.Namespace, Name: w.Name}
}

// Observe returns the Wukong as it is now.
func (w *Wukong) Observe(t *testing.T) Observed {
	t.Helper()
	o, err := w.observe(t)
	if err != nil {
		t.Fatal(err)
	}
	return o
}

// observe is Observe, but returns the error of the API server.
func (w *Wukong) observe(t *testing.T) (Observed, error) {
	t.Helper()
	u := &unstructured.Unstructured{}
	u.SetGroupVersionKind(wukongGVK)
	if err := w.Get(t.Context(), w.key(), u); err != nil {
		return Observed{}, err
	}
	b, err := u.MarshalJSON()
	if err != nil {
		return Observed{}, err
	}
	o := Observed{}
	if err := json.Unmarshal(b, &o.Wukong); err != nil {
		return Observed{}, err
	}
	if o.Conditions, err = plane.Conditions(u); err != nil {
		return Observed{}, err
	}
	computed, err := status.Compute(u)
	if err != nil {
		return Observed{}, err
	}
	o.Kstatus = computed.Status
	return o, nil
}

// Eventually waits until the observed Wukong satisfies a predicate, and returns it. The condition completes the sentence "waiting until
// NAMESPACE/NAME ...".
func (w *Wukong) Eventually(t *testing.T, condition string, satisfies func(Observed) bool) Observed {
	t.Helper()
	var last Observed
	eventually(t, w.String()+" "+condition, func() error {
		o, err := w.observe(t)
		if err != nil {
			return err
		}
		if last = o; !satisfies(o) {
			return errors.New(o.String())
		}
		return nil
	})
	return last
}

// EventuallyRuns waits until the virtual machine runs with a node and addresses, and the Wukong is ready, also according to kstatus.
func (w *Wukong) EventuallyRuns(t *testing.T) Observed {
	t.Helper()
	return w.Eventually(t, "runs", func(o Observed) bool { return o.Runs() && o.True("Ready") && o.Kstatus == status.CurrentStatus })
}

// EventuallyStalls waits until the Wukong is stalled and not ready, since its spec cannot be realized, while the virtual machine still runs.
func (w *Wukong) EventuallyStalls(t *testing.T) Observed {
	t.Helper()
	return w.Eventually(t, "is stalled and still runs", func(o Observed) bool {
		return o.Runs() && o.True("Stalled") && !o.True("Ready") && o.Kstatus == status.FailedStatus
	})
}

// Edit patches the Wukong with the difference that an edit makes, so that changes by others are kept.
func (w *Wukong) Edit(t *testing.T, edit Edit) {
	t.Helper()
	if err := w.TryEdit(t, edit); err != nil {
		t.Fatal(err)
	}
}

// TryEdit is Edit, but returns the error of the API server.
func (w *Wukong) TryEdit(t *testing.T, edit Edit) error {
	t.Helper()
	manifest := &v1alpha1.Wukong{}
	if err := w.Get(t.Context(), w.key(), manifest); err != nil {
		t.Fatal(err)
	}
	before := manifest.DeepCopy()
	edit(manifest)
	return w.Patch(t.Context(), manifest, client.MergeFrom(before))
}

// VM returns the VirtualMachine of the Wukong.
func (w *Wukong) VM(t *testing.T) *kubevirtv1.VirtualMachine {
	t.Helper()
	vm := &kubevirtv1.VirtualMachine{}
	if err := w.Get(t.Context(), w.key(), vm); err != nil {
		t.Fatal(err)
	}
	return vm
}

// VMI returns the VirtualMachineInstance of the Wukong.
func (w *Wukong) VMI(t *testing.T) *kubevirtv1.VirtualMachineInstance {
	t.Helper()
	vmi := &kubevirtv1.VirtualMachineInstance{}
	if err := w.Get(t.Context(), w.key(), vmi); err != nil {
		t.Fatal(err)
	}
	return vmi
}

// Pod returns the virt-launcher pod of the instance.
func (w *Wukong) Pod(t *testing.T) *corev1.Pod {
	t.Helper()
	all := &corev1.PodList{}
	if err := w.List(t.Context(), all, client.InNamespace(w.Namespace), client.MatchingLabels{kubevirtv1.CreatedByLabel: string(w.VMI(t).UID)}); err != nil {
		t.Fatal(err)
	}
	if len(all.Items) != 1 {
		t.Fatalf("want one pod that runs %s, got %d", w, len(all.Items))
	}
	return &all.Items[0]
}

// eventuallyHasSize waits until the volume of a disk has at least a size.
func (w *Wukong) eventuallyHasSize(t *testing.T, disk, size string) {
	t.Helper()
	name := types.NamespacedName{Namespace: w.Namespace, Name: w.Observe(t).Volume(disk).PVCName}
	eventually(t, fmt.Sprintf("disk %s of %s has size %s", disk, w, size), func() error {
		pvc := &corev1.PersistentVolumeClaim{}
		if err := w.Get(t.Context(), name, pvc); err != nil {
			return err
		}
		if capacity := pvc.Status.Capacity[corev1.ResourceStorage]; capacity.Cmp(resource.MustParse(size)) < 0 {
			return fmt.Errorf("its size is %s", capacity.String())
		}
		return nil
	})
}

// PVC returns the PersistentVolumeClaim of a disk.
func (w *Wukong) PVC(t *testing.T, disk string) *corev1.PersistentVolumeClaim {
	t.Helper()
	pvc := &corev1.PersistentVolumeClaim{}
	if err := w.Get(t.Context(), types.NamespacedName{Namespace: w.Namespace, Name: w.Observe(t).Volume(disk).PVCName}, pvc); err != nil {
		t.Fatal(err)
	}
	return pvc
}
