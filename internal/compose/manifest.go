package compose

import (
	"maps"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/structpb"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"

	"github.com/novasphere/function-wukong/internal/fields"
	"github.com/novasphere/function-wukong/internal/plan"
)

// Manifest converts a typed object to what a user would apply to create it. It leaves out the status and all fields without a value.
func Manifest(o plan.Object) (*structpb.Struct, error) {
	m, err := runtime.DefaultUnstructuredConverter.ToUnstructured(o)
	if err != nil {
		return nil, err
	}
	delete(m, "status")
	dropNulls(m)
	return structpb.NewStruct(m)
}

// dropNulls removes fields that are null, such as metadata.creationTimestamp.
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

// Unwrap returns the manifest in an Object of provider-kubernetes. It returns any other composed resource as it is.
func Unwrap(resource map[string]any) map[string]any {
	manifest, found, err := unstructured.NestedMap(resource, "spec", "forProvider", "manifest")
	if !found || err != nil {
		return resource
	}
	return manifest
}

// nameOnly keeps apiVersion, kind, namespace and name of a manifest, which the API server accepts of every object that exists. A policy may
// reject labels.
func nameOnly(manifest *structpb.Struct) *structpb.Struct {
	out := pick(manifest, "apiVersion", "kind")
	out.Fields["metadata"] = structpb.NewStructValue(pick(fields.In(manifest, "metadata"), "name", "namespace"))
	return out
}

// IsNameOnly reports whether a manifest has nothing beside apiVersion, kind and metadata.
func IsNameOnly[V any](manifest map[string]V) bool {
	for name := range manifest {
		switch name {
		case "apiVersion", "kind", "metadata":
		default:
			return false
		}
	}
	return true
}

// pinToUID adds the UID of the live object to a manifest. The API server then rejects the manifest if that object was deleted or replaced,
// instead of creating another one.
func pinToUID(live, manifest *structpb.Struct) *structpb.Struct {
	metadata := map[string]*structpb.Value{}
	maps.Copy(metadata, fields.In(manifest, "metadata").GetFields())
	if uid := fields.Text(live, "metadata", "uid"); uid != "" {
		metadata["uid"] = structpb.NewStringValue(uid)
	}
	out := &structpb.Struct{Fields: maps.Clone(manifest.GetFields())}
	out.Fields["metadata"] = objectValue(metadata)
	return out
}

// withLiveValues replaces the spec, labels and annotations of a manifest by those of the live object. Of labels and annotations it keeps the
// names that the manifest has. To apply the result changes nothing.
func withLiveValues(live, manifest *structpb.Struct) *structpb.Struct {
	out := &structpb.Struct{Fields: maps.Clone(manifest.GetFields())}
	if spec, ok := live.GetFields()["spec"]; ok {
		out.Fields["spec"] = spec
	}
	metadata := &structpb.Struct{Fields: maps.Clone(fields.In(manifest, "metadata").GetFields())}
	for _, name := range []string{"labels", "annotations"} {
		desired := fields.In(metadata, name)
		if desired == nil {
			continue
		}
		delete(metadata.Fields, name)
		if current := pickKeys(fields.In(live, "metadata", name), desired); len(current.GetFields()) > 0 {
			metadata.Fields[name] = structpb.NewStructValue(current)
		}
	}
	if len(metadata.GetFields()) > 0 {
		out.Fields["metadata"] = structpb.NewStructValue(metadata)
	}
	return out
}

// isSubset reports whether b has each field of a, with the same value. Lists are compared as a whole.
func isSubset(a, b *structpb.Struct) bool {
	for k, v := range a.GetFields() {
		other, ok := b.GetFields()[k]
		if !ok {
			return false
		}
		if v.GetStructValue() != nil && other.GetStructValue() != nil {
			if !isSubset(v.GetStructValue(), other.GetStructValue()) {
				return false
			}
			continue
		}
		if !proto.Equal(v, other) {
			return false
		}
	}
	return true
}

// pick returns the named fields that s has.
func pick(s *structpb.Struct, names ...string) *structpb.Struct {
	out := &structpb.Struct{Fields: map[string]*structpb.Value{}}
	for _, name := range names {
		if v, ok := s.GetFields()[name]; ok {
			out.Fields[name] = v
		}
	}
	return out
}

// pickKeys returns the fields of s that other has too.
func pickKeys(s, other *structpb.Struct) *structpb.Struct {
	out := &structpb.Struct{Fields: map[string]*structpb.Value{}}
	for name := range other.GetFields() {
		if v, ok := s.GetFields()[name]; ok {
			out.Fields[name] = v
		}
	}
	return out
}

// objectValue returns an object with the fields.
func objectValue(fields map[string]*structpb.Value) *structpb.Value {
	return structpb.NewStructValue(&structpb.Struct{Fields: fields})
}
