package main

import (
	"encoding/json"
	"fmt"
	"io"
	"iter"
	"maps"
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"
	"sync"

	"k8s.io/apimachinery/pkg/runtime"
	kubevirtv1 "kubevirt.io/api/core/v1"
	"sigs.k8s.io/yaml"

	"github.com/novasphere/function-wukong/fn"
	"github.com/novasphere/function-wukong/internal/message"
	"github.com/novasphere/function-wukong/internal/wukongtest"
)

// A factor is a field with values of it, or what stands for one.
type factor struct {
	name   string
	values []value
}

// A value is one of a factor: a part of a spec in YAML, whose disks are a map by their names.
type value struct {
	label string
	part  string

	// needs is what the value takes besides, where nothing else gives it.
	needs string
}

// plainSpec is the spec that values are added to.
const plainSpec = "{cpu: 4, memory: 4Gi, disks: {system: {size: 20Gi, boot: true}, data: {size: 1Gi}}}"

const (
	needsEFI       = "{firmware: {bootloader: EFI}}"
	needsDrive     = "{disks: {iso: {type: cdrom, image: 'docker://registry.example.org/iso:1'}}}"
	needsBlock     = "{disks: {data: {volumeMode: Block}}}"
	needsLUN       = "{disks: {data: {type: lun, volumeMode: Block}}}"
	needsPages     = "{performance: {hugepages: {pageSize: 2Mi}, dedicatedCpuPlacement: true}}"
	needsDedicated = "{performance: {dedicatedCpuPlacement: true}}"
)

// ofPath returns values of a path of a spec, each from its text in YAML.
func ofPath(path, needs string, texts ...string) []value {
	var out []value
	names := strings.Split(path, ".")
	for _, text := range texts {
		part := text
		for _, name := range slices.Backward(names) {
			part = "{" + name + ": " + part + "}"
		}
		out = append(out, value{label: text, part: part, needs: needs})
	}
	return out
}

