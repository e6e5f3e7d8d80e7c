package wukongtest

import (
	"maps"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"pgregory.net/rapid"
)

// A templated is a path of a template with its values.
type templated struct {
	path  string
	value *rapid.Generator[any]
}

// values generates one of some values.
func values(all ...any) *rapid.Generator[any] { return rapid.SampledFrom(all) }

// generic generates what another generator does, as any.
func generic[T any](g *rapid.Generator[T]) *rapid.Generator[any] {
	return rapid.Map(g, func(v T) any { return v })
}

// enabled are the values of hypervisors that are switched on and off.
var enabled = values(map[string]any{}, map[string]any{"enabled": true}, map[string]any{"enabled": false})

// templatedPaths have values that KubeVirt takes whatever else a virtual machine has.
var templatedPaths = []templated{
	{"domain.machine.type", values("q35", "pc-q35-rhel9.4.0")},
	{"domain.chassis", values(map[string]any{"serial": "a-1"}, map[string]any{"manufacturer": "novasphere", "sku": "x"})},
	{"domain.clock.timer", values(
		map[string]any{"hpet": map[string]any{"present": false}},
		map[string]any{"pit": map[string]any{"tickPolicy": "delay"}, "rtc": map[string]any{"tickPolicy": "catchup", "track": "wall"}, "hyperv": map[string]any{}},
	)},
	{"domain.features.acpi", enabled},
	{"domain.features.apic", values(map[string]any{}, map[string]any{"enabled": true, "endOfInterrupt": true})},
	{"domain.features.hyperv", values(
		map[string]any{"relaxed": map[string]any{}},
		map[string]any{"relaxed": map[string]any{"enabled": true}, "spinlocks": map[string]any{"spinlocks": int64(8191)}},
		map[string]any{"vendorid": map[string]any{"vendorid": "novasphere"}},
	)},
	{"domain.features.kvm", values(map[string]any{"hidden": true}, map[string]any{"hidden": false})},
	{"domain.features.pvspinlock", enabled},
	{"domain.devices.autoattachMemBalloon", generic(rapid.Bool())},
	{"domain.devices.autoattachSerialConsole", generic(rapid.Bool())},
	{"domain.devices.clientPassthrough", values(map[string]any{})},
	{"domain.devices.useVirtioTransitional", generic(rapid.Bool())},
	{"dnsConfig", values(
		map[string]any{"nameservers": []any{"192.0.2.1", "2001:db8::1"}, "searches": []any{"example.org"}},
		map[string]any{"options": []any{map[string]any{"name": "ndots", "value": "2"}}},
		map[string]any{"searches": []any{"a.example.org"}},
	)},
	{"dnsPolicy", values("ClusterFirst", "Default")},
	{"hostname", generic(labelOf(63))},
	{"priorityClassName", values("high", "batch")},
	{"schedulerName", values("default-scheduler", "other")},
	{"subdomain", generic(labelOf(63))},
	{"terminationGracePeriodSeconds", generic(rapid.Int64Range(0, 3600))},
	{"topologySpreadConstraints", values([]any{map[string]any{
		"maxSkew": int64(1), "topologyKey": "topology.kubernetes.io/zone", "whenUnsatisfiable": "DoNotSchedule",
		"labelSelector": map[string]any{"matchLabels": map[string]any{"app": "web"}},
	}})},
}

// gatedPaths have values that KubeVirt takes with its feature gates alone, whatever else a virtual machine has.
var gatedPaths = []templated{
	{"domain.rebootPolicy", values("Reboot", "Terminate")},
	{"domain.devices.autoattachVSOCK", generic(rapid.Bool())},
	{"domain.devices.downwardMetrics", values(map[string]any{})},
	{"domain.devices.panicDevices", values(
		[]any{map[string]any{}}, []any{map[string]any{"model": "isa"}}, []any{map[string]any{"model": "pvpanic"}, map[string]any{"model": "hyperv"}},
	)},
}

// Gates are the feature gates that Spec and GatedTemplate take.
var Gates = []string{
	"CPUManager", "HostDevices", "PersistentReservation",
	"RebootPolicy", "VSOCK", "DownwardMetrics", "PanicDevices", "VideoConfig", "WorkloadEncryptionSEV", "WorkloadEncryptionTDX",
}

// Template generates templates of a few paths, which KubeVirt takes as it is released.
func Template() *rapid.Generator[map[string]any] { return templatesOf(templatedPaths) }

// GatedTemplate generates templates, which KubeVirt takes with Gates.
func GatedTemplate() *rapid.Generator[map[string]any] {
	return templatesOf(append(templatedPaths[:len(templatedPaths):len(templatedPaths)], gatedPaths...))
}

// templatesOf generates templates with some of the paths.
func templatesOf(all []templated) *rapid.Generator[map[string]any] {
	return rapid.Custom(func(t *rapid.T) map[string]any {
		out := map[string]any{}
		for _, p := range rapid.SliceOfNDistinct(rapid.SampledFrom(all), 0, 6, func(p templated) string { return p.path }).Draw(t, "paths") {
			put(out, p.path, runtime.DeepCopyJSONValue(p.value.Draw(t, p.path)))
		}
		return out
	})
}

