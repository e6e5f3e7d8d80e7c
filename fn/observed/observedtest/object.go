// Package observedtest makes observed objects for tests.
package observedtest

import "google.golang.org/protobuf/types/known/structpb"

// Object is an object as it was observed. It panics on what JSON cannot hold.
func Object(fields map[string]any) *structpb.Struct {
	s, err := structpb.NewStruct(fields)
	if err != nil {
		panic(err)
	}
	return s
}
