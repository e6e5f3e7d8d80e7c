//go:build e2e

package e2e

import (
	"fmt"
	"strings"
	"testing"

	kubevirtv1 "kubevirt.io/api/core/v1"
)

// TestStop stops a virtual machine by its strategy, and starts it again. It is the same one all the time.
func TestStop(t *testing.T) {
	t.Parallel()
	wukong := cluster.NewTenant(t).Apply(t, "minimal", withDisks(emptyDisk("system")))
	wukong.EventuallyRuns(t)
	vm, instance := wukong.VM(t).UID, wukong.VMI(t).UID

	wukong.Edit(t, withRunStrategy(kubevirtv1.RunStrategyHalted))
	wukong.EventuallyStopped(t)

	wukong.Edit(t, withRunStrategy(kubevirtv1.RunStrategyAlways))
	wukong.EventuallyReplaced(t, instance)
	wukong.EventuallyRuns(t)
	if got := wukong.VM(t).UID; got != vm {
		t.Errorf("the virtual machine was made anew: %s, after %s", got, vm)
	}
}

// TestRestartRequired changes what a virtual machine takes up at its next start only: KubeVirt adds CPUs to one that runs, and takes none
// away.
func TestRestartRequired(t *testing.T) {
	t.Parallel()
	wukong := cluster.NewTenant(t).Apply(t, "minimal", withDisks(emptyDisk("system")))
	wukong.EventuallyRuns(t)
	vm := wukong.VM(t).UID

	wukong.Edit(t, withCPUs(1))
	wukong.Eventually(t, "says that it waits for a restart", func(o Observed) bool { return o.True("RestartRequired") && o.True("Ready") })
	if got := wukong.VMI(t).Spec.Domain.CPU.Sockets; got != 2 {
		t.Errorf("before the restart: want 2 CPUs, got %d", got)
	}

	if got := wukong.Restart(t).Spec.Domain.CPU.Sockets; got != 1 {
		t.Errorf("after the restart: want 1 CPU, got %d", got)
	}
	wukong.Eventually(t, "waits for no restart any more", func(o Observed) bool { return !o.True("RestartRequired") })
	wukong.EventuallyRuns(t)
	if got := wukong.VM(t).UID; got != vm {
		t.Errorf("the virtual machine was made anew: %s, after %s", got, vm)
	}
}

// TestNetworkChanged changes a network under an instance, which KubeVirt does not tell of: the instance goes on with the old one until it
// restarts.
func TestNetworkChanged(t *testing.T) {
	t.Parallel()
	wukong := cluster.NewTenant(t).Apply(t, "minimal", withDisks(emptyDisk("system")), withVLAN(10))
	wukong.EventuallyRuns(t)
	wukong.Eventually(t, "waits for no restart", func(o Observed) bool { return !o.True("RestartRequired") })

	wukong.Edit(t, withVLAN(20))
	wukong.Eventually(t, "says which network changed", func(o Observed) bool {
		return o.True("RestartRequired") && strings.HasPrefix(o.Condition("RestartRequired").Message, "network lan changed") && o.True("Ready")
	})
	wukong.Restart(t)
	wukong.Eventually(t, "waits for no restart any more", func(o Observed) bool { return !o.True("RestartRequired") })
	wukong.EventuallyRuns(t)
}

// TestPowerOff lets the guest power itself off where it is not to be started again.
func TestPowerOff(t *testing.T) {
	t.Parallel()
	tenant := cluster.NewTenant(t)
	failing := tenant.Apply(t, "minimal", withName("failing"), withDisks(emptyDisk("system")), withRunStrategy(kubevirtv1.RunStrategyRerunOnFailure))
	manual := tenant.Apply(t, "minimal", withName("manual"), withDisks(emptyDisk("system")), withRunStrategy(kubevirtv1.RunStrategyManual))

	failing.EventuallyRuns(t)
	failing.PowerOff(t)
	failing.EventuallyStopped(t)

	manual.EventuallyStopped(t)
	tenant.Kubectl(t, "replace", "--raw", fmt.Sprintf("/apis/subresources.kubevirt.io/v1/namespaces/%s/virtualmachines/%s/start", manual.Namespace, manual.Name), "-f", "-")
	manual.EventuallyRuns(t)
	manual.PowerOff(t)
	manual.EventuallyStopped(t)
}
