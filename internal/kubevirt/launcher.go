package kubevirt

import (
	"fmt"
	"maps"
	"strconv"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	"k8s.io/utils/ptr"
	kubevirtv1 "kubevirt.io/api/core/v1"

	"github.com/novasphere/function-wukong/input/v1beta1"
	"github.com/novasphere/function-wukong/internal/feature"
)

// Resources that pods of virtual machines request of KubeVirt's device plugins.
const (
	deviceKVM        corev1.ResourceName = "devices.kubevirt.io/kvm"
	deviceTun        corev1.ResourceName = "devices.kubevirt.io/tun"
	deviceVhostNet   corev1.ResourceName = "devices.kubevirt.io/vhost-net"
	deviceVhostVSOCK corev1.ResourceName = "devices.kubevirt.io/vhost-vsock"
	deviceSEV        corev1.ResourceName = "devices.kubevirt.io/sev"
	deviceTDX        corev1.ResourceName = "devices.kubevirt.io/tdx"
	deviceIOMMUFD    corev1.ResourceName = "devices.kubevirt.io/iommufd"
	devicePRHelper   corev1.ResourceName = "devices.kubevirt.io/pr-helper"
)

// What KubeVirt's pods request by default (pkg/virt-config/virt-config.go and pkg/virt-controller/services/template.go).
const (
	defaultCPUAllocationRatio = 10
	defaultMemoryOvercommit   = 100
	defaultCPURequest         = "100m"

	// ephemeralStorage is what KubeVirt itself writes into a pod.
	ephemeralStorage = "50M"

	// DefaultMemoryLimitRatio multiplies the memory request of a pod to get its limit, where a quota takes one.
	DefaultMemoryLimitRatio = 2.0
)

// Settings are what the pod of an instance depends on beside the instance.
type Settings struct {
	// Input with all defaults.
	Input *v1beta1.Input

	// Architecture of the nodes, such as amd64, for an instance that has none.
	Architecture string

	// Networks are the extended resources of the instance's networks, one for each network that has one.
	Networks []string

	// LimitCPU and LimitMemory report that a quota of the namespace limits CPU and memory. KubeVirt then gives a pod limits.
	LimitCPU, LimitMemory bool

	// MemoryLimitRatio multiplies the memory request to get the limit.
	MemoryLimitRatio float64
}

// kubeVirt returns the settings of KubeVirt, with its defaults.
func (s Settings) kubeVirt() v1beta1.KubeVirt {
	k := ptr.Deref(s.Input.Cluster.KubeVirt, v1beta1.KubeVirt{})
	if k.CPUAllocationRatio == nil {
		k.CPUAllocationRatio = ptr.To[int32](defaultCPUAllocationRatio)
	}
	if k.MemoryOvercommit == nil {
		k.MemoryOvercommit = ptr.To[int32](defaultMemoryOvercommit)
	}
	return k
}

// A Launcher is the pod of an instance.
type Launcher struct {
	// Compute are the resources of the container with the guest, as KubeVirt writes them.
	Compute corev1.ResourceRequirements

	// Console are the resources of the container that logs the serial console; nil without one. It starts before all others.
	Console *corev1.ResourceRequirements

	// Media are the resources of the containers that hold a medium each, beside that with the guest.
	Media []corev1.ResourceRequirements

	// Init are the resources of the containers that run one after another and end before that with the guest starts.
	Init []corev1.ResourceRequirements
}

// Requests returns what the pod requests. As the API server does, it takes the limit of a resource as the request where there is none. The container
// that logs runs as long as the one with the guest, so that Kubernetes counts both.
func (l Launcher) Requests() corev1.ResourceList { return l.total(requestsOf) }

// Limits returns what the pod is limited to: of each resource that the container with the guest is limited in, together with the other ones.
func (l Launcher) Limits() corev1.ResourceList {
	out := l.total(func(r corev1.ResourceRequirements) corev1.ResourceList { return r.Limits })
	maps.DeleteFunc(out, func(name corev1.ResourceName, _ resource.Quantity) bool {
		_, limited := l.Compute.Limits[name]
		return !limited
	})
	return out
}

