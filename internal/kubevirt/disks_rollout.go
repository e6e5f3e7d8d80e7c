package kubevirt

import (
	"reflect"
	"slices"

	kubevirtv1 "kubevirt.io/api/core/v1"

	"github.com/novasphere/function-wukong/internal/feature"
)

// Paths in the spec of a VirtualMachine.
const (
	pathVolumes = pathTemplate + ".volumes"
	pathDisks   = pathDevices + ".disks"
)

// unordered is the verdict on another order of what KubeVirt compares by name. The guest sees it when it starts.
func unordered(change) verdict { return unasked }

// rolloutVolume is validLiveUpdateVolumes in pkg/virt-controller/watch/vm/vm.go, and HandleDeclarativeVolumes in pkg/storage/hotplug.
func rolloutVolume(c change) verdict {
	from, to := volume(c.from, c.item), volume(c.to, c.item)
	switch {
	case to != nil && !isHotpluggable(to), to == nil && !isHotpluggable(from):
		return inTemplate
	case from != nil && !isHotpluggable(from):
		// It stays attached as it is.
		return unasked
	case to != nil && isCDROM(c.to, c.item) && !isCDROM(c.from, c.item):
		// KubeVirt's own admission refuses to give an instance a drive.
		return unasked
	default:
		return plugged(c)
	}
}

// rolloutDisk is validLiveUpdateDisks in pkg/virt-controller/watch/vm/vm.go, and HandleDeclarativeVolumes in pkg/storage/hotplug.
func rolloutDisk(c change) verdict {
	from, to := volume(c.from, c.item), volume(c.to, c.item)
	isAdded, isRemoved := c.path == c.whole() && c.node.from == nil, c.path == c.whole() && c.node.to == nil
	switch {
	case isRemoved && (from != nil && !isHotpluggable(from) || isCDROM(c.from, c.item)):
		return inTemplate
	case isRemoved && from == nil:
		return unasked
	case isRemoved:
		return plugged(c)
	case !isHotpluggable(to):
		return inTemplate
	case isCDROM(c.to, c.item):
		// A drive stays as it is, whatever its medium is.
		return unasked
	case isAdded || isHotpluggable(from) && !reflect.DeepEqual(from, to):
		// KubeVirt attaches another volume with its device anew.
		return plugged(c)
	default:
		return unasked
	}
}

// whole returns the path of the item that the change lies in.
func (c change) whole() string { return pathDisks + "[" + c.item + "]" }

// plugged returns the verdict on a hotpluggable volume. Without the feature gate it waits for the next start, for which KubeVirt does not ask.
func plugged(c change) verdict {
	if !isEnabled(c.cluster, feature.DeclarativeHotplugVolumes, true) || isEnabled(c.cluster, feature.HotplugVolumes, false) {
		return unasked
	}
	return live
}

// isHotpluggable reports whether KubeVirt attaches and detaches a volume while the guest runs. No volume is not.
func isHotpluggable(v *kubevirtv1.Volume) bool {
	if v == nil {
		return false
	}
	return v.PersistentVolumeClaim != nil && v.PersistentVolumeClaim.Hotpluggable || v.DataVolume != nil && v.DataVolume.Hotpluggable
}

// volume returns the volume of a VirtualMachine with a name. Nil where there is none.
func volume(vm *kubevirtv1.VirtualMachine, name string) *kubevirtv1.Volume {
	if vm.Spec.Template == nil {
		return nil
	}
	volumes := vm.Spec.Template.Spec.Volumes
	if i := slices.IndexFunc(volumes, func(v kubevirtv1.Volume) bool { return v.Name == name }); i >= 0 {
		return &volumes[i]
	}
	return nil
}

// isCDROM reports whether a VirtualMachine has a CD-ROM drive with a name.
func isCDROM(vm *kubevirtv1.VirtualMachine, name string) bool {
	d := deviceOf(vm, name)
	return d != nil && d.CDRom != nil
}

// deviceOf returns the device of a VirtualMachine's disk with a name. Nil where there is none.
func deviceOf(vm *kubevirtv1.VirtualMachine, name string) *kubevirtv1.Disk {
	disks := domainOf(vm).Devices.Disks
	if i := slices.IndexFunc(disks, func(d kubevirtv1.Disk) bool { return d.Name == name }); i >= 0 {
		return &disks[i]
	}
	return nil
}