// factors are the fields of which each pair of values occurs.
var factors = []factor{
	{"memory", ofPath("memory", "", "512Mi", "1026Mi", "8Gi")},
	{"coresPerSocket", ofPath("coresPerSocket", "", "1", "2", "4")},
	{"maxCPU", ofPath("maxCPU", "", "4", "8", "1024")},
	{"maxMemory", ofPath("maxMemory", "", "4Gi", "4098Mi", "64Ti")},
	{"architecture", ofPath("architecture", "", "amd64", "arm64")},
	{"firmware.bootloader", ofPath("firmware.bootloader", "", "BIOS", "EFI")},
	{"firmware.secureBoot", append(ofPath("firmware.secureBoot", needsEFI, "true"), ofPath("firmware.secureBoot", "", "false")...)},
	{"firmware.persistent", append(ofPath("firmware.persistent", needsEFI, "true"), ofPath("firmware.persistent", "", "false")...)},
	{"firmware.uuid", ofPath("firmware.uuid", "", "6a1a24a1-4061-4607-8bf4-a3963d0c5895")},
	{"tpm", ofPath("tpm", "", "None", "Volatile", "Persistent")},
	{"disks[].type", append(ofPath("disks.data.type", "", "disk"), ofPath("disks.data.type", needsBlock, "lun")...)},
	{"disks[].cache", ofPath("disks.data.cache", "", "none", "writethrough", "writeback")},
	{"disks[].io", ofPath("disks.data.io", "", "native", "threads")},
	{"disks[].shareable", ofPath("disks.data.shareable", "", "true")},
	{"disks[].blockSize", ofPath("disks.data.blockSize", "", "{logical: 512}", "{logical: 4096}", "{logical: 512, physical: 2097152}")},
	{"disks[].dedicatedIOThread", ofPath("disks.data.dedicatedIOThread", "", "true")},
	{"disks[].reservation", ofPath("disks.data.reservation", needsLUN, "true")},
	{"readinessProbe", ofPath("readinessProbe", "",
		"{tcpSocket: {port: 22}}", "{httpGet: {port: 443, path: /, scheme: HTTPS, httpHeaders: [{name: a, value: b}]}}", "{exec: {command: [a, b]}}",
		"{guestAgentPing: true}")},
	{"livenessProbe", ofPath("livenessProbe", "", "{tcpSocket: {port: 22}}", "{exec: {command: [a, b]}, successThreshold: 1}", "{guestAgentPing: true}")},
	{"podNetwork", ofPath("podNetwork", "", "true", "false")},
	{"disks[].bus", ofPath("disks.data.bus", "", "virtio", "sata", "scsi", "usb")},
	{driveFactor, []value{
		{label: "container", part: needsDrive},
		{label: "file", part: "{disks: {iso: {type: cdrom, image: 'https://example.org/a.iso', size: 5Gi}}}"},
		{label: "claim", part: "{disks: {iso: {type: cdrom, claimName: iso}}}"},
		{label: "none", part: "{disks: {iso: {type: cdrom}}}"},
	}},
	{"drive.bus", ofPath("disks.iso.bus", needsDrive, "virtio", "sata", "scsi", "usb")},
	{"drive.cache", ofPath("disks.iso.cache", needsDrive, "none", "writeback")},
	{"drive.io", ofPath("disks.iso.io", needsDrive, "threads")},
	{"drive.boot", []value{{label: "true", part: "{disks: {system: {boot: false}, iso: {boot: true}}}", needs: needsDrive}}},
	{"hugepages", ofPath("performance.hugepages.pageSize", "", "2Mi", "1Gi")},
	{"numa", ofPath("performance.numa.guestMappingPassthrough", needsPages, "true")},
	{"dedicatedCpuPlacement", ofPath("performance.dedicatedCpuPlacement", "", "true")},
	{"isolateEmulatorThread", ofPath("performance.isolateEmulatorThread", needsDedicated, "true")},
	{"cpuFeatures", ofPath("performance.cpuFeatures", "", "[{name: vmx}, {name: svm, policy: forbid}]")},
	{"ioThreadsPolicy", append(ofPath("performance.ioThreadsPolicy", "", "shared", "auto"),
		ofPath("performance.ioThreadsPolicy", "{performance: {ioThreads: {supplementalPoolThreadCount: 2}}}", "supplementalPool")...)},
	{"blockMultiQueue", ofPath("performance.blockMultiQueue", "", "true")},
	{"networkInterfaceMultiqueue", ofPath("performance.networkInterfaceMultiqueue", "", "true")},
	{"requests.cpu", ofPath("performance.requests.cpu", "", "500m", "'4'")},
	{"requests.memory", ofPath("performance.requests.memory", "", "256Mi", "2Gi")},
	{"limits.cpu", ofPath("performance.limits.cpu", "", "'1'", "4500m")},
	{"limits.memory", ofPath("performance.limits.memory", "", "4Gi", "64Ti")},
	{"launchSecurity", []value{
		{label: "sev", part: "{template: {domain: {launchSecurity: {sev: {}}}}}", needs: needsEFI},
		{label: "snp", part: "{template: {domain: {launchSecurity: {snp: {}}}}}", needs: needsEFI},
		{label: "tdx", part: "{template: {domain: {launchSecurity: {tdx: {}}}}}", needs: needsEFI},
	}},
	{"cpu.model", ofPath("performance.cpuModel", "", "host-model", "host-passthrough", "EPYC")},
	{"features.acpi", ofPath("template.domain.features.acpi", "", "{enabled: false}")},
	{"watchdog", ofPath("devices.watchdog", "", "reset", "poweroff", "shutdown", "None")},
	{"sound", ofPath("devices.sound", "", "ich9", "ac97", "None")},
	{"video", ofPath("devices.video", "", "vga", "virtio", "bochs", "cirrus", "ramfb")},
	{"tablet", ofPath("devices.tablet", "", "true", "false")},
	{"logSerialConsole", ofPath("devices.logSerialConsole", "", "true", "false")},
	{"timezone", ofPath("devices.clock.timezone", "", "Europe/Berlin")},
	{"utcOffsetSeconds", ofPath("devices.clock.utcOffsetSeconds", "", "3600")},
	{"machine", ofPath("template.domain.machine.type", "", "q35", "pc-q35-rhel9.4.0")},
	{"autoattachGraphicsDevice", ofPath("devices.autoattachGraphicsDevice", "", "false", "true")},
	{"panicDevices", ofPath("template.domain.devices.panicDevices", "", "[{model: isa}]", "[{model: pvpanic}]", "[{model: hyperv}]")},
	{"autoattachVSOCK", ofPath("template.domain.devices.autoattachVSOCK", "", "true")},
	{"instancetype", []value{{label: "u1", part: "{instancetype: {name: u1.small}}"}}},
	{"preference", ofPath("preference.name", "", "fedora", "windows.11")},
	{"windows", ofPath("windows", "", "{}", "{cloudbaseInit: true}", "{drivers: true}", "{unattendSecretRef: {name: answers}}")},
	{"gpus", ofPath("gpus", "", "[{name: a, deviceName: nvidia.com/A10}]")},
	{"hostDevices", ofPath("hostDevices", "", "[{name: a, deviceName: intel.com/qat}]")},
	{gateFactor, []value{{label: "off", part: "{}"}, {label: "unknown", part: "{}"}}},
}

