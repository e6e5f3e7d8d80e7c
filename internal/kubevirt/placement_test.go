package kubevirt

import (
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
)

func TestAntiAffinity(t *testing.T) {
	vm := planned(v1alpha1.WukongSpec{HighAvailability: &v1alpha1.HighAvailability{AntiAffinity: true, AntiAffinityGroup: "queue"}}, Devices{})
	terms := vm.Spec.Template.Spec.Affinity.PodAntiAffinity.RequiredDuringSchedulingIgnoredDuringExecution
	selector, err := metav1.LabelSelectorAsMap(terms[0].LabelSelector)
	if err != nil {
		t.Fatal(err)
	}
	for k, v := range selector {
		if vm.Spec.Template.ObjectMeta.Labels[k] != v {
			t.Errorf("the virtual machine must belong to the group that it keeps away from: %s=%s is not among %v", k, v, vm.Spec.Template.ObjectMeta.Labels)
		}
	}
	if terms[0].TopologyKey != "kubernetes.io/hostname" {
		t.Errorf("want one node each, got topology %s", terms[0].TopologyKey)
	}

	alone := planned(v1alpha1.WukongSpec{HighAvailability: &v1alpha1.HighAvailability{AntiAffinityGroup: "queue"}}, Devices{})
	if alone.Spec.Template.Spec.Affinity != nil {
		t.Error("a group without antiAffinity keeps nothing away")
	}
}