// total returns what Kubernetes counts of a pod: all containers that run beside each other, or what one of those before them takes, where that is
// more (https://kubernetes.io/docs/concepts/workloads/pods/init-containers/#resource-sharing-within-containers).
func (l Launcher) total(of func(corev1.ResourceRequirements) corev1.ResourceList) corev1.ResourceList {
	console := corev1.ResourceList{}
	if l.Console != nil {
		console = of(*l.Console)
	}
	out := corev1.ResourceList{}
	AddResources(out, of(l.Compute))
	AddResources(out, console)
	for _, c := range l.Media {
		AddResources(out, of(c))
	}
	for _, c := range l.Init {
		before := maps.Clone(console)
		AddResources(before, of(c))
		RaiseResources(out, before)
	}
	return out
}

// requestsOf returns the requests of a container, with the API server's defaults.
func requestsOf(r corev1.ResourceRequirements) corev1.ResourceList {
	out := maps.Clone(r.Limits)
	if out == nil {
		out = corev1.ResourceList{}
	}
	maps.Copy(out, r.Requests)
	return out
}

// AddResources adds quantities to a list.
func AddResources(to, added corev1.ResourceList) {
	for name, q := range added {
		sum := to[name].DeepCopy()
		sum.Add(q)
		to[name] = sum
	}
}

// RaiseResources raises the quantities of a list to those of another one.
func RaiseResources(to, least corev1.ResourceList) {
	for name, q := range least {
		if current, ok := to[name]; !ok || current.Cmp(q) < 0 {
			to[name] = q
		}
	}
}

// NewLauncher returns the pod of an instance that Expand returned: what KubeVirt requests for it, and limits (newResourceRenderer in
// pkg/virt-controller/services/template.go, and renderresources.go there). What no Wukong, instance type or preference can ask for is left out.
func NewLauncher(vmi *kubevirtv1.VirtualMachineInstance, s Settings) Launcher {
	k := s.kubeVirt()
	r := renderer{
		vmi: vmi, kubevirt: k, settings: s,
		requests: maps.Clone(vmi.Spec.Domain.Resources.Requests), limits: maps.Clone(vmi.Spec.Domain.Resources.Limits),
	}
	if r.requests == nil {
		r.requests = corev1.ResourceList{}
	}
	if r.limits == nil {
		r.limits = corev1.ResourceList{}
	}
	r.render()
	out := Launcher{Compute: corev1.ResourceRequirements{Requests: r.requests, Limits: r.limits}, Console: console(vmi, k)}
	out.Media, out.Init = media(vmi, s.Input)
	return out
}

// A renderer adds up the resources of the container with the guest.
type renderer struct {
	vmi      *kubevirtv1.VirtualMachineInstance
	kubevirt v1beta1.KubeVirt
	settings Settings

	requests, limits corev1.ResourceList
}

// render goes through the resources in KubeVirt's order.
func (r *renderer) render() {
	r.requests[corev1.ResourceEphemeralStorage] = resource.MustParse(ephemeralStorage)
	r.addVirtualization()
	overhead := MemoryOverhead(r.vmi, r.settings)
	r.addGuestMemory()
	r.addCPU()
	r.addMemoryOverhead(overhead)
	if r.settings.LimitMemory {
		r.limitMemory()
	}
	for _, name := range r.devices() {
		r.addDevice(name)
	}
}

// addVirtualization adds the devices of QEMU (getRequiredResources in renderresources.go). They are limits alone.
func (r *renderer) addVirtualization() {
	one := resource.MustParse("1")
	devices := r.vmi.Spec.Domain.Devices
	if ptr.Deref(devices.AutoattachVSOCK, false) {
		r.limits[deviceVhostVSOCK] = one
	}
	if len(devices.Interfaces) > 0 || ptr.Deref(devices.AutoattachPodInterface, true) {
		r.limits[deviceTun] = one
	}
	if r.kubevirt.UseEmulation {
		return
	}
	r.limits[deviceKVM] = one
	for _, i := range devices.Interfaces {
		if i.Model == "" || i.Model == kubevirtv1.VirtIO {
			r.limits[deviceVhostNet] = one
		}
	}
}

