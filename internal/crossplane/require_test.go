package crossplane

import (
	"testing"

	fnv1 "github.com/crossplane/function-sdk-go/proto/v1"
	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/testing/protocmp"
	"google.golang.org/protobuf/types/known/structpb"
	"k8s.io/utils/ptr"
)

func TestSelect(t *testing.T) {
	r := Reference{APIVersion: "v1", Kind: "Secret", Namespace: "team-a", Name: "keys"}
	labels := map[string]string{"a": "b"}
	cases := map[string]struct {
		reason    string
		got, want *fnv1.ResourceSelector
	}{
		"ByName": {
			reason: "The name selects one object.",
			got:    SelectByName(r),
			want: &fnv1.ResourceSelector{
				ApiVersion: "v1", Kind: "Secret", Namespace: ptr.To("team-a"), Match: &fnv1.ResourceSelector_MatchName{MatchName: "keys"},
			},
		},
		"ClusterScoped": {
			reason: "A cluster-scoped object has no namespace, which is not the same as an empty one.",
			got:    SelectByName(Reference{APIVersion: "v1", Kind: "Node", Name: "node-1"}),
			want:   &fnv1.ResourceSelector{ApiVersion: "v1", Kind: "Node", Match: &fnv1.ResourceSelector_MatchName{MatchName: "node-1"}},
		},
		"ByLabels": {
			reason: "Labels select objects of any name.",
			got:    SelectByLabels(r, labels),
			want: &fnv1.ResourceSelector{
				ApiVersion: "v1", Kind: "Secret", Namespace: ptr.To("team-a"),
				Match: &fnv1.ResourceSelector_MatchLabels{MatchLabels: &fnv1.MatchLabels{Labels: labels}},
			},
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(tc.want, tc.got, protocmp.Transform()); diff != "" {
				t.Errorf("%s\n-want, +got:\n%s", tc.reason, diff)
			}
		})
	}
}

func TestRequired(t *testing.T) {
	object := &structpb.Struct{Fields: map[string]*structpb.Value{"kind": structpb.NewStringValue("Secret")}}
	req := &fnv1.RunFunctionRequest{RequiredResources: map[string]*fnv1.Resources{
		"keys":    {Items: []*fnv1.Resource{{Resource: object}}},
		"missing": nil,
	}}
	cases := map[string]struct {
		reason string
		count  int
		known  bool
	}{
		"keys":    {reason: "Crossplane found the object.", count: 1, known: true},
		"missing": {reason: "Crossplane found no object.", known: true},
		"other":   {reason: "Crossplane has not looked."},
	}
	for requirement, tc := range cases {
		t.Run(requirement, func(t *testing.T) {
			objects, known := Required(req, requirement)
			if len(objects) != tc.count || known != tc.known {
				t.Errorf("%s Want %d objects, known: %t; got %v, %t", tc.reason, tc.count, tc.known, objects, known)
			}
		})
	}
}
