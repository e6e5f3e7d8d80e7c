package kubevirt

import (
	kubevirtv1 "kubevirt.io/api/core/v1"

	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
)

// gpus returns the devices that KubeVirt passes to the guest; none as nil, so that the field stays away.
func gpus(w *v1alpha1.Wukong) []kubevirtv1.GPU {
	if len(w.Spec.GPUs) == 0 {
		return nil
	}
	out := make([]kubevirtv1.GPU, len(w.Spec.GPUs))
	for i, g := range w.Spec.GPUs {
		out[i] = kubevirtv1.GPU{Name: g.Name, DeviceName: g.DeviceName}
	}
	return out
}
