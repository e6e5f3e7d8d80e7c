//go:build e2e

package e2e

import (
	"fmt"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	kubevirtv1 "kubevirt.io/api/core/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// TestNamespaceDeletion deletes the namespace of a running Wukong. The policy of examples/production refuses that while the namespace has its label.
// Afterwards the virtual machine and the disk are deleted. Objects in the namespace keep their finalizers, until these are removed as
// docs/troubleshooting.md advises.
func TestNamespaceDeletion(t *testing.T) {
	t.Parallel()
	for _, o := range productionObjects(t, "namespace-policy.yaml") {
		if err := cluster.Create(t.Context(), o); client.IgnoreAlreadyExists(err) != nil {
			t.Fatal(err)
		}
	}
	tenant := cluster.NewTenant(t)
	// The API server refuses to create objects in a namespace that is being deleted.
	expectForbidden.Store(tenant.Namespace, true)
	wukong := tenant.Apply(t, "minimal", withDisks(emptyDisk("system")))
	wukong.EventuallyRuns(t)

	tenant.labelNamespace(t, `"true"`)
	eventually(t, "the policy refuses to delete "+tenant.Namespace, func() error {
		// The policy takes effect with a delay, hence the dry run.
		if err := tenant.deleteNamespace(t, client.DryRunAll); !apierrors.IsForbidden(err) || !strings.Contains(err.Error(), "delete its Wukongs first") {
			return fmt.Errorf("got %v", err) //nolint:errorlint // There may be none.
		}
		return nil
	})
	tenant.labelNamespace(t, "null")
	if err := tenant.deleteNamespace(t); err != nil {
		t.Fatal(err)
	}

	eventually(t, "the virtual machine and the disk of "+wukong.String()+" are gone", func() error {
		var remaining []string
		remaining = append(remaining, tenant.listNames(t, kubevirtv1.VirtualMachineGroupVersionKind)...)
		remaining = append(remaining, tenant.listNames(t, corev1.SchemeGroupVersion.WithKind("PersistentVolumeClaim"))...)
		if len(remaining) > 0 {
			return fmt.Errorf("there are %q", remaining)
		}
		return nil
	})
	if *target == targetNamespaced {
		tenant.removeFinalizers(t)
	}
	eventually(t, tenant.Namespace+" is gone", func() error {
		err := cluster.Get(t.Context(), types.NamespacedName{Name: tenant.Namespace}, &corev1.Namespace{})
		if !apierrors.IsNotFound(err) {
			return fmt.Errorf("it still exists: %v, with %q", err, tenant.ObjectNames(t)) //nolint:errorlint // There may be none.
		}
		return nil
	})
}

// removeFinalizers waits until the Objects in a terminating namespace report why they cannot be deleted, and removes their finalizers, as
// docs/troubleshooting.md advises.
func (n *Tenant) removeFinalizers(t *testing.T) {
	t.Helper()
	eventually(t, "the Objects in "+n.Namespace+" report why they remain", func() error {
		for _, o := range n.listObjects(t, objectGVK()) {
			if message := conditionMessage(t, &o, "Synced"); !strings.Contains(message, "because it is being terminated") {
				return fmt.Errorf("%s: %q", o.GetName(), message)
			}
		}
		return nil
	})
	remaining := n.listObjects(t, objectGVK())
	logf(t, "%d Objects remain in %s", len(remaining), n.Namespace)
	for _, o := range remaining {
		if err := n.Patch(t.Context(), &o, client.RawPatch(types.MergePatchType, []byte(`{"metadata":{"finalizers":null}}`))); client.IgnoreNotFound(err) != nil {
			t.Error(err)
		}
	}
}

// deleteNamespace deletes the namespace without waiting.
func (n *Tenant) deleteNamespace(t *testing.T, options ...client.DeleteOption) error {
	t.Helper()
	return n.Delete(t.Context(), &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: n.Namespace}}, options...)
}

// labelNamespace sets the policy's label of the namespace to a JSON value; null removes it.
func (n *Tenant) labelNamespace(t *testing.T, value string) {
	t.Helper()
	ns := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: n.Namespace}}
	patch := client.RawPatch(types.MergePatchType, []byte(`{"metadata":{"labels":{"vm.novasphere.dev/keep":`+value+`}}}`))
	if err := n.Patch(t.Context(), ns, patch); err != nil {
		t.Fatal(err)
	}
}
