package action

import (
	fnv1 "github.com/crossplane/function-sdk-go/proto/v1"
	"google.golang.org/protobuf/types/known/structpb"

	"github.com/novasphere/function-wukong/internal/fields"
	"github.com/novasphere/function-wukong/internal/names"
)

// A sight is what is known of the cluster: what was asked for and answered. What is asked for once is asked for in every answer, or
// Crossplane forgets it.
type sight struct {
	req      *fnv1.RunFunctionRequest
	required map[string]*fnv1.ResourceSelector
}

// one is the object of a name, nil for none, and whether that is known yet.
func (s *sight) one(as, apiVersion, kind, namespace, name string) (is *structpb.Struct, known bool) {
	found, known := s.ask(as, &fnv1.ResourceSelector{ApiVersion: apiVersion, Kind: kind, Namespace: &namespace, Match: &fnv1.ResourceSelector_MatchName{MatchName: name}})
	for _, is := range found {
		return is, known
	}
	return nil, known
}

// of are the objects of a kind that are of a Wukong, and whether they are known yet.
func (s *sight) of(wukong, as, apiVersion, kind, namespace string) (are []*structpb.Struct, known bool) {
	return s.ask(as, &fnv1.ResourceSelector{ApiVersion: apiVersion, Kind: kind, Namespace: &namespace, Match: &fnv1.ResourceSelector_MatchLabels{
		MatchLabels: &fnv1.MatchLabels{Labels: map[string]string{names.LabelWukong: wukong}},
	}})
}

func (s *sight) ask(as string, what *fnv1.ResourceSelector) (found []*structpb.Struct, known bool) {
	s.required[as] = what
	answer, known := s.req.GetRequiredResources()[as]
	for _, r := range answer.GetItems() {
		found = append(found, r.GetResource())
	}
	return found, known
}

// isOf says whether an object is of a Wukong.
func isOf(object *structpb.Struct, wukong string) bool {
	return fields.In(object, "metadata", "labels").GetFields()[names.LabelWukong].GetStringValue() == wukong
}

// metadata of an object.
func metadata(object *structpb.Struct) map[string]*structpb.Value {
	return fields.In(object, "metadata").GetFields()
}