// driveFactor is the medium of a CD-ROM drive. Another field of a drive takes one of a container, where no other is given.
const driveFactor = "drive"

// gateFactor stands for what is known of KubeVirt's feature gate DeclarativeHotplugVolumes, which is on else.
const gateFactor = "DeclarativeHotplugVolumes"

// A pair is a spec with a pair of values, or with more.
type pair struct {
	// With are the values, as FACTOR=LABEL.
	With []string       `json:"with"`
	Spec map[string]any `json:"spec"`

	// VM is what the function renders; nil where it refuses the spec.
	VM *kubevirtv1.VirtualMachine `json:"vm,omitempty"`

	// Refused are the IDs of the messages with which the function refuses the spec, and Error are their words.
	Refused []string `json:"refused,omitempty"`
	Error   string   `json:"error,omitempty"`

	// Merged is what the function would render for a pair that it refuses, from what it renders for each value alone; nil where it refuses one of
	// them.
	Merged map[string]any `json:"merged,omitempty"`

	// GateOff reports that the feature gate DeclarativeHotplugVolumes is off.
	GateOff bool `json:"gateOff,omitempty"`
}

// A chosen is a value of a factor.
type chosen struct {
	factor string
	value  value
}

func (c chosen) String() string { return c.factor + "=" + c.value.label }

// printPairs prints each value alone, each pair of values of two factors, and count combinations of more values by chance, for a version of KubeVirt.
func (c command) printPairs(out io.Writer) error {
	return encode(out, func(yield func(pair, error) bool) {
		plain, err := newPair(c.pairs)
		if err != nil {
			yield(pair{}, err)
			return
		}
		alone := map[string]pair{}
		for choices := range c.choices() {
			p, err := newPair(c.pairs, choices...)
			switch {
			case err != nil:
			case len(choices) == 1:
				alone[choices[0].String()] = p
			case len(choices) == 2 && p.VM == nil:
				p.Merged, err = merged(plain.VM, alone[choices[1].String()].VM, alone[choices[0].String()].VM)
			}
			if !yield(p, err) || err != nil {
				return
			}
		}
	})
}

// choices returns each value alone, then with each value of the factors before its own, and at last combinations of more.
func (c command) choices() iter.Seq[[]chosen] {
	return func(yield func([]chosen) bool) {
		var before []chosen
		for _, f := range factors {
			own := make([]chosen, len(f.values))
			for i, v := range f.values {
				own[i] = chosen{f.name, v}
				if !yield(own[i:i+1]) || !eachWith(before, own[i], yield) {
					return
				}
			}
			before = append(before, own...)
		}
		random := rand.New(rand.NewPCG(uint64(c.seed), 0))
		for range c.count {
			if !yield(combined(random)) {
				return
			}
		}
	}
}

// eachWith yields a value together with each of the earlier ones, and reports whether more are asked for.
func eachWith(earlier []chosen, v chosen, yield func([]chosen) bool) bool {
	for _, e := range earlier {
		if !yield([]chosen{e, v}) {
			return false
		}
	}
	return true
}

// combined returns a value of about every fourth factor.
func combined(random *rand.Rand) []chosen {
	out := []chosen{}
	for _, f := range factors {
		if random.IntN(4) == 0 {
			out = append(out, chosen{f.name, f.values[random.IntN(len(f.values))]})
		}
	}
	return out
}

// newPair renders the plain spec with some values.
func newPair(version string, choices ...chosen) (pair, error) {
	given := map[string]any{}
	gate := "on"
	p := pair{With: []string{}}
	for _, c := range choices {
		p.With = append(p.With, c.String())
		if c.factor == gateFactor {
			gate = c.value.label
		}
		merge(given, parsed(c.value.part))
	}
	hasDrive := slices.ContainsFunc(choices, func(c chosen) bool { return c.factor == driveFactor })
	for _, c := range choices {
		if c.value.needs != "" && (c.value.needs != needsDrive || !hasDrive) {
			merge(given, parsed(c.value.needs))
		}
	}
	plain := parsed(plainSpec)
	if given["instancetype"] != nil {
		delete(plain, "cpu")
		delete(plain, "memory")
	}
	merge(given, plain)
	p.Spec = withDisks(given)

	gates := []any{}
	for _, g := range wukongtest.Gates {
		gates = append(gates, g)
	}
	kubevirt := map[string]any{"version": version, "featureGates": gates}
	switch gate {
	case "on":
		kubevirt["featureGates"] = append(gates, gateFactor)
	case "off":
		kubevirt["disabledFeatureGates"], p.GateOff = []any{gateFactor}, true
	default:
		delete(kubevirt, "version")
	}
	req, err := wukongtest.RequestOf(wukongtest.Namespace, wukongtest.Name, p.Spec, map[string]any{"cluster": map[string]any{"kubevirt": kubevirt}})
	if err != nil {
		return pair{}, err
	}
	planned, err := fn.Plan(req)
	if err != nil {
		p.Error, p.Refused = err.Error(), idsIn(err.Error())
		return p, nil
	}
	for _, r := range planned.Resources {
		if vm, ok := r.Object.(*kubevirtv1.VirtualMachine); ok {
			p.VM = vm
		}
	}
	return p, nil
}

