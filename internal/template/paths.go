// Package template merges partial specs of a VirtualMachineInstance under what a Wukong says: that of the platform team and that of the Wukong.
//
// A template gives only the paths of one table. None of them reaches volumes, networks, devices of a node, hooks, another pod of the node or
// another namespace. Some of them are what a field of a Wukong says: these the platform team's template alone can give, as a default of the field.
package template

import (
	"reflect"
	"slices"
	"strings"

	kubevirtv1 "kubevirt.io/api/core/v1"

	"github.com/novasphere/function-wukong/internal/feature"
	"github.com/novasphere/function-wukong/internal/validation"
)

// A Path is a place in the spec of a VirtualMachineInstance that a template may give, with all that is below it.
type Path struct {
	// Name of the path, relative to the spec.
	Name string

	// Field is the field of a Wukong that says the same, relative to its spec. The template of a Wukong cannot give such a path, and that of the
	// platform team comes under the field. Empty for none.
	Field string

	// Gate is the feature gate that KubeVirt takes the path with. Empty for none.
	Gate feature.Gate

	// choice names the paths of which a virtual machine has one. Empty where there is no choice.
	choice string

	// whole reports that the value replaces another one, even where both are maps: one field of it would contradict another.
	whole bool

	// kind is the Go type of the value, where that is a part of KubeVirt's.
	kind reflect.Type

	// positive reports that a number may not be negative.
	positive bool

	schema *validation.Schema
}

// The paths of which a virtual machine has one.
const (
	choiceClock    = "domain.clock"
	choiceSecurity = "domain.launchSecurity"
)

// The paths that something else knows.
const (
	pathModel         = "domain.cpu.model"
	pathFeatures      = "domain.cpu.features"
	pathDedicated     = "domain.cpu.dedicatedCpuPlacement"
	pathIsolate       = "domain.cpu.isolateEmulatorThread"
	pathNUMA          = "domain.cpu.numa.guestMappingPassthrough"
	pathPages         = "domain.memory.hugepages.pageSize"
	pathIOPolicy      = "domain.ioThreadsPolicy"
	pathIOThreads     = "domain.ioThreads.supplementalPoolThreadCount"
	pathBlockQueues   = "domain.devices.blockMultiQueue"
	pathNetworkQueues = "domain.devices.networkInterfaceMultiqueue"
	pathGraphics      = "domain.devices.autoattachGraphicsDevice"
	pathVideo         = "domain.devices.video.type"
	pathInputs        = "domain.devices.inputs"
	pathConsoleLog    = "domain.devices.logSerialConsole"
	pathWatchdog      = "domain.devices.watchdog"
	pathSound         = "domain.devices.sound"
	pathUTC           = "domain.clock.utc"
	pathTimezone      = "domain.clock.timezone"
	pathAutoInput     = "domain.devices.autoattachInputDevice"
	pathSEV           = "domain.launchSecurity.sev"
	pathSNP           = "domain.launchSecurity.snp"
	pathTDX           = "domain.launchSecurity.tdx"
	pathMachine       = "domain.machine.type"
)

// sev is kubevirtv1.SEV without what only an instance with another start strategy has.
type sev struct {
	Policy *kubevirtv1.SEVPolicy `json:"policy,omitempty"`
}

