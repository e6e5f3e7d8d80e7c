package check

import (
	"slices"

	corev1 "k8s.io/api/core/v1"
	storagev1 "k8s.io/api/storage/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	"k8s.io/utils/ptr"

	"github.com/novasphere/function-wukong/input/v1beta1"
	"github.com/novasphere/function-wukong/internal/kubevirt"
	"github.com/novasphere/function-wukong/internal/manifest"
	"github.com/novasphere/function-wukong/internal/storage"
)

// state returns the claim in which KubeVirt keeps the state of a guest's TPM and the variables of EFI; nil where neither persists. A claim that exists has
// the properties that it has. CDI makes another one as large as its class needs, where it completes claims (createPVC in pkg/storage/backend-storage of
// KubeVirt).
func (r *repository) state(g *guest) *volume {
	if !kubevirt.KeepsState(r.instance(g)) {
		return nil
	}
	c := storage.Claim{Composed: true, Completed: *g.Input.Cluster.StorageProfiles, VolumeMode: ptr.To(corev1.PersistentVolumeFilesystem)}
	if pvc := r.cluster.states[named{namespace: g.namespace(), name: g.vm.Name}]; pvc != nil {
		c.Observed, c.Class, c.AccessModes = true, pvc.Spec.StorageClassName, pvc.Spec.AccessModes
		c.Size = pvc.Spec.Resources.Requests[corev1.ResourceStorage]
	} else {
		c.Size = resource.MustParse(kubevirt.StateSize)
		if class := r.stateClass(g); class != "" {
			c.Class = &class
		}
		c.AccessModes = []corev1.PersistentVolumeAccessMode{kubevirt.StateAccessMode(g.Input, r.cluster.profiles[ptr.Deref(c.Class, "")])}
	}
	v := r.newVolume(g, c)
	return &v
}

// stateClass returns the StorageClass of new claims with state: that of KubeVirt's settings, else the default one (getStorageClass in
// pkg/storage/backend-storage of KubeVirt). Empty where that is not known.
func (r *repository) stateClass(g *guest) string {
	if class := ptr.Deref(g.Input.Cluster.KubeVirt, v1beta1.KubeVirt{}).VMStateStorageClass; class != "" {
		return string(class)
	}
	return r.cluster.class(nil, true)
}

// stateFindings returns the guests whose state has no StorageClass, where classes are given: KubeVirt starts them not.
func (r *repository) stateFindings() []Finding {
	if len(r.cluster.StorageClasses) == 0 {
		return nil
	}
	var out []Finding
	for _, g := range r.guests {
		if v := r.state(g); v != nil && !v.Observed && v.class == "" {
			out = append(out, newFinding(g, stateField(g), manifest.Warning, msgNoStateClass))
		}
	}
	return out
}

// stateField returns the path of the field by which a guest keeps state.
func stateField(g *guest) string {
	f := g.Wukong.Spec.Firmware
	switch {
	case g.Wukong.Spec.TPM != "":
		return "spec.tpm"
	case f != nil && ptr.Deref(f.Persistent, false):
		return "spec.firmware.persistent"
	case g.Wukong.Spec.Preference != nil:
		return "spec.preference"
	default:
		return "spec.firmware"
	}
}

// waiting returns the number of a guest's disks that are attached while it runs, and whose import waits for a pod that uses the claim: those of a
// StorageClass with the binding mode WaitForFirstConsumer. KubeVirt starts a pod for each, where the class has no CSI driver
// (RenderHotplugAttachmentTriggerPodTemplate in pkg/virt-controller/services/template.go of KubeVirt).
func (r *repository) waiting(g *guest) int64 {
	hotpluggable := kubevirt.Hotpluggable(r.instance(g))
	n := int64(0)
	for _, v := range r.volumes(g) {
		c := r.cluster.classes[v.class]
		if v.Imported && !v.Observed && c != nil && ptr.Deref(c.VolumeBindingMode, "") == storagev1.VolumeBindingWaitForFirstConsumer &&
			slices.Contains(hotpluggable, v.Name) {
			n++
		}
	}
	return n
}
