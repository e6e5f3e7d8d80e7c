package simulator

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"pgregory.net/rapid"

	"github.com/novasphere/function-wukong/internal/wukongtest"
)

// platform is what the platform team does: it gives the Composition other settings.
//
// The default storage class is not among them. A disk that was retained and comes back may be asked for with the class of now, before the
// function has seen what is there: a deletion in that very moment would wait for ever.
func (w *world) platform(t *rapid.T) {
	settings := object{"watch": rapid.Bool().Draw(t, "watch")}
	if salt := rapid.SampledFrom([]string{"", "east", "west"}).Draw(t, "salt"); salt != "" {
		settings["salt"] = salt
	}
	defaults := object{
		"master":       rapid.SampledFrom([]any{"eth1", "eth2", "bond0.7"}).Draw(t, "master"),
		"resourceName": rapid.SampledFrom([]any{"openshift.io/fast", "openshift.io/slow"}).Draw(t, "resource"),
		"dnsServers":   []any{rapid.SampledFrom([]any{"192.0.2.1", "192.0.2.2"}).Draw(t, "name server")},
	}
	if pod := rapid.SampledFrom([]any{nil, true, false}).Draw(t, "pod network"); pod != nil {
		defaults["podNetwork"] = pod
	}
	settings["defaults"] = defaults
	settings["cluster"] = object{
		"podNetwork": object{"ipFamilies": rapid.SampledFrom([][]any{{"IPv4"}, {"IPv6"}, {"IPv4", "IPv6"}}).Draw(t, "families")},
		"networks":   rapid.SampledFrom([][]any{{}, {"10.244.0.0/16"}}).Draw(t, "networks of the cluster"),
	}
	w.x.settings = settings
}

// noteSaid remembers of which networks, and whether of the pod network, a spec says what else the platform and the function choose.
func (w *world) noteSaid(spec object) {
	if spec["podNetwork"] != nil {
		w.said["pod"] = true
	}
	networks, _ := spec["networks"].([]any)
	for _, n := range networks {
		m, _ := n.(object)
		name, _ := m["name"].(string)
		for field, fact := range map[string]string{"macAddress": "mac/", "master": "master/", "resourceName": "resource/"} {
			if m[field] != nil && m[field] != "" {
				w.said[fact+name] = true
			}
		}
	}
}

// checkIdentity shows that what exists keeps what its guest knows it by and where it is attached, whatever the platform's settings are,
// unless its user says otherwise.
func (w *world) checkIdentity(t *rapid.T) {
	for _, k := range w.cluster.ids() {
		th := w.cluster.things[k]
		if slices.Contains(w.foreign, th) || k.kind != kindVM && k.kind != kindAttachment {
			continue
		}
		is := th.facts()
		for fact, was := range w.facts[th.uid] {
			if now, ok := is[fact]; ok && now != was && !w.said[fact] {
				t.Fatalf("%s %s: %s was %s, and is %s", k.kind, k.name, fact, was, now)
			}
		}
		w.facts[th.uid] = is
	}
}

// facts are what must not change of a virtual machine, or of a network, by itself.
func (t *thing) facts() map[string]string {
	out := map[string]string{}
	if t.kind == kindAttachment {
		network := strings.TrimPrefix(t.name, wukongtest.Name+"-")
		network = network[:strings.LastIndex(network, "-")]
		c := struct{ Type string }{}
		config, _ := t.leaves["spec|config"].(string)
		if err := json.Unmarshal([]byte(config), &c); err != nil {
			return nil
		}
		// What is handed over to another type has the annotations of that before its configuration.
		if master, ok := t.leaves[leafMaster].(string); ok && c.Type == "macvlan" {
			out["master/"+network] = master
		}
		if resource, ok := t.leaves[leafResource].(string); ok && c.Type == "sriov" {
			out["resource/"+network] = resource
		}
		return out
	}
	out["uuid"] = fmt.Sprint(t.leaves["spec|template|spec|domain|firmware|uuid"])
	out["pod"] = "false"
	each(t.leaves["spec|template|spec|networks"], func(n object) {
		if n["pod"] != nil {
			out["pod"] = "true"
		}
	})
	each(t.leaves[leafInterfaces], func(i object) { out[fmt.Sprint("mac/", i["name"])] = fmt.Sprint(i["macAddress"]) })
	each(t.leaves["spec|template|spec|domain|devices|disks"], func(d object) { out[fmt.Sprint("serial/", d["name"])] = fmt.Sprint(d["serial"]) })
	return out
}

func each(list any, do func(object)) {
	l, _ := list.([]any)
	for _, e := range l {
		if m, ok := e.(object); ok {
			do(m)
		}
	}
}

// checkSeed shows that the guest's network configuration is about the interfaces that the virtual machine has.
func (w *world) checkSeed(t *rapid.T, vm *thing) {
	seed := ""
	for _, k := range w.cluster.ids() {
		if k.kind == "Secret" {
			data, _ := w.cluster.things[k].leaves["data|networkdata"].(string)
			b, err := base64.StdEncoding.DecodeString(data)
			if err != nil {
				t.Fatal(err)
			}
			seed = string(b)
		}
	}
	facts := vm.facts()
	for _, fact := range slices.Sorted(maps.Keys(facts)) {
		if strings.HasPrefix(fact, "mac/") && !strings.Contains(seed, facts[fact]) {
			t.Fatalf("the guest is not told of its interface %s with the address %s:\n%s", strings.TrimPrefix(fact, "mac/"), facts[fact], seed)
		}
	}
}
