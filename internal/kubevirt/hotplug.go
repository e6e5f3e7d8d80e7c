package kubevirt

import (
	"slices"

	"k8s.io/apimachinery/pkg/util/validation/field"
	kubevirtv1 "kubevirt.io/api/core/v1"

	"github.com/novasphere/function-wukong/internal/observed"
	"github.com/novasphere/function-wukong/internal/plan"
	"github.com/novasphere/function-wukong/internal/storage"
)

// Ports of PCI that KubeVirt keeps free for what is plugged into an instance: at least these (calculateHotplugPortCountV2 in
// pkg/virt-launcher/virtwrap/manager.go). Disks on virtio and network interfaces share them.
const (
	freePorts              = 3
	freePortsOfLarge       = 6
	largeMemory      int64 = 2 << 30
)

// A plugger says which volumes of a virtual machine are hotpluggable: attached and detached by KubeVirt while the guest runs.
//
// A volume that the virtual machine has stays as it is, whatever the platform team sets. A new one is hotpluggable where KubeVirt is known to plug, and
// where it can be plugged.
type plugger struct {
	// plugs reports whether KubeVirt is known to plug volumes.
	plugs bool

	// vm is the virtual machine as it is observed, else as it was last desired. Nil where there is none.
	vm *kubevirtv1.VirtualMachine

	// instance is the instance that runs. Nil where there is none, and where it is not known.
	instance *kubevirtv1.VirtualMachineInstance

	// isUnknown reports that an instance may run that is not known.
	isUnknown bool
}

// newPlugger returns the plugger of a virtual machine.
func newPlugger(plugs bool, rs observed.Resources) plugger {
	p := plugger{plugs: plugs}
	vm, exists := observed.Last[kubevirtv1.VirtualMachine](rs, plan.KeyVM)
	if !exists || rs[plan.KeyVM].Foreign != nil {
		return p
	}
	p.vm = vm
	if !plugs || !vm.Status.Created {
		return p
	}
	vmi, found := observed.Get[kubevirtv1.VirtualMachineInstance](rs, plan.KeyVMI)
	switch {
	case !found:
		p.isUnknown = true
	case vmi.Spec.Domain.Devices.Disks == nil:
		// A plan knows no more than that it runs, as the virtual machine says.
	case !vmi.IsFinal():
		p.instance = vmi
	}
	return p
}

// isHotpluggable reports whether a volume is hotpluggable.
func (p plugger) isHotpluggable(v storage.Volume) bool {
	switch {
	case v.ClaimName == "":
		// KubeVirt pulls a container when an instance starts.
		return false
	case v.Succeeds:
		// The guest must not see another content of a disk while it runs, and disks that are restored together belong to one moment.
		return false
	case !v.CDROM && v.Bus != string(kubevirtv1.DiskBusVirtio) && v.Bus != string(kubevirtv1.DiskBusSCSI):
		// ValidateHotplugDiskConfiguration in pkg/storage/admitters/storagehotplug.go. It sees an empty bus before a preference chooses one.
		return false
	case p.vm != nil && isCDROM(p.vm, v.Name) == v.CDROM && volume(p.vm, v.Name) != nil:
		return isHotpluggable(volume(p.vm, v.Name))
	case v.DedicatedIOThread, v.Reservation:
		// QEMU has the threads of its start, and the pod the socket for reservations only where the instance had some at its start.
		return false
	case p.instance != nil && p.instanceHas(v.Name) && !v.CDROM, p.isFixed(v.Name):
		// What the instance has of this name has to go first, which takes a restart.
		return false
	case !p.plugs || v.BootOrder == 1:
		return false
	case p.vm == nil:
		return true
	case v.CDROM:
		// KubeVirt would try for ever to give an instance a drive that it does not have, which its own admission refuses.
		return isCDROM(p.vm, v.Name) && !p.isUnknown && p.instanceHas(v.Name)
	default:
		return !isCDROM(p.vm, v.Name)
	}
}

// isFixed reports whether the instance has a volume with a name that is not hotpluggable.
func (p plugger) isFixed(name string) bool {
	return p.instance != nil && slices.ContainsFunc(p.instance.Spec.Volumes, func(v kubevirtv1.Volume) bool { return v.Name == name && !isHotpluggable(&v) })
}

// instanceHas reports whether the instance has a CD-ROM drive with a name. One that is not known has what the virtual machine has.
func (p plugger) instanceHas(name string) bool {
	if p.instance == nil {
		return true
	}
	return slices.ContainsFunc(p.instance.Spec.Domain.Devices.Disks, func(d kubevirtv1.Disk) bool { return d.Name == name && d.CDRom != nil })
}

// PortAdvice returns advice where more disks and network interfaces wait to be plugged into an instance than it has ports of PCI for.
func PortAdvice(d Devices, rs observed.Resources) []string {
	p := newPlugger(d.PlugsVolumes, rs)
	if p.instance == nil {
		return nil
	}
	has := p.instance.Spec.Domain.Devices
	var waiting []int
	for i, v := range d.Volumes {
		plugged := slices.ContainsFunc(has.Disks, func(d kubevirtv1.Disk) bool { return d.Name == v.Name })
		if !plugged && v.Bus == string(kubevirtv1.DiskBusVirtio) && p.isHotpluggable(v) {
			waiting = append(waiting, i)
		}
	}
	if len(waiting) == 0 {
		return nil
	}
	n := len(waiting)
	for _, nic := range d.NICs {
		if !slices.ContainsFunc(has.Interfaces, func(i kubevirtv1.Interface) bool { return i.Name == nic.Name }) {
			n++
		}
	}
	ports := freePorts
	if m := p.instance.Spec.Domain.Memory; m != nil && bytes(m.Guest) > largeMemory {
		ports = freePortsOfLarge
	}
	if n <= ports {
		return nil
	}
	// The first disks find a port.
	path := field.NewPath("spec", "disks").Index(waiting[max(0, len(waiting)-(n-ports))]).Child("bus")
	return []string{at(path, msgFewPorts.With(n, ports))}
}
