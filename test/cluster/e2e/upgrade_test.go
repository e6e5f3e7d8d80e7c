//go:build e2e

package e2e

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	kubevirtv1 "kubevirt.io/api/core/v1"

	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
	"github.com/novasphere/function-wukong/test/cluster/plane"
)

// TestUpgrade lets the function and the configuration of an earlier commit make twenty virtual machines, and then those of the working
// tree take over. Nothing is deleted, made anew, changed or restarted, and nothing waits for a restart that did not before. It needs a control
// plane that was started from that commit.
func TestUpgrade(t *testing.T) {
	if *target != targetClaim {
		t.Skip("an earlier release may not have had this target")
	}
	if *release == "" {
		t.Skip("the control plane was not started from an earlier commit: make e2e-upgrade")
	}
	tenant := cluster.NewTenant(t)
	tenant.GivePrerequisites(t)
	var claims []*Claim
	for i := range 4 {
		for kind, asked := range map[string]Edit{
			"empty":    with(empty("system")),
			"imported": with(imported("system"), empty("data")),
			"retained": with(empty("system"), empty("data", retained), imported("tools", retained)),
			"network": together(with(empty("system")), func(w *v1alpha1.Wukong) {
				w.Spec.Networks = []v1alpha1.Network{{Name: "lan", Type: v1alpha1.NetworkTypeBridge}, {Name: "fast", Type: v1alpha1.NetworkTypeSRIOV, NADName: "fast-vlan-200"}}
			}),
			"user": together(with(empty("system")), func(w *v1alpha1.Wukong) {
				w.Spec.SSHKeySecret, w.Spec.CloudInitUser = "ops-keys", &v1alpha1.CloudInitUser{Name: "ops", Password: "change-me"}
			}),
		} {
			claims = append(claims, tenant.Apply(t, "minimal", named(fmt.Sprintf("%s-%d", kind, i)), asked))
		}
	}
	for _, c := range claims {
		c.EventuallyRuns(t)
	}
	// Virtual machines and disks that have changed are managed by another Object than those that have not.
	for i, c := range claims {
		switch i % 3 {
		case 0:
			c.Edit(t, cpus(1))
			c.Eventually(t, "waits for a restart", func(s Sight) bool { return s.True("RestartRequired") })
		case 1:
			c.Edit(t, disk("system", sized("3Gi")))
			c.eventuallyHolds(t, "system", "3Gi")
		}
	}
	there, specs, waiting := tenant.UIDs(t), tenant.generations(t), waitingForRestart(t, claims)

	tenant.upgrade(t, claims)
	for _, c := range claims {
		c.EventuallyRuns(t)
	}
	tenant.GoesOn(t, there)
	if diff := cmp.Diff(specs, tenant.generations(t)); diff != "" {
		t.Errorf("what was there has changed: -before, +after:\n%s", diff)
	}
	if diff := cmp.Diff(waiting, waitingForRestart(t, claims)); diff != "" {
		t.Errorf("what waits for a restart: -before, +after:\n%s", diff)
	}
	if now := tenant.UIDs(t); len(now) != len(there) {
		t.Errorf("want as many things as before, %d, got %d", len(there), len(now))
	}

	for _, c := range claims {
		c.DeleteAtOnce(t)
	}
	for _, c := range claims {
		c.EventuallyGone(t)
	}
	if left := tenant.list(t, objectGVK()); len(left) > 0 {
		t.Errorf("%d Objects are left", len(left))
	}
}

// upgrade the function and the configuration to those of the working tree, and wait until the new function has seen the claims.
func (n *Tenant) upgrade(t *testing.T, claims []*Claim) {
	t.Helper()
	const version = "v0.2.0"
	say(t, "upgrading the function and the configuration to %s", version)
	state, err := n.State()
	if err != nil {
		t.Fatal(err)
	}
	if err := state.Registry.Release(t.Context(), repository, version); err != nil {
		t.Fatal(err)
	}
	n.Kill(t, "function-wukong")
	logged := len(n.Log(t, "function-wukong"))
	n.install(t, "Function", functionName, "function-wukong:"+version)
	n.install(t, "Configuration", plane.Configuration(*target), plane.Configuration(*target)+":"+version)
	eventually(t, "the new function has seen all claims", func() error {
		log := n.Log(t, "function-wukong")[logged:]
		for _, c := range claims {
			if !strings.Contains(log, fmt.Sprintf(`"namespace": %q, "name": %q`, c.Namespace, c.Name)) {
				return fmt.Errorf("not %s", c)
			}
		}
		return nil
	})
}

// waitingForRestart are the claims whose virtual machines have a change that waits for a restart, by KubeVirt's own condition.
func waitingForRestart(t *testing.T, claims []*Claim) []string {
	t.Helper()
	var out []string
	for _, c := range claims {
		for _, condition := range c.VM(t).Status.Conditions {
			if condition.Type == kubevirtv1.VirtualMachineRestartRequired && condition.Status == corev1.ConditionTrue {
				out = append(out, c.Name)
			}
		}
	}
	return out
}

// generations of the objects of the tenant that have one: how often what they are to be was changed.
func (n *Tenant) generations(t *testing.T) map[string]int64 {
	t.Helper()
	out := map[string]int64{}
	for _, gvk := range kinds() {
		for _, o := range n.list(t, gvk) {
			// A virtual machine's instance says its status in an object without a subresource.
			if o.GetGeneration() > 0 && gvk != objectGVK() && gvk.Kind != "Pod" && gvk.Kind != "VirtualMachineInstance" {
				out[gvk.Kind+"/"+o.GetName()] = o.GetGeneration()
			}
		}
	}
	return out
}
