package kubevirt

import (
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	kubevirtv1 "kubevirt.io/api/core/v1"
)

const (
	// hotplugRatio is how many times the sockets and the memory of its start a guest can have while it runs: KubeVirt's default for
	// liveUpdateConfiguration.maxHotplugRatio.
	hotplugRatio = 4

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

// startedAs returns the instance that KubeVirt starts for a VirtualMachine (setupHotplug in pkg/defaults/defaults.go).
func startedAs(vm *kubevirtv1.VirtualMachine) launched {
	out := launched{migratable: !hasHostDevices(domainOf(vm).Devices) && !isEncrypted(domainOf(vm).LaunchSecurity)}
	if vm.Spec.Template == nil {
		return out
	}
	spec := vm.Spec.Template.Spec
	if cpu := spec.Domain.CPU; cpu != nil {
		out.sockets, out.maxSockets = cpu.Sockets, cpu.MaxSockets
		if out.maxSockets == 0 && plugsLive(spec.Architecture) {
			out.maxSockets = maxSockets(cpu)
		}
	}
	if m := guestMemory(vm); m != nil {
		out.memory, out.memoryAtStart = m.Value(), m.Value()
		switch largest := spec.Domain.Memory.MaxGuest; {
		case largest != nil:
			out.maxMemory = largest.Value()
		case plugsLive(spec.Architecture) && plugsMemory(&spec, m.Value()):
			out.maxMemory = hotplugRatio * m.Value()
		}
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
func maxSockets(cpu *kubevirtv1.CPU) uint32 {
	perSocket := max(cpu.Cores, 1) * max(cpu.Threads, 1)
	if cpu.Sockets*hotplugRatio*perSocket > maxHotplugCPUs {
		return max(maxHotplugCPUs/perSocket, cpu.Sockets)
	}
	return cpu.Sockets * hotplugRatio
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

// hasHostDevices reports whether a device of the node keeps an instance from migrating (vmiContainsNonMigratablePCIHostDevices in
// pkg/virt-handler/vm.go).
func hasHostDevices(d kubevirtv1.Devices) bool { return len(d.GPUs) > 0 || len(d.HostDevices) > 0 }

// guestMemory returns the memory of a VirtualMachine's guest. Nil for none.
func guestMemory(vm *kubevirtv1.VirtualMachine) *resource.Quantity {
	if m := domainOf(vm).Memory; m != nil {
		return m.Guest
	}
	return nil
}

// bytes returns a quantity in bytes. Zero for none.
func bytes(q *resource.Quantity) int64 {
	if q == nil {
		return 0
	}
	return q.Value()
}
