// Package compose turns the objects that a Wukong is made of into composed resources, as the target of the composite wants
// them. No other package knows what a target looks like.
package compose

import (
	"fmt"
	"maps"
	"slices"

	fnv1 "github.com/crossplane/function-sdk-go/proto/v1"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/structpb"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/novasphere/function-wukong/internal/decode"
	"github.com/novasphere/function-wukong/internal/observed"
	"github.com/novasphere/function-wukong/internal/plan"
)

// A Target is how objects are composed.
type Target interface {
	// Needs are what Crossplane must be capable of.
	Needs() []fnv1.Capability

	// Compose returns the composed resources that bring about a resource, given the manifest of its object and what was observed.
	Compose(r plan.Resource, manifest *structpb.Struct, req *fnv1.RunFunctionRequest) Composed

	// Kept says which settings are not granted, because of what was observed, each with the way out.
	Kept(req *fnv1.RunFunctionRequest) []string

	// Observe returns what became of the objects, read from what was observed.
	Observe(req *fnv1.RunFunctionRequest) observed.Resources
}

// Composed is how an object is brought about.
type Composed struct {
	// Resources are the composed resources, by their keys; none while the object must not be created.
	Resources map[string]*structpb.Struct

	// Requires is what must be known of the cluster, by the names under which it will be answered.
	Requires map[string]*fnv1.ResourceSelector

	// Schemas are the kinds of which it must be known whether the cluster has them, likewise.
	Schemas map[string]*fnv1.SchemaSelector

	// Done says that they are all that is wished, and not a step on the way.
	Done bool
}

// A Composition is what resources are composed of, beside what earlier steps of the pipeline desired.
type Composition struct {
	Desired      *fnv1.State
	Requirements *fnv1.Requirements

	// Done says that it is all that is wished, and not a step on the way.
	Done bool
}

// Compose the resources as the target wants them. Those that are to create something are ready when asWished says so of their key;
// what only observes or adjusts holds up nothing.
func Compose(req *fnv1.RunFunctionRequest, t Target, resources []plan.Resource, asWished func(key string) bool) (Composition, error) {
	out := Composition{Desired: &fnv1.State{}, Done: true}
	proto.Merge(out.Desired, req.GetDesired())
	if out.Desired.Resources == nil {
		out.Desired.Resources = make(map[string]*fnv1.Resource, len(resources))
	}
	namespace := decode.Identity(compositeIn(req)).Namespace
	for _, r := range resources {
		if r.Object.GetNamespace() != namespace {
			// Nothing is planned so. Whatever is wrong, no other namespace is written to.
			return Composition{}, fmt.Errorf("%s would be in namespace %q instead of the Wukong's: nothing is composed", r.Key, r.Object.GetNamespace())
		}
		manifest, err := Manifest(r.Object)
		if err != nil {
			return Composition{}, fmt.Errorf("cannot write the manifest of %s: %w", r.Key, err)
		}
		c := t.Compose(r, manifest, req)
		out.Done = out.Done && c.Done
		out.require(c)
		if r.Management.Creates() && c.Resources[r.Key] == nil {
			// What is not composed does not count for Crossplane, which would call the composite ready without it.
			out.HoldUp()
		}
		if err := out.add(req, c.Resources, r.Management.Creates() && !asWished(r.Key), r.Key); err != nil {
			return Composition{}, err
		}
	}
	return out, nil
}

// add composed resources, of which the one with a key may not be ready yet.
func (c *Composition) add(req *fnv1.RunFunctionRequest, resources map[string]*structpb.Struct, waits bool, main string) error {
	// In order, so that of several errors the same one is told every time.
	for _, key := range slices.Sorted(maps.Keys(resources)) {
		s := resources[key]
		if _, taken := c.Desired.GetResources()[key]; taken {
			return fmt.Errorf("an earlier step of the pipeline already desires a resource called %q: rename it there", key)
		}
		if err := checkTarget(key, req.GetObserved().GetResources()[key].GetResource(), s); err != nil {
			return err
		}
		giveName(s, req.GetObserved(), key)
		ready := fnv1.Ready_READY_TRUE
		if key == main && waits {
			ready = fnv1.Ready_READY_FALSE
		}
		c.Desired.Resources[key] = &fnv1.Resource{Resource: s, Ready: ready}
	}
	return nil
}

// require adds to what must be known of the cluster.
func (c *Composition) require(r Composed) {
	if len(r.Requires) == 0 && len(r.Schemas) == 0 {
		return
	}
	if c.Requirements == nil {
		c.Requirements = &fnv1.Requirements{Resources: map[string]*fnv1.ResourceSelector{}}
	}
	maps.Copy(c.Requirements.GetResources(), r.Requires)
	if len(r.Schemas) == 0 {
		return
	}
	if c.Requirements.Schemas == nil {
		c.Requirements.Schemas = map[string]*fnv1.SchemaSelector{}
	}
	maps.Copy(c.Requirements.GetSchemas(), r.Schemas)
}

// HoldUp the readiness of the composite.
func (c *Composition) HoldUp() {
	if c.Desired.Composite == nil {
		c.Desired.Composite = &fnv1.Resource{}
	}
	c.Desired.Composite.Ready = fnv1.Ready_READY_FALSE
}

// checkTarget refuses to make of a composed resource another kind of thing, as when a Composition is given another target: Crossplane would
// give it the name of what it was, and forget that.
func checkTarget(key string, is, wish *structpb.Struct) error {
	was, will := kindOf(is), kindOf(wish)
	if was.Kind == "" || was == will {
		return nil
	}
	return fmt.Errorf("%s was composed as %s and cannot become %s: give the Wukong back the Composition that it had, or delete it and create it again", key, was, will)
}

// kindOf is the kind of a composed resource, in whatever version.
func kindOf(s *structpb.Struct) schema.GroupKind {
	return schema.FromAPIVersionAndKind(s.GetFields()["apiVersion"].GetStringValue(), s.GetFields()["kind"].GetStringValue()).GroupKind()
}

// Manifest is what a user would apply to create a typed object: without the fields that only the cluster fills in.
func Manifest(o plan.Object) (*structpb.Struct, error) {
	m, err := runtime.DefaultUnstructuredConverter.ToUnstructured(o)
	if err != nil {
		return nil, err
	}
	delete(m, "status")
	dropNulls(m)
	return structpb.NewStruct(m)
}

// dropNulls removes the fields without a value, such as the time of creation.
func dropNulls(v any) {
	switch v := v.(type) {
	case map[string]any:
		for k, e := range v {
			if e == nil {
				delete(v, k)
				continue
			}
			dropNulls(e)
		}
	case []any:
		for _, e := range v {
			dropNulls(e)
		}
	}
}
