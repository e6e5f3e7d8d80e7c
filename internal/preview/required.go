package preview

import (
	"fmt"

	fnv1 "github.com/crossplane/function-sdk-go/proto/v1"
	"google.golang.org/protobuf/types/known/structpb"
)

// A cluster is what is there beside composed resources, and may be required.
type cluster struct {
	docs  []document
	items map[identity]*item
}

// An identity is how Crossplane asks for an object.
type identity struct {
	apiVersion, kind, namespace, name string
}

// An item is an object of a cluster.
type item struct {
	object *structpb.Struct

	// required says that a Wukong asked for it.
	required bool
}

// readCluster returns what is in the file. Without a file there is nothing.
func (c Command) readCluster() (cluster, error) {
	if c.Required == "" {
		return cluster{}, nil
	}
	docs, err := readFile(c.Required, c.Stdin)
	if err != nil {
		return cluster{}, err
	}
	out := cluster{docs: docs, items: make(map[identity]*item, len(docs))}
	for _, d := range docs {
		o, err := structpb.NewStruct(d.Object)
		if err != nil {
			return cluster{}, fmt.Errorf("%s: %w", d.source, err)
		}
		out.items[identityOf(d)] = &item{object: o}
	}
	return out, nil
}

func identityOf(d document) identity {
	return identity{d.GetAPIVersion(), d.GetKind(), d.GetNamespace(), d.GetName()}
}

// fetch returns what a selector selects; nil where it is not in the cluster.
func (c cluster) fetch(s *fnv1.ResourceSelector) *fnv1.Resources {
	found := c.items[identity{s.GetApiVersion(), s.GetKind(), s.GetNamespace(), s.GetMatchName()}]
	if found == nil {
		return nil
	}
	found.required = true
	return &fnv1.Resources{Items: []*fnv1.Resource{{Resource: found.object}}}
}

// noteUnrequired notes what no Wukong asked for.
func (c Command) noteUnrequired(in cluster) {
	for _, d := range in.docs {
		if !in.items[identityOf(d)].required {
			c.note(d, "is left out: no Wukong of the files asks for it")
		}
	}
}
