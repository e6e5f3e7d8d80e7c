package kubevirt

import (
	"slices"

	corev1 "k8s.io/api/core/v1"
	kubevirtv1 "kubevirt.io/api/core/v1"

	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
	"github.com/novasphere/function-wukong/internal/observed"
	"github.com/novasphere/function-wukong/internal/plan"
)

// seedVolume is the name of the volume with cloud-init's seed. Admission reserves it.
const seedVolume = "cloudinitdisk"

// seed is the volume from which cloud-init, or cloudbase-init, reads user data and network data.
//
// cloud-init applies both once for each instance-id, which KubeVirt derives from the firmware's UUID
// (https://docs.cloud-init.io/en/latest/explanation/boot.html).
var seed = concern{
	apply: applySeed,
	parts: []part{
		{path: pathVolumes + "[" + seedVolume + "]", field: fieldWindows},
		{path: pathVolumes + "[" + seedVolume + "].cloudInitNoCloud", field: fieldCloudbaseInit},
		{path: pathVolumes + "[" + seedVolume + "].cloudInitNoCloud.secretRef", field: "cloudInit.userDataSecretRef.name"},
		{path: pathVolumes + "[" + seedVolume + "].cloudInitConfigDrive", field: fieldCloudbaseInit},
		{path: pathVolumes + "[" + seedVolume + "].cloudInitConfigDrive.secretRef", field: "cloudInit.userDataSecretRef.name"},
		{path: pathDisks + "[" + seedVolume + "]", field: fieldWindows},
	},
	changes: map[string]plan.Effect{
		"cloudInitUser.name":               plan.EffectFirstBoot,
		"cloudInitUser.password":           plan.EffectFirstBoot,
		"cloudInitUser.passwordHash":       plan.EffectFirstBoot,
		"cloudInitUser.sudo":               plan.EffectFirstBoot,
		"cloudInitUser.shell":              plan.EffectFirstBoot,
		"cloudInitUser.groups":             plan.EffectFirstBoot,
		"cloudInitUser.lockPasswd":         plan.EffectFirstBoot,
		"cloudInit.userData":               plan.EffectFirstBoot,
		"cloudInit.userDataSecretRef.name": plan.EffectFirstBoot,
	},
}

// applySeed adds the seed. Its device needs no serial number: the guest finds it by the label of its file system. That for cloudbase-init is a CD-ROM,
// on which it looks first, and on a bus for which Windows has a driver.
func applySeed(vm *kubevirtv1.VirtualMachine, p params) {
	if !p.wukong.Spec.TakesSeed() {
		return
	}
	s := p.devices.Seed
	userData := &corev1.LocalObjectReference{Name: s.UserDataSecret}
	networkData := &corev1.LocalObjectReference{Name: s.NetworkDataSecret}
	if s.ConfigDrive {
		attach(vm, ownCDROM(seedVolume, p.wukong), kubevirtv1.VolumeSource{CloudInitConfigDrive: &kubevirtv1.CloudInitConfigDriveSource{
			UserDataSecretRef: userData, NetworkDataSecretRef: networkData,
		}})
		return
	}
	attach(vm, disk(seedVolume, seedBus(p.wukong)), kubevirtv1.VolumeSource{CloudInitNoCloud: &kubevirtv1.CloudInitNoCloudSource{
		UserDataSecretRef: userData, NetworkDataSecretRef: networkData,
	}})
}

// HasSeed reports whether the existing virtual machine, or the instance that runs, may still have the volume of the seed. A migration makes a pod anew, which
// would not start without its Secret.
func HasSeed(rs observed.Resources) bool {
	vm, exists := observed.Last[kubevirtv1.VirtualMachine](rs, plan.KeyVM)
	if !exists {
		return false
	}
	if volume(vm, seedVolume) != nil {
		return true
	}
	if !vm.Status.Created || !rs.Exists(plan.KeyVM) {
		return false
	}
	vmi, known := wholeInstance(rs)
	return !known || !vmi.IsFinal() && slices.ContainsFunc(vmi.Spec.Volumes, func(v kubevirtv1.Volume) bool { return v.Name == seedVolume })
}

// seedBus returns the bus of the seed. Empty for that of the preference, for which the guest has drivers.
func seedBus(w *v1alpha1.Wukong) kubevirtv1.DiskBus {
	if w.Spec.Preference != nil {
		return ""
	}
	return kubevirtv1.DiskBusVirtio
}
