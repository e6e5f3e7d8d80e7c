//go:build e2e

package e2e

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"
	kubevirtv1 "kubevirt.io/api/core/v1"
	snapshotv1 "kubevirt.io/api/snapshot/v1beta1"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/yaml"

	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
	"github.com/novasphere/function-wukong/internal/names"
)

// needsOperations skips a test if Crossplane has no Operations.
func needsOperations(t *testing.T) {
	t.Helper()
	if cluster.set(t).HasClaimsAlone() {
		t.Skip("Crossplane 1 has no Operations")
	}
}

// TestOperations stops, starts, restarts, migrates and snapshots a virtual machine by the Operations of the examples. The Wukong has a static address,
// a gateway and a DNS server, whose types actions must be able to decode.
func TestOperations(t *testing.T) {
	t.Parallel()
	needsOperations(t)
	wukong := cluster.NewTenant(t).Apply(t, "minimal", withDisks(emptyDisk("system")), withStaticAddress)
	wukong.EventuallyRuns(t)
	vm, first := wukong.VM(t), wukong.VMI(t).UID

	wukong.Operate(t, "stop")
	wukong.EventuallyStopped(t)
	wukong.Operate(t, "start")
	wukong.EventuallyReplaced(t, first)
	wukong.EventuallyRuns(t)

	second := wukong.VMI(t).UID
	wukong.Operate(t, "restart")
	wukong.EventuallyReplaced(t, second)
	wukong.EventuallyRuns(t)
	third := wukong.VMI(t).UID

	wukong.Operate(t, "migrate")
	wukong.checkMigration(t, wukong.Name+"-1")
	after, instance := wukong.VM(t), wukong.VMI(t).UID
	if after.UID != vm.UID || instance != third || *after.Spec.RunStrategy != kubevirtv1.RunStrategyAlways {
		t.Errorf("want virtual machine %s with instance %s, got %s with run strategy %s and instance %s", vm.UID, third, after.UID, *after.Spec.RunStrategy, instance)
	}

	// Of one that runs KubeVirt asks the guest agent to freeze the file systems, and there is no guest.
	wukong.Operate(t, "stop")
	wukong.EventuallyStopped(t)
	for n := 1; n <= 2; n++ {
		wukong.Operate(t, "snapshot")
		name := fmt.Sprintf("%s-%d", wukong.Name, n)
		wukong.checkSnapshot(t, name)
		wukong.eventuallyReady(t, name)
	}
	after = wukong.VM(t)
	if diff := cmp.Diff(vm.Spec.Template.Spec.Volumes, after.Spec.Template.Spec.Volumes); diff != "" {
		t.Errorf("disks: -before, +after:\n%s", diff)
	}
	role := roleIn(t, "examples/operations/rbac.yaml", crossplaneUser)
	if unused := cluster.unusedPermissions(t, role.ClusterRole, role.user); len(unused) > 0 {
		t.Errorf("the role %s has unused permissions: %q", role.Name, unused)
	}
	if err := wukong.DeleteAllOf(t.Context(), &snapshotv1.VirtualMachineSnapshot{}, client.InNamespace(wukong.Namespace)); err != nil {
		t.Error(err)
	}
}

// TestOperationOnNothing applies an Operation to a Wukong that does not exist. It fails with the reason and creates no Wukong.
func TestOperationOnNothing(t *testing.T) {
	t.Parallel()
	needsOperations(t)
	missing := &Wukong{Tenant: cluster.NewTenant(t), Name: "missing"}
	op := missing.operation(t, "stop")
	eventually(t, "the Operation reports that the Wukong does not exist", func() error {
		if c, err := missing.operationCondition(t, op, "Synced"); err != nil || c == nil || !strings.Contains(c.Message, "there is no Wukong missing") {
			return fmt.Errorf("%v, %w", c, err)
		}
		return nil
	})
	if err := missing.Get(t.Context(), missing.key(), &v1alpha1.Wukong{}); !apierrors.IsNotFound(err) {
		t.Errorf("want no Wukong, got %v", err)
	}
}

