package kubevirt

import (
	"maps"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"
	kubevirtv1 "kubevirt.io/api/core/v1"
	instancetypev1 "kubevirt.io/api/instancetype/v1beta1"
)

// Expand returns the instance that a VirtualMachine starts, with what an instance type and a preference say of its pod and of its migration. Either
// may be nil. Conflicts between them and the virtual machine, which KubeVirt refuses, are not looked for. The instance shares what it does not
// change with the VirtualMachine (ApplyToVMI in pkg/instancetype/apply/vmi.go).
func Expand(
	vm *kubevirtv1.VirtualMachine, instancetype *instancetypev1.VirtualMachineInstancetypeSpec, preference *instancetypev1.VirtualMachinePreferenceSpec,
) *kubevirtv1.VirtualMachineInstance {
	out := &kubevirtv1.VirtualMachineInstance{
		ObjectMeta: metav1.ObjectMeta{
			Namespace: vm.Namespace, Name: vm.Name, Labels: vm.Spec.Template.ObjectMeta.Labels, Annotations: vm.Spec.Template.ObjectMeta.Annotations,
		},
		Spec: vm.Spec.Template.Spec,
	}
	out.Spec.Domain.Resources = withRequests(out.Spec.Domain.Resources)
	if instancetype == nil && preference == nil {
		return out
	}
	out.Spec = *out.Spec.DeepCopy()
	if instancetype != nil {
		expandInstancetype(out, instancetype, preference)
	}
	if preference != nil {
		expandPreference(&out.Spec, preference)
	}
	return out
}

// withRequests returns resources that request as many CPUs as they are limited to, where they request none (setDefaultResourceRequests in
// pkg/defaults/defaults.go).
func withRequests(r kubevirtv1.ResourceRequirements) kubevirtv1.ResourceRequirements {
	limit, limited := r.Limits[corev1.ResourceCPU]
	if _, requested := r.Requests[corev1.ResourceCPU]; !limited || requested {
		return r
	}
	requests := maps.Clone(r.Requests)
	if requests == nil {
		requests = corev1.ResourceList{}
	}
	requests[corev1.ResourceCPU] = limit
	r.Requests = requests
	return r
}

// expandInstancetype applies an instance type to an instance.
func expandInstancetype(
	vmi *kubevirtv1.VirtualMachineInstance, t *instancetypev1.VirtualMachineInstancetypeSpec, p *instancetypev1.VirtualMachinePreferenceSpec,
) {
	spec := &vmi.Spec
	spec.Domain.CPU = besideTemplate(expandedCPU(t.CPU, p), spec.Domain.CPU)
	memory := &kubevirtv1.Memory{Guest: &t.Memory.Guest, Hugepages: t.Memory.Hugepages, MaxGuest: t.Memory.MaxGuest}
	if m := spec.Domain.Memory; m != nil && memory.Hugepages == nil {
		memory.Hugepages = m.Hugepages
	}
	spec.Domain.Memory = memory
	if percent := t.Memory.OvercommitPercent; percent > 0 {
		requested := int64(float32(t.Memory.Guest.Value()) * (1 - float32(percent)/100))
		spec.Domain.Resources.Requests = corev1.ResourceList{corev1.ResourceMemory: *resource.NewQuantity(requested, t.Memory.Guest.Format)}
	}
	if t.IOThreads != nil {
		spec.Domain.IOThreads = t.IOThreads.DeepCopy()
	}
	if t.IOThreadsPolicy != nil {
		spec.Domain.IOThreadsPolicy = t.IOThreadsPolicy
	}
	if t.LaunchSecurity != nil {
		spec.Domain.LaunchSecurity = t.LaunchSecurity
	}
	spec.Domain.Devices.GPUs = append(spec.Domain.Devices.GPUs, t.GPUs...)
	spec.Domain.Devices.HostDevices = append(spec.Domain.Devices.HostDevices, t.HostDevices...)
	if spec.NodeSelector == nil {
		spec.NodeSelector = t.NodeSelector
	}
	if len(t.Annotations) > 0 {
		annotations := maps.Clone(t.Annotations)
		maps.Copy(annotations, vmi.Annotations)
		vmi.Annotations = annotations
	}
}

// besideTemplate returns the CPUs of an instance type with what the virtual machine says of them and the instance type does not.
func besideTemplate(c, own *kubevirtv1.CPU) *kubevirtv1.CPU {
	if own == nil {
		return c
	}
	if c.Model == "" {
		c.Model = own.Model
	}
	if c.NUMA == nil {
		c.NUMA = own.NUMA
	}
	c.Features = own.Features
	c.DedicatedCPUPlacement = c.DedicatedCPUPlacement || own.DedicatedCPUPlacement
	c.IsolateEmulatorThread = c.IsolateEmulatorThread || own.IsolateEmulatorThread
	return c
}

