//go:build e2e

package e2e

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
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

// withOperations skips a test where Crossplane has none.
func needsOperations(t *testing.T) {
	t.Helper()
	if *crossplaneVersion != "2.3" {
		t.Skip("Crossplane " + *crossplaneVersion + " has no Operations")
	}
}

// TestOperations stops, starts, restarts and takes snapshots of a virtual machine by the Operations of the examples. It has a static
// address, a gateway and a DNS server, which actions must read as well.
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

	// While a snapshot is being taken, KubeVirt changes nothing of whether the virtual machine runs: so it comes last.
	for n := 1; n <= 2; n++ {
		wukong.Operate(t, "snapshot")
		wukong.checkSnapshot(t, fmt.Sprintf("%s-%d", wukong.Name, n))
	}
	now, runs := wukong.VM(t), wukong.VMI(t).UID
	if now.UID != vm.UID || runs != third || *now.Spec.RunStrategy != kubevirtv1.RunStrategyAlways {
		t.Errorf("want the virtual machine %s to run on as %s, got %s by strategy %s as %s", vm.UID, third, now.UID, *now.Spec.RunStrategy, runs)
	}
	if diff := cmp.Diff(vm.Spec.Template.Spec.Volumes, now.Spec.Template.Spec.Volumes); diff != "" {
		t.Errorf("disks: -before, +after:\n%s", diff)
	}
	role := roleIn(t, "examples/operations/rbac.yaml", crossplaneUser)
	if unused := cluster.unusedPermissions(t, role.ClusterRole, role.user); len(unused) > 0 {
		t.Errorf("the role %s has permissions that nothing takes: %q", role.Name, unused)
	}
	if err := wukong.DeleteAllOf(t.Context(), &snapshotv1.VirtualMachineSnapshot{}, client.InNamespace(wukong.Namespace)); err != nil {
		t.Error(err)
	}
}

// TestOperationOnNothing asks for an action on a Wukong that does not exist: it fails with the reason, and creates none.
func TestOperationOnNothing(t *testing.T) {
	t.Parallel()
	needsOperations(t)
	nobody := &Wukong{Tenant: cluster.NewTenant(t), Name: "nobody"}
	op := nobody.operation(t, "stop")
	eventually(t, "the Operation says that there is no such Wukong", func() error {
		if c, err := nobody.condition(t, op, "Synced"); err != nil || c == nil || !strings.Contains(c.Message, "there is no Wukong nobody") {
			return fmt.Errorf("%v, %w", c, err)
		}
		return nil
	})
	if err := nobody.Get(t.Context(), nobody.key(), &v1alpha1.Wukong{}); !apierrors.IsNotFound(err) {
		t.Errorf("want no Wukong, got %v", err)
	}
}

// Operate applies an example of an Operation to the claim, and waits until it has succeeded.
func (w *Wukong) Operate(t *testing.T, example string) {
	t.Helper()
	op := w.operation(t, example)
	eventually(t, fmt.Sprintf("the Operation %s of %s has succeeded", example, w), func() error {
		if is, err := w.condition(t, op, "Succeeded"); err != nil || is == nil || is.Status != metav1.ConditionTrue {
			return fmt.Errorf("%v, %w", op.Object["status"], err)
		}
		return nil
	})
}

// operation applies an example of an Operation to the claim. It goes when the test ends.
func (w *Wukong) operation(t *testing.T, example string) *unstructured.Unstructured {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(repository, "examples", "operations", example+".yaml"))
	if err != nil {
		t.Fatal(err)
	}
	op := &unstructured.Unstructured{}
	if err := yaml.Unmarshal([]byte(strings.NewReplacer("namespace: team-a", "namespace: "+w.Namespace, "name: web-01", "name: "+w.Name).Replace(string(b))), &op.Object); err != nil {
		t.Fatal(err)
	}
	logf(t, "asking for the Operation %s of %s", example, w)
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

// condition of an Operation as it is now; nil if there is none.
func (w *Wukong) condition(t *testing.T, op *unstructured.Unstructured, kind string) (*metav1.Condition, error) {
	t.Helper()
	if err := w.Get(t.Context(), types.NamespacedName{Name: op.GetName()}, op); err != nil {
		return nil, err
	}
	b, err := op.MarshalJSON()
	if err != nil {
		return nil, err
	}
	s := struct {
		Status struct {
			Conditions []metav1.Condition `json:"conditions"`
		} `json:"status"`
	}{}
	err = json.Unmarshal(b, &s)
	return meta.FindStatusCondition(s.Status.Conditions, kind), err
}

// checkSnapshot shows that a snapshot is of the virtual machine of the claim, and says so.
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
