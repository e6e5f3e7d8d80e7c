package kubevirt

import (
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	kubevirtv1 "kubevirt.io/api/core/v1"

	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
)

// labelAntiAffinityGroup holds the group that keeps its members on different nodes.
const labelAntiAffinityGroup = v1alpha1.Group + "/anti-affinity-group"

// place says on which nodes the virtual machine may run and what happens when its node is drained.
func place(vmi *kubevirtv1.VirtualMachineInstanceSpec, w *v1alpha1.Wukong) {
	ha := w.Spec.HighAvailability
	if ha == nil {
		return
	}
	vmi.EvictionStrategy = ha.EvictionStrategy
	vmi.Tolerations = tolerations(ha.Tolerations)
	for k, v := range ha.NodeSelector {
		if vmi.NodeSelector == nil {
			vmi.NodeSelector = make(map[string]string, len(ha.NodeSelector))
		}
		vmi.NodeSelector[k] = string(v)
	}
	if group := antiAffinityGroup(w); group != "" {
		vmi.Affinity = apart(group)
	}
}

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

// antiAffinityGroup is the group of a Wukong that asks for anti-affinity; empty for one that does not.
func antiAffinityGroup(w *v1alpha1.Wukong) string {
	ha := w.Spec.HighAvailability
	if ha == nil || !ha.AntiAffinity {
		return ""
	}
	return string(ha.AntiAffinityGroup)
}

// apart keeps a pod off the nodes on which another one of the group, in the same namespace, runs.
func apart(group string) *corev1.Affinity {
	return &corev1.Affinity{PodAntiAffinity: &corev1.PodAntiAffinity{
		RequiredDuringSchedulingIgnoredDuringExecution: []corev1.PodAffinityTerm{{
			LabelSelector: &metav1.LabelSelector{MatchLabels: map[string]string{labelAntiAffinityGroup: group}},
			TopologyKey:   corev1.LabelHostname,
		}},
	}}
}
