package compose

import (
	"cmp"
	"maps"
	"strings"

	fnv1 "github.com/crossplane/function-sdk-go/proto/v1"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/structpb"

	"github.com/novasphere/function-wukong/internal/observed"
	"github.com/novasphere/function-wukong/internal/plan"
)

const kindObject = "Object"

// An Object target composes Objects of provider-kubernetes, which create what a Wukong is made of.
type Object struct {
	apiVersion string
	config     providerConfig
	watch      bool
	labels     map[string]*structpb.Value
}

// ClusterObject composes cluster-scoped Objects, for a cluster-scoped composite. Config is the ProviderConfig, which says how the provider reaches the
// cluster of the virtual machines, and watch whether it watches what it manages.
func ClusterObject(config string, watch bool) Object {
	return Object{
		apiVersion: "kubernetes.crossplane.io/v1alpha2",
		config:     providerConfig{name: config},
		watch:      watch,
	}
}

// NamespacedObject composes Objects in the namespace of a namespaced composite. The kind says whether the ProviderConfig lies in that
// namespace too.
func NamespacedObject(kind, config string, watch bool) Object {
	return Object{
		apiVersion: "kubernetes.m.crossplane.io/v1alpha1",
		config:     providerConfig{kind: kind, name: config},
		watch:      watch,
	}
}

// Labelled returns the target that gives its Objects labels, beside those that Crossplane gives.
func (t Object) Labelled(labels map[string]string) Object {
	t.labels = make(map[string]*structpb.Value, len(labels))
	for k, v := range labels {
		t.labels[k] = structpb.NewStringValue(v)
	}
	return t
}

// Needs nothing: it works with every Crossplane.
func (Object) Needs() []fnv1.Capability { return nil }

// Compose returns the Object that manages the manifest, and for a guarded object, where it must change, a second one that does. An
// Object that is being deleted stays as it is until it is gone: with another manifest it might not go, and with more permissions it
// might take with it what it was to leave. What changed its object goes at once.
func (t Object) Compose(r plan.Resource, manifest *structpb.Struct, req *fnv1.RunFunctionRequest) Composed {
	composed := req.GetObserved().GetResources()
	is := composed[r.Key].GetResource()
	if textIn(is, "deletionTimestamp") != "" {
		return Composed{Resources: map[string]*structpb.Struct{r.Key: t.wrapped(is.GetFields()["spec"])}}
	}
	config := t.configOf(r.Key, req)
	if begun := composed[changerKey(r.Key)].GetResource(); isUnmadeOther(is, manifest) {
		if begun != nil {
			// It may be making the other one at this moment, and what deletes that must be there until nobody makes it.
			return Composed{Resources: map[string]*structpb.Struct{r.Key: t.object(plan.Delete, manifestIn(is), config)}}
		}
		return Composed{Resources: map[string]*structpb.Struct{r.Key: t.object(plan.Observe, manifest, config)}}
	}
	if r.Management.Creates() && !mayManage(r.Key, composed) {
		return Composed{Resources: map[string]*structpb.Struct{r.Key: t.object(plan.Observe, manifest, config)}}
	}
	if !r.Guarded || r.Management != plan.Manage {
		makes := manifest
		if r.Mutated {
			makes = making(is, manifest)
		}
		return Composed{Resources: map[string]*structpb.Struct{r.Key: t.object(r.Management, makes, config)}, Done: proto.Equal(makes, manifest)}
	}
	if changer := composed[changerKey(r.Key)].GetResource(); r.Mutated && isUnmade(is, changer) {
		makes := making(changer, manifest)
		out := Composed{Resources: map[string]*structpb.Struct{r.Key: t.object(plan.Delete, nameOf(makes), config)}}
		if may(is, plan.Delete) {
			out.Resources[changerKey(r.Key)] = t.object(plan.Retain, makes, t.configOf(changerKey(r.Key), req))
		}
		return out
	}
	keeps, changes, done := handover(manifest, is, composed[changerKey(r.Key)].GetResource())
	out := Composed{Resources: map[string]*structpb.Struct{r.Key: t.object(plan.Manage, keeps, config)}, Done: done}
	if changes != nil {
		out.Resources[changerKey(r.Key)] = t.object(plan.Adjust, changes, t.configOf(changerKey(r.Key), req))
	}
	return out
}

