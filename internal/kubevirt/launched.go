package kubevirt

import (
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	"k8s.io/utils/ptr"
	kubevirtv1 "kubevirt.io/api/core/v1"

	"github.com/novasphere/function-wukong/input/v1beta1"
	"github.com/novasphere/function-wukong/internal/feature"
)

const (
	// defaultHotplugRatio is how many times the sockets and the memory of its start a guest can have while it runs: KubeVirt's default for
	// liveUpdateConfiguration.maxHotplugRatio.
	defaultHotplugRatio = 4

	// maxHotplugCPUs is the number of CPUs that KubeVirt plans no more sockets for than (setupCPUHotplug in pkg/defaults/defaults.go).
	maxHotplugCPUs = 512

	// hotplugArchitecture is the one whose CPUs and memory KubeVirt changes while a guest runs.
	hotplugArchitecture = "amd64"
)

// A launched instance is what KubeVirt compares a VirtualMachine with, to decide what it can change while the guest runs.
type launched struct {
	sockets, maxSockets uint32

	// memory in bytes: that of now, that of the start, and the largest possible one. Zero for none.
	memory, memoryAtStart, maxMemory int64

	// memoryFailed reports whether an earlier change of the memory failed.
	memoryFailed bool

	// migratable reports whether KubeVirt can migrate the instance.
	migratable bool
}

// startedAs returns the instance that KubeVirt starts for a VirtualMachine in a cluster, nil for one that says nothing (setupHotplug in
// pkg/defaults/defaults.go).
func startedAs(vm *kubevirtv1.VirtualMachine, c *v1beta1.Cluster) launched {
	live := liveUpdates(c)
	out := launched{migratable: isMigratable(domainOf(vm), c)}
	if vm.Spec.Template == nil {
		return out
	}
	spec := vm.Spec.Template.Spec
	if cpu := spec.Domain.CPU; cpu != nil {
		out.sockets, out.maxSockets = cpu.Sockets, cpu.MaxSockets
		if out.maxSockets == 0 && plugsLive(spec.Architecture) {
			out.maxSockets = maxSockets(cpu, live)
		}
	}
	if m := guestMemory(vm); m != nil {
		out.memory, out.memoryAtStart = m.Value(), m.Value()
		switch largest := spec.Domain.Memory.MaxGuest; {
		case largest != nil:
			out.maxMemory = largest.Value()
		case plugsLive(spec.Architecture) && plugsMemory(&spec, m.Value()):
			out.maxMemory = maxMemory(m.Value(), blockOf(spec.Domain.Memory), live)
		}
	}
	return out
}

// liveUpdates returns what a cluster says of live updates; nil stands for one that says nothing.
func liveUpdates(c *v1beta1.Cluster) v1beta1.LiveUpdateConfiguration {
	if c == nil || c.KubeVirt == nil {
		return v1beta1.LiveUpdateConfiguration{}
	}
	return ptr.Deref(c.KubeVirt.LiveUpdateConfiguration, v1beta1.LiveUpdateConfiguration{})
}

// ratioOf returns how many times the sockets and the memory of its start a guest can have.
func ratioOf(live v1beta1.LiveUpdateConfiguration) int32 {
	return ptr.Deref(live.MaxHotplugRatio, defaultHotplugRatio)
}

// maxMemory returns the memory in bytes that KubeVirt plans for where the virtual machine does not say, given that of the start. Zero where it cannot
// grow (setupMemoryHotplug in pkg/defaults/defaults.go).
func maxMemory(atStart, block int64, live v1beta1.LiveUpdateConfiguration) int64 {
	out := int64(ratioOf(live)) * atStart
	if live.MaxGuest != nil {
		out = live.MaxGuest.Value()
	}
	if out < atStart || out%block != 0 {
		return 0
	}
	return out
}

// startedWith returns the state of an observed instance. As for KubeVirt, one of which virt-handler says nothing yet cannot migrate.
func startedWith(vmi *kubevirtv1.VirtualMachineInstance) launched {
	var out launched
	if cpu := vmi.Spec.Domain.CPU; cpu != nil {
		out.sockets, out.maxSockets = cpu.Sockets, cpu.MaxSockets
	}
	if m := vmi.Spec.Domain.Memory; m != nil {
		out.memory, out.maxMemory = bytes(m.Guest), bytes(m.MaxGuest)
	}
	out.memoryAtStart = out.memory
	if s := vmi.Status.Memory; s != nil && s.GuestAtBoot != nil {
		out.memoryAtStart = bytes(s.GuestAtBoot)
	}
	for _, c := range vmi.Status.Conditions {
		switch c.Type {
		case kubevirtv1.VirtualMachineInstanceIsMigratable:
			out.migratable = c.Status == corev1.ConditionTrue
		case kubevirtv1.VirtualMachineInstanceMemoryChange:
			out.memoryFailed = c.Status == corev1.ConditionFalse
		default:
		}
	}
	return out
}

