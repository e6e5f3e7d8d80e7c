//go:build e2e

package e2e

import (
	"encoding/json"
	"errors"
	"fmt"
	"testing"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"
	kubevirtv1 "kubevirt.io/api/core/v1"
	"sigs.k8s.io/cli-utils/pkg/kstatus/status"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
)

// A Claim is a Wukong that a tenant has applied.
type Wukong struct {
	*Tenant

	// Name of the Wukong, and of its virtual machine.
	Name string
}

func (w *Wukong) String() string { return w.Namespace + "/" + w.Name }

func (w *Wukong) key() types.NamespacedName {
	return types.NamespacedName{Namespace: w.Namespace, Name: w.Name}
}

// See the claim as it is now.
func (w *Wukong) Observe(t *testing.T) Observed {
	t.Helper()
	o, err := w.observe(t)
	if err != nil {
		t.Fatal(err)
	}
	return o
}

func (w *Wukong) observe(t *testing.T) (Observed, error) {
	t.Helper()
	u := &unstructured.Unstructured{}
	u.SetGroupVersionKind(wukongGVK)
	if err := w.Get(t.Context(), w.key(), u); err != nil {
		return Observed{}, err
	}
	o := Observed{}
	conditions := struct {
		Status struct {
			Conditions []metav1.Condition `json:"conditions"`
		} `json:"status"`
	}{}
	b, err := u.MarshalJSON()
	if err != nil {
		return Observed{}, err
	}
	err = errors.Join(json.Unmarshal(b, &o.Wukong), json.Unmarshal(b, &conditions))
	o.Conditions = conditions.Status.Conditions
	if err != nil {
		return Observed{}, err
	}
	computed, err := status.Compute(u)
	if err != nil {
		return Observed{}, err
	}
	o.Kstatus = computed.Status
	return o, nil
}

// Eventually waits until the claim is as wished, and returns it. The wish says what is, and why it is not what is wished.
func (w *Wukong) Eventually(t *testing.T, what string, wish func(Observed) bool) Observed {
	t.Helper()
	var last Observed
	eventually(t, w.String()+" "+what, func() error {
		o, err := w.observe(t)
		if err != nil {
			return err
		}
		if last = o; !wish(o) {
			return errors.New(o.String())
		}
		return nil
	})
	return last
}

// EventuallyRuns waits until the virtual machine runs, with a node and an address, and the claim is ready, for kstatus too.
func (w *Wukong) EventuallyRuns(t *testing.T) Observed {
	t.Helper()
	return w.Eventually(t, "runs", func(o Observed) bool { return o.Runs() && o.True("Ready") && o.Kstatus == status.CurrentStatus })
}

// EventuallyStalls waits until the virtual machine runs on while the claim is not ready, as it cannot become what it says.
func (w *Wukong) EventuallyStalls(t *testing.T) Observed {
	t.Helper()
	return w.Eventually(t, "runs on, and is stalled", func(o Observed) bool {
		return o.Runs() && o.True("Stalled") && !o.True("Ready") && o.Kstatus == status.FailedStatus
	})
}

// Edit the claim. What is not edited stays as it is, also where somebody else has changed it.
func (w *Wukong) Edit(t *testing.T, edit Edit) {
	t.Helper()
	if err := w.TryEdit(t, edit); err != nil {
		t.Fatal(err)
	}
}

// TryEdit edits the claim, and returns why the API server refuses that.
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

// VM is the virtual machine of the claim.
func (w *Wukong) VM(t *testing.T) *kubevirtv1.VirtualMachine {
	t.Helper()
	vm := &kubevirtv1.VirtualMachine{}
	if err := w.Get(t.Context(), w.key(), vm); err != nil {
		t.Fatal(err)
	}
	return vm
}

// VMI is the running instance of the virtual machine.
func (w *Wukong) VMI(t *testing.T) *kubevirtv1.VirtualMachineInstance {
	t.Helper()
	vmi := &kubevirtv1.VirtualMachineInstance{}
	if err := w.Get(t.Context(), w.key(), vmi); err != nil {
		t.Fatal(err)
	}
	return vmi
}

// Pod is the pod that runs the instance.
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

// eventuallyHolds waits until the volume of a disk holds as much as wanted.
func (w *Wukong) eventuallyHasSize(t *testing.T, disk, wanted string) {
	t.Helper()
	name := types.NamespacedName{Namespace: w.Namespace, Name: w.Observe(t).Volume(disk).PVCName}
	eventually(t, fmt.Sprintf("disk %s of %s holds %s", disk, w, wanted), func() error {
		pvc := &corev1.PersistentVolumeClaim{}
		if err := w.Get(t.Context(), name, pvc); err != nil {
			return err
		}
		if has := pvc.Status.Capacity[corev1.ResourceStorage]; has.Cmp(resource.MustParse(wanted)) < 0 {
			return fmt.Errorf("it holds %s", has.String())
		}
		return nil
	})
}

// PVC is the PersistentVolumeClaim of a disk.
func (w *Wukong) PVC(t *testing.T, disk string) *corev1.PersistentVolumeClaim {
	t.Helper()
	pvc := &corev1.PersistentVolumeClaim{}
	if err := w.Get(t.Context(), types.NamespacedName{Namespace: w.Namespace, Name: w.Observe(t).Volume(disk).PVCName}, pvc); err != nil {
		t.Fatal(err)
	}
	return pvc
}
