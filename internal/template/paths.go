// Package template merges partial specs of a VirtualMachineInstance under what a Wukong says: that of the platform team and that of the Wukong.
//
// A template gives only the paths of one table. None of them reaches volumes, networks, devices of a node, hooks, another pod of the node or
// another namespace, and none of them is what a field of a Wukong says.
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
//   - domain.firmware, whose kernelBoot runs an image and whose acpi reads Secrets; domain.devices.tpm.persistent, for which KubeVirt makes a claim.
//   - livenessProbe and readinessProbe, by which the kubelet of the node calls any host; affinity, which can count the pods of other namespaces.
//   - domain.features.hypervPassthrough, whose empty value ends KubeVirt's agent of the node (calculateLiveMigrationCondition in pkg/virt-handler).
//   - domain.devices.disableHotplug, domain.cpu.maxSockets, domain.memory.maxGuest and architecture, with which a change of the Wukong has
//     another effect than its fields say; startStrategy, which leaves the guest paused.
var paths = withSchemas([]Path{
	{Name: "domain.cpu.model"},
	{Name: "domain.cpu.features"},
	{Name: "domain.cpu.dedicatedCpuPlacement"},
	{Name: "domain.cpu.isolateEmulatorThread"},
	{Name: "domain.cpu.numa.guestMappingPassthrough"},
	{Name: "domain.memory.hugepages.pageSize"},
	{Name: "domain.machine.type"},
	{Name: "domain.chassis"},
	{Name: "domain.clock.utc", choice: choiceClock},
	{Name: "domain.clock.timezone", choice: choiceClock},
	{Name: "domain.clock.timer"},
	{Name: "domain.features.acpi"},
	{Name: "domain.features.apic"},
	{Name: "domain.features.hyperv"},
	{Name: "domain.features.kvm"},
	{Name: "domain.features.pvspinlock"},
	{Name: "domain.ioThreadsPolicy"},
	{Name: "domain.ioThreads.supplementalPoolThreadCount"},
	{Name: "domain.launchSecurity.sev", Gate: feature.WorkloadEncryptionSEV, choice: choiceSecurity, kind: reflect.TypeFor[sev]()},
	{Name: "domain.launchSecurity.snp", Gate: feature.WorkloadEncryptionSEV, choice: choiceSecurity},
	{Name: "domain.launchSecurity.tdx", Gate: feature.WorkloadEncryptionTDX, choice: choiceSecurity},
	{Name: "domain.rebootPolicy", Gate: feature.RebootPolicy},
	{Name: "domain.devices.autoattachGraphicsDevice"},
	{Name: "domain.devices.autoattachInputDevice"},
	{Name: "domain.devices.autoattachMemBalloon"},
	{Name: "domain.devices.autoattachSerialConsole"},
	{Name: "domain.devices.autoattachVSOCK", Gate: feature.VSOCK},
	{Name: "domain.devices.blockMultiQueue"},
	{Name: "domain.devices.clientPassthrough"},
	{Name: "domain.devices.downwardMetrics", Gate: feature.DownwardMetrics},
	{Name: "domain.devices.inputs"},
	{Name: "domain.devices.logSerialConsole"},
	{Name: "domain.devices.networkInterfaceMultiqueue"},
	{Name: "domain.devices.panicDevices", Gate: feature.PanicDevices},
	{Name: "domain.devices.sound", whole: true},
	{Name: "domain.devices.tpm.enabled"},
	{Name: "domain.devices.useVirtioTransitional"},
	{Name: "domain.devices.video.type", Gate: feature.VideoConfig},
	{Name: "domain.devices.watchdog", whole: true},
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
