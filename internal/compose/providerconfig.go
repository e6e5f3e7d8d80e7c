package compose

import (
	"maps"
	"slices"
	"strings"

	fnv1 "github.com/crossplane/function-sdk-go/proto/v1"
	"google.golang.org/protobuf/types/known/structpb"

	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
	"github.com/novasphere/function-wukong/internal/crossplane"
	"github.com/novasphere/function-wukong/internal/decode"
	"github.com/novasphere/function-wukong/internal/fields"
	"github.com/novasphere/function-wukong/internal/plan"
)

// The ProviderConfig of an Object selects the cluster of its object. If it changed, the provider would create everything again in another
// cluster, and forget the first. So an Object keeps its ProviderConfig, and a new Object gets that of the others.

// A providerConfig is a reference to a ProviderConfig. Cluster-scoped Objects have only one kind of it, and no field for the kind.
type providerConfig struct{ kind, name string }

// String returns the kind, if any, and the name.
func (c providerConfig) String() string { return strings.TrimSpace(c.kind + " " + c.name) }

// ref returns the providerConfigRef of an Object.
func (c providerConfig) ref() *structpb.Value {
	out := map[string]*structpb.Value{"name": structpb.NewStringValue(c.name)}
	if c.kind != "" {
		out["kind"] = structpb.NewStringValue(c.kind)
	}
	return objectValue(out)
}

// permission returns the value of v1alpha1.AnnotationProviderConfig that allows to replace current by c.
func (c providerConfig) permission(current providerConfig) string {
	if c.kind == current.kind {
		return c.name
	}
	return c.kind + "/" + c.name
}

// currentConfig returns the ProviderConfig of an Object. It returns false if the Object has none, or if the provider never connected through it.
func currentConfig(object *structpb.Struct) (providerConfig, bool) {
	ref := fields.In(object, "spec", "providerConfigRef")
	c := providerConfig{kind: fields.Text(ref, "kind"), name: fields.Text(ref, "name")}
	return c, c.name != "" && !neverConnected(object)
}

// neverConnected reports whether the provider cannot connect, and has neither found nor created anything before.
func neverConnected(object *structpb.Struct) bool {
	for name := range fields.In(object, "metadata", "annotations").GetFields() {
		if strings.HasPrefix(name, crossplane.AnnotationPrefixExternalCreate) {
			return false
		}
	}
	return liveObject(object) == nil && strings.HasPrefix(syncError(object), textConnectFailed)
}

// configOf returns the ProviderConfig for the Object with a key. The first that exists has precedence: that of the Object itself, of the owner
// of an editor, of the virtual machine, of another Object of the Wukong. Only a Wukong without any takes that of the Input as it is.
func (t Object) configOf(key string, req *fnv1.RunFunctionRequest) providerConfig {
	existing := req.GetObserved().GetResources()
	for _, k := range append([]string{key, strings.TrimSuffix(key, editorSuffix), plan.KeyVM}, wukongKeys(existing)...) {
		if c, ok := currentConfig(existing[k].GetResource()); ok {
			return t.replaceIfAllowed(c, req)
		}
	}
	return t.config
}

// replaceIfAllowed returns the ProviderConfig of the Input if it may replace the current one, and the current one otherwise.
func (t Object) replaceIfAllowed(current providerConfig, req *fnv1.RunFunctionRequest) providerConfig {
	allowed := fields.Annotation(compositeOf(req), v1alpha1.AnnotationProviderConfig)
	if allowed == t.config.permission(current) || allowed == t.config.kind+"/"+t.config.name {
		return t.config
	}
	return current
}

// wukongKeys returns the sorted keys of the Objects of the Wukong. Other steps of the pipeline may compose Objects, too.
func wukongKeys(existing map[string]*fnv1.Resource) []string {
	keys := slices.Sorted(maps.Keys(existing))
	return slices.DeleteFunc(keys, func(key string) bool { return wukongName(existing[key].GetResource()) == "" })
}

// RejectedChanges returns a message if the Input names another ProviderConfig than the Wukong was composed with.
func (t Object) RejectedChanges(req *fnv1.RunFunctionRequest) []string {
	existing := req.GetObserved().GetResources()
	for _, key := range wukongKeys(existing) {
		current, ok := currentConfig(existing[key].GetResource())
		if !ok || t.replaceIfAllowed(current, req) == t.config {
			continue
		}
		w := decode.Identity(compositeOf(req))
		return []string{msgProviderConfigChanged.With(current, t.config, w.Name, w.Namespace, t.config.permission(current))}
	}
	return nil
}
