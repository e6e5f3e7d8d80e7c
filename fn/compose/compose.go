// Package compose turns the objects that a Wukong is made of into composed resources, as the target of the composite wants
// them. No other package knows what a target looks like.
package compose

import (
	"fmt"

	fnv1 "github.com/crossplane/function-sdk-go/proto/v1"
	"google.golang.org/protobuf/types/known/structpb"
	"k8s.io/apimachinery/pkg/runtime"

	"github.com/novasphere/function-wukong/fn/observed"
	"github.com/novasphere/function-wukong/fn/plan"
)

// A Target is how objects are composed.
type Target interface {
	// Compose returns the composed resources that bring about a resource, given the manifest of its object and what was observed
	// of the composed resources.
	Compose(r plan.Resource, manifest *structpb.Struct, composed map[string]*fnv1.Resource) Composed

	// Observe returns what became of the objects, read from what was observed of the composed resources.
	Observe(composed map[string]*fnv1.Resource) observed.Resources
}

// Composed is how an object is brought about.
type Composed struct {
	// Resources are the composed resources, by their keys.
	Resources map[string]*structpb.Struct

	// Done says that they are all that is wished, and not a step on the way.
	Done bool
}

// Compose adds the resources to what earlier steps of the pipeline desired, as the target wants them, given what was observed. Those
// that are to create something are ready when asWished says so of their key; what only observes or adjusts holds up nothing. Done says
// that they are all that is wished, and not a step on the way.
func Compose(desired, observed *fnv1.State, t Target, resources []plan.Resource, asWished func(key string) bool) (done bool, err error) {
	done = true
	if desired.Resources == nil {
		desired.Resources = make(map[string]*fnv1.Resource, len(resources))
	}
	for _, r := range resources {
		manifest, err := manifestOf(r.Object)
		if err != nil {
			return false, fmt.Errorf("cannot write the manifest of %s: %w", r.Key, err)
		}
		c := t.Compose(r, manifest, observed.GetResources())
		done = done && c.Done
		for key, s := range c.Resources {
			if _, taken := desired.GetResources()[key]; taken {
				return false, fmt.Errorf("an earlier step of the pipeline already desires a resource called %q: rename it there", key)
			}
			giveName(s, observed, key)
			ready := fnv1.Ready_READY_TRUE
			if key == r.Key && r.Management.Creates() && !asWished(key) {
				ready = fnv1.Ready_READY_FALSE
			}
			desired.Resources[key] = &fnv1.Resource{Resource: s, Ready: ready}
		}
	}
	return done, nil
}

// manifestOf is what a user would apply to create a typed object: without the fields that only the cluster fills in.
func manifestOf(o plan.Object) (*structpb.Struct, error) {
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
