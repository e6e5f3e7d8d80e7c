//go:build e2e

package e2e

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	kubevirtv1 "kubevirt.io/api/core/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
)

// UIDs of all that the tenant has and that must not be made anew while nothing is asked for, by KIND/NAME. Pods are made anew by
// KubeVirt and CDI as they see fit, a claim prime-... is where CDI imports to before the data is moved, and an Object says nothing of
// what it manages.
func (n *Tenant) UIDs(t *testing.T) map[string]types.UID {
	t.Helper()
	out := map[string]types.UID{}
	for _, gvk := range kinds() {
		if gvk.Kind == "Pod" || gvk == objectGVK() {
			continue
		}
		for _, o := range n.listObjects(t, gvk) {
			if !strings.HasPrefix(o.GetName(), "prime-") {
				out[gvk.Kind+"/"+o.GetName()] = o.GetUID()
			}
		}
	}
	return out
}

// GoesOn fails the test if something of what was there is not there any more, or was made anew.
func (n *Tenant) CheckUIDs(t *testing.T, before map[string]types.UID) {
	t.Helper()
	now := n.UIDs(t)
	maps.DeleteFunc(now, func(thing string, _ types.UID) bool { _, known := before[thing]; return !known })
	if diff := cmp.Diff(before, now); diff != "" {
		t.Errorf("what was there does not go on: -before, +after:\n%s", diff)
	}
}

// EventuallyHas waits until the tenant has these things, as KIND/NAME, and nothing else.
func (n *Tenant) EventuallyHasOnly(t *testing.T, things ...string) {
	t.Helper()
	slices.Sort(things)
	eventually(t, n.Namespace+fmt.Sprintf(" has %q and nothing else", things), func() error {
		if diff := cmp.Diff(things, n.ObjectNames(t)); diff != "" {
			return fmt.Errorf("-want, +got:\n%s", diff)
		}
		return nil
	})
}

// DeleteAtOnce asks for the claim's deletion and does not wait.
func (w *Wukong) DeleteNoWait(t *testing.T) {
	t.Helper()
	logf(t, "deleting %s", w)
	manifest := &v1alpha1.Wukong{ObjectMeta: metav1.ObjectMeta{Namespace: w.Namespace, Name: w.Name}}
	if err := w.WithWatch.Delete(t.Context(), manifest, client.PropagationPolicy(metav1.DeletePropagationForeground)); err != nil {
		t.Fatal(err)
	}
}

// EventuallyGone waits until the claim is.
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

// PVC is the PersistentVolumeClaim of a disk.
func (w *Wukong) PVC(t *testing.T, disk string) *corev1.PersistentVolumeClaim {
	t.Helper()
	pvc := &corev1.PersistentVolumeClaim{}
	if err := w.Get(t.Context(), types.NamespacedName{Namespace: w.Namespace, Name: w.Observe(t).Volume(disk).PVCName}, pvc); err != nil {
		t.Fatal(err)
	}
	return pvc
}

// EventuallyAnother waits until another instance of the virtual machine runs than the given one.
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

// Restart the virtual machine by deleting its instance, and wait for the next one. It must be one that runs always.
func (w *Wukong) Restart(t *testing.T) *kubevirtv1.VirtualMachineInstance {
	t.Helper()
	vmi := w.VMI(t)
	logf(t, "restarting %s", w)
	if err := w.WithWatch.Delete(t.Context(), vmi); err != nil {
		t.Fatal(err)
	}
	return w.EventuallyReplaced(t, vmi.UID)
}

// saysOf says whether the condition Valid refuses a change of a field.
func refusesChange(field string) func(Observed) bool {
	return func(o Observed) bool {
		c := o.Condition("Valid")
		return c != nil && c.Status == metav1.ConditionFalse && c.Reason == "ImmutableChange" && strings.Contains(c.Message, field+": ")
	}
}

// isValid says whether all of the spec was accepted.
func isAccepted(o Observed) bool { return o.True("Valid") && o.Reason("Valid") == "Accepted" }
