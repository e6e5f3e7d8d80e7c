package simulator

import (
	"fmt"
	"strings"
	"testing"

	fnv1 "github.com/crossplane/function-sdk-go/proto/v1"

	"github.com/novasphere/function-wukong/internal/wukongtest"
)

// TestMissingKinds composes without a provider in a cluster that lacks one, some or all kinds. Objects of the other kinds are created, the status
// names the missing kinds and soon stops changing, as each change would trigger another reconciliation. Once the kinds are installed, the
// virtual machine runs.
func TestMissingKinds(t *testing.T) {
	kinds := []string{kindNAD, kindDataVolume, kindVM}
	for mask := 1; mask < 1<<len(kinds); mask++ {
		missing := map[string]bool{}
		for i, kind := range kinds {
			if mask>>i&1 == 1 {
				missing[kind] = true
			}
		}
		t.Run(fmt.Sprint(missing), func(t *testing.T) {
			w := withoutKinds(missing)
			w.runRounds(t, 10)
			settled := w.statusSummary()
			for range 8 {
				w.runRounds(t, 1)
				if summary := w.statusSummary(); summary != settled {
					t.Fatalf("the status does not settle: %s, after %s", summary, settled)
				}
			}
			if !strings.Contains(settled, "no matches for kind") || !strings.HasSuffix(settled, "synced: ") {
				t.Errorf("want the status to name the missing kinds and no other problem: %s", settled)
			}
			created := map[string]bool{}
			for k := range w.cluster.objects {
				created[k.kind] = true
			}
			for _, kind := range append(kinds, "Secret") {
				if created[kind] == missing[kind] {
					t.Errorf("%s is missing: %t, and created: %t", kind, missing[kind], created[kind])
				}
			}
			w.converges(t)
		})
	}
}

// TestMissingKindsWithoutSchemas does the same with a Crossplane that does not support required schemas: it reports the missing kind itself.
func TestMissingKindsWithoutSchemas(t *testing.T) {
	w := withoutKinds(map[string]bool{kindNAD: true})
	w.x.withoutSchemas = true
	w.runRounds(t, 4)
	if syncError := w.x.native.syncError; !strings.Contains(syncError, "fetching resources for nad-lan.look") {
		t.Errorf("got %q", syncError)
	}
	w.converges(t)
}

// TestKindRemoved shows that composed resources stay in the desired state after their kind is removed from the cluster.
func TestKindRemoved(t *testing.T) {
	w := withoutKinds(nil)
	w.converges(t)
	w.x.native.syncError = `cannot compose resources: cannot run Composition pipeline step "render": fetching resources for vmi: cannot get required resource by name: no matches for kind "VirtualMachineInstance" in version "kubevirt.io/v1"`
	w.cluster.missing = map[string]bool{kindVMI: true}
	rsp := w.x.mustRunFunction(w.x.request(nil))
	for _, key := range []string{"vm", "nad-lan", "disk-system", "disk-data", "cloud-init"} {
		if rsp.GetDesired().GetResources()[key] == nil {
			t.Errorf("%s left the desired state", key)
		}
	}
	if c := rsp.GetConditions()[0]; !strings.Contains(c.GetMessage(), `VirtualMachineInstance web-01 cannot be read, so that the status leaves out what it says: no matches for kind "VirtualMachineInstance"`) {
		t.Errorf("the condition does not name the missing kind: %v", c)
	}
}

// withoutKinds returns a world that lacks kinds, with a Wukong that has a network.
func withoutKinds(missing map[string]bool) *world {
	w := newWorld(targetNative)
	w.cluster.missing = missing
	w.x.spec["networks"] = []any{object{"name": "lan", "type": "bridge"}}
	return w
}

// runRounds lets Crossplane and the cluster reconcile a number of times.
func (w *world) runRounds(t *testing.T, n int) {
	t.Helper()
	for range n {
		w.x.reconcile(t)
		w.cluster.Run()
	}
}

// converges installs the missing kinds, and checks that the virtual machine runs.
func (w *world) converges(t *testing.T) {
	t.Helper()
	w.cluster.missing = nil
	w.runRounds(t, 20)
	if vm := w.cluster.objects[id{kindVM, wukongtest.Name}]; vm == nil || w.x.phase() != statusRunning || w.x.native.syncError != "" {
		t.Errorf("the Wukong is %s: %s", w.x.phase(), w.statusSummary())
	}
}

// statusSummary returns the status, the conditions and Crossplane's error as text.
func (w *world) statusSummary() string {
	return fmt.Sprintf("%v, conditions: %v, synced: %s", w.x.status.AsMap(), w.x.native.conditions, w.x.native.syncError)
}

// reconcile calls the function and applies its response. An error ends the reconciliation, as in Crossplane.
func (x *Crossplane) reconcile(t *testing.T) {
	t.Helper()
	rsp, err := x.runFunction(x.request(nil))
	if err != nil {
		x.native.fail(err)
		return
	}
	if isFatal(rsp) {
		t.Fatalf("got %v", rsp.GetResults())
	}
	x.apply(&fnv1.State{Resources: rsp.GetDesired().GetResources(), Composite: rsp.GetDesired().GetComposite()}, 1000, false)
	x.native.conditions = rsp.GetConditions()
}
