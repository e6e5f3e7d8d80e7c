// Package observedtest makes observed objects for tests.
package observedtest

import (
	"google.golang.org/protobuf/types/known/structpb"
	"sigs.k8s.io/yaml"
)

// Object returns an observed object with the given fields. It panics where JSON cannot hold one of them.
func Object(fields map[string]any) *structpb.Struct {
	s, err := structpb.NewStruct(fields)
	if err != nil {
		panic(err)
	}
	return s
}

// YAML returns the observed object that a YAML document describes. It panics where the document is not valid.
func YAML(y string) *structpb.Struct {
	fields := map[string]any{}
	if err := yaml.Unmarshal([]byte(y), &fields); err != nil {
		panic(err)
	}
	return Object(fields)
}
