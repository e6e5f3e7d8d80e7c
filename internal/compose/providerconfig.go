package compose

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	fnv1 "github.com/crossplane/function-sdk-go/proto/v1"
	"google.golang.org/protobuf/types/known/structpb"

	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
	"github.com/novasphere/function-wukong/internal/decode"
	"github.com/novasphere/function-wukong/internal/fields"
	"github.com/novasphere/function-wukong/internal/plan"
)

// A ProviderConfig says which cluster an Object is about. One that changes would have the provider make everything anew in another cluster,
// and forget what is in the first: so an Object keeps the one that it has, and one that comes later joins the others.

// A providerConfig is a reference to one. Cluster-scoped Objects have no kind of it.
type providerConfig struct{ kind, name string }

func (c providerConfig) String() string { return strings.TrimSpace(c.kind + " " + c.name) }

// ref returns the reference as an Object holds it.
func (c providerConfig) ref() *structpb.Value {
	fields := map[string]*structpb.Value{"name": structpb.NewStringValue(c.name)}
	if c.kind != "" {
		fields["kind"] = structpb.NewStringValue(c.kind)
	}
	return structOf(fields)
}

// key returns the value of the annotation that allows a change to c.
func (c providerConfig) key(from providerConfig) string {
	if c.kind == from.kind {
		return c.name
	}
	return c.kind + "/" + c.name
}

// configIn returns the ProviderConfig of an Object; false where it has none, or where the provider could never connect by it.
func configIn(object *structpb.Struct) (providerConfig, bool) {
	ref := fields.In(object, "spec", "providerConfigRef").GetFields()
	c := providerConfig{kind: ref["kind"].GetStringValue(), name: ref["name"].GetStringValue()}
	return c, c.name != "" && !neverConnected(object)
}

// Annotations that the provider gives an Object before, and after, it creates something.
const annotationCreate = "crossplane.io/external-create-"

// neverConnected reports whether the provider has told that it cannot connect, and neither found nor created anything before: whatever the
// ProviderConfig of the Object is, nothing came of it.
func neverConnected(object *structpb.Struct) bool {
	for name := range fields.In(object, "metadata", "annotations").GetFields() {
		if strings.HasPrefix(name, annotationCreate) {
			return false
		}
	}
	return found(object) == nil && strings.HasPrefix(refusal(object), "connect failed")
}

// configOf returns the ProviderConfig for the Object with a key: its own; else that of the Object whose changer it is, that of the virtual
// machine, or that of the first of the Wukong's that has one; else the one that the Input names.
func (t Object) configOf(key string, req *fnv1.RunFunctionRequest) providerConfig {
	composed := req.GetObserved().GetResources()
	for _, k := range append([]string{key, strings.TrimSuffix(key, changerSuffix), plan.KeyVM}, made(composed)...) {
		if c, ok := configIn(composed[k].GetResource()); ok {
			return t.granted(c, req)
		}
	}
	return t.config
}

// granted returns the ProviderConfig that the Input names, if the Wukong allows it in the place of one; else that one.
func (t Object) granted(is providerConfig, req *fnv1.RunFunctionRequest) providerConfig {
	allowed := fields.In(compositeIn(req), "metadata", "annotations").GetFields()[v1alpha1.AnnotationProviderConfig].GetStringValue()
	if allowed == t.config.key(is) || allowed == t.config.kind+"/"+t.config.name {
		return t.config
	}
	return is
}

// made returns the keys of the Objects that hold what a Wukong is made of, in order. Other steps of the pipeline may compose Objects, too.
func made(composed map[string]*fnv1.Resource) []string {
	keys := slices.Sorted(maps.Keys(composed))
	return slices.DeleteFunc(keys, func(key string) bool { return labelled(composed[key].GetResource()) == "" })
}

// Kept says that the ProviderConfig which the Input names is not taken, where the Wukong was composed with another.
func (t Object) Kept(req *fnv1.RunFunctionRequest) []string {
	composed := req.GetObserved().GetResources()
	for _, key := range made(composed) {
		is, ok := configIn(composed[key].GetResource())
		if !ok || t.granted(is, req) == t.config {
			continue
		}
		w := decode.Identity(compositeIn(req))
		return []string{fmt.Sprintf("providerConfigRef of the Composition: the Wukong was composed with %s, and %s may reach another cluster, so that it stays with the first: "+
			"put that back, or, if both reach the same cluster, allow it with kubectl annotate --overwrite wukong %s -n %s %s=%s, "+
			"or delete the Wukong, with all its disks that are not retained, and create it again",
			is, t.config, w.Name, w.Namespace, v1alpha1.AnnotationProviderConfig, t.config.key(is))}
	}
	return nil
}
