package compose

import (
	"cmp"
	"maps"
	"strings"

	fnv1 "github.com/crossplane/function-sdk-go/proto/v1"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/structpb"

	"github.com/novasphere/function-wukong/internal/fields"
	"github.com/novasphere/function-wukong/internal/observed"
	"github.com/novasphere/function-wukong/internal/plan"
)

// The kind Object of provider-kubernetes, and its API versions in both scopes.
const (
	kindObject           = "Object"
	clusterAPIVersion    = "kubernetes.crossplane.io/v1alpha2"
	namespacedAPIVersion = "kubernetes.m.crossplane.io/v1alpha1"
)

// An Object is the target that wraps each object in an Object of provider-kubernetes.
type Object struct {
	apiVersion string
	config     providerConfig
	watch      bool
	labels     map[string]*structpb.Value
}

// ClusterObject returns the target of a cluster-scoped composite: cluster-scoped Objects. Config is the name of their ProviderConfig, through
// which the provider reaches the cluster of the virtual machines. Watch reports whether the provider watches the objects that it manages.
func ClusterObject(config string, watch bool) Object {
	return Object{apiVersion: clusterAPIVersion, config: providerConfig{name: config}, watch: watch}
}

// NamespacedObject returns the target of a namespaced composite: Objects in its namespace. Kind is that of the ProviderConfig, which is
// ProviderConfig for one in the same namespace, and ClusterProviderConfig otherwise. See ClusterObject for config and watch.
func NamespacedObject(kind, config string, watch bool) Object {
	return Object{apiVersion: namespacedAPIVersion, config: providerConfig{kind: kind, name: config}, watch: watch}
}

// WithLabels returns the target with labels for its Objects.
func (t Object) WithLabels(labels map[string]string) Object {
	t.labels = make(map[string]*structpb.Value, len(labels))
	for k, v := range labels {
		t.labels[k] = structpb.NewStringValue(v)
	}
	return t
}

// Capabilities returns none: Objects need no recent Crossplane.
func (Object) Capabilities() []fnv1.Capability { return nil }

// compose returns the Object that manages the manifest. For a guarded object that has to change it also returns the editor: see handover.
//
// An Object that is being deleted keeps its spec. With another manifest its deletion could fail, and with more management policies it could
// delete an object that has to stay. Its editor is removed at once.
func (t Object) compose(r plan.Resource, manifest *structpb.Struct, req *fnv1.RunFunctionRequest) composed {
	existing := req.GetObserved().GetResources()
	owner, editor := existing[r.Key].GetResource(), existing[editorKey(r.Key)].GetResource()
	if fields.IsDeleting(owner) {
		return one(r.Key, t.withSpec(fields.Value(owner, "spec")))
	}
	config := t.configOf(r.Key, req)
	if ownsOtherKind(owner, manifest) {
		if editor != nil {
			// The editor may be creating the object of the other kind right now. Its owner must stay until the editor is gone.
			return one(r.Key, t.object(plan.Delete, manifestOf(owner), config))
		}
		// The owner probes anew: the name may be taken in the kind that the plan asks for now.
		return one(r.Key, t.object(plan.Observe, manifest, config))
	}
	isHeld := r.Held && (owner == nil || isProbing(owner))
	if r.Management.Creates() && (isHeld || !mayManage(r.Key, existing)) {
		return one(r.Key, t.object(plan.Observe, manifest, config))
	}
	if !r.Guarded || r.Management != plan.Manage {
		return t.alone(r, manifest, owner, config)
	}
	editorConfig := t.configOf(editorKey(r.Key), req)
	if r.Mutated && awaitsCreation(owner, editor) {
		desired := creationManifest(editor, manifest)
		out := one(r.Key, t.object(plan.Delete, nameOnly(desired), config))
		if hasPolicies(owner, plan.Delete) {
			out.resources[editorKey(r.Key)] = t.object(plan.Retain, desired, editorConfig)
		}
		return out
	}
	step := handover(manifest, owner, editor)
	out := one(r.Key, t.object(plan.Manage, step.owner, config))
	out.final = step.final
	if step.editor != nil {
		out.resources[editorKey(r.Key)] = t.object(plan.Adjust, step.editor, editorConfig)
	}
	return out
}

