package compose

import (
	"testing"

	fnv1 "github.com/crossplane/function-sdk-go/proto/v1"
	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/testing/protocmp"
	"google.golang.org/protobuf/types/known/structpb"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/novasphere/function-wukong/internal/observed"
	"github.com/novasphere/function-wukong/internal/plan"
)

// extra returns a request of Crossplane 1 with what it found.
//
//nolint:staticcheck // Crossplane 1 knows no other field.
func extra(found map[string]*fnv1.Resources) *fnv1.RunFunctionRequest {
	return &fnv1.RunFunctionRequest{ExtraResources: found}
}

// TestRequireList shows that a list is asked for in the field that Crossplane knows, and that what it finds is that of the namespace alone.
func TestRequireList(t *testing.T) {
	list := plan.Resource{Key: "snapshots", Management: plan.Observe, Object: &metav1.PartialObjectMetadata{
		TypeMeta:   metav1.TypeMeta{APIVersion: "v1", Kind: "A"},
		ObjectMeta: metav1.ObjectMeta{Namespace: "team-a", Labels: map[string]string{"x": "y"}},
	}}
	selector := map[string]*fnv1.ResourceSelector{"snapshots": {
		ApiVersion: "v1", Kind: "A", Namespace: new("team-a"),
		Match: &fnv1.ResourceSelector_MatchLabels{MatchLabels: &fnv1.MatchLabels{Labels: map[string]string{"x": "y"}}},
	}}
	older := &fnv1.Requirements{ExtraResources: selector} //nolint:staticcheck // Crossplane 1 knows no other field.
	ours, theirs := structIn(t, "{metadata: {namespace: team-a, name: ours}}"), structIn(t, "{metadata: {namespace: team-b, name: theirs}}")
	found := map[string]*fnv1.Resources{"snapshots": {Items: []*fnv1.Resource{{Resource: theirs}, {Resource: ours}}}}
	cases := map[string]struct {
		reason string
		req    *fnv1.RunFunctionRequest
		want   *fnv1.Requirements
		rs     observed.Resources
	}{
		"Crossplane2": {
			reason: "It says what it supports.",
			req: &fnv1.RunFunctionRequest{
				Meta:              &fnv1.RequestMeta{Capabilities: []fnv1.Capability{fnv1.Capability_CAPABILITY_CAPABILITIES}},
				RequiredResources: found,
			},
			want: &fnv1.Requirements{Resources: selector},
			rs:   observed.Resources{"snapshots": {Items: []*structpb.Struct{ours}, ReadOnly: true}},
		},
		"Crossplane1": {
			reason: "It knows the older field alone.",
			req:    extra(found),
			want:   older,
			rs:     observed.Resources{"snapshots": {Items: []*structpb.Struct{ours}, ReadOnly: true}},
		},
		"None": {
			reason: "There are none, which is known.",
			req:    extra(map[string]*fnv1.Resources{"snapshots": {}}),
			want:   older,
			rs:     observed.Resources{"snapshots": {Items: []*structpb.Struct{}, ReadOnly: true}},
		},
		"NotYet": {
			reason: "Nothing is known.", req: &fnv1.RunFunctionRequest{}, want: older, rs: observed.Resources{},
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			var c Composition
			if err := c.RequireList(list, tc.req); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tc.want, c.Requirements, protocmp.Transform()); diff != "" {
				t.Errorf("%s -want, +got:\n%s", tc.reason, diff)
			}
			rs := observed.Resources{}
			AddRequiredList(rs, tc.req, "snapshots", "team-a")
			if diff := cmp.Diff(tc.rs, rs, protocmp.Transform()); diff != "" {
				t.Errorf("%s -want, +got:\n%s", tc.reason, diff)
			}
		})
	}
}
