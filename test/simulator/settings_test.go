package simulator

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"pgregory.net/rapid"

	"github.com/novasphere/function-wukong/internal/wukongtest"
)

// changeSettings changes the settings of the Composition, as the platform team does.
//
// The default storage class is not among them: a retained disk that returns may be desired with the new class before the function has observed
// it. A deletion at that time would never finish.
func (w *world) changeSettings(t *rapid.T) {
	settings := object{"watch": rapid.Bool().Draw(t, "watch")}
	if salt := rapid.SampledFrom([]string{"", "east", "west"}).Draw(t, "salt"); salt != "" {
		settings["salt"] = salt
	}
	defaults := object{
		"master":       rapid.SampledFrom([]any{"eth1", "eth2", "bond0.7"}).Draw(t, "master"),
		"resourceName": rapid.SampledFrom([]any{"openshift.io/fast", "openshift.io/slow"}).Draw(t, "resource"),
		"windowsDriversImage": rapid.SampledFrom([]any{"quay.io/kubevirt/virtio-container-disk:v1.8.0", "quay.io/kubevirt/virtio-container-disk:v1.9.0"}).
			Draw(t, "drivers"),
		"dnsServers": []any{rapid.SampledFrom([]any{"192.0.2.1", "192.0.2.2"}).Draw(t, "name server")},
	}
	if check := rapid.SampledFrom([]any{nil, true, false}).Draw(t, "check"); check != nil {
		defaults["macSpoofCheck"] = check
	}
	if pod := rapid.SampledFrom([]any{nil, true, false}).Draw(t, "pod network"); pod != nil {
		defaults["podNetwork"] = pod
	}
	settings["defaults"] = defaults
	settings["cluster"] = object{
		"podNetwork": object{"ipFamilies": rapid.SampledFrom([][]any{{"IPv4"}, {"IPv6"}, {"IPv4", "IPv6"}}).Draw(t, "families")},
		"networks":   rapid.SampledFrom([][]any{{}, {"10.244.0.0/16"}}).Draw(t, "networks of the cluster"),
		"kubevirt":   object{"version": rapid.SampledFrom([]any{"1.8", "1.9"}).Draw(t, "version of KubeVirt")},
	}
	if machine := rapid.SampledFrom([]any{nil, "q35", "pc-q35-rhel9.4.0"}).Draw(t, "machine"); machine != nil {
		settings["template"] = object{"domain": object{"machine": object{"type": machine}}, "subdomain": "vms"}
	}
	limits := object{}
	if paths := rapid.SampledFrom([][]any{nil, {"*"}, {"hostname"}}).Draw(t, "template paths"); paths != nil {
		limits["templatePaths"] = paths
	}
	if devices := rapid.SampledFrom([][]any{nil, {"*"}}).Draw(t, "devices"); devices != nil {
		limits["deviceNames"] = devices
	}
	settings["limits"] = limits
	w.x.settings = settings
}

// nothing allows nothing. It leaves out the size of disks: one that waits to grow has the size that it is to get nowhere yet.
var nothing = object{
	"cpu": int64(1), "memory": "1Mi", "instancetypes": []any{}, "networkTypes": []any{}, "bridges": []any{}, "masters": []any{}, "resourceNames": []any{},
	"macSpoofCheck": "Required", "images": []any{}, "storageClassNames": []any{}, "disks": int64(1), "claimNames": []any{}, "deviceNames": []any{},
}

// tighten lets the platform allow nothing any more, and checks that what exists stays as it is, and can be edited. A change that was rejected before is
// one that the platform now refuses.
func (w *world) tighten(t *rapid.T) {
	if w.foreign != nil || strings.Contains(fmt.Sprint(w.x.status), "ImmutableChange") {
		return
	}
	settings := maps.Clone(w.x.settings)
	if settings == nil {
		settings = object{}
	}
	settings["limits"] = nothing
	if defaults, _ := settings["defaults"].(object); defaults["macSpoofCheck"] == false {
		// The platform cannot require what it leaves out.
		settings["limits"] = maps.Clone(nothing)
		delete(settings["limits"].(object), "macSpoofCheck")
	}
	w.x.settings = settings
	vm := maps.Clone(w.cluster.objects[id{kindVM, wukongtest.Name}].leaves)
	for range 3 {
		rsp := w.runFunction(t, w.x.request(nil))
		if isFatal(rsp) {
			t.Fatalf("a limit refuses what exists: %v", rsp.GetResults())
		}
		w.compose(rsp, 1000, false)
		w.runProviderOnAll()
		w.cluster.Run()
		w.check(t)
	}
	if after := w.cluster.objects[id{kindVM, wukongtest.Name}].leaves; !reflect.DeepEqual(vm, after) {
		t.Fatalf("a limit changed the virtual machine: %v, now %v", vm, after)
	}
	for _, s := range []string{"Always", "Manual"} {
		w.x.spec["startStrategy"] = object{"runStrategy": s}
		if rsp := w.runFunction(t, w.x.request(nil)); isFatal(rsp) {
			t.Fatalf("a limit refuses an edit of something else: %v", rsp.GetResults())
		}
	}
}