// alone returns the Object of an object of which the cluster rejects no change, or which the Object never deletes: there is no need of an editor.
func (t Object) alone(r plan.Resource, manifest, owner *structpb.Struct, config providerConfig) composed {
	desired := manifest
	if r.Mutated {
		desired = creationManifest(owner, manifest)
	}
	out := one(r.Key, t.object(r.Management, desired, config))
	out.final = proto.Equal(desired, manifest) && r.Management != plan.Delete
	return out
}

// one returns a single composed resource, which is not final.
func one(key string, resource *structpb.Struct) composed {
	return composed{resources: map[string]*structpb.Struct{key: resource}}
}

// Observe returns what the provider observed. Of an object with an owner and an editor it returns the later observation, and the rejection of
// either.
func (Object) Observe(req *fnv1.RunFunctionRequest) observed.Resources {
	existing := req.GetObserved().GetResources()
	out := make(observed.Resources, len(existing))
	for key, r := range existing {
		if strings.HasSuffix(key, editorSuffix) {
			continue
		}
		seen := observe(r.GetResource(), existing[editorKey(key)].GetResource())
		seen.Deletes = deletes(r.GetResource())
		out[key] = seen
	}
	return out
}

// observe returns the state of the object of an owner and its editor, which is nil if there is none.
func observe(owner, editor *structpb.Struct) observed.Resource {
	rejection := cmp.Or(rejectionReason(syncError(owner)), rejectionReason(syncError(editor)))
	if conflict := probeConflict(owner); conflict != nil {
		return observed.Resource{Foreign: conflict}
	}
	live, latest := liveObject(owner), latestLiveObject(owner, editor)
	switch {
	case isProbing(owner) && live != nil && !isLost(owner):
		// It belongs to the Wukong, such as a disk that an earlier Wukong retained. The plan depends on what it is.
		return observed.Resource{Object: live, Unmanaged: true}
	case isProbing(owner):
		return observed.Resource{LastKnown: cmp.Or(live, lastManifest(owner, editor)), Unasked: true}
	case isLost(owner):
		return observed.Resource{
			LastKnown: cmp.Or(live, lastManifest(owner, editor)),
			Missing:   !fields.IsDeleting(owner) && isReconciled(owner),
			LookedFor: fields.Text(manifestOf(owner), "metadata", "name"),
		}
	case latest == nil, createFailed(owner), live == nil && createFailed(editor):
		// What is created again has the settings of what existed before.
		return observed.Resource{Refused: rejection, LastKnown: cmp.Or(lastManifest(owner, editor), live)}
	}
	r := observed.Resource{Object: latest, Desired: lastManifest(owner, editor), Refused: rejection, Retained: hasPolicies(owner, plan.Retain)}
	if !hasPolicies(owner, plan.Observe) {
		r.Applied = manifestOf(owner)
	}
	return r
}

// object returns an Object that manages a manifest through a ProviderConfig.
func (t Object) object(m plan.Management, manifest *structpb.Struct, config providerConfig) *structpb.Struct {
	spec := map[string]*structpb.Value{
		"providerConfigRef":  config.ref(),
		"managementPolicies": managementPolicies(m),
		"forProvider":        objectValue(map[string]*structpb.Value{"manifest": structpb.NewStructValue(manifest)}),
	}
	if t.watch {
		spec["watch"] = structpb.NewBoolValue(true)
	}
	return t.withSpec(objectValue(spec))
}

// withSpec returns an Object with a spec.
func (t Object) withSpec(spec *structpb.Value) *structpb.Struct {
	out := &structpb.Struct{Fields: map[string]*structpb.Value{
		"apiVersion": structpb.NewStringValue(t.apiVersion),
		"kind":       structpb.NewStringValue(kindObject),
		"spec":       spec,
	}}
	if len(t.labels) > 0 {
		out.Fields["metadata"] = objectValue(map[string]*structpb.Value{"labels": objectValue(maps.Clone(t.labels))})
	}
	return out
}

// managementPolicies returns the managementPolicies of an Object: what the provider may do with its object.
// See https://docs.crossplane.io/latest/managed-resources/managed-resources/#managementpolicies.
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
