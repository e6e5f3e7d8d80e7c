package kubevirt

import (
	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
)

// What KubeVirt asks of the memory of a virtual machine to which it can add some while it runs
// (pkg/liveupdate/memory, ValidateLiveUpdateMemory).
const (
	leastGrowing = 1 << 30
	memoryBlock  = 2 << 20
)

// adviseMemory returns what keeps a Wukong's virtual machine from getting more memory while it runs; empty for nothing.
func adviseMemory(w *v1alpha1.Wukong) string {
	if w.Spec.Memory == nil {
		return ""
	}
	if n := w.Spec.Memory.Value(); n >= leastGrowing && n%memoryBlock == 0 {
		return ""
	}
	return "a later change takes a restart: KubeVirt adds memory to a running virtual machine only where it has at least 1Gi and a multiple of 2Mi"
}