// addGuestMemory requests the memory of the guest, less what the cluster overcommits (WithMemoryRequests in renderresources.go). A virtual machine, or an
// instance type that overcommits, may have its own request, and a limit alone is the request, too.
func (r *renderer) addGuestMemory() {
	if limit, limited := r.limits[corev1.ResourceMemory]; limited && r.requests.Memory().IsZero() {
		r.requests[corev1.ResourceMemory] = limit
	}
	if !r.requests.Memory().IsZero() || r.vmi.Spec.Domain.Memory == nil || r.vmi.Spec.Domain.Memory.Guest == nil {
		return
	}
	guest := *r.vmi.Spec.Domain.Memory.Guest
	overcommit := int64(*r.kubevirt.MemoryOvercommit)
	if overcommit == defaultMemoryOvercommit || overcommit <= 0 {
		r.requests[corev1.ResourceMemory] = guest
		return
	}
	r.requests[corev1.ResourceMemory] = *resource.NewQuantity(guest.Value()*100/overcommit, guest.Format)
}

// addCPU requests CPUs: all of a guest with dedicated ones, else the share by which the cluster overcommits (WithCPUPinning and WithoutDedicatedCPU
// in renderresources.go).
func (r *renderer) addCPU() {
	threads := int64(0)
	if io := r.vmi.Spec.Domain.IOThreads; io != nil {
		threads = int64(ptr.Deref(io.SupplementalPoolThreadCount, 0))
	}
	cpus := vcpus(r.vmi.Spec.Domain.CPU) + threads
	if r.vmi.IsCPUDedicated() {
		r.pinCPU(cpus, threads)
		return
	}
	if _, limited := r.limits[corev1.ResourceCPU]; r.settings.LimitCPU && !limited {
		r.limits[corev1.ResourceCPU] = *resource.NewQuantity(cpus, resource.DecimalSI)
	}
	if _, requested := r.requests[corev1.ResourceCPU]; requested {
		return
	}
	// KubeVirt sets a cpuRequest other than its default on the instance (setDefaultResourceRequests in pkg/defaults/defaults.go).
	if q, err := resource.ParseQuantity(r.kubevirt.CPURequest); err == nil && !q.Equal(resource.MustParse(defaultCPURequest)) {
		r.requests[corev1.ResourceCPU] = q
		return
	}
	// KubeVirt formats a float, too, so that this has its rounding.
	share := float64(cpus) / float64(*r.kubevirt.CPUAllocationRatio)
	text := fmt.Sprintf("%g", share)
	if share < 1 {
		text = fmt.Sprintf("%gm", share*1000)
	}
	if q, err := resource.ParseQuantity(text); err == nil {
		r.requests[corev1.ResourceCPU] = q
	}
}

// pinCPU requests and limits whole CPUs, and as much memory as is requested at that time: the overhead comes later.
func (r *renderer) pinCPU(cpus, threads int64) {
	if r.vmi.Spec.Domain.CPU.IsolateEmulatorThread {
		emulator := int64(1)
		if _, even := r.vmi.Annotations[kubevirtv1.EmulatorThreadCompleteToEvenParity]; even && (cpus+r.supplementalPool(threads))%2 == 0 {
			emulator = 2
		}
		cpus += emulator
	}
	q := *resource.NewQuantity(cpus, resource.BinarySI)
	r.requests[corev1.ResourceCPU], r.limits[corev1.ResourceCPU] = q, q
	if memory, ok := r.requests[corev1.ResourceMemory]; ok {
		r.limits[corev1.ResourceMemory] = memory
	}
}

// supplementalPool returns the number of I/O threads that have a pool of their own.
func (r *renderer) supplementalPool(threads int64) int64 {
	if ptr.Deref(r.vmi.Spec.Domain.IOThreadsPolicy, "") == kubevirtv1.IOThreadsPolicySupplementalPool {
		return threads
	}
	return 0
}

// addMemoryOverhead adds the overhead to the memory of the guest, or, with huge pages, replaces that by pages (WithMemoryOverhead and WithHugePages
// in renderresources.go).
func (r *renderer) addMemoryOverhead(overhead resource.Quantity) {
	m := r.vmi.Spec.Domain.Memory
	if m == nil || m.Hugepages == nil {
		r.addMemory(r.requests, overhead)
		if _, limited := r.limits[corev1.ResourceMemory]; limited {
			r.addMemory(r.limits, overhead)
		}
		return
	}
	pages := *r.requests.Memory()
	if m.Guest != nil && pages.Cmp(*m.Guest) > 0 {
		pages = *m.Guest
	}
	name := corev1.ResourceName(corev1.ResourceHugePagesPrefix + m.Hugepages.PageSize)
	r.requests[name], r.limits[name] = pages, pages
	r.requests[corev1.ResourceMemory] = beside(*r.requests.Memory(), m.Guest, overhead)
	if limit, limited := r.limits[corev1.ResourceMemory]; limited {
		r.limits[corev1.ResourceMemory] = beside(limit, m.Guest, overhead)
	}
}

