package check

import (
	"fmt"
	"maps"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"pgregory.net/rapid"

	"github.com/novasphere/function-wukong/fn"
	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
	"github.com/novasphere/function-wukong/internal/names"
)

// nodeCount is the number of nodes of random repositories.
const nodeCount = 4

// A written is a Wukong of a random repository.
type written struct {
	namespace, name string
	spec            map[string]any
}

// A generator makes random repositories. Whatever two of its Wukongs must not share is numbered.
type generator struct {
	t    *rapid.T
	last int

	// hosts are the numbers of interfaces on each layer-2 network.
	hosts map[int]int

	wukongs []written
	want    []string
}

// next returns another number.
func (g *generator) next() int {
	g.last++
	return g.last
}

// namespace draws a namespace.
func (g *generator) namespace() string {
	return rapid.SampledFrom([]string{"team-a", "team-b", "team-c"}).Draw(g.t, "namespace")
}

// wukong returns a Wukong that touches no other.
func (g *generator) wukong() written {
	spec := map[string]any{
		"cpu": int64(2), "memory": "4Gi", "podNetwork": rapid.Bool().Draw(g.t, "podNetwork"),
		"disks": []any{map[string]any{"name": "system", "size": "10Gi"}},
	}
	return written{namespace: g.namespace(), name: fmt.Sprintf("vm-%d", g.next()), spec: spec}
}

// segments are the layer-2 networks of clean Wukongs, the first of which can be written in two ways. All have the same addresses, router and MTU, so that
// one that is taken for another makes a conflict.
var segments = []map[string]any{
	{"type": "bridge", "bridgeName": "br0", "vlanId": int64(1)},
	{"type": "bridge", "bridgeName": "br0", "vlanId": int64(7)},
	{"type": "bridge", "bridgeName": "br1", "vlanId": int64(7)},
	{"type": "ovs", "bridgeName": "ovs0"},
	{"type": "ovs", "bridgeName": "ovs0", "vlanId": int64(1)},
	{"type": "sriov", "resourceName": "example.org/nic"},
	{"type": "sriov", "resourceName": "example.org/nic", "vlanId": int64(7)},
	{"type": "bridge", "nadName": "shared"},
}

// clean returns a random Wukong that is on networks with others, and has claims, groups and nodes as they do, without a conflict.
func (g *generator) clean() written {
	t, w := g.t, g.wukong()
	var networks []any
	for _, i := range rapid.SliceOfNDistinct(rapid.IntRange(0, len(segments)-1), 0, 3, rapid.ID).Draw(t, "segments") {
		n := maps.Clone(segments[i])
		if i == 0 && rapid.Bool().Draw(t, "default VLAN?") {
			delete(n, "vlanId")
		}
		// Interfaces of one Wukong have different addresses, too.
		g.hosts[i]++
		number := g.hosts[i]*4 + len(networks)
		n["name"] = fmt.Sprintf("net-%d", len(networks))
		if rapid.Bool().Draw(t, "static?") {
			n["ipConfig"] = map[string]any{"mode": "static", "address": fmt.Sprintf("10.0.0.%d/24", number), "gateway": "10.0.0.254"}
		}
		if rapid.Bool().Draw(t, "mac?") {
			n["macAddress"] = fmt.Sprintf("02:00:5e:00:00:%02x", number)
		}
		if n["nadName"] == nil && n["type"] != "sriov" && rapid.Bool().Draw(t, "mtu?") {
			n["mtu"] = int64(1500)
		}
		networks = append(networks, n)
	}
	ha := map[string]any{}
	switch rapid.IntRange(0, 4).Draw(t, "uplink?") {
	case 0:
		networks = append(networks, map[string]any{"name": "up", "type": "macvlan", "master": fmt.Sprintf("up%d", g.next())})
	case 1:
		// One uplink, and a host for each that takes it.
		networks = append(networks, map[string]any{"name": "up", "type": "macvlan", "master": "eth2", "vlanId": int64(9)})
		ha["nodeSelector"] = map[string]any{"machine": fmt.Sprintf("m%d", g.next())}
	}
	if rapid.IntRange(0, 3).Draw(t, "group?") == 0 {
		// The members of a group are on different nodes, where they take the same uplink.
		name := fmt.Sprintf("group-%d", g.next()/nodeCount)
		ha = map[string]any{"antiAffinity": true, "antiAffinityGroup": name}
		networks = slices.DeleteFunc(networks, func(n any) bool { o, _ := n.(map[string]any); return o["type"] == "macvlan" })
		networks = append(networks, map[string]any{"name": "up", "type": "macvlan", "master": "up-" + w.namespace[5:] + name[5:]})
	}
	w.spec["networks"], w.spec["highAvailability"] = networks, ha
	if rapid.Bool().Draw(t, "claim?") {
		w.spec["disks"] = append(w.spec["disks"].([]any), map[string]any{"name": "data", "claimName": fmt.Sprintf("claim-%d", g.next())})
	}
	if rapid.IntRange(0, 3).Draw(t, "uuid?") == 0 {
		w.spec["firmware"] = map[string]any{"uuid": fmt.Sprintf("6a1a24a1-4061-4607-8bf4-%012x", g.next())}
	}
	if rapid.IntRange(0, 3).Draw(t, "halted?") == 0 {
		w.spec["startStrategy"] = map[string]any{"autoStart": false}
	}
	return w
}

