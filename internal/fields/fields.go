// Package fields reads single fields of objects as Crossplane passes them. A field that is missing, or not what it should be, counts as not
// there.
package fields

import "google.golang.org/protobuf/types/known/structpb"

// In returns the object below the names of a path; nil where there is none.
func In(s *structpb.Struct, path ...string) *structpb.Struct {
	for _, name := range path {
		s = s.GetFields()[name].GetStructValue()
	}
	return s
}
