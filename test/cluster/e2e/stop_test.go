//go:build e2e

package e2e

import (
	"fmt"
	"strings"
	"testing"

	kubevirtv1 "kubevirt.io/api/core/v1"

	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
)

// EventuallyStopped waits until the virtual machine is, and the claim is ready for all that.
func (c *Claim) EventuallyStopped(t *testing.T) {
	t.Helper()
	c.Eventually(t, "is stopped", func(s Sight) bool {
		return s.Status.Phase == v1alpha1.PhaseStopped && s.True("Ready") && s.Reason("VirtualMachineReady") == "VMStopped" && s.Status.NodeName == ""
	})
}

// TestStop stops a virtual machine by its strategy, and starts it again. It is the same one all the time.
func TestStop(t *testing.T) {
	t.Parallel()
	claim := cluster.NewTenant(t).Apply(t, "minimal", with(empty("system")))
	claim.EventuallyRuns(t)
	vm, instance := claim.VM(t).UID, claim.VMI(t).UID

	claim.Edit(t, runBy(kubevirtv1.RunStrategyHalted))
	claim.EventuallyStopped(t)

	claim.Edit(t, runBy(kubevirtv1.RunStrategyAlways))
	claim.EventuallyAnother(t, instance)
	claim.EventuallyRuns(t)
	if got := claim.VM(t).UID; got != vm {
		t.Errorf("the virtual machine was made anew: %s, after %s", got, vm)
	}
}

// TestRestartRequired changes what a virtual machine takes up at its next start only: KubeVirt adds CPUs to one that runs, and takes none
// away.
func TestRestartRequired(t *testing.T) {
	t.Parallel()
	claim := cluster.NewTenant(t).Apply(t, "minimal", with(empty("system")))
	claim.EventuallyRuns(t)
	vm := claim.VM(t).UID

	claim.Edit(t, cpus(1))
	claim.Eventually(t, "says that it waits for a restart", func(s Sight) bool { return s.True("RestartRequired") && s.True("Ready") })
	if got := claim.VMI(t).Spec.Domain.CPU.Sockets; got != 2 {
		t.Errorf("before the restart: want 2 CPUs, got %d", got)
	}

	if got := claim.Restart(t).Spec.Domain.CPU.Sockets; got != 1 {
		t.Errorf("after the restart: want 1 CPU, got %d", got)
	}
	claim.Eventually(t, "waits for no restart any more", func(s Sight) bool { return !s.True("RestartRequired") })
	claim.EventuallyRuns(t)
	if got := claim.VM(t).UID; got != vm {
		t.Errorf("the virtual machine was made anew: %s, after %s", got, vm)
	}
}

// TestNetworkChanged changes a network under an instance, which KubeVirt does not tell of: the instance goes on with the old one until it
// restarts.
func TestNetworkChanged(t *testing.T) {
	t.Parallel()
	claim := cluster.NewTenant(t).Apply(t, "minimal", with(empty("system")), onVLAN(10))
	claim.EventuallyRuns(t)
	claim.Eventually(t, "waits for no restart", func(s Sight) bool { return !s.True("RestartRequired") })

	claim.Edit(t, onVLAN(20))
	claim.Eventually(t, "says which network changed", func(s Sight) bool {
		return s.True("RestartRequired") && strings.HasPrefix(s.Condition("RestartRequired").Message, "network lan changed") && s.True("Ready")
	})
	claim.Restart(t)
	claim.Eventually(t, "waits for no restart any more", func(s Sight) bool { return !s.True("RestartRequired") })
	claim.EventuallyRuns(t)
}

// TestPowerOff lets the guest power itself off where it is not to be started again.
func TestPowerOff(t *testing.T) {
	t.Parallel()
	tenant := cluster.NewTenant(t)
	failing := tenant.Apply(t, "minimal", named("failing"), with(empty("system")), runBy(kubevirtv1.RunStrategyRerunOnFailure))
	manual := tenant.Apply(t, "minimal", named("manual"), with(empty("system")), runBy(kubevirtv1.RunStrategyManual))

	failing.EventuallyRuns(t)
	failing.PowerOff(t)
	failing.EventuallyStopped(t)

	manual.EventuallyStopped(t)
	tenant.Kubectl(t, "replace", "--raw", fmt.Sprintf("/apis/subresources.kubevirt.io/v1/namespaces/%s/virtualmachines/%s/start", manual.Namespace, manual.Name), "-f", "-")
	manual.EventuallyRuns(t)
	manual.PowerOff(t)
	manual.EventuallyStopped(t)
}
