package wukongtest

import (
	"maps"
	"strings"

	"k8s.io/apimachinery/pkg/api/resource"
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
	{"domain.cpu.model", values("host-model", "host-passthrough", "EPYC", "Skylake-Server")},
	{"domain.cpu.features", values(
		[]any{}, []any{map[string]any{"name": "vmx", "policy": "require"}}, []any{map[string]any{"name": "vmx"}, map[string]any{"name": "svm", "policy": "disable"}},
	)},
	{"domain.machine.type", values("q35", "pc-q35-rhel9.4.0")},
	{"domain.chassis", values(map[string]any{"serial": "a-1"}, map[string]any{"manufacturer": "novasphere", "sku": "x"})},
	{"domain.clock.utc", values(map[string]any{}, map[string]any{"offsetSeconds": int64(-3600)})},
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
	{"domain.ioThreadsPolicy", values("shared", "auto")},
	{"domain.ioThreads.supplementalPoolThreadCount", generic(rapid.Int64Range(1, 8))},
	{"domain.devices.autoattachInputDevice", generic(rapid.Bool())},
	{"domain.devices.autoattachMemBalloon", generic(rapid.Bool())},
	{"domain.devices.autoattachSerialConsole", generic(rapid.Bool())},
	{"domain.devices.blockMultiQueue", generic(rapid.Bool())},
	{"domain.devices.clientPassthrough", values(map[string]any{})},
	{"domain.devices.inputs", values(
		[]any{map[string]any{"name": "tablet", "type": "tablet", "bus": "usb"}}, []any{map[string]any{"name": "t", "type": "tablet"}},
	)},
	{"domain.devices.logSerialConsole", generic(rapid.Bool())},
	{"domain.devices.networkInterfaceMultiqueue", generic(rapid.Bool())},
	{"domain.devices.sound", values(map[string]any{"name": "s"}, map[string]any{"name": "s", "model": "ich9"}, map[string]any{"name": "s", "model": "ac97"})},
	{"domain.devices.tpm.enabled", generic(rapid.Bool())},
	{"domain.devices.useVirtioTransitional", generic(rapid.Bool())},
	{"domain.devices.watchdog", values(
		map[string]any{"name": "w", "i6300esb": map[string]any{"action": "reset"}}, map[string]any{"name": "w", "i6300esb": map[string]any{}},
	)},
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
	{"domain.devices.video.type", values("vga", "virtio", "bochs")},
}

// TemplateGates are the feature gates that WithTemplate takes.
var TemplateGates = []string{
	"RebootPolicy", "VSOCK", "DownwardMetrics", "PanicDevices", "VideoConfig", "WorkloadEncryptionSEV", "WorkloadEncryptionTDX",
}

// Template generates templates of a few paths, which KubeVirt takes as it is released.
func Template() *rapid.Generator[map[string]any] { return templatesOf(templatedPaths) }

// GatedTemplate generates templates, which KubeVirt takes with TemplateGates.
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
		drawDependent(t, spec)
		return spec
	})
}

// drawDependent adds to a template what KubeVirt takes with some Wukongs alone: with CPUs, with memory of whole pages, with EFI, or without a video device.
func drawDependent(t *rapid.T, spec map[string]any) {
	template, given := spec["template"].(map[string]any)
	if !given || rapid.IntRange(0, 2).Draw(t, "dependent?") > 0 {
		return
	}
	_, hasCPU := spec["cpu"]
	dedicated := hasCPU && rapid.Bool().Draw(t, "dedicated")
	if dedicated {
		put(template, "domain.cpu.dedicatedCpuPlacement", true)
		put(template, "domain.cpu.isolateEmulatorThread", rapid.Bool().Draw(t, "isolate"))
	}
	text, _ := spec["memory"].(string)
	if q, err := resource.ParseQuantity(text); err == nil && q.Value()%(2<<20) == 0 && rapid.Bool().Draw(t, "hugepages") {
		put(template, "domain.memory.hugepages.pageSize", "2Mi")
		if dedicated && rapid.Bool().Draw(t, "numa") {
			put(template, "domain.cpu.numa.guestMappingPassthrough", map[string]any{})
		}
	}
	domain, _ := template["domain"].(map[string]any)
	devices, _ := domain["devices"].(map[string]any)
	if devices["video"] == nil {
		put(template, "domain.devices.autoattachGraphicsDevice", rapid.Bool().Draw(t, "graphics"))
	}
	firmware, _ := spec["firmware"].(map[string]any)
	if features, _ := domain["features"].(map[string]any); firmware["bootloader"] == "EFI" && firmware["secureBoot"] != true && features["acpi"] == nil {
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