// beside returns the overhead and what a quantity of memory has beyond that of the guest.
func beside(memory resource.Quantity, guest *resource.Quantity, overhead resource.Quantity) resource.Quantity {
	out := overhead.DeepCopy()
	if guest != nil && memory.Cmp(*guest) > 0 {
		out.Add(memory)
		out.Sub(*guest)
	}
	return out
}

func (r *renderer) addMemory(list corev1.ResourceList, q resource.Quantity) {
	memory := list[corev1.ResourceMemory].DeepCopy()
	memory.Add(q)
	list[corev1.ResourceMemory] = memory
}

// limitMemory limits the memory to a multiple of the request, where nothing else limits it (WithAutoMemoryLimits in renderresources.go).
func (r *renderer) limitMemory() {
	if _, limited := r.limits[corev1.ResourceMemory]; limited {
		return
	}
	request := r.requests[corev1.ResourceMemory]
	r.limits[corev1.ResourceMemory] = *resource.NewQuantity(int64(float64(request.Value())*r.settings.MemoryLimitRatio), request.Format)
}

// devices returns the extended resources that are requested, each as often as it is.
func (r *renderer) devices() []string {
	var out []string
	if hasNetworkDevices(r.settings.Input) {
		out = append(out, r.settings.Networks...)
	}
	for _, g := range r.vmi.Spec.Domain.Devices.GPUs {
		if g.DeviceName != "" {
			out = append(out, g.DeviceName)
		}
	}
	for _, d := range r.vmi.Spec.Domain.Devices.HostDevices {
		if d.DeviceName != "" {
			out = append(out, d.DeviceName)
		}
	}
	if isSEV(&r.vmi.Spec) {
		out = append(out, string(deviceSEV))
	}
	if hasReservation(r.vmi.Spec.Domain.Devices) {
		out = append(out, string(devicePRHelper))
	}
	if feature.IsOlder(r.kubevirt.Version, "1.9") {
		return out
	}
	if l := r.vmi.Spec.Domain.LaunchSecurity; l != nil && l.TDX != nil {
		out = append(out, string(deviceTDX))
	}
	if on, _ := feature.Enabled(r.settings.Input, feature.IOMMUFD); on {
		out = append(out, string(deviceIOMMUFD))
	}
	return out
}

// hasNetworkDevices reports whether KubeVirt, or an injector in its place, requests the extended resources of networks.
func hasNetworkDevices(in *v1beta1.Input) bool {
	external, _ := feature.Enabled(in, feature.ExternalNetResourceInjection)
	return !external || in.Cluster.NetworkResourcesInjector
}

// addDevice adds one of an extended resource to requests and limits (requestResource in renderresources.go).
func (r *renderer) addDevice(name string) {
	one := corev1.ResourceList{corev1.ResourceName(name): *resource.NewQuantity(1, resource.DecimalSI)}
	AddResources(r.requests, one)
	AddResources(r.limits, one)
}

const mebi = 1 << 20

// MemoryOverhead returns the memory that the pod of an instance takes beside the guest's (GetMemoryOverhead in
// pkg/hypervisor/kvm/hypervisorbackend.go).
func MemoryOverhead(vmi *kubevirtv1.VirtualMachineInstance, s Settings) resource.Quantity {
	// Processes, as KubeVirt's constants have them: virt-launcher-monitor, virt-launcher, virtlogd, virtqemud and QEMU.
	const processes = (25 + 100 + 25 + 40 + 30) * mebi
	const ofEachCPU, ofIOThread, ofGraphics, ofFlash, ofVFIO, ofTPM, ofSEV, ofDedicated = 8 * mebi, 8 * mebi, 32 * mebi, 128 * mebi, 1 << 30, 53 * mebi, 256 * mebi, 100 * mebi

	spec := &vmi.Spec
	// One bit for every 512 of the request, which an instance type may have, and which is rounded up to kilobytes.
	bytes := spec.Domain.Resources.Requests.Memory().ScaledValue(resource.Kilo) * 1000 / 512
	bytes += processes + ofIOThread + ofEachCPU*max(vcpus(spec.Domain.CPU), 1)
	if ptr.Deref(spec.Domain.Devices.AutoattachGraphicsDevice, true) {
		bytes += ofGraphics
	}
	if architecture(spec, s) == "arm64" {
		bytes += ofFlash
	}
	if hasVFIO(spec) {
		bytes += ofVFIO
	}
	bytes += probeOverhead(spec)
	if isSEV(spec) {
		bytes += ofSEV
	}
	if t := spec.Domain.Devices.TPM; t != nil && ptr.Deref(t.Enabled, true) {
		bytes += ofTPM
	}
	if isGuaranteed(vmi) {
		bytes += ofDedicated
	}
	out := *resource.NewQuantity(bytes, resource.BinarySI)
	if ratio, err := strconv.ParseFloat(s.kubeVirt().AdditionalGuestMemoryOverheadRatio, 64); err == nil {
		added := int64(float64(out.ScaledValue(resource.Kilo)) * (ratio - 1))
		out.Add(*resource.NewScaledQuantity(added, resource.Kilo))
	}
	return out
}

