package simulator

import (
	"fmt"
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

// TestNetworkLeaves adds, removes and renames networks of a virtual machine. The instance loses a network of a bridge while it runs, and no
// NetworkAttachmentDefinition is deleted while the instance refers to it. In the end, the virtual machine has the networks of the spec, and nothing is left
// of the others.
func TestNetworkLeaves(t *testing.T) {
	for _, target := range []string{targetClaim, targetNamespaced, targetNative} {
		t.Run(target, func(t *testing.T) {
			t.Parallel()
			rapid.Check(t, func(t *rapid.T) { removeNetworks(t, newWorld(target)) })
		})
	}
}

func removeNetworks(t *rapid.T, w *world) {
	w.setNetworks(map[string]string{"lan": "bridge", "fast": "sriov"})
	rounds := func(n int) {
		for range n {
			w.compose(w.x.mustRunFunction(w.x.request(nil)), rapid.SampledFrom([]int{1000, 1000, 1000, 0, 2, 4}).Draw(t, "applied"), rapid.Bool().Draw(t, "backwards"))
			w.check(t)
			for i := range 3 {
				// The controllers of the cluster and the provider run beside each other.
				if rapid.Bool().Draw(t, "before") == (i < 2) {
					w.cluster.Run()
					w.check(t)
				}
				w.runProviderOnAll()
				w.check(t)
			}
		}
	}
	rounds(rapid.IntRange(0, 8).Draw(t, "rounds"))
	for range rapid.IntRange(1, 6).Draw(t, "edits") {
		switch rapid.SampledFrom([]string{"edit", "edit", "edit", "migrate", "restart", "halt", "fault"}).Draw(t, "step") {
		case "edit":
			networks := map[string]string{}
			for _, name := range []string{"lan", "mgmt", "fast"} {
				if kind := rapid.SampledFrom([]string{"", "", "bridge", "bridge", "sriov", "nadName"}).Draw(t, name); kind != "" {
					networks[name] = kind
				}
			}
			w.setNetworks(networks)
		case "migrate":
			w.cluster.migrate(wukongtest.Name)
		case "restart":
			delete(w.cluster.objects, id{kindVMI, wukongtest.Name})
		case "halt":
			strategy := rapid.SampledFrom([]string{strategyHalted, "Always"}).Draw(t, "strategy")
			w.x.spec["startStrategy"] = object{"runStrategy": strategy}
		case "fault":
			w.cluster.noMigrations = !w.cluster.noMigrations
		}
		rounds(rapid.IntRange(0, 8).Draw(t, "rounds"))
	}
	w.settle(t)
	w.checkNoneLeaves(t)
}

// setNetworks sets these networks in the spec, each of a type or of a nadName.
func (w *world) setNetworks(kinds map[string]string) {
	networks := []any{}
	for _, name := range slices.Sorted(maps.Keys(kinds)) {
		n := object{"name": name, "type": kinds[name]}
		switch kinds[name] {
		case "nadName":
			n = object{"name": name, "type": "bridge", "nadName": "backbone"}
		case "sriov":
			n["resourceName"] = "example.org/fast"
		}
		networks = append(networks, n)
	}
	w.x.spec["networks"] = networks
}

// checkNoneLeaves checks that the virtual machine has exactly the networks of the spec, and that of networks that are no more only those are left that
// the instance keeps until it restarts.
func (w *world) checkNoneLeaves(t *rapid.T) {
	vm, vmi := w.cluster.objects[id{kindVM, wukongtest.Name}], w.cluster.objects[id{kindVMI, wukongtest.Name}]
	want := []any{"pod_network"}
	desired, _ := w.x.spec["networks"].([]any)
	for _, e := range desired {
		m, _ := e.(object)
		want = append(want, m["name"])
	}
	var got []any
	for _, e := range vm.list(leafInterfaces) {
		m, _ := e.(object)
		if got = append(got, m["name"]); m["state"] != nil {
			t.Fatalf("interface %v has the state %v", m["name"], m["state"])
		}
	}
	if !slices.Equal(got, want) {
		t.Fatalf("want the interfaces %v, got %v", want, got)
	}
	var kept []string
	if vmi != nil {
		kept = vmi.attachments()
	}
	for k := range w.cluster.objects {
		isDesired := slices.ContainsFunc(desired, func(e any) bool {
			m, _ := e.(object)
			return m["nadName"] == nil && strings.Contains(k.name, fmt.Sprintf("-%s-", m["name"]))
		})
		if k.kind == kindNAD && !isDesired && !slices.Contains(kept, k.name) {
			t.Fatalf("%s is left", k.name)
		}
	}
}
