package simulator

import (
	"fmt"
	"strings"
	"testing"

	fnv1 "github.com/crossplane/function-sdk-go/proto/v1"

	"github.com/novasphere/function-wukong/internal/wukongtest"
)

const kindNAD = "NetworkAttachmentDefinition"

// TestMissingKinds composes without a provider in a cluster that lacks kinds, each, some or all: what it does have is made, what is missing is
// told, and soon nothing of the status changes any more, as each change would bring about another look at once. When the kinds come, all
// becomes what was asked for.
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
			w.rounds(t, 10)
			stands := w.state()
			for range 8 {
				w.rounds(t, 1)
				if state := w.state(); state != stands {
					t.Fatalf("the status does not settle: %s, after %s", state, stands)
				}
			}
			if !strings.Contains(stands, "no matches for kind") || !strings.HasSuffix(stands, "synced: ") {
				t.Errorf("want to be told of what is missing, and of nothing else: %s", stands)
			}
			made := map[string]bool{}
			for k := range w.cluster.things {
				made[k.kind] = true
			}
			for _, kind := range append(kinds, "Secret") {
				if made[kind] == missing[kind] {
					t.Errorf("%s is missing: %t, and made: %t", kind, missing[kind], made[kind])
				}
			}
			w.comesThrough(t)
		})
	}
}

// TestMissingKindsBefore does the same with a Crossplane that knows no schemas: it tells by itself, and goes on by itself.
func TestMissingKindsBefore(t *testing.T) {
	w := withoutKinds(map[string]bool{kindNAD: true})
	w.x.old = true
	w.rounds(t, 4)
	if said := w.x.native.said; !strings.Contains(said, "fetching resources for nad-lan.look") {
		t.Errorf("got %q", said)
	}
	w.comesThrough(t)
}

// TestKindGoes shows that nothing leaves the desired state of what was composed before its kind went.
func TestKindGoes(t *testing.T) {
	w := withoutKinds(nil)
	w.comesThrough(t)
	w.x.native.said = `cannot compose resources: cannot run Composition pipeline step "render": fetching resources for vmi: cannot get required resource by name: no matches for kind "VirtualMachineInstance" in version "kubevirt.io/v1"`
	w.cluster.missing = map[string]bool{kindVMI: true}
	rsp := w.x.run(w.x.request(nil))
	for _, key := range []string{"vm", "nad-lan", "disk-system", "disk-data", "cloud-init"} {
		if rsp.GetDesired().GetResources()[key] == nil {
			t.Errorf("%s left the desired state", key)
		}
	}
	if c := rsp.GetConditions()[0]; !strings.Contains(c.GetMessage(), `VirtualMachineInstance web-01 cannot be read, so that the status leaves out what it says: no matches for kind "VirtualMachineInstance"`) {
		t.Errorf("nobody is told: %v", c)
	}
}

// withoutKinds is a world that lacks kinds, in which a virtual machine with a network is asked for.
func withoutKinds(missing map[string]bool) *world {
	w := newWorld(targetNative)
	w.cluster.missing = missing
	w.x.spec["networks"] = []any{object{"name": "lan", "type": "bridge"}}
	return w
}

// rounds of Crossplane and of the cluster.
func (w *world) rounds(t *testing.T, n int) {
	t.Helper()
	for range n {
		w.x.reconcile(t)
		w.cluster.Run()
	}
}

// comesThrough installs what is missing, and waits until the virtual machine runs.
func (w *world) comesThrough(t *testing.T) {
	t.Helper()
	w.cluster.missing = nil
	w.rounds(t, 20)
	if vm := w.cluster.things[id{kindVM, wukongtest.Name}]; vm == nil || w.x.phase() != statusRunning || w.x.native.said != "" {
		t.Errorf("it is %s: %s", w.x.phase(), w.state())
	}
}

// state is what the status says.
func (w *world) state() string {
	return fmt.Sprintf("%v, conditions: %v, synced: %s", w.x.status.AsMap(), w.x.native.conditions, w.x.native.said)
}

// reconcile as Crossplane does, and learn of what it cannot fetch.
func (x *Crossplane) reconcile(t *testing.T) {
	t.Helper()
	rsp, err := x.ask(x.request(nil))
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