// probeOverhead returns the memory in bytes that virt-probe takes in the pod for commands in the guest (addProbeOverheads in
// pkg/hypervisor/kvm/hypervisorbackend.go, in 1.8 too). KubeVirt counts none for guestAgentPing.
func probeOverhead(spec *kubevirtv1.VirtualMachineInstanceSpec) int64 {
	const ofAll, ofEach = 100 * mebi, 10 * mebi
	out := int64(0)
	for _, p := range []*kubevirtv1.Probe{spec.LivenessProbe, spec.ReadinessProbe} {
		if p != nil && p.Exec != nil {
			out += ofEach
		}
	}
	if out > 0 {
		out += ofAll
	}
	return out
}

// architecture returns the architecture of an instance.
func architecture(spec *kubevirtv1.VirtualMachineInstanceSpec, s Settings) string {
	if spec.Architecture != "" {
		return spec.Architecture
	}
	return s.Architecture
}

// isGuaranteed reports whether all containers of the pod request what they are limited to, so that the guest has CPUs of its own.
func isGuaranteed(vmi *kubevirtv1.VirtualMachineInstance) bool {
	return vmi.IsCPUDedicated() || vmi.WantsToHaveQOSGuaranteed()
}

// hasVFIO reports whether the guest has a device of the node, for which all of its memory is locked (HasVFIO in pkg/vmitrait).
func hasVFIO(spec *kubevirtv1.VirtualMachineInstanceSpec) bool {
	d := spec.Domain.Devices
	for _, i := range d.Interfaces {
		if i.SRIOV != nil {
			return true
		}
	}
	return len(d.GPUs) > 0 || len(d.HostDevices) > 0
}

// isSEV reports whether AMD's SEV encrypts the memory of the guest (IsSEVVMI in pkg/util/amd64.go).
func isSEV(spec *kubevirtv1.VirtualMachineInstanceSpec) bool {
	l := spec.Domain.LaunchSecurity
	return l != nil && (l.SEV != nil || l.SNP != nil)
}

// vcpus returns the number of a guest's CPUs (GetNumberOfVCPUs in pkg/util/hardware/hw_utils.go); 1 without CPUs.
func vcpus(c *kubevirtv1.CPU) int64 {
	if c == nil {
		return 1
	}
	out := int64(1)
	for _, n := range []uint32{c.Sockets, c.Cores, c.Threads} {
		if n != 0 {
			out *= int64(n)
		}
	}
	return out
}

// console returns the resources of the container that logs the serial console; nil without one (resourcesForSerialConsoleLogContainer in
// pkg/virt-controller/services/serialconsolelog.go).
func console(vmi *kubevirtv1.VirtualMachineInstance, k v1beta1.KubeVirt) *corev1.ResourceRequirements {
	devices := vmi.Spec.Domain.Devices
	if !ptr.Deref(devices.AutoattachSerialConsole, true) || !ptr.Deref(devices.LogSerialConsole, !k.DisableSerialConsoleLog) {
		return nil
	}
	limits := corev1.ResourceList{corev1.ResourceCPU: resource.MustParse("15m"), corev1.ResourceMemory: resource.MustParse("60M")}
	if isGuaranteed(vmi) {
		return &corev1.ResourceRequirements{Requests: limits, Limits: limits}
	}
	return &corev1.ResourceRequirements{
		Requests: corev1.ResourceList{corev1.ResourceCPU: resource.MustParse("5m"), corev1.ResourceMemory: resource.MustParse("35M")}, Limits: limits,
	}
}
