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
	// Wrap returns the composed resource that brings about an object, given as its manifest.
	Wrap(r plan.Resource, manifest map[string]any) map[string]any

	// Observe returns what became of the object that a composed resource brings about.
	Observe(composed *structpb.Struct) observed.Resource

	// Ready says whether an observed composed resource is as wished.
	Ready(composed *structpb.Struct) bool
}

// Observe returns what became of the objects, read from what was observed of their composed resources.
func Observe(composed map[string]*fnv1.Resource, t Target) observed.Resources {
	out := make(observed.Resources, len(composed))
	for key, r := range composed {
		out[key] = t.Observe(r.GetResource())
	}
	return out
}

// Compose adds the resources to what earlier steps of the pipeline desired, as the target wants them. A resource is ready when
// the target finds it so in what was observed, and one that creates nothing always.
func Compose(desired *fnv1.State, composed map[string]*fnv1.Resource, t Target, resources []plan.Resource) error {
	if desired.Resources == nil {
		desired.Resources = make(map[string]*fnv1.Resource, len(resources))
	}
	for _, r := range resources {
		if _, taken := desired.GetResources()[r.Key]; taken {
			return fmt.Errorf("an earlier step of the pipeline already desires a resource called %q: rename it there", r.Key)
		}
		manifest, err := manifestOf(r.Object)
		if err != nil {
			return fmt.Errorf("cannot write the manifest of %s: %w", r.Key, err)
		}
		s, err := structpb.NewStruct(t.Wrap(r, manifest))
		if err != nil {
			return fmt.Errorf("cannot compose %s: %w", r.Key, err)
		}
		ready := fnv1.Ready_READY_FALSE
		if !r.Management.Creates() || t.Ready(composed[r.Key].GetResource()) {
			ready = fnv1.Ready_READY_TRUE
		}
		desired.Resources[r.Key] = &fnv1.Resource{Resource: s, Ready: ready}
	}
	return nil
}

// manifestOf is what a user would apply to create a typed object: without the fields that only the cluster fills in.
func manifestOf(o plan.Object) (map[string]any, error) {
	m, err := runtime.DefaultUnstructuredConverter.ToUnstructured(o)
	if err != nil {
		return nil, err
	}
	delete(m, "status")
	dropNulls(m)
	return m, nil
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