// expandedCPU returns the CPUs of an instance type, in the topology of a preference (applyGuestCPUTopology in pkg/instancetype/apply/cpu.go). A
// spread that does not divide the number of CPUs makes fewer.
func expandedCPU(t instancetypev1.CPUInstancetype, p *instancetypev1.VirtualMachinePreferenceSpec) *kubevirtv1.CPU {
	out := &kubevirtv1.CPU{Sockets: 1, Cores: 1, Threads: 1, NUMA: t.NUMA, Realtime: t.Realtime}
	if t.Model != nil {
		out.Model = *t.Model
	}
	out.DedicatedCPUPlacement = t.DedicatedCPUPlacement != nil && *t.DedicatedCPUPlacement
	out.IsolateEmulatorThread = t.IsolateEmulatorThread != nil && *t.IsolateEmulatorThread
	if t.MaxSockets != nil {
		out.MaxSockets = *t.MaxSockets
	}
	if t.Guest == 1 {
		return out
	}
	topology := instancetypev1.Sockets
	if p != nil && p.CPU != nil && p.CPU.PreferredCPUTopology != nil {
		topology = *p.CPU.PreferredCPUTopology
	}
	switch topology {
	case instancetypev1.DeprecatedPreferCores, instancetypev1.Cores:
		out.Cores = t.Guest
	case instancetypev1.DeprecatedPreferSockets, instancetypev1.DeprecatedPreferAny, instancetypev1.Sockets, instancetypev1.Any:
		out.Sockets = t.Guest
	case instancetypev1.DeprecatedPreferThreads, instancetypev1.Threads:
		out.Threads = t.Guest
	case instancetypev1.DeprecatedPreferSpread, instancetypev1.Spread:
		spread(out, t.Guest, p)
	}
	return out
}

// spread spreads CPUs over sockets, cores and threads, by the ratio of a preference.
func spread(out *kubevirtv1.CPU, cpus uint32, p *instancetypev1.VirtualMachinePreferenceSpec) {
	const defaultRatio, threadsPerCore = 2, 2
	ratio, across := uint32(defaultRatio), instancetypev1.SpreadAcrossSocketsCores
	if p.PreferSpreadSocketToCoreRatio != 0 {
		ratio = p.PreferSpreadSocketToCoreRatio
	}
	if o := p.CPU.SpreadOptions; o != nil {
		if o.Across != nil {
			across = *o.Across
		}
		if o.Ratio != nil {
			ratio = *o.Ratio
		}
	}
	if ratio == 0 {
		return
	}
	switch across {
	case instancetypev1.SpreadAcrossSocketsCores:
		out.Cores, out.Sockets = ratio, cpus/ratio
	case instancetypev1.SpreadAcrossCoresThreads:
		out.Threads, out.Cores = ratio, cpus/ratio
	case instancetypev1.SpreadAcrossSocketsCoresThreads:
		out.Threads, out.Cores, out.Sockets = threadsPerCore, ratio, cpus/threadsPerCore/ratio
	}
}

// expandPreference applies what a preference says of the pod and of the migration of an instance (Apply in
// pkg/instancetype/preference/apply/vmi.go).
func expandPreference(spec *kubevirtv1.VirtualMachineInstanceSpec, p *instancetypev1.VirtualMachinePreferenceSpec) {
	if spec.Domain.LaunchSecurity == nil {
		spec.Domain.LaunchSecurity = p.PreferredLaunchSecurity
	}
	if spec.Architecture == "" && p.PreferredArchitecture != nil {
		spec.Architecture = *p.PreferredArchitecture
	}
	expandFirmware(&spec.Domain, p.Firmware)
	d, devices := p.Devices, &spec.Domain.Devices
	if d == nil {
		return
	}
	if devices.TPM == nil {
		devices.TPM = d.PreferredTPM
	}
	if devices.AutoattachGraphicsDevice == nil {
		devices.AutoattachGraphicsDevice = d.PreferredAutoattachGraphicsDevice
	}
	if devices.AutoattachSerialConsole == nil {
		devices.AutoattachSerialConsole = d.PreferredAutoattachSerialConsole
	}
	if devices.AutoattachPodInterface == nil {
		devices.AutoattachPodInterface = d.PreferredAutoattachPodInterface
	}
	for i := range devices.Interfaces {
		if devices.Interfaces[i].Model == "" {
			devices.Interfaces[i].Model = d.PreferredInterfaceModel
		}
	}
}

// expandFirmware applies the bootloader of a preference to a guest that has none, as far as the state that it keeps depends on it
// (applyFirmwarePreferences in pkg/instancetype/preference/apply/firmware.go).
func expandFirmware(domain *kubevirtv1.DomainSpec, p *instancetypev1.FirmwarePreferences) {
	if p == nil || p.PreferredEfi == nil || ptr.Deref(p.PreferredUseBios, false) {
		return
	}
	if domain.Firmware == nil {
		domain.Firmware = &kubevirtv1.Firmware{}
	}
	if b := domain.Firmware.Bootloader; b == nil || (b.BIOS == nil && b.EFI == nil) {
		domain.Firmware.Bootloader = &kubevirtv1.Bootloader{EFI: p.PreferredEfi}
	}
}
