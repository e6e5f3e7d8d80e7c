package kubevirt

import (
	"slices"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/validation/field"
	kubevirtv1 "kubevirt.io/api/core/v1"

	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
	"github.com/novasphere/function-wukong/input/v1beta1"
	"github.com/novasphere/function-wukong/internal/image"
	"github.com/novasphere/function-wukong/internal/message"
	"github.com/novasphere/function-wukong/internal/observed"
	"github.com/novasphere/function-wukong/internal/plan"
)

// Fields of the spec about Windows.
const (
	fieldWindows       = "windows"
	fieldCloudbaseInit = fieldWindows + ".cloudbaseInit"
	fieldDrivers       = fieldWindows + ".drivers"
	fieldUnattend      = fieldWindows + ".unattendSecretRef"
)

// windows are the CD-ROMs that a guest of Windows gets: one with the answers for its installer (pkg/config/sysprep.go), and one with drivers. Neither is
// among those that the firmware looks for a system on, and neither needs a serial number: Windows looks for the files on all drives.
//
// KubeVirt attaches and detaches both by a restart, as neither volume is hotpluggable.
var windows = concern{
	apply: applyWindows,
	facts: windowsFact,
	parts: []part{
		{path: pathVolumes + "[" + v1alpha1.VolumeUnattend + "]", field: fieldUnattend, rollout: rolloutVolume},
		{path: pathVolumes + "[" + v1alpha1.VolumeUnattend + "].sysprep.secret", field: fieldUnattend + ".name"},
		{path: pathDisks + "[" + v1alpha1.VolumeUnattend + "]", field: fieldUnattend, rollout: rolloutDisk},
		{path: pathVolumes + "[" + v1alpha1.VolumeDrivers + "]", field: fieldDrivers, rollout: rolloutVolume},
		{path: pathDisks + "[" + v1alpha1.VolumeDrivers + "]", field: fieldDrivers, rollout: rolloutDisk},
	},
	changes: map[string]plan.Effect{
		fieldWindows:            plan.EffectRestart,
		fieldUnattend + ".name": plan.EffectRestart,
		fieldDrivers:            plan.EffectRestart,
		fieldCloudbaseInit:      plan.EffectRestart,
	},
}

var msgNoDriversImage = message.New(message.Refusal, "windows-drivers-missing",
	"the platform team names no image with drivers for Windows: ask it for defaults.windowsDriversImage, or remove drivers and add a disk of type cdrom "+
		"with such an image")

// presences are the objects of the spec that say something by being there, whatever is in them.
var presences = []string{fieldWindows}

// CountsByPresence reports whether the object at a pattern says something by being there, whatever is in it. Its own path is among the Changes.
func CountsByPresence(pattern string) bool { return slices.Contains(presences, pattern) }

func applyWindows(vm *kubevirtv1.VirtualMachine, p params) {
	if name := p.wukong.Spec.UnattendSecret(); name != "" {
		attach(vm, ownCDROM(v1alpha1.VolumeUnattend, p.wukong), kubevirtv1.VolumeSource{
			Sysprep: &kubevirtv1.SysprepSource{Secret: &corev1.LocalObjectReference{Name: string(name)}},
		})
	}
	if p.devices.DriversImage != "" {
		attach(vm, ownCDROM(v1alpha1.VolumeDrivers, p.wukong), kubevirtv1.VolumeSource{
			ContainerDisk: &kubevirtv1.ContainerDiskSource{Image: p.devices.DriversImage},
		})
	}
}

// ownCDROM returns a CD-ROM drive that no disk of the spec is. Its bus is one for which Windows has a driver, whatever a preference chooses for disks.
func ownCDROM(name string, w *v1alpha1.Wukong) kubevirtv1.Disk {
	if w.Spec.Architecture == v1alpha1.ArchitectureARM64 {
		// KubeVirt has no other there (see admission).
		return cdrom(name, kubevirtv1.DiskBusSCSI)
	}
	return cdrom(name, kubevirtv1.DiskBusSATA)
}

func windowsFact(vm *kubevirtv1.VirtualMachine) string {
	if vm.Spec.Template == nil {
		return ""
	}
	unattended, drivers := false, ownDrivers(&vm.Spec.Template.Spec) != ""
	for _, v := range vm.Spec.Template.Spec.Volumes {
		unattended = unattended || v.Sysprep != nil
	}
	switch {
	case unattended && drivers:
		return "answers for Windows Setup, drivers for Windows"
	case unattended:
		return "answers for Windows Setup"
	case drivers:
		return "drivers for Windows"
	default:
		return ""
	}
}

// DriversImage returns the container with drivers for Windows where the Wukong asks for them: that of the virtual machine that exists, else that of the
// Input. Without either it is an error.
func DriversImage(w *v1alpha1.Wukong, in *v1beta1.Input, rs observed.Resources) (string, field.ErrorList) {
	if !w.Spec.AttachesDrivers() {
		return "", nil
	}
	if vm, exists := observed.Last[kubevirtv1.VirtualMachine](rs, plan.KeyVM); exists && vm.Spec.Template != nil {
		if has := ownDrivers(&vm.Spec.Template.Spec); has != "" {
			return has, nil
		}
	}
	if in.Defaults.WindowsDriversImage != "" {
		return image.Reference(string(in.Defaults.WindowsDriversImage)), nil
	}
	return "", field.ErrorList{field.Required(field.NewPath("spec", "windows", "drivers"), msgNoDriversImage.String())}
}

// ownDrivers returns the container of the CD-ROM with drivers that an instance has by windows.drivers. Empty where it has none. A drive of the same name
// among the disks of a Wukong has a serial number.
func ownDrivers(spec *kubevirtv1.VirtualMachineInstanceSpec) string {
	own := slices.ContainsFunc(spec.Domain.Devices.Disks, func(d kubevirtv1.Disk) bool {
		return d.Name == v1alpha1.VolumeDrivers && d.CDRom != nil && d.Serial == ""
	})
	i := slices.IndexFunc(spec.Volumes, func(v kubevirtv1.Volume) bool { return v.Name == v1alpha1.VolumeDrivers && v.ContainerDisk != nil })
	if !own || i < 0 {
		return ""
	}
	return spec.Volumes[i].ContainerDisk.Image
}

// ownVolumes returns the names of the volumes of an instance that no disk of a Wukong is.
func ownVolumes(spec *kubevirtv1.VirtualMachineInstanceSpec) []string {
	var out []string
	if ownDrivers(spec) != "" {
		out = append(out, v1alpha1.VolumeDrivers)
	}
	for _, v := range spec.Volumes {
		if v.Sysprep != nil || v.CloudInitNoCloud != nil || v.CloudInitConfigDrive != nil {
			out = append(out, v.Name)
		}
	}
	return out
}
