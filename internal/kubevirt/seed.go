package kubevirt

import (
	corev1 "k8s.io/api/core/v1"
	kubevirtv1 "kubevirt.io/api/core/v1"

	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
	"github.com/novasphere/function-wukong/internal/plan"
)

// seedVolume is the name of the volume with cloud-init's seed. Admission reserves it.
const seedVolume = "cloudinitdisk"

// seed is the volume from which cloud-init reads user data and network data.
//
// cloud-init applies both once for each instance-id, which KubeVirt derives from the firmware's UUID
// (https://docs.cloud-init.io/en/latest/explanation/boot.html).
var seed = concern{
	apply: applySeed,
	parts: []part{
		{path: pathVolumes + "[" + seedVolume + "]"},
		{path: pathVolumes + "[" + seedVolume + "].cloudInitNoCloud.secretRef", field: "cloudInit.userDataSecretRef.name"},
		{path: pathDisks + "[" + seedVolume + "]"},
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

// applySeed adds the seed. Its device needs no serial number: cloud-init finds it by the label of its file system.
func applySeed(vm *kubevirtv1.VirtualMachine, p params) {
	attach(vm, disk(seedVolume, seedBus(p.wukong)), kubevirtv1.VolumeSource{CloudInitNoCloud: &kubevirtv1.CloudInitNoCloudSource{
		UserDataSecretRef:    &corev1.LocalObjectReference{Name: p.devices.Seed.UserDataSecret},
		NetworkDataSecretRef: &corev1.LocalObjectReference{Name: p.devices.Seed.NetworkDataSecret},
	}})
}

// seedBus returns the bus of the seed. Empty for that of the preference, for which the guest has drivers.
func seedBus(w *v1alpha1.Wukong) kubevirtv1.DiskBus {
	if w.Spec.Preference != nil {
		return ""
	}
	return kubevirtv1.DiskBusVirtio
}
