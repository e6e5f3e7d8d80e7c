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

// TestNamespaceDeletion deletes the namespace of a Wukong that runs. The policy of examples/production refuses that, as long as the namespace
// has its label. After that the virtual machine and the disk go. Where Objects lie in the namespace, they cannot be deleted by themselves, and
// the way out of docs/troubleshooting.md frees it.
func TestNamespaceDeletion(t *testing.T) {
	t.Parallel()
	for _, o := range productionObjects(t, "namespace-policy.yaml") {
		if err := cluster.Create(t.Context(), o); client.IgnoreAlreadyExists(err) != nil {
			t.Fatal(err)
		}
	}
	tenant := cluster.NewTenant(t)
	// Nothing can be created in a namespace that goes.
	expectForbidden.Store(tenant.Namespace, true)
	wukong := tenant.Apply(t, "minimal", withDisks(emptyDisk("system")))
	wukong.EventuallyRuns(t)

	tenant.labelNamespace(t, `"true"`)
	eventually(t, "the policy refuses to delete "+tenant.Namespace, func() error {
		// It takes effect some moments after it was applied, so that nothing is deleted yet.
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
		var left []string
		left = append(left, tenant.listNames(t, kubevirtv1.VirtualMachineGroupVersionKind)...)
		left = append(left, tenant.listNames(t, corev1.SchemeGroupVersion.WithKind("PersistentVolumeClaim"))...)
		if len(left) > 0 {
			return fmt.Errorf("left: %q", left)
		}
		return nil
	})
	if *target == targetNamespaced {
		tenant.removeFinalizers(t)
	}
	eventually(t, tenant.Namespace+" is gone", func() error {
		err := cluster.Get(t.Context(), types.NamespacedName{Name: tenant.Namespace}, &corev1.Namespace{})
		if !apierrors.IsNotFound(err) {
			return fmt.Errorf("it is still there: %v, with %q", err, tenant.ObjectNames(t)) //nolint:errorlint // There may be none.
		}
		return nil
	})
}

// freeObjects waits until the Objects of a namespace that goes say why they cannot, or are gone, and does what docs/troubleshooting.md says.
func (n *Tenant) removeFinalizers(t *testing.T) {
	t.Helper()
	eventually(t, "the Objects in "+n.Namespace+" say why they stay", func() error {
		for _, o := range n.listObjects(t, objectGVK()) {
			if why := conditionMessage(t, &o, "Synced"); !strings.Contains(why, "because it is being terminated") {
				return fmt.Errorf("%s: %q", o.GetName(), why)
			}
		}
		return nil
	})
	left := n.listObjects(t, objectGVK())
	logf(t, "%d Objects are left in %s", len(left), n.Namespace)
	for _, o := range left {
		if err := n.Patch(t.Context(), &o, client.RawPatch(types.MergePatchType, []byte(`{"metadata":{"finalizers":null}}`))); client.IgnoreNotFound(err) != nil {
			t.Error(err)
		}
	}
}

func (n *Tenant) deleteNamespace(t *testing.T, options ...client.DeleteOption) error {
	t.Helper()
	return n.Delete(t.Context(), &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: n.Namespace}}, options...)
}

// keep gives the namespace the label of the policy, or takes it away.
func (n *Tenant) labelNamespace(t *testing.T, value string) {
	t.Helper()
	ns := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: n.Namespace}}
	patch := client.RawPatch(types.MergePatchType, []byte(`{"metadata":{"labels":{"vm.novasphere.dev/keep":`+value+`}}}`))
	if err := n.Patch(t.Context(), ns, patch); err != nil {
		t.Fatal(err)
	}
}
