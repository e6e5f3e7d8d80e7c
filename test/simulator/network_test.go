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

// TestNetworkChange changes networks of a running virtual machine. The condition RestartRequired names exactly the changed networks, until the
// instance restarts or migrates.
func TestNetworkChange(t *testing.T) {
	for _, target := range []string{targetClaim, targetNamespaced, targetNative} {
		t.Run(target, func(t *testing.T) {
			t.Parallel()
			rapid.Check(t, func(t *rapid.T) { changeNetworks(t, newWorld(target)) })
		})
	}
}

func changeNetworks(t *rapid.T, w *world) {
	vlans := object{"lan": int64(1), "mgmt": int64(1)}
	w.converge(vlans)

	// changed are the networks that were changed since the instance migrated.
	migrated, restartedEarly, changed := false, false, map[string]bool{}
	for range rapid.IntRange(1, 4).Draw(t, "steps") {
		if restartedEarly {
			// From here on the function cannot distinguish a network that is changed back from one that did not change.
			return
		}
		switch rapid.SampledFrom([]string{"change", "change", "label", "restart", "restart early", "migrate"}).Draw(t, "step") {
		case "change":
			changed[changeVLAN(t, vlans)] = true
		case "label":
			if migrated {
				// It counts as a change of a network that was changed before the migration.
				continue
			}
			w.x.team = rapid.SampledFrom([]string{"", "a", "b"}).Draw(t, "team")
		case "restart":
			delete(w.cluster.objects, id{kindVMI, wukongtest.Name})
			migrated = false
		case "restart early":
			// The instance restarts before the change has reached the cluster.
			changeVLAN(t, vlans)
			w.setVLANs(vlans)
			for range rapid.IntRange(0, 8).Draw(t, "rounds") {
				w.round()
			}
			delete(w.cluster.objects, id{kindVMI, wukongtest.Name})
			migrated, restartedEarly = false, true
		case "migrate":
			if !w.cluster.migrate(wukongtest.Name) {
				t.Fatalf("no instance runs")
			}
			migrated = true
			clear(changed)
		}
		reported := restartMessage(w.converge(vlans))
		vmi := w.cluster.objects[id{kindVMI, wukongtest.Name}]
		for name, config := range w.cluster.networks() {
			network := "mgmt"
			if strings.Contains(name, "-lan-") {
				network = "lan"
			}
			want := vmi.attachedNetworks[name] != config
			if migrated {
				// After a migration the function cannot distinguish a network as at the start from one that did not change, nor one that was
				// changed back from one that was changed.
				want = vmi.startNetworks[name] != config && (want || changed[network])
			}
			if strings.Contains(reported, "network "+network) != want {
				t.Fatalf("network %s is %v, the instance attached it as %v, and the message is %q", network, config, vmi.attachedNetworks[name], reported)
			}
		}
	}
}

// changeVLAN sets the VLAN of a network, and returns the network's name if the VLAN differs; else an empty string.
func changeVLAN(t *rapid.T, vlans object) string {
	name, vlan := rapid.SampledFrom([]string{"lan", "mgmt"}).Draw(t, "network"), rapid.Int64Range(1, 2).Draw(t, "vlan")
	if vlans[name] == vlan {
		return ""
	}
	vlans[name] = vlan
	return name
}

// converge runs rounds until the networks are on these VLANs and nothing changes, and returns the last response.
func (w *world) converge(vlans object) *fnv1.RunFunctionResponse {
	w.setVLANs(vlans)
	for quiet := 0; quiet < 3; quiet++ {
		before := w.cluster.clock
		w.round()
		if w.cluster.clock != before {
			quiet = 0
		}
	}
	return w.x.mustRunFunction(w.x.request(nil))
}

// round lets Crossplane, the provider and the cluster reconcile once.
func (w *world) round() {
	w.compose(w.x.mustRunFunction(w.x.request(nil)), 1000, false)
	w.runProviderOnAll()
	w.cluster.Run()
}

// setVLANs sets networks on these VLANs in the spec.
func (w *world) setVLANs(vlans object) {
	var networks []any
	for _, name := range slices.Sorted(maps.Keys(vlans)) {
		networks = append(networks, object{"name": name, "type": "bridge", "vlanId": vlans[name]})
	}
	w.x.spec["networks"] = networks
}

// restartMessage returns the message of the condition RestartRequired; empty if it is not True.
func restartMessage(rsp *fnv1.RunFunctionResponse) string {
	for _, c := range rsp.GetConditions() {
		if c.GetType() == "RestartRequired" && c.GetStatus() == fnv1.Status_STATUS_CONDITION_TRUE {
			return c.GetMessage()
		}
	}
	return ""
}
