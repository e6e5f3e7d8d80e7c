package wukongtest

import (
	"fmt"
	"maps"
	"strings"

	fnv1 "github.com/crossplane/function-sdk-go/proto/v1"
	"google.golang.org/protobuf/types/known/structpb"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// Large returns the spec of a Wukong with the largest number of disks, the longest names of images, and user data.
func Large(userData string) map[string]any {
	disks := make([]any, 0, 64)
	for i := range cap(disks) {
		image := fmt.Sprintf("https://example.org/%d/", i)
		disks = append(disks, map[string]any{"name": fmt.Sprintf("disk-%d", i), "size": "1Gi", "image": image + strings.Repeat("a", 2048-len(image))})
	}
	return map[string]any{"cpu": int64(2), "memory": "4Gi", "disks": disks, "cloudInit": map[string]any{"userData": userData}}
}

// Applied returns the observed Objects of provider-kubernetes after the desired ones are applied. They have the objects in the cluster, and both
// have managedFields of a number of managers.
func Applied(desired map[string]*fnv1.Resource, managers int) (map[string]*fnv1.Resource, error) {
	out := make(map[string]*fnv1.Resource, len(desired))
	for key, r := range desired {
		object := r.GetResource().AsMap()
		manifest, ok, err := unstructured.NestedMap(object, "spec", "forProvider", "manifest")
		if err != nil || !ok {
			return nil, fmt.Errorf("resource %q is no Object with a manifest: %w", key, err)
		}
		object["status"] = map[string]any{"atProvider": map[string]any{"manifest": managed(manifest, managers)}}
		s, err := structpb.NewStruct(managed(object, managers))
		if err != nil {
			return nil, err
		}
		out[key] = &fnv1.Resource{Resource: s}
	}
	return out, nil
}

// managed returns an object with managedFields.
func managed(object map[string]any, managers int) map[string]any {
	metadata := map[string]any{}
	if m, ok := object["metadata"].(map[string]any); ok {
		metadata = maps.Clone(m)
	}
	var entries []any
	for i := range managers {
		entries = append(entries, map[string]any{
			"manager": fmt.Sprintf("manager-%d", i), "operation": "Update", "fieldsType": "FieldsV1", "fieldsV1": fieldsOf(object),
		})
	}
	metadata["managedFields"] = entries

	out := maps.Clone(object)
	out["metadata"] = metadata
	return out
}

// fieldsOf returns the fields of a value in the format of managedFields. A list is one field.
func fieldsOf(value any) map[string]any {
	out := map[string]any{}
	if fields, ok := value.(map[string]any); ok {
		for name, field := range fields {
			out["f:"+name] = fieldsOf(field)
		}
	}
	return out
}