// Operate applies an example of an Operation to the Wukong, with changes, and waits until it has succeeded.
func (w *Wukong) Operate(t *testing.T, example string, changes ...func(op *unstructured.Unstructured)) {
	t.Helper()
	op := w.operation(t, example, changes...)
	eventually(t, fmt.Sprintf("the Operation %s of %s has succeeded", example, w), func() error {
		if c, err := w.operationCondition(t, op, "Succeeded"); err != nil || c == nil || c.Status != metav1.ConditionTrue {
			return fmt.Errorf("%v, %w", op.Object["status"], err)
		}
		return nil
	})
}

// operation applies an example of an Operation to the Wukong, with changes. The Operation is deleted when the test ends.
func (w *Wukong) operation(t *testing.T, example string, changes ...func(op *unstructured.Unstructured)) *unstructured.Unstructured {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(repository, "examples", "operations", example+".yaml"))
	if err != nil {
		t.Fatal(err)
	}
	op := &unstructured.Unstructured{}
	target := strings.NewReplacer("namespace: team-a", "namespace: "+w.Namespace, "name: web-01", "name: "+w.Name)
	if err := yaml.Unmarshal([]byte(target.Replace(string(b))), &op.Object); err != nil {
		t.Fatal(err)
	}
	for _, change := range changes {
		change(op)
	}
	logf(t, "applying the Operation %s to %s", example, w)
	if err := w.Create(t.Context(), op); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := w.Cluster.Delete(context.Background(), op); err != nil {
			t.Error(err)
		}
	})
	return op
}

// operationCondition reads an Operation and returns one of its conditions by type; nil if there is none.
func (w *Wukong) operationCondition(t *testing.T, op *unstructured.Unstructured, kind string) (*metav1.Condition, error) {
	t.Helper()
	if err := w.Get(t.Context(), types.NamespacedName{Name: op.GetName()}, op); err != nil {
		return nil, err
	}
	return condition(t, op, kind), nil
}

// checkMigration waits until KubeVirt has taken up a migration, and cancels it: there is no node that the guest could move to.
func (w *Wukong) checkMigration(t *testing.T, name string) {
	t.Helper()
	m := &kubevirtv1.VirtualMachineInstanceMigration{}
	eventually(t, "KubeVirt has taken up migration "+name, func() error {
		if err := w.Get(t.Context(), types.NamespacedName{Namespace: w.Namespace, Name: name}, m); err != nil {
			return err
		}
		if m.Spec.VMIName != w.Name || m.Labels[names.LabelWukong] != w.Name || m.Status.Phase == kubevirtv1.MigrationPhaseUnset {
			return fmt.Errorf("%+v", m)
		}
		return nil
	})
	if err := w.Cluster.Delete(t.Context(), m); err != nil {
		t.Fatal(err)
	}
	eventually(t, "migration "+name+" is gone", func() error {
		if err := w.Get(t.Context(), types.NamespacedName{Namespace: w.Namespace, Name: name}, m); !apierrors.IsNotFound(err) {
			return fmt.Errorf("it is in phase %s: %w", m.Status.Phase, err)
		}
		return nil
	})
}

// checkSnapshot fails the test unless the source of a snapshot is the virtual machine, and its label names the Wukong.
func (w *Wukong) checkSnapshot(t *testing.T, name string) {
	t.Helper()
	s := &snapshotv1.VirtualMachineSnapshot{}
	if err := w.Get(t.Context(), types.NamespacedName{Namespace: w.Namespace, Name: name}, s); err != nil {
		t.Fatal(err)
	}
	want := corev1.TypedLocalObjectReference{APIGroup: new("kubevirt.io"), Kind: "VirtualMachine", Name: w.Name}
	if diff := cmp.Diff(want, s.Spec.Source); diff != "" {
		t.Errorf("source: -want, +got:\n%s", diff)
	}
	if got := s.Labels[names.LabelWukong]; got != w.Name {
		t.Errorf("want the label %s=%s, got %q", names.LabelWukong, w.Name, got)
	}
}