// put sets the value at a path of names, with the objects above it.
func put(object map[string]any, path string, v any) {
	name, rest, deeper := strings.Cut(path, ".")
	if !deeper {
		object[name] = v
		return
	}
	below, _ := object[name].(map[string]any)
	if below == nil {
		below = map[string]any{}
		object[name] = below
	}
	put(below, rest, v)
}

// WithTemplate generates specs with a template that a generator gives, some of the time.
func WithTemplate(g *rapid.Generator[map[string]any]) *rapid.Generator[map[string]any] {
	return rapid.Custom(func(t *rapid.T) map[string]any {
		spec := maps.Clone(Spec().Draw(t, "spec"))
		drawOptional(t, spec, "template", g)
		fitTemplate(spec)
		drawDependent(t, spec)
		return spec
	})
}

// fitTemplate removes from a template what KubeVirt does not take on the architecture of its Wukong.
func fitTemplate(spec map[string]any) {
	template, given := spec["template"].(map[string]any)
	if !given || spec["architecture"] != "arm64" {
		return
	}
	template = runtime.DeepCopyJSON(template)
	unstructured.RemoveNestedField(template, "domain", "machine", "type")
	spec["template"] = template
}

// drawDependent adds to a template what KubeVirt takes with some Wukongs alone: encryption with EFI.
func drawDependent(t *rapid.T, spec map[string]any) {
	template, given := spec["template"].(map[string]any)
	if !given || rapid.IntRange(0, 2).Draw(t, "dependent?") > 0 {
		return
	}
	domain, _ := template["domain"].(map[string]any)
	firmware, _ := spec["firmware"].(map[string]any)
	features, _ := domain["features"].(map[string]any)
	encrypts := firmware["bootloader"] == "EFI" && firmware["secureBoot"] != true && features["acpi"] == nil && spec["maxMemory"] == nil && spec["architecture"] != "arm64"
	switch {
	case !encrypts:
	case firmware["persistent"] == true:
		put(template, "domain.launchSecurity.sev", map[string]any{})
	default:
		put(template, "domain.launchSecurity."+oneOf("sev", "snp", "tdx").Draw(t, "security"), map[string]any{})
	}
}

// HostileTemplate generates templates with anything anywhere: paths that a template may give, and places that it may not reach.
func HostileTemplate() *rapid.Generator[map[string]any] {
	anything := rapid.SampledFrom([]any{
		nil, true, int64(-1), 1e300, "", "a", "\x00\u202e", []any{}, []any{nil}, []any{"a", int64(1)}, map[string]any{}, map[string]any{"enabled": "maybe"},
		[]any{map[string]any{"name": "system", "hostDisk": map[string]any{"path": "/", "type": "Disk"}}},
		[]any{map[string]any{"name": "lan", "deviceName": "nvidia.com/A10"}},
		map[string]any{"container": map[string]any{"image": "evil"}}, map[string]any{"requests": map[string]any{"devices.kubevirt.io/kvm": "1"}},
		map[string]any{"name": "w", "i6300esb": map[string]any{}, "kernelBoot": map[string]any{}}, map[string]any{"present": nil, "serial": "x", "persistent": true},
	})
	places := []string{
		"volumes", "networks", "accessCredentials", "serviceAccountName", "resourceClaims", "utilityVolumes", "nodeSelector", "affinity", "tolerations",
		"evictionStrategy", "startStrategy", "livenessProbe", "readinessProbe", "architecture", "domain", "domain.resources", "domain.firmware",
		"domain.firmware.kernelBoot",
		"domain.firmware.bootloader.efi.secureBoot", "domain.cpu", "domain.cpu.sockets", "domain.cpu.Sockets", "domain.cpu.realtime", "domain.memory",
		"domain.memory.guest",
		"domain.Memory.guest", "domain.memory.maxGuest", "domain.features.smm.enabled", "domain.features.hypervPassthrough", "domain.features", "domain.devices",
		"domain.devices.disks", "domain.devices.interfaces", "domain.devices.gpus", "domain.devices.hostDevices", "domain.devices.filesystems", "domain.devices.rng",
		"domain.devices.tpm.persistent", "domain.devices.Disks", "domain.devices.autoattachPodInterface", "domain.devices.disableHotplug", "domain.clock",
		"domain.launchSecurity.sev",
		"domain.launchSecurity", "Volumes", "spec.volumes", "metadata.annotations", "domain.devices.watchdog.kernelBoot", "domain.chassis.volumes", "", "domain.",
	}
	for _, p := range append(templatedPaths[:len(templatedPaths):len(templatedPaths)], gatedPaths...) {
		places = append(places, p.path)
	}
	return rapid.Custom(func(t *rapid.T) map[string]any {
		out := GatedTemplate().Draw(t, "valid")
		for range rapid.IntRange(1, 4).Draw(t, "changes") {
			put(out, rapid.SampledFrom(places).Draw(t, "place"), runtime.DeepCopyJSONValue(anything.Draw(t, "value")))
		}
		return out
	})
}
