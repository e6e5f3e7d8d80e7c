//go:build e2e

package e2e

import (
	"strings"
	"testing"

	nadv1 "github.com/k8snetworkplumbingwg/network-attachment-definition-client/pkg/apis/k8s.cni.cncf.io/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	instancetypev1 "kubevirt.io/api/instancetype/v1beta1"

	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
)

// failsFor says whether the claim tells that its virtual machine cannot become what it is to be, for a reason that names something, or,
// where Crossplane says no more of what KubeVirt refuses, that is in an event.
func failsFor(name string) func(Sight) bool {
	return func(s Sight) bool {
		tells := strings.Contains(s.Status.Message, `"`+name+`"`) || *target == targetNative && strings.Contains(s.Status.Message, "the events of the Wukong say why")
		return s.Status.Phase == v1alpha1.PhaseError && s.Reason("VirtualMachineReady") == "VMFailed" && tells
	}
}

// TestInstancetype asks for an instance type that is not there. The virtual machine goes on, and takes up what it is to be as soon as
// it can be.
func TestInstancetype(t *testing.T) {
	t.Parallel()
	tenant := cluster.NewTenant(t)
	claim := tenant.Apply(t, "minimal", with(empty("system")))
	claim.EventuallyRuns(t)
	there := tenant.UIDs(t)

	claim.Edit(t, ofInstancetype("large"))
	claim.Eventually(t, "says that there is no such instance type", failsFor("large"))
	tenant.GoesOn(t, there)

	claim.Edit(t, ofItsOwn)
	claim.EventuallyRuns(t)
	tenant.GoesOn(t, there)

	claim.Edit(t, ofInstancetype("large"))
	claim.Eventually(t, "says again that there is no such instance type", failsFor("large"))
	tenant.Give(t, &instancetypev1.VirtualMachineInstancetype{
		ObjectMeta: metav1.ObjectMeta{Name: "large"},
		Spec: instancetypev1.VirtualMachineInstancetypeSpec{
			CPU:    instancetypev1.CPUInstancetype{Guest: 4},
			Memory: instancetypev1.MemoryInstancetype{Guest: resource.MustParse("8Gi")},
		},
	})
	claim.Eventually(t, "takes the instance type", func(s Sight) bool {
		return s.Status.Phase == v1alpha1.PhaseRunning && s.True("Ready") && claim.VM(t).Spec.Instancetype != nil
	})
	tenant.GoesOn(t, there)
	if got := claim.Restart(t).Spec.Domain.CPU.Sockets; got != 4 {
		t.Errorf("after the restart: want 4 sockets, got %d", got)
	}

	claim.Edit(t, ofInstancetype("larger"))
	claim.Eventually(t, "says that there is no larger one", failsFor("larger"))
	claim.Delete(t)
	tenant.EventuallyHas(t)
}

// TestPreference asks for a preference that is not there, of a virtual machine that runs and of one that is new.
func TestPreference(t *testing.T) {
	t.Parallel()
	tenant := cluster.NewTenant(t)
	runs := tenant.Apply(t, "minimal", named("runs"), with(empty("system")))
	fresh := tenant.Apply(t, "minimal", named("new"), with(empty("system")), preferring("not-there"))
	runs.EventuallyRuns(t)
	there := tenant.UIDs(t)

	fresh.Eventually(t, "says that there is no such preference", failsFor("not-there"))
	runs.Edit(t, preferring("not-there"))
	runs.Eventually(t, "says that there is no such preference", failsFor("not-there"))
	tenant.GoesOn(t, there)

	tenant.Give(t, &instancetypev1.VirtualMachinePreference{ObjectMeta: metav1.ObjectMeta{Name: "not-there"}})
	fresh.EventuallyRuns(t)

	runs.Delete(t)
	fresh.Delete(t)
	tenant.EventuallyHas(t)
}

// TestMissingNetwork attaches a virtual machine to a network that is not there. It goes on without, and waits for the network when it is
// restarted.
func TestMissingNetwork(t *testing.T) {
	t.Parallel()
	tenant := cluster.NewTenant(t)
	claim := tenant.Apply(t, "minimal", with(empty("system")))
	claim.EventuallyRuns(t)
	there := tenant.UIDs(t)

	claim.Edit(t, onNetwork("backbone"))
	claim.Eventually(t, "tells that the network is not attached", func(s Sight) bool {
		return s.True("RestartRequired") || strings.Contains(s.Status.Message, "lan")
	})
	tenant.GoesOn(t, there)

	if err := cluster.Delete(t.Context(), claim.VMI(t)); err != nil {
		t.Fatal(err)
	}
	claim.Eventually(t, "names the network that is missing", func(s Sight) bool { return strings.Contains(s.Status.Message, "backbone") })
	tenant.Give(t, &nadv1.NetworkAttachmentDefinition{
		ObjectMeta: metav1.ObjectMeta{Name: "backbone"},
		Spec:       nadv1.NetworkAttachmentDefinitionSpec{Config: `{"cniVersion":"1.0.0","type":"bridge","bridge":"br0"}`},
	})
	claim.EventuallyRuns(t)

	claim.Edit(t, onNetwork("not-there"))
	claim.Delete(t)
	tenant.EventuallyHas(t, "NetworkAttachmentDefinition/backbone")
}

// TestExchangedClaim attaches another claim in the place of the one that a virtual machine has. Both stay as they are.
func TestExchangedClaim(t *testing.T) {
	t.Parallel()
	tenant := cluster.NewTenant(t)
	for _, name := range []string{"one", "other"} {
		tenant.Give(t, handMade(name))
	}
	claim := tenant.Apply(t, "minimal", with(empty("system"), existing("data", "one")))
	claim.EventuallyRuns(t)
	there := tenant.UIDs(t)

	claim.Edit(t, func(w *v1alpha1.Wukong) { w.Spec.Disks[1] = existing("data", "other") })
	claim.Eventually(t, "says that it waits for a restart", func(s Sight) bool { return s.True("RestartRequired") })
	tenant.GoesOn(t, there)
	claim.Restart(t)
	claim.EventuallyRuns(t)

	claim.Edit(t, func(w *v1alpha1.Wukong) { w.Spec.Disks[1] = existing("data", "not-there") })
	claim.Eventually(t, "says that it waits for a restart", func(s Sight) bool { return s.True("RestartRequired") })
	claim.Delete(t)
	tenant.EventuallyHas(t, "PersistentVolumeClaim/one", "PersistentVolumeClaim/other")
}

// handMade is a claim that somebody makes by hand.
func handMade(name string) *corev1.PersistentVolumeClaim {
	return &corev1.PersistentVolumeClaim{
		ObjectMeta: metav1.ObjectMeta{Name: name},
		Spec: corev1.PersistentVolumeClaimSpec{
			AccessModes: []corev1.PersistentVolumeAccessMode{corev1.ReadWriteOnce},
			Resources:   corev1.VolumeResourceRequirements{Requests: corev1.ResourceList{corev1.ResourceStorage: resource.MustParse("1Gi")}},
		},
	}
}
