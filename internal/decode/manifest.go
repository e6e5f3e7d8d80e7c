package decode

import (
	"google.golang.org/protobuf/types/known/structpb"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/validation/field"

	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
	"github.com/novasphere/function-wukong/internal/fields"
)

// A manifest is the part of a Wukong that every Kubernetes object has. What its spec may hold, Wukong knows.
type manifest struct {
	APIVersion string            `json:"apiVersion"`
	Kind       string            `json:"kind"`
	Metadata   metav1.ObjectMeta `json:"metadata"`
	Spec       map[string]any    `json:"spec"`
	Status     map[string]any    `json:"status"`
}

// Manifest returns why kubectl would refuse the manifest of a Wukong for what is beside its spec, or for a field of its spec that Crossplane
// alone knows. An API server drops such fields before the function is asked, and so the function never sees them.
func Manifest(s *structpb.Struct) error {
	if err := strictly(s, nil, &manifest{}); err != nil {
		return err
	}
	if _, found := fields.In(s, "spec").GetFields()["claimRef"]; found && Kind(s) == v1alpha1.Kind {
		return unknownField(field.NewPath("spec", "claimRef"))
	}
	return nil
}
