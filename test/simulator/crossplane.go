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

// A Crossplane reconciles one composite as Crossplane's composer does. It calls the function, deletes the composed resources that are no
// longer desired, and applies the others under their existing names.
type Crossplane struct {
	fn        fnv1.FunctionRunnerServiceServer
	composed  map[string]*Object
	lastShown map[string]*structpb.Struct
	spec      object
	status    *structpb.Struct

	// settings are the fields of the Input that the platform team has changed.
	settings object

	// generation of the composite's spec, in which Crossplane records the composed resources.
	generation int

	// restart is the UID of the instance for which a restart is requested; empty for none.
	restart string

	// config is the ProviderConfig that the Input names, and allowedConfig the one that the annotation of the Wukong names.
	config, allowedConfig string

	// team is the value of a label of the Input; empty for none.
	team string

	// plugsVolumes is set if the Input says that KubeVirt attaches and detaches volumes while the guest runs.
	plugsVolumes bool

	// noProfiles is set if the Input says that CDI does not complete claims.
	noProfiles bool

	// withoutSchemas is set for a Crossplane before 2.2, which does not support required schemas.
	withoutSchemas bool

	// target is the Input's target. native composes objects without provider-kubernetes; nil for other targets.
	target string
	native *native

	// sees is the cluster of Crossplane, which has the virtual machines.
	sees *Cluster

	// incarnation is the number of composites of the claim before this one.
	incarnation int
}