// recordChoices records the fields of a spec that the platform or the function chooses otherwise.
func (w *world) recordChoices(spec object) {
	if spec["podNetwork"] != nil {
		w.chosen["pod"] = true
	}
	if spec["template"] != nil {
		w.chosen["machine"] = true
	}
	networks, _ := spec["networks"].([]any)
	for _, n := range networks {
		m, _ := n.(object)
		name, _ := m["name"].(string)
		for field, prefix := range map[string]string{"macAddress": "mac/", "master": "master/", "resourceName": "resource/"} {
			if m[field] != nil && m[field] != "" {
				w.chosen[prefix+name] = true
			}
		}
		if m["macSpoofCheck"] != nil {
			w.chosen["bridge check/"+name], w.chosen["sriov check/"+name] = true, true
		}
	}
}

// checkIdentity checks that existing objects keep the identifiers that the guest sees and the networks that they are attached to, whatever the
// platform's settings are, unless the user chooses others.
func (w *world) checkIdentity(t *rapid.T) {
	for _, k := range w.cluster.ids() {
		o := w.cluster.objects[k]
		if slices.Contains(w.foreign, o) || k.kind != kindVM && k.kind != kindNAD {
			continue
		}
		current := o.identity()
		for field, previous := range w.identities[o.uid] {
			if value, ok := current[field]; ok && value != previous && !w.chosen[field] {
				t.Fatalf("%s %s: %s changed from %s to %s", k.kind, k.name, field, previous, value)
			}
		}
		w.identities[o.uid] = current
	}
}

// identity returns the fields of a virtual machine or of a network that only its user may change.
func (t *apiObject) identity() map[string]string {
	out := map[string]string{}
	if t.kind == kindNAD {
		network := strings.TrimPrefix(t.name, wukongtest.Name+"-")
		network = network[:strings.LastIndex(network, "-")]
		c := struct {
			Type, Spoofchk string
			Macspoofchk    bool
		}{}
		config, _ := t.leaves["spec|config"].(string)
		if err := json.Unmarshal([]byte(config), &c); err != nil {
			return nil
		}
		// A network of another type is a new one.
		switch c.Type {
		case "bridge":
			out["bridge check/"+network] = strconv.FormatBool(c.Macspoofchk)
		case "sriov":
			out["sriov check/"+network] = strconv.FormatBool(c.Spoofchk == "on")
		}
		// A network whose type changes has the annotations of the new type before the configuration.
		if master, ok := t.leaves[leafMaster].(string); ok && c.Type == "macvlan" {
			out["master/"+network] = master
		}
		if resource, ok := t.leaves[leafResource].(string); ok && c.Type == "sriov" {
			out["resource/"+network] = resource
		}
		return out
	}
	out["uuid"] = fmt.Sprint(t.leaves["spec|template|spec|domain|firmware|uuid"])
	out["machine"] = fmt.Sprint(t.leaves["spec|template|spec|domain|machine|type"])
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

// each calls a function with each object of a list.
func each(list any, do func(object)) {
	l, _ := list.([]any)
	for _, e := range l {
		if m, ok := e.(object); ok {
			do(m)
		}
	}
}

// checkSeed checks that the guest's network configuration names each interface of the virtual machine.
func (w *world) checkSeed(t *rapid.T, vm *apiObject) {
	seed := ""
	for _, k := range w.cluster.ids() {
		if k.kind == "Secret" {
			data, _ := w.cluster.objects[k].leaves["data|networkdata"].(string)
			b, err := base64.StdEncoding.DecodeString(data)
			if err != nil {
				t.Fatal(err)
			}
			seed = string(b)
		}
	}
	identity := vm.identity()
	for _, field := range slices.Sorted(maps.Keys(identity)) {
		if name, ok := strings.CutPrefix(field, "mac/"); ok && !strings.Contains(seed, identity[field]) {
			t.Fatalf("the network configuration leaves out interface %s with the address %s:\n%s", name, identity[field], seed)
		}
	}
}
