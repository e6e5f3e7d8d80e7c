//go:build e2e

package e2e

import (
	"errors"
	"fmt"
	"testing"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	kubevirtv1 "kubevirt.io/api/core/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
	"github.com/novasphere/function-wukong/test/cluster/player"
)

// DeleteNoWait deletes the Wukong without waiting.
func (w *Wukong) DeleteNoWait(t *testing.T) {
	t.Helper()
	logf(t, "deleting %s", w)
	manifest := &v1alpha1.Wukong{ObjectMeta: metav1.ObjectMeta{Namespace: w.Namespace, Name: w.Name}}
	if err := w.WithWatch.Delete(t.Context(), manifest, client.PropagationPolicy(metav1.DeletePropagationForeground)); err != nil {
		t.Fatal(err)
	}
}

// EventuallyGone waits until the Wukong no longer exists.
func (w *Wukong) EventuallyGone(t *testing.T) {
	t.Helper()
	eventually(t, w.String()+" is gone", func() error {
		o, err := w.observe(t)
		if apierrors.IsNotFound(err) {
			return nil
		}
		if err != nil {
			return err
		}
		return errors.New(o.String())
	})
}

// deleteAll deletes Wukongs and waits until none exists.
func deleteAll(t *testing.T, wukongs []*Wukong) {
	t.Helper()
	for _, w := range wukongs {
		w.DeleteNoWait(t)
	}
	for _, w := range wukongs {
		w.EventuallyGone(t)
	}
}

// EventuallyReplaced waits until an instance with another UID runs, and returns it.
func (w *Wukong) EventuallyReplaced(t *testing.T, before types.UID) *kubevirtv1.VirtualMachineInstance {
	t.Helper()
	vmi := &kubevirtv1.VirtualMachineInstance{}
	eventually(t, "another instance of "+w.String()+" runs", func() error {
		if err := w.Get(t.Context(), w.key(), vmi); err != nil {
			return err
		}
		if vmi.UID == before || vmi.Status.Phase != kubevirtv1.Running {
			return fmt.Errorf("instance %s is %s", vmi.UID, vmi.Status.Phase)
		}
		return nil
	})
	return vmi
}

// Restart deletes the instance of the virtual machine, and waits until KubeVirt runs another one, as it does with run strategy Always.
func (w *Wukong) Restart(t *testing.T) *kubevirtv1.VirtualMachineInstance {
	t.Helper()
	vmi := w.VMI(t)
	logf(t, "restarting %s", w)
	if err := w.WithWatch.Delete(t.Context(), vmi); err != nil {
		t.Fatal(err)
	}
	return w.EventuallyReplaced(t, vmi.UID)
}

// Delete deletes the Wukong and waits until it no longer exists.
func (w *Wukong) Delete(t *testing.T) {
	t.Helper()
	w.DeleteNoWait(t)
	w.EventuallyGone(t)
}

// Crash lets the emulator of the virtual machine crash.
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

// annotateInstance asks the player for an event by an annotation of the instance.
func (w *Wukong) annotateInstance(t *testing.T, annotation string) {
	t.Helper()
	patch := fmt.Sprintf(`{"metadata":{"annotations":{%q:"now"}}}`, annotation)
	if err := w.Patch(t.Context(), w.VMI(t), client.RawPatch(types.MergePatchType, []byte(patch))); err != nil {
		t.Fatal(err)
	}
}

// EventuallyStopped waits until the virtual machine is stopped and the Wukong is ready.
func (w *Wukong) EventuallyStopped(t *testing.T) {
	t.Helper()
	w.Eventually(t, "is stopped", func(o Observed) bool {
		return o.Status.Phase == v1alpha1.PhaseStopped && o.True("Ready") && o.Reason("VirtualMachineReady") == "VMStopped" && o.Status.NodeName == ""
	})
}
