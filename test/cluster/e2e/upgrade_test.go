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

// TestUpgrade creates twenty virtual machines with the function and the configuration of an earlier commit, and upgrades both to the working
// tree. No object is deleted, replaced, changed or restarted, and no further one requires a restart. It needs a control plane that was started from
// the earlier commit, by the flag -from.
func TestUpgrade(t *testing.T) {
	if *target != targetClaim {
		t.Skip("an earlier release may not have had this target")
	}
	if *fromCommit == "" {
		t.Skip("the control plane was not started from an earlier commit: make e2e-upgrade")
	}
	tenant := cluster.NewTenant(t)
	wukongs := tenant.applyVariety(t, 4)
	unchanged := tenant.record(t, wukongs)
	tenant.upgrade(t, wukongs)
	unchanged(t)

	tenant.deleteWithObjects(t, wukongs)
}

// deleteWithObjects deletes Wukongs, which are all that the tenant has. No Object remains.
func (n *Tenant) deleteWithObjects(t *testing.T, wukongs []*Wukong) {
	t.Helper()
	deleteAll(t, wukongs)
	if objects := n.listObjects(t, objectGVK()); len(objects) > 0 {
		t.Errorf("%d Objects remain", len(objects))
	}
}

// applyVariety creates five kinds of Wukongs, each several times, and waits until they run. A third of them then waits for a restart, and another
// third has a disk that has grown: their objects differ from those of unchanged ones.
func (n *Tenant) applyVariety(t *testing.T, times int) []*Wukong {
	t.Helper()
	n.CreatePrerequisites(t)
	var wukongs []*Wukong
	for i := range times {
		for kind, edit := range map[string]Edit{
			"empty":    withDisks(emptyDisk("system")),
			"imported": withDisks(importedDisk("system"), emptyDisk("data")),
			"retained": withDisks(emptyDisk("system"), emptyDisk("data", retain), importedDisk("tools", retain)),
			"network": combine(withDisks(emptyDisk("system")), func(w *v1alpha1.Wukong) {
				w.Spec.Networks = []v1alpha1.Network{
					{Name: "lan", Type: v1alpha1.NetworkTypeBridge},
					{Name: "fast", Type: v1alpha1.NetworkTypeSRIOV, NADName: "fast-vlan-200"},
				}
			}),
			"user": combine(withDisks(emptyDisk("system")), func(w *v1alpha1.Wukong) {
				w.Spec.SSHKeySecret, w.Spec.CloudInitUser = "ops-keys", &v1alpha1.CloudInitUser{Name: "ops", Password: "change-me"}
			}),
		} {
			wukongs = append(wukongs, n.Apply(t, "minimal", withName(fmt.Sprintf("%s-%d", kind, i)), edit))
		}
	}
	for _, w := range wukongs {
		w.EventuallyRuns(t)
	}
	for i, w := range wukongs {
		switch i % 3 {
		case 0:
			w.Edit(t, withCPUs(1))
			w.Eventually(t, "requires a restart", func(o Observed) bool { return o.True("RestartRequired") })
		case 1:
			w.Edit(t, editDisk("system", withSize("3Gi")))
			w.eventuallyHasSize(t, "system", "3Gi")
		}
	}
	return wukongs
}

// record returns a check that fails if, since now, an object of the tenant was created, deleted, replaced or changed, or a virtual machine needs
// a restart that did not need one. It first waits until all run.
func (n *Tenant) record(t *testing.T, wukongs []*Wukong) (unchanged func(t *testing.T)) {
	t.Helper()
	uids, generations, waiting := n.UIDs(t), n.generations(t), needRestart(t, wukongs)
	return func(t *testing.T) {
		t.Helper()
		for _, w := range wukongs {
			w.EventuallyRuns(t)
		}
		n.CheckUIDs(t, uids)
		if diff := cmp.Diff(generations, n.generations(t)); diff != "" {
			t.Errorf("generations: -before, +after:\n%s", diff)
		}
		if diff := cmp.Diff(waiting, needRestart(t, wukongs)); diff != "" {
			t.Errorf("virtual machines that require a restart: -before, +after:\n%s", diff)
		}
		if after := n.UIDs(t); len(after) != len(uids) {
			t.Errorf("want %d objects as before, got %d", len(uids), len(after))
		}
	}
}

// upgrade upgrades the function and the configuration to the working tree, and waits until the new function has run for all Wukongs.
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
	eventually(t, "the new function has run for all Wukongs", func() error {
		log := n.Log(t, "function-wukong")[logged:]
		for _, w := range wukongs {
			if !strings.Contains(log, fmt.Sprintf(`"namespace": %q, "name": %q`, w.Namespace, w.Name)) {
				return fmt.Errorf("it has not run for %s", w)
			}
		}
		return nil
	})
}

// needRestart returns the names of the Wukongs whose VirtualMachines have KubeVirt's condition RestartRequired.
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

// generations returns metadata.generation of the tenant's objects that have one, by KIND/NAME.
func (n *Tenant) generations(t *testing.T) map[string]int64 {
	t.Helper()
	out := map[string]int64{}
	for _, gvk := range kinds() {
		for _, o := range n.listObjects(t, gvk) {
			// The status of an instance, which has no subresource, counts as a change of generation.
			if o.GetGeneration() > 0 && gvk != objectGVK() && gvk.Kind != "Pod" && gvk.Kind != "VirtualMachineInstance" {
				out[gvk.Kind+"/"+o.GetName()] = o.GetGeneration()
			}
		}
	}
	return out
}
