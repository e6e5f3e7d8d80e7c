package preview

import (
	"cmp"
	"context"
	"maps"
	"slices"

	fnv1 "github.com/crossplane/function-sdk-go/proto/v1"
	"google.golang.org/protobuf/types/known/structpb"

	"github.com/novasphere/function-wukong/internal/manifest"
)

// A cluster holds the objects that the function may require.
type cluster map[objectID]*item

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

// readCluster reads the objects that the function may require. There are none without a path.
func (r *Repository) readCluster(ctx context.Context, files manifest.Reader, path string) {
	if path == "" {
		return
	}
	r.Required = r.read(ctx, files, path)
	r.cluster = make(cluster, len(r.Required))
	for _, d := range r.Required {
		o, err := structpb.NewStruct(d.Object)
		if err != nil {
			r.add(d.Problem(manifest.Error, "", err.Error()))
			continue
		}
		r.cluster[idOf(d)] = &item{object: o}
	}
}

// idOf returns the ID of an object.
func idOf(d manifest.Document) objectID {
	return objectID{apiVersion: d.GetAPIVersion(), kind: d.GetKind(), namespace: d.GetNamespace(), name: d.GetName()}
}

// fetch returns the object that a selector selects by its name, or all of a kind that it selects. Nil where the cluster does not have it.
func (c cluster) fetch(s *fnv1.ResourceSelector) *fnv1.Resources {
	if _, all := s.GetMatch().(*fnv1.ResourceSelector_MatchLabels); all {
		return c.fetchAll(s)
	}
	i := c[objectID{apiVersion: s.GetApiVersion(), kind: s.GetKind(), namespace: s.GetNamespace(), name: s.GetMatchName()}]
	if i == nil {
		return nil
	}
	i.required = true
	return &fnv1.Resources{Items: []*fnv1.Resource{{Resource: i.object}}}
}

// fetchAll returns the objects of a selector's kind, in the order of their names. No Wukong selects some of a kind by their labels.
func (c cluster) fetchAll(s *fnv1.ResourceSelector) *fnv1.Resources {
	out := &fnv1.Resources{}
	byName := func(a, b objectID) int {
		return cmp.Or(cmp.Compare(a.namespace, b.namespace), cmp.Compare(a.name, b.name))
	}
	for _, id := range slices.SortedFunc(maps.Keys(c), byName) {
		if id.apiVersion == s.GetApiVersion() && id.kind == s.GetKind() {
			c[id].required = true
			out.Items = append(out.Items, &fnv1.Resource{Resource: c[id].object})
		}
	}
	return out
}

// NotRequired returns notes about the objects that the function did not require.
func (r *Repository) NotRequired() []manifest.Problem {
	var out []manifest.Problem
	for _, d := range r.Required {
		if i := r.cluster[idOf(d)]; i != nil && !i.required {
			out = append(out, d.Problem(manifest.Note, "", msgLeftOutNotRequired.With(d.Title())))
		}
	}
	return out
}