// maxSockets returns the largest number of sockets that KubeVirt plans for a topology (setupCPUHotplug in pkg/defaults/defaults.go).
func maxSockets(cpu *kubevirtv1.CPU, live v1beta1.LiveUpdateConfiguration) uint32 {
	if n := uint32(ptr.Deref(live.MaxCPUSockets, 0)); n > 0 { //nolint:gosec // The Input has no negative ones.
		return max(n, cpu.Sockets)
	}
	perSocket := max(cpu.Cores, 1) * max(cpu.Threads, 1)
	out := cpu.Sockets * uint32(ratioOf(live)) //nolint:gosec // The Input has no negative ones.
	if out*perSocket > maxHotplugCPUs {
		return max(maxHotplugCPUs/perSocket, cpu.Sockets)
	}
	return out
}

// isPluggable reports whether KubeVirt changes memory to a number of bytes while the guest runs (ValidateLiveUpdateMemory in pkg/liveupdate/memory).
func isPluggable(n int64) bool { return n >= minHotplugMemory && n%hotplugBlock == 0 }

// plugsMemory reports whether KubeVirt changes the memory of an instance to a number of bytes while its guest runs (ValidateLiveUpdateMemory in
// pkg/liveupdate/memory).
func plugsMemory(spec *kubevirtv1.VirtualMachineInstanceSpec, n int64) bool {
	c, m := spec.Domain.CPU, spec.Domain.Memory
	if spec.Domain.LaunchSecurity != nil || c != nil && c.NUMA != nil && c.NUMA.GuestMappingPassthrough != nil {
		return false
	}
	return isPluggable(n) && n%blockOf(m) == 0
}

// blockOf returns what the memory of a guest that grows while it runs is a multiple of.
func blockOf(m *kubevirtv1.Memory) int64 {
	if m != nil && m.Hugepages != nil && m.Hugepages.PageSize == "1Gi" {
		return hotplugBlockOfGi
	}
	return hotplugBlock
}

// isEncrypted reports whether the memory of a guest is encrypted, so that KubeVirt cannot migrate it (calculateLiveMigrationCondition in
// pkg/virt-handler/vm.go).
func isEncrypted(l *kubevirtv1.LaunchSecurity) bool {
	return l != nil && (l.SEV != nil || l.SNP != nil || l.TDX != nil)
}

// plugsLive reports whether KubeVirt changes CPUs and memory of an architecture while the guest runs. One that is not given is the cluster's, which
// is not known here.
func plugsLive(architecture string) bool {
	return architecture == "" || architecture == hotplugArchitecture
}

// isMigratable reports whether nothing in a domain keeps its instance from migrating in a cluster (calculateLiveMigrationCondition in
// pkg/virt-handler/vm.go). Before KubeVirt 1.9 reservations do; a cluster that does not say has the current one.
func isMigratable(d kubevirtv1.DomainSpec, c *v1beta1.Cluster) bool {
	if c != nil && c.KubeVirt != nil && feature.IsOlder(c.KubeVirt.Version, "1.9") && hasReservation(d.Devices) {
		return false
	}
	return !hasHostDevices(d.Devices) && !isEncrypted(d.LaunchSecurity)
}

// hasHostDevices reports whether a device of the node keeps an instance from migrating (vmiContainsNonMigratablePCIHostDevices in
// pkg/virt-handler/vm.go).
func hasHostDevices(d kubevirtv1.Devices) bool { return len(d.GPUs) > 0 || len(d.HostDevices) > 0 }

// memoryOf returns what a VirtualMachine says of memory; empty for nothing.
func memoryOf(vm *kubevirtv1.VirtualMachine) kubevirtv1.Memory {
	return ptr.Deref(domainOf(vm).Memory, kubevirtv1.Memory{})
}

// guestMemory returns the memory of a VirtualMachine's guest. Nil for none.
func guestMemory(vm *kubevirtv1.VirtualMachine) *resource.Quantity { return memoryOf(vm).Guest }

// bytes returns a quantity in bytes. Zero for none.
func bytes(q *resource.Quantity) int64 {
	if q == nil {
		return 0
	}
	return q.Value()
}
