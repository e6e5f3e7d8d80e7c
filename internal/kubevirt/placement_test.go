package kubevirt

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"k8s.io/utils/ptr"
	kubevirtv1 "kubevirt.io/api/core/v1"

	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
)

func TestPlacement(t *testing.T) {
	seconds, migrate := ptr.To[int64](30), ptr.To(kubevirtv1.EvictionStrategyLiveMigrate)
	cases := map[string]struct {
		ha   *v1alpha1.HighAvailability
		want kubevirtv1.VirtualMachineInstanceSpec
	}{
		"None":     {},
		"Empty":    {ha: &v1alpha1.HighAvailability{}},
		"Eviction": {ha: &v1alpha1.HighAvailability{EvictionStrategy: migrate}, want: kubevirtv1.VirtualMachineInstanceSpec{EvictionStrategy: migrate}},
		"NodeSelector": {
			ha:   &v1alpha1.HighAvailability{NodeSelector: map[string]v1alpha1.LabelValue{"zone": "a", "disk": "ssd"}},
			want: kubevirtv1.VirtualMachineInstanceSpec{NodeSelector: map[string]string{"zone": "a", "disk": "ssd"}},
		},
		"Tolerations": {
			ha: &v1alpha1.HighAvailability{Tolerations: []v1alpha1.Toleration{
				{Key: "gpu", Operator: "Equal", Value: "yes", Effect: "NoExecute", TolerationSeconds: seconds},
				{Operator: "Exists"},
			}},
			want: kubevirtv1.VirtualMachineInstanceSpec{Tolerations: []corev1.Toleration{
				{Key: "gpu", Operator: corev1.TolerationOpEqual, Value: "yes", Effect: corev1.TaintEffectNoExecute, TolerationSeconds: seconds},
				{Operator: corev1.TolerationOpExists},
			}},
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			spec := planned(v1alpha1.WukongSpec{HighAvailability: tc.ha}, Devices{}).Spec.Template.Spec
			got := kubevirtv1.VirtualMachineInstanceSpec{
				EvictionStrategy: spec.EvictionStrategy,
				NodeSelector:     spec.NodeSelector,
				Tolerations:      spec.Tolerations,
				Affinity:         spec.Affinity,
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("-want, +got:\n%s", diff)
			}
		})
	}
}

func TestAntiAffinity(t *testing.T) {
	vm := planned(v1alpha1.WukongSpec{HighAvailability: &v1alpha1.HighAvailability{AntiAffinity: true, AntiAffinityGroup: "queue"}}, Devices{})
	terms := vm.Spec.Template.Spec.Affinity.PodAntiAffinity.RequiredDuringSchedulingIgnoredDuringExecution
	want := &metav1.LabelSelector{MatchLabels: map[string]string{labelAntiAffinityGroup: "queue"}}
	if diff := cmp.Diff(want, terms[0].LabelSelector); diff != "" {
		t.Errorf("selector: -want, +got:\n%s", diff)
	}
	if group := vm.Spec.Template.ObjectMeta.Labels[labelAntiAffinityGroup]; group != "queue" {
		t.Errorf("the virtual machine must belong to the group that it keeps away from, got %q", group)
	}
	if terms[0].TopologyKey != "kubernetes.io/hostname" {
		t.Errorf("want one node each, got topology %s", terms[0].TopologyKey)
	}

	alone := planned(v1alpha1.WukongSpec{HighAvailability: &v1alpha1.HighAvailability{AntiAffinityGroup: "queue"}}, Devices{})
	if alone.Spec.Template.Spec.Affinity != nil {
		t.Error("a group without antiAffinity keeps nothing away")
	}
}
