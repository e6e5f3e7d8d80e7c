// Package observedtest makes observed objects for tests.
package observedtest

import (
	"google.golang.org/protobuf/types/known/structpb"
	"sigs.k8s.io/yaml"
)

// Object is an object as it was observed. It panics on what JSON cannot hold.
func Object(fields map[string]any) *structpb.Struct {
	s, err := structpb.NewStruct(fields)
	if err != nil {
		panic(err)
	}
	return s
}

// YAML is an object as it was observed, written as YAML. It panics on what is none.
func YAML(y string) *structpb.Struct {
	fields := map[string]any{}
	if err := yaml.Unmarshal([]byte(y), &fields); err != nil {
		panic(err)
	}
	return Object(fields)
}
