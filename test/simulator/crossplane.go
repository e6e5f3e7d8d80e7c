package simulator

import (
	"context"
	"maps"
	"slices"

	fnv1 "github.com/crossplane/function-sdk-go/proto/v1"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/structpb"

	"github.com/novasphere/function-wukong/fn/wukongtest"
)

// A Crossplane reconciles one composite as Crossplane's composer does: it asks the function, deletes the composed resources that are
// not desired any more, and applies the others under the names that they have.
type Crossplane struct {
	fn      fnv1.FunctionRunnerServiceServer
	objects map[string]*Object
	seen    map[string]*structpb.Struct
	spec    object
	status  *structpb.Struct

	// generation of the composite's spec, in which Crossplane records the composed resources. A composite that was made anew goes on
	// counting: it differs from the one before as it would by its UID.
	generation int
}

func newCrossplane(fn fnv1.FunctionRunnerServiceServer) *Crossplane {
	return &Crossplane{fn: fn, objects: map[string]*Object{}, seen: map[string]*structpb.Struct{}, status: &structpb.Struct{}}
}

// request is what the function is asked. Lagging are the keys of the composed resources that are shown as they were shown before.
func (x *Crossplane) request(lagging map[string]bool) *fnv1.RunFunctionRequest {
	req, err := wukongtest.Request(x.spec)
	if err != nil {
		panic(err)
	}
	composite := req.GetObserved().GetComposite().GetResource().GetFields()
	composite["status"] = structpb.NewStructValue(x.status)
	composite["metadata"].GetStructValue().Fields["generation"] = structpb.NewNumberValue(float64(x.generation))
	req.Observed.Resources = make(map[string]*fnv1.Resource, len(x.objects))
	for key, o := range x.objects {
		if s := x.seen[key]; s == nil || !lagging[key] {
			x.seen[key] = o.composed()
		}
		req.Observed.Resources[key] = &fnv1.Resource{Resource: x.seen[key]}
	}
	return req
}

// run asks the function.
func (x *Crossplane) run(req *fnv1.RunFunctionRequest) *fnv1.RunFunctionResponse {
	rsp, err := x.fn.RunFunction(context.Background(), req)
	if err != nil {
		panic(err)
	}
	return rsp
}

// collect deletes the composed resources that are not desired any more, and returns them.
func (x *Crossplane) collect(desired map[string]*fnv1.Resource) []*Object {
	var out []*Object
	for key, o := range x.objects {
		if _, ok := desired[key]; !ok {
			o.deleting = true
			out = append(out, o)
		}
	}
	return out
}

// apply the first of the desired composed resources, in the order of their keys or against it, and the status.
func (x *Crossplane) apply(desired *fnv1.State, first int, backwards bool) {
	keys := slices.Sorted(maps.Keys(desired.GetResources()))
	if backwards {
		slices.Reverse(keys)
	}
	for _, key := range keys[:min(first, len(keys))] {
		x.applyObject(key, desired.GetResources()[key].GetResource())
	}
	if first < len(keys) {
		return
	}
	if s := desired.GetComposite().GetResource().GetFields()["status"].GetStructValue(); s != nil {
		x.status = proto.CloneOf(s)
	}
}

func (x *Crossplane) applyObject(key string, s *structpb.Struct) {
	spec := s.GetFields()["spec"].GetStructValue().GetFields()
	o := x.objects[key]
	if o == nil {
		o = &Object{name: s.GetFields()["metadata"].GetStructValue().GetFields()["name"].GetStringValue(), key: key}
		x.objects[key] = o
		x.generation++
	}
	o.manifest = spec["forProvider"].GetStructValue().GetFields()["manifest"].GetStructValue()
	o.policies = o.policies[:0]
	for _, p := range spec["managementPolicies"].GetListValue().GetValues() {
		o.policies = append(o.policies, p.GetStringValue())
	}
}

// forget a composed resource that is gone.
func (x *Crossplane) forget(key string) {
	delete(x.objects, key)
	delete(x.seen, key)
	x.generation++
}

// phase of the Wukong, as its user sees it.
func (x *Crossplane) phase() string { return x.status.GetFields()["phase"].GetStringValue() }
