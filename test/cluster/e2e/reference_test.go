//go:build e2e

package e2e

import (
	"strings"
	"testing"

	nadv1 "github.com/k8snetworkplumbingwg/network-attachment-definition-client/pkg/apis/k8s.cni.cncf.io/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	instancetypev1 "kubevirt.io/api/instancetype/v1beta1"

	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
)

// TestInstancetype refers to an instance type that does not exist. The virtual machine keeps running, and takes the instance type once it
// exists.
func TestInstancetype(t *testing.T) {
	t.Parallel()
	tenant := cluster.NewTenant(t)
	wukong := tenant.Apply(t, "minimal", withDisks(emptyDisk("system")))
	wukong.EventuallyRuns(t)
	uids := tenant.UIDs(t)

	wukong.Edit(t, withInstancetype("large"))
	wukong.Eventually(t, "reports that the instance type does not exist", failsNaming("large"))
	tenant.CheckUIDs(t, uids)

	wukong.Edit(t, withoutInstancetype)
	wukong.EventuallyRuns(t)
	tenant.CheckUIDs(t, uids)

	wukong.Edit(t, withInstancetype("large"))
	wukong.Eventually(t, "reports again that the instance type does not exist", failsNaming("large"))
	tenant.MustCreate(t, &instancetypev1.VirtualMachineInstancetype{
		ObjectMeta: metav1.ObjectMeta{Name: "large"},
		Spec: instancetypev1.VirtualMachineInstancetypeSpec{
			CPU:    instancetypev1.CPUInstancetype{Guest: 4},
			Memory: instancetypev1.MemoryInstancetype{Guest: resource.MustParse("8Gi")},
		},
	})
	wukong.Eventually(t, "takes the instance type", func(o Observed) bool {
		return o.Status.Phase == v1alpha1.PhaseRunning && o.True("Ready") && wukong.VM(t).Spec.Instancetype != nil
	})
	tenant.CheckUIDs(t, uids)
	if got := wukong.Restart(t).Spec.Domain.CPU.Sockets; got != 4 {
		t.Errorf("after the restart: want 4 sockets, got %d", got)
	}

	wukong.Edit(t, withInstancetype("larger"))
	wukong.Eventually(t, "reports that the other instance type does not exist", failsNaming("larger"))
	wukong.Delete(t)
	tenant.EventuallyHasOnly(t)
}

// TestPreference refers to a preference that does not exist, in a running virtual machine and in a new one.
func TestPreference(t *testing.T) {
	t.Parallel()
	tenant := cluster.NewTenant(t)
	running := tenant.Apply(t, "minimal", withName("running"), withDisks(emptyDisk("system")))
	created := tenant.Apply(t, "minimal", withName("new"), withDisks(emptyDisk("system")), withPreference("not-there"))
	running.EventuallyRuns(t)
	uids := tenant.UIDs(t)

	created.Eventually(t, "reports that the preference does not exist", failsNaming("not-there"))
	running.Edit(t, withPreference("not-there"))
	running.Eventually(t, "reports that the preference does not exist", failsNaming("not-there"))
	tenant.CheckUIDs(t, uids)

	tenant.MustCreate(t, &instancetypev1.VirtualMachinePreference{ObjectMeta: metav1.ObjectMeta{Name: "not-there"}})
	created.EventuallyRuns(t)

	running.Delete(t)
	created.Delete(t)
	tenant.EventuallyHasOnly(t)
}

// TestMissingNetwork attaches a virtual machine to a network that does not exist. It keeps running without it. After a restart it waits for the
// network.
func TestMissingNetwork(t *testing.T) {
	t.Parallel()
	tenant := cluster.NewTenant(t)
	wukong := tenant.Apply(t, "minimal", withDisks(emptyDisk("system")))
	wukong.EventuallyRuns(t)
	uids := tenant.UIDs(t)

	wukong.Edit(t, withNetwork("backbone"))
	wukong.Eventually(t, "reports that the network is not attached", func(o Observed) bool {
		return o.True("RestartRequired") || strings.Contains(o.Status.Message, "lan")
	})
	tenant.CheckUIDs(t, uids)

	if err := cluster.Delete(t.Context(), wukong.VMI(t)); err != nil {
		t.Fatal(err)
	}
	wukong.Eventually(t, "reports the missing network by name", func(o Observed) bool { return strings.Contains(o.Status.Message, "backbone") })
	tenant.MustCreate(t, &nadv1.NetworkAttachmentDefinition{
		ObjectMeta: metav1.ObjectMeta{Name: "backbone"},
		Spec:       nadv1.NetworkAttachmentDefinitionSpec{Config: `{"cniVersion":"1.0.0","type":"bridge","bridge":"br0"}`},
	})
	wukong.EventuallyRuns(t)

	wukong.Edit(t, withNetwork("not-there"))
	wukong.Delete(t)
	tenant.EventuallyHasOnly(t, "NetworkAttachmentDefinition/backbone")
}

// TestExchangedClaim replaces the PersistentVolumeClaim of a disk by another one. Both are kept.
func TestExchangedClaim(t *testing.T) {
	t.Parallel()
	tenant := cluster.NewTenant(t)
	for _, name := range []string{"one", "other"} {
		tenant.MustCreate(t, handmadePVC(name))
	}
	wukong := tenant.Apply(t, "minimal", withDisks(emptyDisk("system"), claimDisk("data", "one")))
	wukong.EventuallyRuns(t)
	uids := tenant.UIDs(t)

	wukong.Edit(t, func(w *v1alpha1.Wukong) { w.Spec.Disks[1] = claimDisk("data", "other") })
	wukong.Eventually(t, "requires a restart", func(o Observed) bool { return o.True("RestartRequired") })
	tenant.CheckUIDs(t, uids)
	wukong.Restart(t)
	wukong.EventuallyRuns(t)

	wukong.Edit(t, func(w *v1alpha1.Wukong) { w.Spec.Disks[1] = claimDisk("data", "not-there") })
	wukong.Eventually(t, "requires a restart", func(o Observed) bool { return o.True("RestartRequired") })
	wukong.Delete(t)
	tenant.EventuallyHasOnly(t, "PersistentVolumeClaim/one", "PersistentVolumeClaim/other")
}
