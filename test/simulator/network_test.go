package simulator

import (
	"maps"
	"slices"
	"strings"
	"testing"

	fnv1 "github.com/crossplane/function-sdk-go/proto/v1"
	"pgregory.net/rapid"

	"github.com/novasphere/function-wukong/fn/wukongtest"
)

// TestNetworkChange changes networks of a virtual machine that runs: it is told which ones wait for a restart, until the instance has
// restarted or moved, and never otherwise.
func TestNetworkChange(t *testing.T) {
	for _, target := range []string{targetClaim, targetNamespaced, targetNative} {
		t.Run(target, func(t *testing.T) { rapid.Check(t, func(t *rapid.T) { changeNetworks(t, newWorld(target)) }) })
	}
}

func changeNetworks(t *rapid.T, w *world) {
	// What the networks are, and what they were when the instance was last attached to them.
	now, attached := object{"lan": int64(1), "mgmt": int64(1)}, object{}
	// Of an instance that has moved, a network that was put back since counts as changed.
	moved, touched := false, map[string]bool{}
	attach := func() {
		maps.Copy(attached, now)
		clear(touched)
	}
	attach()
	w.converge(now)

	for range rapid.IntRange(1, 4).Draw(t, "steps") {
		switch rapid.SampledFrom([]string{"change", "change", "restart", "move"}).Draw(t, "step") {
		case "change":
			name, vlan := rapid.SampledFrom([]string{"lan", "mgmt"}).Draw(t, "network"), rapid.Int64Range(1, 2).Draw(t, "vlan")
			touched[name] = touched[name] || now[name] != vlan
			now[name] = vlan
		case "restart":
			delete(w.cluster.things, id{kindVMI, wukongtest.Name})
			moved = false
			attach()
		case "move":
			if !w.cluster.move(wukongtest.Name) {
				t.Fatalf("nothing runs")
			}
			moved = true
			attach()
		}
		told := waitsForRestart(w.converge(now))
		for _, name := range []string{"lan", "mgmt"} {
			if strings.Contains(told, "network "+name) != (attached[name] != now[name] || moved && touched[name]) {
				t.Fatalf("network %s is on VLAN %v and the instance attached to it on VLAN %v, but told is: %q", name, now[name], attached[name], told)
			}
		}
	}
}

// converge to a Wukong with networks on these VLANs, and return what is told of it in the end.
func (w *world) converge(vlans object) *fnv1.RunFunctionResponse {
	var networks []any
	for _, name := range slices.Sorted(maps.Keys(vlans)) {
		networks = append(networks, object{"name": name, "type": "bridge", "vlanId": vlans[name]})
	}
	w.x.spec["networks"] = networks
	for quiet := 0; quiet < 3; quiet++ {
		before := w.cluster.clock
		w.compose(w.x.run(w.x.request(nil)), 1000, false)
		w.provideAll()
		w.cluster.Run()
		if w.cluster.clock != before {
			quiet = 0
		}
	}
	return w.x.run(w.x.request(nil))
}

// waitsForRestart is what an answer says waits for a restart; empty for nothing.
func waitsForRestart(rsp *fnv1.RunFunctionResponse) string {
	for _, c := range rsp.GetConditions() {
		if c.GetType() == "RestartRequired" && c.GetStatus() == fnv1.Status_STATUS_CONDITION_TRUE {
			return c.GetMessage()
		}
	}
	return ""
}
