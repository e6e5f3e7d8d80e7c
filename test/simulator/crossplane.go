package simulator

import (
	"context"
	"fmt"
	"maps"
	"slices"

	fnv1 "github.com/crossplane/function-sdk-go/proto/v1"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/structpb"

	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
	"github.com/novasphere/function-wukong/input/v1beta1"
	"github.com/novasphere/function-wukong/internal/crossplane"
	"github.com/novasphere/function-wukong/internal/wukongtest"
)

// A Crossplane reconciles one composite as Crossplane's composer does: it asks the function, deletes the composed resources that are
// not desired any more, and applies the others under the names that they have.
type Crossplane struct {
	fn      fnv1.FunctionRunnerServiceServer
	objects map[string]*Object
	seen    map[string]*structpb.Struct
	spec    object
	status  *structpb.Struct

	// settings are the fields of the Input that the platform team has changed.
	settings object

	// generation of the composite's spec, in which Crossplane records the composed resources.
	generation int

	// restart is the UID of the instance that is to be restarted; empty for none.
	restart string

	// config is the ProviderConfig that the Input names, and allowed the one that the annotation of the Wukong does.
	config, allowed string

	// team is the value of a label that the Input gives; empty for none.
	team string

	// noProfiles says that the Input says that CDI completes no claims.
	noProfiles bool

	// old says that it is older than 2.2, and knows no schemas.
	old bool

	// target is what the composite is composed of, and native what is composed without Objects; nil where there are Objects.
	target string
	native *native

	// incarnation is how many composites of the claim there were before.
	incarnation int
}

func newCrossplane(fn fnv1.FunctionRunnerServiceServer, target string, c *Cluster) *Crossplane {
	x := &Crossplane{fn: fn, target: target, config: configDefault, objects: map[string]*Object{}, seen: map[string]*structpb.Struct{}, status: &structpb.Struct{}}
	if target == targetNative {
		x.native = newNative(c)
	}
	return x
}

// Targets, by the names of their configurations.
const (
	targetClaim      = "claim"
	targetNamespaced = "namespaced"
	targetNative     = "native"
)

// refusedTeam is a label's value that a policy of the cluster refuses at times.
const refusedTeam = "b"

// ProviderConfigs: two that reach the cluster, and one that reaches another.
const (
	configDefault   = "default"
	configRenamed   = "renamed"
	configElsewhere = "elsewhere"
)

// asked is a request about a spec, and nothing else.
func (x *Crossplane) asked() (*fnv1.RunFunctionRequest, error) {
	switch x.target {
	case targetNamespaced:
		return wukongtest.NamespacedRequest(x.spec, v1beta1.TargetObject)
	case targetNative:
		return wukongtest.NamespacedRequest(x.spec, v1beta1.TargetNative)
	}
	return wukongtest.Request(x.spec)
}