// paths are what a template may give. KubeVirt applies none of them to a guest that runs.
//
// Left out, of what no field of a Wukong says:
//   - volumes, networks, filesystems, accessCredentials, serviceAccountName, utilityVolumes, resourceClaims, and the disks, interfaces, gpus and
//     hostDevices of devices: they reach storage, networks, identities and devices of the node.
//   - domain.resources, which can request devices of the node; domain.memory.reservedOverhead, which locks memory of it; domain.cpu.realtime, whose
//     threads come before those of other pods.
//   - domain.firmware, whose kernelBoot runs an image and whose acpi reads Secrets.
//   - livenessProbe and readinessProbe, by which the kubelet of the node calls any host; affinity, which can count the pods of other namespaces.
//   - domain.features.hypervPassthrough, whose empty value ends KubeVirt's agent of the node (calculateLiveMigrationCondition in pkg/virt-handler).
//   - domain.devices.disableHotplug, with which a change of the Wukong has another effect than its fields say; startStrategy, which leaves the guest
//     paused.
var paths = withSchemas([]Path{
	{Name: pathModel, Field: "performance.cpuModel"},
	{Name: pathFeatures, Field: "performance.cpuFeatures"},
	{Name: pathDedicated, Gate: feature.CPUManager, Field: "performance.dedicatedCpuPlacement"},
	{Name: pathIsolate, Field: "performance.isolateEmulatorThread"},
	{Name: pathNUMA, Field: "performance.numa.guestMappingPassthrough"},
	{Name: pathPages, Field: "performance.hugepages.pageSize"},
	{Name: pathMachine},
	{Name: "domain.chassis"},
	{Name: pathUTC, Field: "devices.clock.utcOffsetSeconds", choice: choiceClock},
	{Name: pathTimezone, Field: "devices.clock.timezone", choice: choiceClock},
	{Name: "domain.clock.timer"},
	{Name: "domain.features.acpi"},
	{Name: "domain.features.apic"},
	{Name: "domain.features.hyperv"},
	{Name: "domain.features.kvm"},
	{Name: "domain.features.pvspinlock"},
	{Name: pathIOPolicy, Field: "performance.ioThreadsPolicy"},
	{Name: pathIOThreads, Field: "performance.ioThreads.supplementalPoolThreadCount"},
	{Name: pathSEV, Gate: feature.WorkloadEncryptionSEV, choice: choiceSecurity, kind: reflect.TypeFor[sev]()},
	{Name: pathSNP, Gate: feature.WorkloadEncryptionSEV, choice: choiceSecurity},
	{Name: pathTDX, Gate: feature.WorkloadEncryptionTDX, choice: choiceSecurity},
	{Name: "domain.rebootPolicy", Gate: feature.RebootPolicy},
	{Name: pathGraphics, Field: "devices.autoattachGraphicsDevice"},
	{Name: pathAutoInput, Field: "devices.tablet"},
	{Name: "domain.devices.autoattachMemBalloon"},
	{Name: "domain.devices.autoattachSerialConsole"},
	{Name: "domain.devices.autoattachVSOCK", Gate: feature.VSOCK},
	{Name: pathBlockQueues, Field: "performance.blockMultiQueue"},
	{Name: "domain.devices.clientPassthrough"},
	{Name: "domain.devices.downwardMetrics", Gate: feature.DownwardMetrics},
	{Name: pathInputs, Field: "devices.tablet"},
	{Name: pathConsoleLog, Field: "devices.logSerialConsole"},
	{Name: pathNetworkQueues, Field: "performance.networkInterfaceMultiqueue"},
	{Name: "domain.devices.panicDevices", Gate: feature.PanicDevices},
	{Name: pathSound, Field: "devices.sound", whole: true},
	{Name: "domain.devices.useVirtioTransitional"},
	{Name: pathVideo, Field: "devices.video", Gate: feature.VideoConfig},
	{Name: pathWatchdog, Field: "devices.watchdog", whole: true},
	{Name: "dnsConfig"},
	{Name: "dnsPolicy"},
	{Name: "hostname"},
	{Name: "priorityClassName"},
	{Name: "schedulerName"},
	{Name: "subdomain"},
	{Name: "terminationGracePeriodSeconds", positive: true},
	{Name: "topologySpreadConstraints"},
})

// Paths returns what a template may give.
func Paths() []Path { return slices.Clone(paths) }

// names are the names of the paths.
var names = func() []string {
	out := make([]string, len(paths))
	for i, p := range paths {
		out[i] = p.Name
	}
	return out
}()

// find returns the path with a name; nil where there is none.
func find(name string) *Path {
	if i := slices.Index(names, name); i >= 0 {
		return &paths[i]
	}
	return nil
}

// IsAbove reports whether a name is that of a place with paths below it.
func IsAbove(name string) bool {
	return slices.ContainsFunc(names, func(n string) bool { return name == "" || strings.HasPrefix(n, name+".") })
}

// IsPath reports whether a name is one of the table.
func IsPath(name string) bool { return slices.Contains(names, name) }
