package kubevirt

import (
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	kubevirtv1 "kubevirt.io/api/core/v1"

	"github.com/novasphere/function-wukong/input/v1beta1"
	"github.com/novasphere/function-wukong/internal/feature"
)

// media returns the resources of the containers of an instance's media: of those beside the guest, each with a medium that is an image of a container,
// and of those before it, which fetch the images (renderLaunchManifest in pkg/virt-controller/services/template.go, and pkg/container-disk). By the
// feature gate ImageVolume images are volumes of the pod, and only the latter are left.
func media(vmi *kubevirtv1.VirtualMachineInstance, in *v1beta1.Input) (beside, before []corev1.ResourceRequirements) {
	medium := requirements("1m", "1M", "10m", "40M", isGuaranteed(vmi))
	medium.Requests[corev1.ResourceEphemeralStorage] = resource.MustParse(ephemeralStorage)
	asVolumes, _ := feature.Enabled(in, feature.ImageVolume)
	for _, v := range vmi.Spec.Volumes {
		if v.ContainerDisk == nil {
			continue
		}
		if !asVolumes {
			beside = append(beside, medium)
		}
		before = append(before, medium)
	}
	if len(beside) > 0 {
		// The first one copies the program that the others run.
		before = append(before, requirements("10m", "1M", copierCPU(vmi), "40M", isGuaranteed(vmi)))
	}
	return beside, before
}

// copierCPU returns the limit of the container that copies (initContainerResourceRequirementsForVMI in renderresources.go).
func copierCPU(vmi *kubevirtv1.VirtualMachineInstance) string {
	if isGuaranteed(vmi) {
		return "10m"
	}
	return "100m"
}

// Attachment returns the resources of the pod that attaches the hotpluggable volumes of an instance to its node, beside that of the instance; nil without
// such volumes. It has one pod, which another one replaces when a volume comes or goes, and a second one at the node that it migrates to
// (RenderHotplugAttachmentPodTemplate in pkg/virt-controller/services/template.go).
func Attachment(vmi *kubevirtv1.VirtualMachineInstance) *corev1.ResourceRequirements {
	if len(Hotpluggable(vmi)) == 0 {
		return nil
	}
	out := requirements("10m", "2M", "100m", "80M", false)
	return &out
}

// Hotpluggable returns the claims of the hotpluggable volumes of an instance (IsDeclarativeHotplugVolume in pkg/storage/types/volume.go). The claim of a
// DataVolume has its name.
func Hotpluggable(vmi *kubevirtv1.VirtualMachineInstance) []string {
	var out []string
	for _, v := range vmi.Spec.Volumes {
		switch {
		case v.PersistentVolumeClaim != nil && v.PersistentVolumeClaim.Hotpluggable:
			out = append(out, v.PersistentVolumeClaim.ClaimName)
		case v.DataVolume != nil && v.DataVolume.Hotpluggable:
			out = append(out, v.DataVolume.Name)
		}
	}
	return out
}

// requirements returns the resources of a container. One that is guaranteed requests its limits.
func requirements(cpu, memory, cpuLimit, memoryLimit string, guaranteed bool) corev1.ResourceRequirements {
	if guaranteed {
		cpu, memory = cpuLimit, memoryLimit
	}
	return corev1.ResourceRequirements{
		Requests: corev1.ResourceList{corev1.ResourceCPU: resource.MustParse(cpu), corev1.ResourceMemory: resource.MustParse(memory)},
		Limits:   corev1.ResourceList{corev1.ResourceCPU: resource.MustParse(cpuLimit), corev1.ResourceMemory: resource.MustParse(memoryLimit)},
	}
}
