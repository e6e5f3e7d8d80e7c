//go:build e2e

package e2e

import (
	"fmt"
	"strings"
	"testing"

	kubevirtv1 "kubevirt.io/api/core/v1"
)

// TestStop stops a virtual machine by its run strategy and starts it again, without replacing the VirtualMachine.
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
		t.Errorf("the VirtualMachine was replaced: got %s, want %s", got, vm)
	}
}

// TestRestartRequired removes a CPU, which takes effect at the next restart: KubeVirt adds CPUs to a running instance, but removes none.
func TestRestartRequired(t *testing.T) {
	t.Parallel()
	wukong := cluster.NewTenant(t).Apply(t, "minimal", withDisks(emptyDisk("system")))
	wukong.EventuallyRuns(t)
	vm := wukong.VM(t).UID

	wukong.Edit(t, withCPUs(1))
	wukong.Eventually(t, "requires a restart", func(o Observed) bool { return o.True("RestartRequired") && o.True("Ready") })
	if got := wukong.VMI(t).Spec.Domain.CPU.Sockets; got != 2 {
		t.Errorf("before the restart: want 2 CPUs, got %d", got)
	}

	if got := wukong.Restart(t).Spec.Domain.CPU.Sockets; got != 1 {
		t.Errorf("after the restart: want 1 CPU, got %d", got)
	}
	wukong.Eventually(t, "no longer requires a restart", func(o Observed) bool { return !o.True("RestartRequired") })
	wukong.EventuallyRuns(t)
	if got := wukong.VM(t).UID; got != vm {
		t.Errorf("the VirtualMachine was replaced: got %s, want %s", got, vm)
	}
}

// TestNetworkChanged changes the network of a running instance. The instance keeps the old one until it restarts, which KubeVirt does not report.
func TestNetworkChanged(t *testing.T) {
	t.Parallel()
	wukong := cluster.NewTenant(t).Apply(t, "minimal", withDisks(emptyDisk("system")), withVLAN(10))
	wukong.EventuallyRuns(t)
	wukong.Eventually(t, "requires no restart", func(o Observed) bool { return !o.True("RestartRequired") })

	wukong.Edit(t, withVLAN(20))
	wukong.Eventually(t, "reports which network changed", func(o Observed) bool {
		return o.True("RestartRequired") && strings.HasPrefix(o.Condition("RestartRequired").Message, "network lan changed") && o.True("Ready")
	})
	wukong.Restart(t)
	wukong.Eventually(t, "no longer requires a restart", func(o Observed) bool { return !o.True("RestartRequired") })
	wukong.EventuallyRuns(t)
}

// TestPowerOff powers off guests whose run strategy does not restart them.
func TestPowerOff(t *testing.T) {
	t.Parallel()
	tenant := cluster.NewTenant(t)
	failing := tenant.Apply(t, "minimal", withName("failing"), withDisks(emptyDisk("system")), withRunStrategy(kubevirtv1.RunStrategyRerunOnFailure))
	manual := tenant.Apply(t, "minimal", withName("manual"), withDisks(emptyDisk("system")), withRunStrategy(kubevirtv1.RunStrategyManual))

	failing.EventuallyRuns(t)
	failing.PowerOff(t)
	failing.EventuallyStopped(t)

	manual.EventuallyStopped(t)
	start := fmt.Sprintf("/apis/subresources.kubevirt.io/v1/namespaces/%s/virtualmachines/%s/start", manual.Namespace, manual.Name)
	tenant.Kubectl(t, "replace", "--raw", start, "-f", "-")
	manual.EventuallyRuns(t)
	manual.PowerOff(t)
	manual.EventuallyStopped(t)
}
