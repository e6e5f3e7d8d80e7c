package validation

import (
	"testing"

	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
	"github.com/novasphere/function-wukong/input/v1beta1"
)

// TestLabels shows which labels the platform team may give.
func TestLabels(t *testing.T) {
	for label, fine := range map[string]bool{
		"team": true, "example.org/cost-center": true, "app.kubernetes.io/part-of": true, "notkubernetes.io/a": true,
		"app.kubernetes.io/name": false, "app.kubernetes.io/instance": false, "app.kubernetes.io/managed-by": false,
		"vm.novasphere.dev/wukong": false, "vm.novasphere.dev/any": false, "kubernetes.io/os": false, "node.kubernetes.io/a": false, "a.k8s.io/b": false,
		"kubevirt.io/domain": false, "cdi.kubevirt.io/applyStorageProfile": false, "crossplane.io/composite": false, "a b": false, "/a": false, "": false,
	} {
		if errs := Input(&v1beta1.Input{Labels: map[string]v1alpha1.LabelValue{label: "x"}}); (len(errs) == 0) != fine {
			t.Errorf("%q: got %v", label, errs)
		}
	}
}
