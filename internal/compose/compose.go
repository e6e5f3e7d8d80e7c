// Package compose turns the planned objects of a Wukong into composed resources.
//
// A Target decides their form: Native composes the objects themselves, and Object wraps each in an Object of provider-kubernetes. No other
// package knows what the composed resources of a target look like.
//
// In the comments, an Object is a resource of provider-kubernetes, and an object any object of Kubernetes.
package compose

import (
	"fmt"
	"maps"
	"slices"
	"strconv"

	fnv1 "github.com/crossplane/function-sdk-go/proto/v1"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/structpb"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/novasphere/function-wukong/internal/decode"
	"github.com/novasphere/function-wukong/internal/fields"
	"github.com/novasphere/function-wukong/internal/observed"
	"github.com/novasphere/function-wukong/internal/plan"
)

// A Target is the form of the composed resources: Native or Object.
type Target interface {
	// Capabilities returns what Crossplane must support.
	Capabilities() []fnv1.Capability

	// RejectedChanges returns a message for each setting of the Input that does not apply to the composed resources that exist.
	RejectedChanges(req *fnv1.RunFunctionRequest) []string

	// Observe returns the state of the planned objects by the keys of their composed resources.
	Observe(req *fnv1.RunFunctionRequest) observed.Resources

	// compose returns the composed resources of one planned object. The manifest is that of the object.
	compose(r plan.Resource, manifest *structpb.Struct, req *fnv1.RunFunctionRequest) composed
}

// composed is what one planned object contributes to a Composition.
type composed struct {
	// resources are the composed resources by their keys; none if the object must not be created yet.
	resources map[string]*structpb.Struct

	// required are the objects that Crossplane must look up, by the names of the requirements.
	required map[string]*fnv1.ResourceSelector

	// schemas are the kinds whose schemas Crossplane must look up, by the names of the requirements.
	schemas map[string]*fnv1.SchemaSelector

	// final reports whether resources are what the plan asks for, and not an intermediate step.
	final bool
}

// A Composition is the desired state of a composite and its composed resources. It includes what earlier steps of the pipeline desire.
type Composition struct {
	// Desired state, as the response returns it.
	Desired *fnv1.State

	// Requirements are what Crossplane must look up before it calls the function again; nil for none.
	Requirements *fnv1.Requirements

	// Final reports whether the composed resources are what the plan asks for, and not an intermediate step.
	Final bool
}

// Compose returns the composed resources of all planned objects. A resource that creates its object is ready if isReady reports so of its key;
// the others are always ready. It fails if the target or another step of the pipeline conflicts with what exists.
func Compose(req *fnv1.RunFunctionRequest, t Target, resources []plan.Resource, isReady func(key string) bool) (Composition, error) {
	out := Composition{Desired: &fnv1.State{}, Final: true}
	proto.Merge(out.Desired, req.GetDesired())
	if out.Desired.Resources == nil {
		out.Desired.Resources = make(map[string]*fnv1.Resource, len(resources))
	}
	namespace := decode.Identity(compositeOf(req)).Namespace
	for _, r := range resources {
		if isShared := r.Shared && r.Management == plan.Observe; r.Object.GetNamespace() != namespace && !isShared {
			// No plan has such an object. If one ever does, it must not reach the namespace of another tenant.
			return Composition{}, fmt.Errorf("%s would be in namespace %q instead of the Wukong's: nothing is composed", r.Key, r.Object.GetNamespace())
		}
		manifest, err := Manifest(r.Object)
		if err != nil {
			return Composition{}, fmt.Errorf("cannot write the manifest of %s: %w", r.Key, err)
		}
		c := t.compose(r, manifest, req)
		out.Final = out.Final && c.final
		out.addRequirements(c)
		if r.Management.Creates() && c.resources[r.Key] == nil {
			// Crossplane would call the composite ready without the resource: it counts only the desired ones.
			out.SetUnready()
		}
		// Sorted, so that the first of several errors is always the same.
		for _, key := range slices.Sorted(maps.Keys(c.resources)) {
			ready := key != r.Key || !r.Management.Creates() || isReady(key)
			if err := out.add(req, key, c.resources[key], ready); err != nil {
				return Composition{}, err
			}
		}
	}
	return out, nil
}

// add adds a composed resource to the desired state.
func (c *Composition) add(req *fnv1.RunFunctionRequest, key string, resource *structpb.Struct, isReady bool) error {
	if _, taken := c.Desired.GetResources()[key]; taken {
		return msgKeyTaken.Err(strconv.Quote(key))
	}
	if err := checkKind(key, req.GetObserved().GetResources()[key].GetResource(), resource); err != nil {
		return err
	}
	setName(resource, req.GetObserved(), key)
	ready := fnv1.Ready_READY_FALSE
	if isReady {
		ready = fnv1.Ready_READY_TRUE
	}
	c.Desired.Resources[key] = &fnv1.Resource{Resource: resource, Ready: ready}
	return nil
}

// addRequirements adds the requirements of a planned object.
func (c *Composition) addRequirements(r composed) {
	if len(r.required) == 0 && len(r.schemas) == 0 {
		return
	}
	if c.Requirements == nil {
		c.Requirements = &fnv1.Requirements{Resources: map[string]*fnv1.ResourceSelector{}}
	}
	maps.Copy(c.Requirements.GetResources(), r.required)
	if len(r.schemas) == 0 {
		return
	}
	if c.Requirements.Schemas == nil {
		c.Requirements.Schemas = map[string]*fnv1.SchemaSelector{}
	}
	maps.Copy(c.Requirements.GetSchemas(), r.schemas)
}

// SetUnready makes the composite not ready, whatever its composed resources are.
func (c *Composition) SetUnready() {
	if c.Desired.Composite == nil {
		c.Desired.Composite = &fnv1.Resource{}
	}
	c.Desired.Composite.Ready = fnv1.Ready_READY_FALSE
}

// checkKind rejects a change of a composed resource's kind, as when the Composition's target changes. Crossplane would give the new resource
// the name of the old one, and orphan the old one.
func checkKind(key string, current, desired *structpb.Struct) error {
	from, to := groupKindOf(current), groupKindOf(desired)
	if from.Kind == "" || from == to {
		return nil
	}
	return msgTargetChanged.Err(key, from, to)
}

// groupKindOf returns the group and kind of an object, in whatever version it is.
func groupKindOf(object *structpb.Struct) schema.GroupKind {
	return schema.FromAPIVersionAndKind(fields.Text(object, "apiVersion"), fields.Text(object, "kind")).GroupKind()
}

// compositeOf returns the observed composite of a request.
func compositeOf(req *fnv1.RunFunctionRequest) *structpb.Struct {
	return req.GetObserved().GetComposite().GetResource()
}