// request is what the function is asked. Lagging are the keys of the composed resources that are shown as they were shown before.
func (x *Crossplane) request(lagging map[string]bool) *fnv1.RunFunctionRequest {
	req, err := x.asked()
	if err != nil {
		panic(err)
	}
	maps.Copy(req.GetInput().GetFields(), must(x.settings).GetFields())
	xr := req.GetObserved().GetComposite().GetResource()
	xr.Fields["status"] = structpb.NewStructValue(x.status)
	metadata := xr.GetFields()["metadata"].GetStructValue().GetFields()
	metadata["uid"] = structpb.NewStringValue(x.uid())
	metadata["generation"] = structpb.NewNumberValue(float64(x.generation))
	metadata["annotations"] = structpb.NewStructValue(&structpb.Struct{Fields: map[string]*structpb.Value{
		v1alpha1.AnnotationRestart: structpb.NewStringValue(x.restart), v1alpha1.AnnotationProviderConfig: structpb.NewStringValue(x.allowed),
	}})
	req.GetInput().Fields["cluster"] = structpb.NewStructValue(must(object{"storageProfiles": !x.noProfiles}))
	req.GetInput().Fields["providerConfigRef"] = structpb.NewStructValue(must(object{"name": x.config}))
	if x.team != "" {
		req.GetInput().Fields["labels"] = structpb.NewStructValue(must(object{"example.org/team": x.team}))
	}
	req.Meta = &fnv1.RequestMeta{Capabilities: []fnv1.Capability{
		fnv1.Capability_CAPABILITY_CAPABILITIES, fnv1.Capability_CAPABILITY_CONDITIONS, fnv1.Capability_CAPABILITY_REQUIRED_RESOURCES, fnv1.Capability_CAPABILITY_REQUIRED_SCHEMAS,
	}}
	if x.old {
		req.Meta = nil
	}
	req.Observed.Resources = make(map[string]*fnv1.Resource, len(x.objects))
	if x.native != nil {
		x.native.show(req, x.uid())
	}
	for key, o := range x.objects {
		if s := x.seen[key]; s == nil || !lagging[key] {
			x.seen[key] = o.composed()
		}
		req.Observed.Resources[key] = &fnv1.Resource{Resource: x.seen[key]}
	}
	return req
}

// uid of the composite.
func (x *Crossplane) uid() string { return fmt.Sprintf("xr-%d", x.incarnation) }

// run asks the function.
func (x *Crossplane) run(req *fnv1.RunFunctionRequest) *fnv1.RunFunctionResponse {
	rsp, err := x.ask(req)
	if err != nil {
		panic(err)
	}
	return rsp
}

// ask the function, in a cluster that may not have what it asks for.
func (x *Crossplane) ask(req *fnv1.RunFunctionRequest) (*fnv1.RunFunctionResponse, error) {
	if x.native == nil {
		return crossplane.RunFunction(context.Background(), x.fn, req, crossplane.Fetcher(func(*fnv1.ResourceSelector) *fnv1.Resources { panic("an Object finds out by itself what exists") }))
	}
	return crossplane.RunFunction(context.Background(), x.fn, req, x.native)
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
	if x.native != nil {
		if !x.native.compose(desired.GetResources(), keys[:min(first, len(keys))], x.uid()) {
			return
		}
		keys = nil
	}
	for _, key := range keys[:min(first, len(keys))] {
		x.applyObject(key, desired.GetResources()[key].GetResource())
	}
	if first < len(desired.GetResources()) {
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
		name := s.GetFields()["metadata"].GetStructValue().GetFields()["name"].GetStringValue()
		o = &Object{name: name, key: key, apiVersion: s.GetFields()["apiVersion"].GetStringValue()}
		x.objects[key] = o
		x.generation++
	}
	o.manifest = spec["forProvider"].GetStructValue().GetFields()["manifest"].GetStructValue()
	o.config, o.labels = spec["providerConfigRef"].GetStructValue().AsMap(), s.GetFields()["metadata"].GetStructValue().GetFields()["labels"].GetStructValue().AsMap()
	o.policies = o.policies[:0]
	for _, p := range spec["managementPolicies"].GetListValue().GetValues() {
		o.policies = append(o.policies, p.GetStringValue())
	}
}

// lives says whether something is what a composed resource is about, which is not on its way out.
func (x *Crossplane) lives(k id) bool {
	for _, o := range x.objects {
		if !o.deleting && o.target() == k && o.may("Create") {
			return true
		}
	}
	if x.native != nil {
		for _, ref := range x.native.refs {
			if ref == k {
				return true
			}
		}
	}
	return false
}

// forget a composed resource that is gone.
func (x *Crossplane) forget(key string) {
	delete(x.objects, key)
	delete(x.seen, key)
	x.generation++
}

// phase of the Wukong, as its user sees it.
func (x *Crossplane) phase() string { return x.status.GetFields()["phase"].GetStringValue() }
