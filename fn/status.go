package fn

import (
	fnv1 "github.com/crossplane/function-sdk-go/proto/v1"
	"google.golang.org/protobuf/types/known/structpb"
	"k8s.io/apimachinery/pkg/runtime"

	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
	"github.com/novasphere/function-wukong/internal/fields"
	"github.com/novasphere/function-wukong/internal/message"
)

// setStatus writes the status into the desired composite. Fields that earlier steps of the pipeline wrote, and that a Wukong does not have, stay.
func setStatus(rsp *fnv1.RunFunctionResponse, xr *structpb.Struct, status v1alpha1.WukongStatus) error {
	m, err := runtime.DefaultUnstructuredConverter.ToUnstructured(&status)
	if err != nil {
		return err
	}
	cleanTexts(m)
	s, err := structpb.NewStruct(m)
	if err != nil {
		return err
	}

	if rsp.GetDesired().GetComposite() == nil {
		rsp.Desired.Composite = &fnv1.Resource{}
	}
	composite := rsp.GetDesired().GetComposite()
	if len(composite.GetResource().GetFields()) == 0 {
		composite.Resource = &structpb.Struct{Fields: map[string]*structpb.Value{
			"apiVersion": structpb.NewStringValue(fields.Text(xr, "apiVersion")),
			"kind":       structpb.NewStringValue(fields.Text(xr, "kind")),
		}}
	}
	for k, v := range fields.In(composite.GetResource(), "status").GetFields() {
		if _, exists := s.GetFields()[k]; !exists {
			s.Fields[k] = v
		}
	}
	composite.GetResource().Fields["status"] = structpb.NewStructValue(s)
	return nil
}

// observedGeneration returns the generation of a composite; 0 if it has a claim. Crossplane copies the status of a composite to its claim, whose
// generation is another.
func observedGeneration(xr *structpb.Struct) int64 {
	isClaimed := fields.Text(xr, "metadata", "namespace") == "" && fields.Value(xr, "spec", "claimRef") != nil
	if isClaimed {
		return 0
	}
	return int64(fields.Value(xr, "metadata", "generation").GetNumberValue())
}

// cleanTexts cleans all texts in a value: see message.Clean.
func cleanTexts(v any) any {
	switch v := v.(type) {
	case string:
		return message.Clean(v)
	case []any:
		for i := range v {
			v[i] = cleanTexts(v[i])
		}
	case map[string]any:
		for k := range v {
			v[k] = cleanTexts(v[k])
		}
	}
	return v
}
