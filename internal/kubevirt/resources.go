package kubevirt

import (
	corev1 "k8s.io/api/core/v1"
	kubevirtv1 "kubevirt.io/api/core/v1"

	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
	"github.com/novasphere/function-wukong/internal/plan"
)

// resources are the CPUs and the memory of the node that the pod requests, and is limited to.
//
// KubeVirt gives them to the pod when an instance starts, with the memory of its own processes added (newResourceRenderer in
// pkg/virt-controller/services/template.go). Where CPUs or memory grow while the guest runs, it raises both by itself (VMICPUsPatch and
// handleMemoryHotplugRequest in pkg/virt-controller/watch/vm/vm.go).
var resources = concern{
	apply: applyResources,
	parts: []part{
		{path: pathResources + ".requests.cpu", field: "performance.requests.cpu"},
		{path: pathResources + ".requests.memory", field: "performance.requests.memory"},
		{path: pathResources + ".limits.cpu", field: "performance.limits.cpu"},
		{path: pathResources + ".limits.memory", field: "performance.limits.memory"},
	},
	changes: map[string]plan.Effect{
		"performance.requests.cpu":    plan.EffectRestart,
		"performance.requests.memory": plan.EffectRestart,
		"performance.limits.cpu":      plan.EffectRestart,
		"performance.limits.memory":   plan.EffectRestart,
	},
}

const pathResources = pathDomain + ".resources"

func applyResources(vm *kubevirtv1.VirtualMachine, p params) {
	if s := p.wukong.Spec.Performance; s != nil {
		vm.Spec.Template.Spec.Domain.Resources = kubevirtv1.ResourceRequirements{Requests: resourceList(s.Requests), Limits: resourceList(s.Limits)}
	}
}

// resourceList returns CPUs and memory as Kubernetes lists them; nil for none.
func resourceList(r *v1alpha1.PodResources) corev1.ResourceList {
	if r == nil {
		return nil
	}
	out := corev1.ResourceList{}
	if r.CPU != "" {
		out[corev1.ResourceCPU] = r.CPU.Quantity()
	}
	if r.Memory != nil {
		out[corev1.ResourceMemory] = r.Memory.Quantity
	}
	if len(out) == 0 {
		return nil
	}
	return out
}
