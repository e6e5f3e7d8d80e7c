//go:build e2e

package e2e

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"testing"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"
	kubevirtv1 "kubevirt.io/api/core/v1"
	"sigs.k8s.io/cli-utils/pkg/kstatus/status"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/yaml"

	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
	"github.com/novasphere/function-wukong/test/cluster/player"
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

// A Sight is a Wukong as it was seen, with the conditions that Crossplane keeps in its status.
type Observed struct {
	v1alpha1.Wukong

	// Conditions of the Wukong.
	Conditions []metav1.Condition

	// Kstatus is what kstatus makes of it, the library that Flux waits by.
	Kstatus status.Status
}

// Condition of a kind; nil if there is none.
func (o Observed) Condition(kind string) *metav1.Condition {
	return meta.FindStatusCondition(o.Conditions, kind)
}

// True says whether the condition of a kind is.
func (o Observed) True(kind string) bool { return meta.IsStatusConditionTrue(o.Conditions, kind) }

// Reason of the condition of a kind; empty if there is none.
func (o Observed) Reason(kind string) string {
	if c := o.Condition(kind); c != nil {
		return c.Reason
	}
	return ""
}

// Runs reports whether the virtual machine runs, with a node and an address on each network.
func (o Observed) Runs() bool {
	return o.Status.Phase == v1alpha1.PhaseRunning && o.Status.NodeName != "" &&
		!slices.ContainsFunc(o.Status.Networks, func(n v1alpha1.NetworkStatus) bool { return n.IPAddress == "" })
}

// Network returns what is told of a network.
func (o Observed) Network(name string) v1alpha1.NetworkStatus {
	if i := slices.IndexFunc(o.Status.Networks, func(n v1alpha1.NetworkStatus) bool { return n.Name == name }); i >= 0 {
		return o.Status.Networks[i]
	}
	return v1alpha1.NetworkStatus{}
}

// Volume returns what is told of a disk.
func (o Observed) Volume(name string) v1alpha1.VolumeStatus {
	if i := slices.IndexFunc(o.Status.Volumes, func(v v1alpha1.VolumeStatus) bool { return v.Name == name }); i >= 0 {
		return o.Status.Volumes[i]
	}
	return v1alpha1.VolumeStatus{}
}

// String is the status, for whoever waits in vain.
func (o Observed) String() string {
	b, err := yaml.Marshal(map[string]any{"status": o.Status, "conditions": o.Conditions, "kstatus": o.Kstatus})
	if err != nil {
		return err.Error()
	}
	return string(b)
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

// Delete the claim, and wait until it is gone.
func (w *Wukong) Delete(t *testing.T) {
	t.Helper()
	w.DeleteNoWait(t)
	w.EventuallyGone(t)
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

// Crash the virtual machine: its emulator dies.
func (w *Wukong) Crash(t *testing.T) {
	t.Helper()
	logf(t, "crashing %s", w)
	w.annotateInstance(t, player.Crash)
}

// PowerOff lets the guest shut itself down.
func (w *Wukong) PowerOff(t *testing.T) {
	t.Helper()
	logf(t, "powering off the guest of %s", w)
	w.annotateInstance(t, player.PowerOff)
}

// play asks the player for something by an annotation of the instance.
func (w *Wukong) annotateInstance(t *testing.T, annotation string) {
	t.Helper()
	patch := fmt.Sprintf(`{"metadata":{"annotations":{%q:"now"}}}`, annotation)
	if err := w.Patch(t.Context(), w.VMI(t), client.RawPatch(types.MergePatchType, []byte(patch))); err != nil {
		t.Fatal(err)
	}
}
