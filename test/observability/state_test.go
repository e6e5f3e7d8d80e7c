package observability

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
)

// TestWukongMetrics shows that the metrics of each recorded Wukong say what its status says.
func TestWukongMetrics(t *testing.T) {
	for _, file := range []string{"testdata/claim.yaml", "testdata/namespaced.yaml"} {
		for _, o := range recordedObjects(t, file) {
			want, got := map[string]float64{}, map[string]float64{}
			prefix := map[string]string{v1alpha1.Kind: "wukong_", v1alpha1.CompositeKind: "xwukong_"}[o.GetKind()]
			namespace, name := o.GetNamespace(), o.GetName()
			if o.GetKind() == v1alpha1.CompositeKind {
				namespace, _, _ = unstructured.NestedString(o.Object, "spec", "claimRef", "namespace")
				name, _, _ = unstructured.NestedString(o.Object, "spec", "claimRef", "name")
			} else {
				node, _, _ := unstructured.NestedString(o.Object, "status", "nodeName")
				want[fmt.Sprintf("wukong_info %s %s", o.GetUID(), node)] = 1
				want["wukong_created_timestamp_seconds"] = float64(o.GetCreationTimestamp().Unix())
				if current, found, _ := unstructured.NestedString(o.Object, "status", "phase"); found {
					for _, phase := range []v1alpha1.Phase{
						v1alpha1.PhasePending, v1alpha1.PhaseCreating, v1alpha1.PhaseRunning, v1alpha1.PhaseStopped, v1alpha1.PhaseError,
					} {
						want["wukong_status_phase "+string(phase)] = map[bool]float64{true: 1}[current == string(phase)]
					}
				}
			}
			if at := o.GetDeletionTimestamp(); at != nil {
				want[prefix+"deletion_timestamp_seconds"] = float64(at.Unix())
			}
			conditions, _, _ := unstructured.NestedSlice(o.Object, "status", "conditions")
			for _, c := range conditions {
				c := c.(map[string]any)
				want[fmt.Sprintf("%sstatus_condition %s %s %s", prefix, c["type"], c["status"], c["reason"])] = map[bool]float64{true: 1}[c["status"] == "True"]
			}

			for _, s := range stateSeries(t, o) {
				if s.labels["namespace"] != namespace || s.labels["name"] != name {
					t.Errorf("%s: want the namespace %s and the name %s", s, namespace, name)
				}
				key := s.name()
				for _, l := range map[string][]string{"info": {"uid", "node"}, "phase": {"phase"}, "condition": {"type", "status", "reason"}}[key[strings.LastIndexByte(key, '_')+1:]] {
					key += " " + s.labels[l]
				}
				got[key] = s.value
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("%s %s of %s: -want, +got:\n%s", o.GetKind(), o.GetName(), file, diff)
			}
		}
	}
}