// refusals are the messages of refusals, by a pattern of their words.
var refusals = sync.OnceValue(func() map[string]*regexp.Regexp {
	placeholders := regexp.MustCompile(`\\\{[a-z]+\\\}`)
	out := map[string]*regexp.Regexp{}
	for _, m := range message.All() {
		if m.Kind == message.Refusal {
			out[m.ID] = regexp.MustCompile(placeholders.ReplaceAllString(regexp.QuoteMeta(m.Text), ".+"))
		}
	}
	return out
})

// idsIn returns the IDs of the refusals in a text.
func idsIn(text string) []string {
	var out []string
	for _, id := range slices.Sorted(maps.Keys(refusals())) {
		if refusals()[id].MatchString(text) {
			out = append(out, id)
		}
	}
	return out
}

// parsed returns a document in YAML, with the numbers of JSON as Crossplane has them.
func parsed(y string) map[string]any {
	b, err := yaml.YAMLToJSON([]byte(y))
	if err != nil {
		panic(fmt.Sprintf("%v in %s", err, y))
	}
	var out map[string]any
	if err := json.Unmarshal(b, &out); err != nil {
		panic(fmt.Sprintf("%v in %s", err, y))
	}
	return out
}

// merge adds to a map what it does not have yet.
func merge(to, from map[string]any) {
	for k, v := range from {
		has, given := to[k]
		below, isMap := has.(map[string]any)
		other, isOther := v.(map[string]any)
		switch {
		case !given:
			to[k] = v
		case isMap && isOther:
			merge(below, other)
		}
	}
}

// withDisks returns a spec with a list of its disks, that with the system first.
func withDisks(spec map[string]any) map[string]any {
	out := maps.Clone(spec)
	byName, _ := spec["disks"].(map[string]any)
	list := []any{}
	for _, name := range []string{"system", "data", "iso"} {
		if d, ok := byName[name].(map[string]any); ok {
			d["name"] = name
			list = append(list, d)
		}
	}
	out["disks"] = list
	return out
}

// merged returns a virtual machine with what two others have differently from a plain one.
func merged(plain, a, b *kubevirtv1.VirtualMachine) (map[string]any, error) {
	if a == nil || b == nil {
		return nil, nil
	}
	var objects [3]map[string]any
	for i, vm := range []*kubevirtv1.VirtualMachine{plain, a, b} {
		o, err := runtime.DefaultUnstructuredConverter.ToUnstructured(vm)
		if err != nil {
			return nil, err
		}
		objects[i] = o
	}
	out, _ := threeWay(objects[0], objects[1], objects[2]).(map[string]any)
	return out, nil
}

// threeWay returns what two values make of a third one, of which each differs. Lists are merged by the names of their items.
func threeWay(plain, a, b any) any {
	am, aMap := a.(map[string]any)
	bm, bMap := b.(map[string]any)
	if aMap && bMap {
		pm, _ := plain.(map[string]any)
		out := map[string]any{}
		for _, m := range []map[string]any{pm, am, bm} {
			for k := range m {
				if v := threeWay(pm[k], am[k], bm[k]); v != nil {
					out[k] = v
				}
			}
		}
		return out
	}
	al, aList := byName(a)
	bl, bList := byName(b)
	if aList && bList {
		pl, _ := byName(plain)
		var out []any
		for _, name := range slices.Sorted(maps.Keys(union(pl, al, bl))) {
			if v := threeWay(pl[name], al[name], bl[name]); v != nil {
				out = append(out, v)
			}
		}
		return out
	}
	if fmt.Sprint(b) != fmt.Sprint(plain) {
		return b
	}
	return a
}

// byName returns the items of a list by their names, and whether all have one.
func byName(list any) (map[string]any, bool) {
	items, ok := list.([]any)
	out := map[string]any{}
	for _, i := range items {
		item, _ := i.(map[string]any)
		name, named := item["name"].(string)
		ok = ok && named
		out[name] = item
	}
	return out, ok
}

// union returns the keys of some maps.
func union(all ...map[string]any) map[string]bool {
	out := map[string]bool{}
	for _, m := range all {
		for k := range m {
			out[k] = true
		}
	}
	return out
}
