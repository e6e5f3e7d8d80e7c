package kubevirt

import (
	"testing"

	"k8s.io/apimachinery/pkg/api/resource"

	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
	"github.com/novasphere/function-wukong/internal/identity"
)

func TestMemoryAdvice(t *testing.T) {
	for size, want := range map[string]int{"16Mi": 1, "1023Mi": 1, "1Gi": 0, "1025Mi": 1, "1026Mi": 0, "2G": 1, "1.5Gi": 0, "64Ti": 0} {
		w := &v1alpha1.Wukong{Spec: v1alpha1.WukongSpec{Memory: &v1alpha1.Quantity{Quantity: resource.MustParse(size)}}}
		if got := Advice(w, identity.Identity{}, nil); len(got) != want {
			t.Errorf("%s: want %d pieces of advice, got %q", size, want, got)
		}
	}
	if got := Advice(&v1alpha1.Wukong{}, identity.Identity{}, nil); len(got) > 0 {
		t.Errorf("want no advice on the memory of an instance type, got %q", got)
	}
}

// TestMaxMemory shows that memory to grow to is what KubeVirt plans for.
func TestMaxMemory(t *testing.T) {
	most := resource.MustParse("16Gi")
	s := v1alpha1.WukongSpec{Memory: &v1alpha1.Quantity{Quantity: resource.MustParse("4Gi")}, MaxMemory: &v1alpha1.Quantity{Quantity: most}}
	if got := planned(s, Devices{}).Spec.Template.Spec.Domain.Memory.MaxGuest; got == nil || !got.Equal(most) {
		t.Errorf("want %s, got %v", &most, got)
	}
	s.MaxMemory = nil
	if got := planned(s, Devices{}).Spec.Template.Spec.Domain.Memory.MaxGuest; got != nil {
		t.Errorf("want KubeVirt to choose, got %s", got)
	}
}
