package decode

import (
	"google.golang.org/protobuf/types/known/structpb"
	"k8s.io/apimachinery/pkg/util/validation/field"

	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
	"github.com/novasphere/function-wukong/internal/fields"
	"github.com/novasphere/function-wukong/internal/validation"
)

var (
	text    = &validation.Schema{Type: validation.String}
	texts   = &validation.Schema{Type: validation.Map, Items: text}
	number  = &validation.Schema{Type: validation.Int64}
	objects = &validation.Schema{Type: validation.List, Items: &validation.Schema{Type: validation.Any}}

	// manifest is the part of a Wukong that every Kubernetes object has (metav1.ObjectMeta). What its spec may hold, Wukong knows.
	manifest = &validation.Schema{Type: validation.Object, Fields: []validation.Field{
		{Name: "apiVersion", Schema: text},
		{Name: "kind", Schema: text},
		{Name: "metadata", Schema: &validation.Schema{Type: validation.Object, Fields: []validation.Field{
			{Name: "name", Schema: text},
			{Name: "generateName", Schema: text},
			{Name: "namespace", Schema: text},
			{Name: "labels", Schema: texts},
			{Name: "annotations", Schema: texts},
			{Name: "finalizers", Schema: &validation.Schema{Type: validation.List, Items: text}},
			{Name: "ownerReferences", Schema: objects},
			{Name: "managedFields", Schema: objects},
			{Name: "selfLink", Schema: text},
			{Name: "uid", Schema: text},
			{Name: "resourceVersion", Schema: text},
			{Name: "generation", Schema: number},
			{Name: "creationTimestamp", Schema: text},
			{Name: "deletionTimestamp", Schema: text},
			{Name: "deletionGracePeriodSeconds", Schema: number},
		}}},
		{Name: "spec", Schema: &validation.Schema{Type: validation.Map, Items: &validation.Schema{Type: validation.Any}}},
		{Name: "status", Schema: &validation.Schema{Type: validation.Any}},
	}}
)

// Manifest returns why kubectl would refuse the manifest of a Wukong for what is beside its spec, or for a field of its spec that Crossplane
// alone knows. An API server drops such fields before the function is asked, and so the function never sees them.
func Manifest(s *structpb.Struct) field.ErrorList {
	errs := manifest.Check(structpb.NewStructValue(s), nil)
	for i, e := range errs {
		// A field that is indented too little lies beside the spec that it belongs to.
		if _, given := s.GetFields()[e.Field]; given && validation.SpecStructure.Has(e.Field) {
			meant := field.NewPath("spec", e.Field)
			errs[i] = validation.Misspelt(field.NewPath(e.Field), meant, meant.String())
		}
	}
	if _, found := fields.In(s, "spec").GetFields()["claimRef"]; found && Kind(s) == v1alpha1.Kind {
		errs = append(errs, validation.UnknownField(field.NewPath("spec", "claimRef")))
	}
	return errs
}
