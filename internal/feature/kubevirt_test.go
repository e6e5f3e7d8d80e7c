package feature

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/types/known/structpb"

	"github.com/novasphere/function-wukong/input/v1beta1"
)

// TestLearn shows what an Input has of the KubeVirt object: nothing of what it says itself.
func TestLearn(t *testing.T) {
	object, err := structpb.NewStruct(map[string]any{
		"spec": map[string]any{"configuration": map[string]any{"developerConfiguration": map[string]any{
			"featureGates": []any{"VSOCK"}, "disabledFeatureGates": []any{"RebootPolicy"},
		}}},
		"status": map[string]any{"observedKubeVirtVersion": "v1.9.0-rc.1"},
	})
	if err != nil {
		t.Fatal(err)
	}
	reserving := func(enabled bool, gates ...any) *structpb.Struct {
		out, err := structpb.NewStruct(map[string]any{"spec": map[string]any{"configuration": map[string]any{
			"developerConfiguration":             map[string]any{"featureGates": gates},
			"persistentReservationConfiguration": map[string]any{"enabled": enabled},
		}}})
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	ratio := int32(4)
	learned := &v1beta1.KubeVirt{Version: "v1.9.0", FeatureGates: []v1beta1.FeatureGate{"VSOCK"}, DisabledFeatureGates: []v1beta1.FeatureGate{"RebootPolicy"}}
	with := *learned
	with.CPUAllocationRatio = &ratio
	cases := map[string]struct {
		reason     string
		said, want *v1beta1.KubeVirt
		object     *structpb.Struct
	}{
		"Nothing": {reason: "The object says it.", object: object, want: learned},
		"Other":   {reason: "The Input says something else.", said: &v1beta1.KubeVirt{CPUAllocationRatio: &ratio}, object: object, want: &with},
		"Version": {reason: "The Input has a version.", said: &v1beta1.KubeVirt{Version: "1.8"}, object: object, want: &v1beta1.KubeVirt{Version: "1.8"}},
		"Gates": {
			reason: "It says that there are none.", said: &v1beta1.KubeVirt{FeatureGates: []v1beta1.FeatureGate{}}, object: object,
			want: &v1beta1.KubeVirt{FeatureGates: []v1beta1.FeatureGate{}},
		},
		"Reservations": {
			reason: "A setting of its own enables them.", object: reserving(true, "VSOCK"),
			want: &v1beta1.KubeVirt{FeatureGates: []v1beta1.FeatureGate{"VSOCK", "PersistentReservation"}},
		},
		"NoReservations": {
			reason: "It comes before the gate.", object: reserving(false, "PersistentReservation", "VSOCK"),
			want: &v1beta1.KubeVirt{FeatureGates: []v1beta1.FeatureGate{"VSOCK"}},
		},
		"Unread": {reason: "There is no object."},
		"Young":  {reason: "The object says nothing yet.", object: &structpb.Struct{}, want: &v1beta1.KubeVirt{}},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			in := &v1beta1.Input{Cluster: &v1beta1.Cluster{KubeVirt: tc.said}}
			Learn(in, tc.object)
			if diff := cmp.Diff(tc.want, in.Cluster.KubeVirt); diff != "" {
				t.Errorf("%s\n-want, +got:\n%s", tc.reason, diff)
			}
		})
	}
}