// insert puts Wukongs into the repository, in their order and with others between them.
func (g *generator) insert(ws ...written) {
	at := 0
	for _, w := range ws {
		at = rapid.IntRange(at, len(g.wukongs)).Draw(g.t, "position")
		g.wukongs = slices.Insert(g.wukongs, at, w)
		at++
	}
}

// expect notes a finding.
func (g *generator) expect(w written, field, id string) {
	g.want = append(g.want, fmt.Sprintf("%s/%s %s %s", w.namespace, w.name, field, id))
}

// pair returns two Wukongs whose specs have these networks.
func (g *generator) pair(first, second map[string]any) (a, b written) {
	a, b = g.wukong(), g.wukong()
	a.spec["networks"], b.spec["networks"] = []any{first}, []any{second}
	return a, b
}

// conflicts plant a conflict of each kind, and expect the finding. What they share, nothing else has.
var conflicts = map[string]func(g *generator){
	"check-twice": func(g *generator) {
		a := g.clean()
		b := a
		g.insert(a, b)
		g.expect(b, "metadata.name", "check-twice")
	},
	"check-address-twice": func(g *generator) {
		address := fmt.Sprintf("10.%d.0.9/8", 100+g.next()%100)
		a, b := g.pair(static4(g.own("bridge"), address), nil)
		b.spec["networks"] = []any{map[string]any{"name": "other"}, a.spec["networks"].([]any)[0]}
		g.insert(a, b)
		g.expect(b, "spec.networks[1].ipConfig.address", "check-address-twice")
	},
	"check-address-of-gateway": func(g *generator) {
		n := g.own("ovs")
		a, b := g.pair(static4(n, "10.0.0.1/24"), gateway4(n, "10.0.0.2/24", "10.0.0.1"))
		g.insert(b, a)
		g.expect(a, "spec.networks[0].ipConfig.address", "check-address-of-gateway")
	},
	"check-mac-address-twice": func(g *generator) {
		n := g.own("bridge")
		n["macAddress"] = fmt.Sprintf("02:00:5e:ff:00:%02x", g.next()%256)
		a, b := g.pair(n, n)
		g.insert(a, b)
		g.expect(b, "spec.networks[0].macAddress", "check-mac-address-twice")
	},
	"check-mtu-differs": func(g *generator) {
		n := g.own("bridge")
		a, b := g.pair(with(n, "mtu", int64(1500)), with(n, "mtu", int64(9000)))
		g.insert(a, b)
		g.expect(b, "spec.networks[0].mtu", "check-mtu-differs")
	},
	"check-prefix-differs": func(g *generator) {
		n := g.own("ovs")
		a, b := g.pair(static4(n, "10.0.0.1/24"), static4(n, "10.0.0.2/23"))
		g.insert(a, b)
		g.expect(b, "spec.networks[0].ipConfig.address", "check-prefix-differs")
	},
	"check-gateway-differs": func(g *generator) {
		n := g.own("bridge")
		a, b := g.pair(gateway4(n, "10.0.0.2/24", "10.0.0.1"), gateway4(n, "10.0.0.3/24", "10.0.0.254"))
		g.insert(a, b)
		g.expect(b, "spec.networks[0].ipConfig.gateway", "check-gateway-differs")
	},
	"check-bridge-type-differs": func(g *generator) {
		n := g.own("bridge")
		a, b := g.pair(n, with(n, "type", "ovs"))
		g.insert(a, b)
		g.expect(b, "spec.networks[0].type", "check-bridge-type-differs")
	},
	"check-network-of-another": func(g *generator) {
		a, b := g.pair(g.own("bridge"), nil)
		name := names.Object(&v1alpha1.Wukong{ObjectMeta: metav1.ObjectMeta{Namespace: a.namespace, Name: a.name}}, names.Network, "lan")
		b.namespace, b.spec["networks"] = a.namespace, []any{map[string]any{"name": "lan", "nadName": name}}
		g.insert(b, a)
		g.expect(b, "spec.networks[0].nadName", "check-network-of-another")
	},
	"check-uplink-twice-in-one": func(g *generator) {
		a, n := g.wukong(), g.own("macvlan")
		a.spec["networks"] = []any{n, with(n, "name", "two")}
		g.insert(a)
		g.expect(a, "spec.networks[1].type", "check-uplink-twice-in-one")
	},
	"check-uplink-twice": func(g *generator) {
		n := g.own("macvlan")
		a, b := g.pair(n, n)
		g.insert(a, b)
		g.expect(b, "spec.networks[0].type", "check-uplink-twice")
	},
	"check-uplink-twice-on-node": func(g *generator) {
		n := g.own("macvlan")
		a, b := g.pair(n, n)
		a.spec["highAvailability"] = map[string]any{"nodeSelector": map[string]any{corev1.LabelHostname: "node-1"}}
		b.spec["highAvailability"] = a.spec["highAvailability"]
		g.insert(a, b)
		g.expect(b, "spec.networks[0].type", "check-uplink-twice-on-node")
	},
	"check-claim-twice": func(g *generator) {
		a, b := g.wukong(), g.wukong()
		b.namespace = a.namespace
		d := map[string]any{"name": "data", "claimName": fmt.Sprintf("claim-%d", g.next())}
		a.spec["disks"], b.spec["disks"] = []any{d}, []any{map[string]any{"name": "system", "size": "1Gi"}, d}
		g.insert(a, b)
		g.expect(b, "spec.disks[1].claimName", "check-claim-twice")
	},
	"check-claim-of-disk": func(g *generator) {
		a, b := g.wukong(), g.wukong()
		b.namespace = a.namespace
		claim := names.Object(&v1alpha1.Wukong{ObjectMeta: metav1.ObjectMeta{Namespace: a.namespace, Name: a.name}}, names.Disk, "system")
		b.spec["disks"] = []any{map[string]any{"name": "data", "claimName": claim}}
		g.insert(b, a)
		g.expect(b, "spec.disks[0].claimName", "check-claim-of-disk")
	},
	"check-uuid-twice": func(g *generator) {
		a, b := g.wukong(), g.wukong()
		a.spec["firmware"] = map[string]any{"uuid": fmt.Sprintf("6A1A24A1-4061-4607-8bf4-%012x", g.next())}
		b.spec["firmware"] = a.spec["firmware"]
		g.insert(a, b)
		g.expect(b, "spec.firmware.uuid", "check-uuid-twice")
	},
	"check-anti-affinity-group": func(g *generator) {
		var ws []written
		for range nodeCount + 1 {
			w := g.wukong()
			w.namespace = "team-a"
			w.spec["highAvailability"] = map[string]any{"antiAffinity": true, "antiAffinityGroup": fmt.Sprintf("large-%d", g.next())}
			if len(ws) > 0 {
				w.spec["highAvailability"] = ws[0].spec["highAvailability"]
			}
			ws = append(ws, w)
		}
		g.insert(ws...)
		g.expect(ws[nodeCount], "spec.highAvailability.antiAffinity", "check-anti-affinity-group")
	},
}

