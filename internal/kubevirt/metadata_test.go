package kubevirt

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/utils/ptr"
	kubevirtv1 "kubevirt.io/api/core/v1"

	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
	"github.com/novasphere/function-wukong/internal/identity"
	"github.com/novasphere/function-wukong/internal/names"
	"github.com/novasphere/function-wukong/internal/network"
	"github.com/novasphere/function-wukong/internal/plan"
	"github.com/novasphere/function-wukong/internal/template"
)

// TestMetadata shows what a VirtualMachine and its instances are called, labelled and annotated.
func TestMetadata(t *testing.T) {
	cases := map[string]struct {
		reason                string
		uid                   types.UID
		nics                  []network.NIC
		annotations, instance map[string]string
	}{
		"Preview": {
			reason:      "A composite that was never stored has no UID.",
			annotations: map[string]string{annotationHardware: "1"},
		},
		"Stored": {
			uid:         "12ab",
			annotations: map[string]string{annotationHardware: "1", names.AnnotationComposite: "12ab"},
		},
		"Networks": {
			reason:      "The versions show later whether the instance uses the current networks.",
			nics:        []network.NIC{{Name: "lan", Version: "0f"}, {Name: "by-hand"}},
			annotations: map[string]string{annotationHardware: "1"},
			instance:    map[string]string{annotationNetworks: "lan=0f"},
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			w := &v1alpha1.Wukong{
				ObjectMeta: metav1.ObjectMeta{Namespace: "team-a", Name: "web-01", UID: tc.uid},
				Spec:       v1alpha1.WukongSpec{PodNetwork: ptr.To(true)},
			}
			r := Plan(w, identity.New(w, "", nil), Devices{NICs: tc.nics}, template.Choice{}, nil)
			vm := r.Object.(*kubevirtv1.VirtualMachine)
			if r.Key != plan.KeyVM || !r.Guarded {
				t.Errorf("want the guarded resource %s, got %s, guarded: %t", plan.KeyVM, r.Key, r.Guarded)
			}
			if diff := cmp.Diff(metav1.TypeMeta{APIVersion: "kubevirt.io/v1", Kind: "VirtualMachine"}, vm.TypeMeta); diff != "" {
				t.Errorf("type: -want, +got:\n%s", diff)
			}
			want := names.Meta(w, "web-01")
			want.Annotations = tc.annotations
			if diff := cmp.Diff(want, vm.ObjectMeta); diff != "" {
				t.Errorf("%s virtual machine: -want, +got:\n%s", tc.reason, diff)
			}
			if diff := cmp.Diff(metav1.ObjectMeta{Labels: names.Labels(w), Annotations: tc.instance}, vm.Spec.Template.ObjectMeta); diff != "" {
				t.Errorf("%s instance: -want, +got:\n%s", tc.reason, diff)
			}
		})
	}
}

// TestLabelPod shows that the labels of a platform reach the pod of a virtual machine, and do nothing to another object.
func TestLabelPod(t *testing.T) {
	vm := planned(v1alpha1.WukongSpec{}, Devices{})
	LabelPod(vm, map[string]string{"example.org/team": "a"})
	if got := vm.Spec.Template.ObjectMeta.Labels; got["example.org/team"] != "a" || got[names.LabelWukong] != "web-01" {
		t.Errorf("want the label beside those of the Wukong, got %v", got)
	}
	secret := &corev1.Secret{}
	LabelPod(secret, map[string]string{"example.org/team": "a"})
	if len(secret.GetLabels()) > 0 {
		t.Errorf("want no labels, got %v", secret.GetLabels())
	}
}
