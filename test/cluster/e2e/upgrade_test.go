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
	if *fromCommit == "" {
		t.Skip("the control plane was not started from an earlier commit: make e2e-upgrade")
	}
	tenant := cluster.NewTenant(t)
	tenant.CreatePrerequisites(t)
	var wukongs []*Wukong
	for i := range 4 {
		for kind, edit := range map[string]Edit{
			"empty":    withDisks(emptyDisk("system")),
			"imported": withDisks(importedDisk("system"), emptyDisk("data")),
			"retained": withDisks(emptyDisk("system"), emptyDisk("data", retain), importedDisk("tools", retain)),
			"network": combine(withDisks(emptyDisk("system")), func(w *v1alpha1.Wukong) {
				w.Spec.Networks = []v1alpha1.Network{{Name: "lan", Type: v1alpha1.NetworkTypeBridge}, {Name: "fast", Type: v1alpha1.NetworkTypeSRIOV, NADName: "fast-vlan-200"}}
			}),
			"user": combine(withDisks(emptyDisk("system")), func(w *v1alpha1.Wukong) {
				w.Spec.SSHKeySecret, w.Spec.CloudInitUser = "ops-keys", &v1alpha1.CloudInitUser{Name: "ops", Password: "change-me"}
			}),
		} {
			wukongs = append(wukongs, tenant.Apply(t, "minimal", withName(fmt.Sprintf("%s-%d", kind, i)), edit))
		}
	}
	for _, w := range wukongs {
		w.EventuallyRuns(t)
	}
	// Virtual machines and disks that have changed are managed by another Object than those that have not.
	for i, w := range wukongs {
		switch i % 3 {
		case 0:
			w.Edit(t, withCPUs(1))
			w.Eventually(t, "waits for a restart", func(o Observed) bool { return o.True("RestartRequired") })
		case 1:
			w.Edit(t, editDisk("system", withSize("3Gi")))
			w.eventuallyHasSize(t, "system", "3Gi")
		}
	}
	uids, specs, waiting := tenant.UIDs(t), tenant.generations(t), needRestart(t, wukongs)

	tenant.upgrade(t, wukongs)
	for _, w := range wukongs {
		w.EventuallyRuns(t)
	}
	tenant.CheckUIDs(t, uids)
	if diff := cmp.Diff(specs, tenant.generations(t)); diff != "" {
		t.Errorf("what was there has changed: -before, +after:\n%s", diff)
	}
	if diff := cmp.Diff(waiting, needRestart(t, wukongs)); diff != "" {
		t.Errorf("what waits for a restart: -before, +after:\n%s", diff)
	}
	if now := tenant.UIDs(t); len(now) != len(uids) {
		t.Errorf("want as many things as before, %d, got %d", len(uids), len(now))
	}

	for _, w := range wukongs {
		w.DeleteNoWait(t)
	}
	for _, w := range wukongs {
		w.EventuallyGone(t)
	}
	if left := tenant.listObjects(t, objectGVK()); len(left) > 0 {
		t.Errorf("%d Objects are left", len(left))
	}
}

// upgrade the function and the configuration to those of the working tree, and wait until the new function has seen the claims.
func (n *Tenant) upgrade(t *testing.T, wukongs []*Wukong) {
	t.Helper()
	const version = "v0.2.0"
	logf(t, "upgrading the function and the configuration to %s", version)
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
		for _, w := range wukongs {
			if !strings.Contains(log, fmt.Sprintf(`"namespace": %q, "name": %q`, w.Namespace, w.Name)) {
				return fmt.Errorf("not %s", w)
			}
		}
		return nil
	})
}

// waitingForRestart are the claims whose virtual machines have a change that waits for a restart, by KubeVirt's own condition.
func needRestart(t *testing.T, wukongs []*Wukong) []string {
	t.Helper()
	var out []string
	for _, w := range wukongs {
		for _, condition := range w.VM(t).Status.Conditions {
			if condition.Type == kubevirtv1.VirtualMachineRestartRequired && condition.Status == corev1.ConditionTrue {
				out = append(out, w.Name)
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
		for _, o := range n.listObjects(t, gvk) {
			// A virtual machine's instance says its status in an object without a subresource.
			if o.GetGeneration() > 0 && gvk != objectGVK() && gvk.Kind != "Pod" && gvk.Kind != "VirtualMachineInstance" {
				out[gvk.Kind+"/"+o.GetName()] = o.GetGeneration()
			}
		}
	}
	return out
}
