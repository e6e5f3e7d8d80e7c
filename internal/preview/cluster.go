package preview

import (
	"fmt"

	fnv1 "github.com/crossplane/function-sdk-go/proto/v1"
	"google.golang.org/protobuf/types/known/structpb"
)

// A cluster holds the objects that the function may require.
type cluster struct {
	docs  []document
	items map[objectID]*item
}

// An objectID is how Crossplane selects a required object.
type objectID struct {
	apiVersion, kind, namespace, name string
}

// An item is an object of a cluster.
type item struct {
	object *structpb.Struct

	// required reports whether the function required the object.
	required bool
}

// readCluster returns the objects of the file. There are none without a file.
func (c Command) readCluster() (cluster, error) {
	if c.Required == "" {
		return cluster{}, nil
	}
	docs, err := readFile(c.Required, c.Stdin)
	if err != nil {
		return cluster{}, err
	}
	out := cluster{docs: docs, items: make(map[objectID]*item, len(docs))}
	for _, d := range docs {
		o, err := structpb.NewStruct(d.Object)
		if err != nil {
			return cluster{}, fmt.Errorf("%s: %w", d.source, err)
		}
		out.items[idOf(d)] = &item{object: o}
	}
	return out, nil
}

// idOf returns the ID of an object.
func idOf(d document) objectID {
	return objectID{apiVersion: d.GetAPIVersion(), kind: d.GetKind(), namespace: d.GetNamespace(), name: d.GetName()}
}

// fetch returns the object that a selector selects by its name. Nil where the cluster does not have it.
func (c cluster) fetch(s *fnv1.ResourceSelector) *fnv1.Resources {
	i := c.items[objectID{apiVersion: s.GetApiVersion(), kind: s.GetKind(), namespace: s.GetNamespace(), name: s.GetMatchName()}]
	if i == nil {
		return nil
	}
	i.required = true
	return &fnv1.Resources{Items: []*fnv1.Resource{{Resource: i.object}}}
}

// noteUnrequired notes the objects that the function did not require.
func (c Command) noteUnrequired(in cluster) {
	for _, d := range in.docs {
		if !in.items[idOf(d)].required {
			c.note(d, msgLeftOutNotRequired.With())
		}
	}
}
