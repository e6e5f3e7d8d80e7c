package simulator

import (
	"maps"
	"slices"
	"strings"
	"testing"

	fnv1 "github.com/crossplane/function-sdk-go/proto/v1"
	"pgregory.net/rapid"

	"github.com/novasphere/function-wukong/internal/wukongtest"
)

// TestNetworkChange changes networks of a virtual machine that runs: it is told which ones wait for a restart, until the instance has
// restarted or moved, and never otherwise.
func TestNetworkChange(t *testing.T) {
	for _, target := range []string{targetClaim, targetNamespaced, targetNative} {
		t.Run(target, func(t *testing.T) {
			t.Parallel()
			rapid.Check(t, func(t *rapid.T) { changeNetworks(t, newWorld(target)) })
		})
	}
}

func changeNetworks(t *rapid.T, w *world) {
	now := object{"lan": int64(1), "mgmt": int64(1)}
	w.converge(now)

	// Which networks have changed since the instance moved.
	moved, early, touched := false, false, map[string]bool{}
	for range rapid.IntRange(1, 4).Draw(t, "steps") {
		if early {
			// A network that is put back now is not told from one that did not change.
			return
		}
		switch rapid.SampledFrom([]string{"change", "change", "label", "restart", "restart early", "move"}).Draw(t, "step") {
		case "change":
			touched[change(t, now)] = true
		case "label":
			if moved {
				// It counts as a change of a network that had changed before the move.
				continue
			}
			w.x.team = rapid.SampledFrom([]string{"", "a", "b"}).Draw(t, "team")
		case "restart":
			delete(w.cluster.things, id{kindVMI, wukongtest.Name})
			moved = false
		case "restart early":
			// What was asked for is on its way still.
			change(t, now)
			w.askFor(now)
			for range rapid.IntRange(0, 8).Draw(t, "rounds") {
				w.round()
			}
			delete(w.cluster.things, id{kindVMI, wukongtest.Name})
			moved, early = false, true
		case "move":
			if !w.cluster.move(wukongtest.Name) {
				t.Fatalf("nothing runs")
			}
			moved = true
			clear(touched)
		}
		told := waitsForRestart(w.converge(now))
		vmi := w.cluster.things[id{kindVMI, wukongtest.Name}]
		for name, is := range w.cluster.networks() {
			network := "mgmt"
			if strings.Contains(name, "-lan-") {
				network = "lan"
			}
			want := vmi.attached[name] != is
			if moved {
				// One that is as at the start is not told from one that did not change, and one that is put back otherwise not from one that did.
				want = vmi.started[name] != is && (want || touched[network])
			}
			if strings.Contains(told, "network "+network) != want {
				t.Fatalf("network %s is %v and the instance attached to it as %v, but told is: %q", network, is, vmi.attached[name], told)
			}
		}
	}
}

// change gives a network a VLAN, which may be another one, and returns its name if it is.
func change(t *rapid.T, now object) (changed string) {
	name, vlan := rapid.SampledFrom([]string{"lan", "mgmt"}).Draw(t, "network"), rapid.Int64Range(1, 2).Draw(t, "vlan")
	if now[name] != vlan {
		changed = name
	}
	now[name] = vlan
	return changed
}

// converge to a Wukong with networks on these VLANs, and return what is told of it in the end.
func (w *world) converge(vlans object) *fnv1.RunFunctionResponse {
	w.askFor(vlans)
	for quiet := 0; quiet < 3; quiet++ {
		before := w.cluster.clock
		w.round()
		if w.cluster.clock != before {
			quiet = 0
		}
	}
	return w.x.run(w.x.request(nil))
}

// round lets everybody act once.
func (w *world) round() {
	w.compose(w.x.run(w.x.request(nil)), 1000, false)
	w.provideAll()
	w.cluster.Run()
}

// askFor sets networks on these VLANs.
func (w *world) askFor(vlans object) {
	var networks []any
	for _, name := range slices.Sorted(maps.Keys(vlans)) {
		networks = append(networks, object{"name": name, "type": "bridge", "vlanId": vlans[name]})
	}
	w.x.spec["networks"] = networks
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