// own returns a network called lan that nothing else is on.
func (g *generator) own(kind string) map[string]any {
	field := "bridgeName"
	if kind == "macvlan" {
		field = "master"
	}
	return map[string]any{"name": "lan", "type": kind, field: fmt.Sprintf("own%d", g.next())}
}

// with returns a network with another value of a field.
func with(n map[string]any, field string, value any) map[string]any {
	out := maps.Clone(n)
	out[field] = value
	return out
}

// static4 and gateway4 return a network with a static address.
func static4(n map[string]any, address string) map[string]any {
	return with(n, "ipConfig", map[string]any{"mode": "static", "address": address})
}

func gateway4(n map[string]any, address, gateway string) map[string]any {
	return with(n, "ipConfig", map[string]any{"mode": "static", "address": address, "gateway": gateway})
}

// nodeList returns the nodes of random repositories. No Wukong needs a label that they lack.
func nodeList() Cluster {
	var c Cluster
	for i := range nodeCount {
		name := fmt.Sprintf("node-%d", i)
		c.Nodes = append(c.Nodes, corev1.Node{ObjectMeta: metav1.ObjectMeta{Name: name, Labels: map[string]string{corev1.LabelHostname: name}}})
	}
	return c
}

// TestPlanted shows that in random repositories all conflicts that are planted are found, and nothing else; that none is found without; that the repository
// of another cluster changes nothing; and that the answer does not depend on chance.
func TestPlanted(t *testing.T) {
	kinds := slices.Sorted(maps.Keys(conflicts))
	rapid.Check(t, func(t *rapid.T) {
		g := &generator{t: t, hosts: map[int]int{}}
		for range rapid.IntRange(0, 12).Draw(t, "clean") {
			g.wukongs = append(g.wukongs, g.clean())
		}
		// None, some or all of them, in any order.
		n := rapid.SampledFrom([]int{0, 1, 2, len(kinds)}).Draw(t, "number of conflicts")
		for _, kind := range rapid.Permutation(kinds).Draw(t, "conflicts")[:n] {
			conflicts[kind](g)
		}
		var here, both []fn.Planned
		for _, w := range g.wukongs {
			here = append(here, planOf(t, w.namespace, w.name, w.spec, nil))
		}
		slices.Sort(g.want)
		cluster := nodeList()
		got := summaries(Conflicts(here, cluster))
		if diff := cmp.Diff(g.want, got); diff != "" {
			t.Fatalf("-want, +got:\n%s", diff)
		}

		both = slices.Clone(here)
		for _, w := range g.wukongs {
			both = append(both, planOf(t, w.namespace, w.name, w.spec, map[string]any{"salt": "west"}))
		}
		twice := append(slices.Clone(got), got...)
		slices.Sort(twice)
		if diff := cmp.Diff(twice, summaries(Conflicts(both, cluster))); diff != "" {
			t.Fatalf("with another cluster: -want, +got:\n%s", diff)
		}
		if diff := cmp.Diff(Conflicts(here, cluster), Conflicts(here, cluster)); diff != "" {
			t.Fatalf("two answers: %s", diff)
		}
	})
}

// summaries returns what findings are about, sorted.
func summaries(findings []Finding) []string {
	var out []string
	for _, f := range findings {
		out = append(out, fmt.Sprintf("%s %s %s", f.Wukong, f.Field, f.ID))
	}
	slices.Sort(out)
	return out
}