// Observe returns what the provider found. An object that two Objects manage is as the one found it that looked last, and what
// either of them cannot bring about is refused.
func (Object) Observe(req *fnv1.RunFunctionRequest) observed.Resources {
	composed := req.GetObserved().GetResources()
	out := make(observed.Resources, len(composed))
	for key, r := range composed {
		if !strings.HasSuffix(key, changerSuffix) {
			o := r.GetResource()
			out[key] = observe(o, composed[changerKey(key)].GetResource())
		}
	}
	return out
}

// observe what became of the object of an Object, and of its changer if it has one.
func observe(object, changer *structpb.Struct) observed.Resource {
	refused := cmp.Or(cause(refusal(object)), cause(refusal(changer)))
	if f := foreignTo(object); f != nil {
		return observed.Resource{Foreign: f}
	}
	switch {
	case looks(object) && found(object) != nil && !isLost(object):
		// It is the Wukong's own, such as a disk that an earlier one retained: what is asked of it depends on what it is.
		return observed.Resource{Object: found(object), Unmanaged: true}
	case looks(object), isLost(object):
		return observed.Resource{LastKnown: cmp.Or(found(object), desiredLast(object, changer))}
	case foundLast(object, changer) == nil, createFailed(object), found(object) == nil && createFailed(changer):
		// What is made anew takes after what was there before.
		return observed.Resource{Refused: refused, LastKnown: cmp.Or(desiredLast(object, changer), found(object))}
	}
	r := observed.Resource{Object: foundLast(object, changer), Refused: refused, Retained: may(object, plan.Retain)}
	if !may(object, plan.Observe) {
		r.Applied = manifestIn(object)
	}
	return r
}

// object is an Object that manages a manifest so, by a ProviderConfig.
func (t Object) object(m plan.Management, manifest *structpb.Struct, config providerConfig) *structpb.Struct {
	spec := map[string]*structpb.Value{
		"providerConfigRef":  config.ref(),
		"managementPolicies": managementPolicies(m),
		"forProvider":        structOf(map[string]*structpb.Value{"manifest": structpb.NewStructValue(manifest)}),
	}
	if t.watch {
		spec["watch"] = structpb.NewBoolValue(true)
	}
	return t.wrapped(structOf(spec))
}

// wrapped returns an Object with a spec.
func (t Object) wrapped(spec *structpb.Value) *structpb.Struct {
	out := &structpb.Struct{Fields: map[string]*structpb.Value{
		"apiVersion": structpb.NewStringValue(t.apiVersion),
		"kind":       structpb.NewStringValue(kindObject),
		"spec":       spec,
	}}
	if len(t.labels) > 0 {
		out.Fields["metadata"] = structOf(map[string]*structpb.Value{"labels": structOf(maps.Clone(t.labels))})
	}
	return out
}

// managementPolicies say what the provider may do with an object.
func managementPolicies(m plan.Management) *structpb.Value {
	policies := []string{"*"}
	switch m {
	case plan.Observe:
		policies = []string{"Observe"}
	case plan.Adjust:
		policies = []string{"Observe", "Update"}
	case plan.Retain:
		policies = []string{"Observe", "Create", "Update"}
	case plan.Delete:
		policies = []string{"Observe", "Delete"}
	case plan.Manage:
	}
	out := &structpb.ListValue{}
	for _, p := range policies {
		out.Values = append(out.Values, structpb.NewStringValue(p))
	}
	return structpb.NewListValue(out)
}