func newCrossplane(fn fnv1.FunctionRunnerServiceServer, target string, c *Cluster) *Crossplane {
	x := &Crossplane{fn: fn, target: target, config: configDefault, sees: c, composed: map[string]*Object{}, lastShown: map[string]*structpb.Struct{}, status: &structpb.Struct{}}
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

// refusedTeam is the value of a label that the cluster's policy refuses while it is in force.
const refusedTeam = "b"

// ProviderConfigs: two that reach the cluster, and one that reaches another.
const (
	configDefault   = "default"
	configRenamed   = "renamed"
	configElsewhere = "elsewhere"
)

// initialRequest returns a request about a spec of which nothing is observed.
func (x *Crossplane) initialRequest() (*fnv1.RunFunctionRequest, error) {
	switch x.target {
	case targetNamespaced:
		return wukongtest.NamespacedRequest(x.spec, v1beta1.TargetObject)
	case targetNative:
		return wukongtest.NamespacedRequest(x.spec, v1beta1.TargetNative)
	}
	return wukongtest.Request(x.spec)
}

// request returns the request of the next reconciliation. Composed resources whose keys are lagging are shown as they were shown before.
func (x *Crossplane) request(lagging map[string]bool) *fnv1.RunFunctionRequest {
	req, err := x.initialRequest()
	if err != nil {
		panic(err)
	}
	maps.Copy(req.GetInput().GetFields(), mustStruct(x.settings).GetFields())
	xr := req.GetObserved().GetComposite().GetResource()
	xr.Fields["status"] = structpb.NewStructValue(x.status)
	metadata := xr.GetFields()["metadata"].GetStructValue().GetFields()
	metadata["uid"] = structpb.NewStringValue(x.uid())
	metadata["generation"] = structpb.NewNumberValue(float64(x.generation))
	metadata["annotations"] = structpb.NewStructValue(mustStruct(object{
		v1alpha1.AnnotationRestart: x.restart, v1alpha1.AnnotationProviderConfig: x.allowedConfig,
	}))
	req.GetInput().Fields["cluster"] = structpb.NewStructValue(mustStruct(x.cluster()))
	req.GetInput().Fields["providerConfigRef"] = structpb.NewStructValue(mustStruct(object{"name": x.config}))
	if x.team != "" {
		req.GetInput().Fields["labels"] = structpb.NewStructValue(mustStruct(object{"example.org/team": x.team}))
	}
	if !x.withoutSchemas {
		req.Meta = &fnv1.RequestMeta{Capabilities: []fnv1.Capability{
			fnv1.Capability_CAPABILITY_CAPABILITIES, fnv1.Capability_CAPABILITY_CONDITIONS,
			fnv1.Capability_CAPABILITY_REQUIRED_RESOURCES, fnv1.Capability_CAPABILITY_REQUIRED_SCHEMAS,
		}}
	}
	req.Observed.Resources = make(map[string]*fnv1.Resource, len(x.composed))
	if x.native != nil {
		x.native.observe(req, x.uid())
	}
	for key, o := range x.composed {
		if s := x.lastShown[key]; s == nil || !lagging[key] {
			x.lastShown[key] = o.asComposed()
		}
		req.Observed.Resources[key] = &fnv1.Resource{Resource: x.lastShown[key]}
	}
	return req
}

// cluster returns what the Input says of the cluster.
func (x *Crossplane) cluster() object {
	out := object{"storageProfiles": !x.noProfiles}
	if x.plugsVolumes {
		out["kubevirt"] = object{"version": "1.9"}
	}
	return out
}

// uid returns the UID of the composite.
func (x *Crossplane) uid() string { return fmt.Sprintf("xr-%d", x.incarnation) }

// mustRunFunction calls the function. It panics on an error.
func (x *Crossplane) mustRunFunction(req *fnv1.RunFunctionRequest) *fnv1.RunFunctionResponse {
	rsp, err := x.runFunction(req)
	if err != nil {
		panic(err)
	}
	return rsp
}

// runFunction calls the function and fetches what it requires. A kind that the cluster lacks is an error.
func (x *Crossplane) runFunction(req *fnv1.RunFunctionRequest) (*fnv1.RunFunctionResponse, error) {
	if x.native != nil {
		return crossplane.RunFunction(context.Background(), x.fn, req, x.native)
	}
	return crossplane.RunFunction(context.Background(), x.fn, req, crossplane.Fetcher(func(s *fnv1.ResourceSelector) *fnv1.Resources {
		if s.GetMatchLabels() == nil {
			panic("the function requires an object though provider-kubernetes reads it")
		}
		return x.sees.fetchSnapshots()
	}))
}

// deleteUndesired deletes the composed resources that are no longer desired, and returns them.
func (x *Crossplane) deleteUndesired(desired map[string]*fnv1.Resource) []*Object {
	var out []*Object
	for key, o := range x.composed {
		if _, ok := desired[key]; !ok {
			o.deleting = true
			out = append(out, o)
		}
	}
	return out
}

// apply applies the first of the desired composed resources, in the order of their keys or against it. After all of them it applies the status.
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
	o := x.composed[key]
	if o == nil {
		name := s.GetFields()["metadata"].GetStructValue().GetFields()["name"].GetStringValue()
		o = &Object{name: name, key: key, apiVersion: s.GetFields()["apiVersion"].GetStringValue()}
		x.composed[key] = o
		x.generation++
	}
	o.manifest = spec["forProvider"].GetStructValue().GetFields()["manifest"].GetStructValue()
	o.config, o.labels = spec["providerConfigRef"].GetStructValue().AsMap(), s.GetFields()["metadata"].GetStructValue().GetFields()["labels"].GetStructValue().AsMap()
	o.policies = o.policies[:0]
	for _, p := range spec["managementPolicies"].GetListValue().GetValues() {
		o.policies = append(o.policies, p.GetStringValue())
	}
}

// composes reports whether an object is composed and not being deleted.
func (x *Crossplane) composes(k id) bool {
	for _, o := range x.composed {
		if !o.deleting && o.target() == k && o.allows("Create") {
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

// forget removes a composed resource that is gone.
func (x *Crossplane) forget(key string) {
	delete(x.composed, key)
	delete(x.lastShown, key)
	x.generation++
}

// phase returns the phase in the status of the Wukong.
func (x *Crossplane) phase() string { return x.status.GetFields()["phase"].GetStringValue() }
