package kubevirt

import (
	"maps"
	"strings"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	kubevirtv1 "kubevirt.io/api/core/v1"

	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
	"github.com/novasphere/function-wukong/input/v1beta1"
	"github.com/novasphere/function-wukong/internal/feature"
	"github.com/novasphere/function-wukong/internal/plan"
)

// labelAntiAffinityGroup is the label of an instance with the group whose members run on different nodes.
const labelAntiAffinityGroup = v1alpha1.Group + "/anti-affinity-group"

// placement is where the virtual machine may run, and what happens when its node is drained.
//
// KubeVirt copies node selector, affinity and tolerations to the instance while it runs; they count when its next pod is scheduled
// (handleAffinityChangeRequest and handleTolerationsChangeRequest in pkg/virt-controller/watch/vm/vm.go). The instance gets the label of
// another group when it starts.
var placement = concern{
	apply: applyPlacement,
	parts: []part{
		{path: pathTemplate + ".nodeSelector", field: "highAvailability.nodeSelector", whole: true, rollout: rolloutPlacement},
		{path: pathTemplate + ".affinity", field: "highAvailability.antiAffinityGroup", whole: true, rollout: rolloutPlacement},
		{path: pathTemplate + ".tolerations", field: "highAvailability.tolerations", whole: true, rollout: rolloutPlacement},
		{path: pathTemplate + ".evictionStrategy", field: "highAvailability.evictionStrategy", filled: true},
	},
	changes: map[string]plan.Effect{
		"highAvailability.antiAffinity":                    plan.EffectLive,
		"highAvailability.antiAffinityGroup":               plan.EffectLive,
		"highAvailability.nodeSelector":                    plan.EffectLive,
		"highAvailability.tolerations[].key":               plan.EffectLive,
		"highAvailability.tolerations[].operator":          plan.EffectLive,
		"highAvailability.tolerations[].value":             plan.EffectLive,
		"highAvailability.tolerations[].effect":            plan.EffectLive,
		"highAvailability.tolerations[].tolerationSeconds": plan.EffectLive,
		"highAvailability.evictionStrategy":                plan.EffectRestart,
	},
}

// applyPlacement comes after applyMetadata: it adds the group to the labels that applyMetadata sets.
func applyPlacement(vm *kubevirtv1.VirtualMachine, p params) {
	ha := p.wukong.Spec.HighAvailability
	if ha == nil {
		return
	}
	spec := &vm.Spec.Template.Spec
	spec.EvictionStrategy = ha.EvictionStrategy
	spec.Tolerations = tolerations(ha.Tolerations)
	for k, v := range ha.NodeSelector {
		if spec.NodeSelector == nil {
			spec.NodeSelector = make(map[string]string, len(ha.NodeSelector))
		}
		spec.NodeSelector[k] = string(v)
	}
	if group := string(ha.AntiAffinityGroup); ha.AntiAffinity && group != "" {
		spec.Affinity = antiAffinity(group)
		vm.Spec.Template.ObjectMeta.Labels[labelAntiAffinityGroup] = group
	}
}

// rolloutPlacement is handleAffinityChangeRequest and handleTolerationsChangeRequest in pkg/virt-controller/watch/vm/vm.go.
func rolloutPlacement(change) verdict { return heldLive }

// tolerations returns tolerations as Kubernetes has them.
func tolerations(list []v1alpha1.Toleration) []corev1.Toleration {
	if len(list) == 0 {
		return nil
	}
	out := make([]corev1.Toleration, len(list))
	for i, t := range list {
		out[i] = corev1.Toleration{
			Key: string(t.Key), Operator: corev1.TolerationOperator(t.Operator), Value: string(t.Value), Effect: corev1.TaintEffect(t.Effect),
			TolerationSeconds: t.TolerationSeconds,
		}
	}
	return out
}

// antiAffinity keeps a pod off the nodes of the group's other members in the same namespace.
func antiAffinity(group string) *corev1.Affinity {
	return &corev1.Affinity{PodAntiAffinity: &corev1.PodAntiAffinity{
		RequiredDuringSchedulingIgnoredDuringExecution: []corev1.PodAffinityTerm{{
			LabelSelector: &metav1.LabelSelector{MatchLabels: map[string]string{labelAntiAffinityGroup: group}},
			TopologyKey:   corev1.LabelHostname,
		}},
	}}
}

// NodeSelector returns the labels that a node needs to run an instance that Expand returned, by its node selector and its architecture
// (newNodeSelectorRenderer in pkg/virt-controller/services/template.go). What KubeVirt asks for besides is left out.
func NodeSelector(vmi *kubevirtv1.VirtualMachineInstance, in *v1beta1.Input) map[string]string {
	architecture := strings.ToLower(vmi.Spec.Architecture)
	if architecture == "" {
		return vmi.Spec.NodeSelector
	}
	out := map[string]string{corev1.LabelArchStable: architecture}
	maps.Copy(out, vmi.Spec.NodeSelector)
	if emulated, _ := feature.Enabled(in, feature.CrossArchitectureVirtualization); emulated && !feature.IsOlder(in.Cluster.KubeVirt.Version, "1.9") {
		delete(out, corev1.LabelArchStable)
		out[kubevirtv1.VMArchLabel+architecture] = "true"
	}
	return out
}
