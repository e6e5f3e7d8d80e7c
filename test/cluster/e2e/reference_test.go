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

// TestInstancetype asks for an instance type that is not there. The virtual machine goes on, and takes up what it is to be as soon as
// it can be.
func TestInstancetype(t *testing.T) {
	t.Parallel()
	tenant := cluster.NewTenant(t)
	wukong := tenant.Apply(t, "minimal", withDisks(emptyDisk("system")))
	wukong.EventuallyRuns(t)
	uids := tenant.UIDs(t)

	wukong.Edit(t, withInstancetype("large"))
	wukong.Eventually(t, "says that there is no such instance type", failsNaming("large"))
	tenant.CheckUIDs(t, uids)

	wukong.Edit(t, withoutInstancetype)
	wukong.EventuallyRuns(t)
	tenant.CheckUIDs(t, uids)

	wukong.Edit(t, withInstancetype("large"))
	wukong.Eventually(t, "says again that there is no such instance type", failsNaming("large"))
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
	wukong.Eventually(t, "says that there is no larger one", failsNaming("larger"))
	wukong.Delete(t)
	tenant.EventuallyHasOnly(t)
}

// TestPreference asks for a preference that is not there, of a virtual machine that runs and of one that is new.
func TestPreference(t *testing.T) {
	t.Parallel()
	tenant := cluster.NewTenant(t)
	running := tenant.Apply(t, "minimal", withName("runs"), withDisks(emptyDisk("system")))
	created := tenant.Apply(t, "minimal", withName("new"), withDisks(emptyDisk("system")), withPreference("not-there"))
	running.EventuallyRuns(t)
	uids := tenant.UIDs(t)

	created.Eventually(t, "says that there is no such preference", failsNaming("not-there"))
	running.Edit(t, withPreference("not-there"))
	running.Eventually(t, "says that there is no such preference", failsNaming("not-there"))
	tenant.CheckUIDs(t, uids)

	tenant.MustCreate(t, &instancetypev1.VirtualMachinePreference{ObjectMeta: metav1.ObjectMeta{Name: "not-there"}})
	created.EventuallyRuns(t)

	running.Delete(t)
	created.Delete(t)
	tenant.EventuallyHasOnly(t)
}

// TestMissingNetwork attaches a virtual machine to a network that is not there. It goes on without, and waits for the network when it is
// restarted.
func TestMissingNetwork(t *testing.T) {
	t.Parallel()
	tenant := cluster.NewTenant(t)
	wukong := tenant.Apply(t, "minimal", withDisks(emptyDisk("system")))
	wukong.EventuallyRuns(t)
	uids := tenant.UIDs(t)

	wukong.Edit(t, withNetwork("backbone"))
	wukong.Eventually(t, "tells that the network is not attached", func(o Observed) bool {
		return o.True("RestartRequired") || strings.Contains(o.Status.Message, "lan")
	})
	tenant.CheckUIDs(t, uids)

	if err := cluster.Delete(t.Context(), wukong.VMI(t)); err != nil {
		t.Fatal(err)
	}
	wukong.Eventually(t, "names the network that is missing", func(o Observed) bool { return strings.Contains(o.Status.Message, "backbone") })
	tenant.MustCreate(t, &nadv1.NetworkAttachmentDefinition{
		ObjectMeta: metav1.ObjectMeta{Name: "backbone"},
		Spec:       nadv1.NetworkAttachmentDefinitionSpec{Config: `{"cniVersion":"1.0.0","type":"bridge","bridge":"br0"}`},
	})
	wukong.EventuallyRuns(t)

	wukong.Edit(t, withNetwork("not-there"))
	wukong.Delete(t)
	tenant.EventuallyHasOnly(t, "NetworkAttachmentDefinition/backbone")
}

// TestExchangedClaim attaches another claim in the place of the one that a virtual machine has. Both stay as they are.
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
	wukong.Eventually(t, "says that it waits for a restart", func(o Observed) bool { return o.True("RestartRequired") })
	tenant.CheckUIDs(t, uids)
	wukong.Restart(t)
	wukong.EventuallyRuns(t)

	wukong.Edit(t, func(w *v1alpha1.Wukong) { w.Spec.Disks[1] = claimDisk("data", "not-there") })
	wukong.Eventually(t, "says that it waits for a restart", func(o Observed) bool { return o.True("RestartRequired") })
	wukong.Delete(t)
	tenant.EventuallyHasOnly(t, "PersistentVolumeClaim/one", "PersistentVolumeClaim/other")
}
