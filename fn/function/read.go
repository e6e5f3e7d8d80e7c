package function

import (
	"errors"
	"fmt"

	fnv1 "github.com/crossplane/function-sdk-go/proto/v1"
	"google.golang.org/protobuf/types/known/structpb"

	"github.com/novasphere/function-wukong/fn/admission"
	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
	"github.com/novasphere/function-wukong/fn/decode"
	"github.com/novasphere/function-wukong/input/v1beta1"
)

// read returns the Wukong of a request, with defaults and valid, and its Input.
func read(req *fnv1.RunFunctionRequest) (*v1alpha1.Wukong, *v1beta1.Input, error) {
	xr := req.GetObserved().GetComposite().GetResource()
	switch {
	case decode.Kind(req.GetInput()) == v1beta1.KindAction:
		return nil, nil, errors.New("the Composition passes an Action, which is for Operations: pass an Input")
	case xr == nil:
		return nil, nil, errors.New("there is no composite: an Operation must pass an Action")
	}
	in, err := Input(req.GetInput())
	if err != nil {
		return nil, nil, fmt.Errorf("invalid Input of the Composition: %w", err)
	}
	w, err := decode.Wukong(xr)
	if err != nil {
		return nil, nil, err
	}
	admission.Default(w, in.Defaults)
	return w, in, admission.Validate(w, in).ToAggregate()
}

// Input returns the settings that a Composition passes, with defaults and valid; nil stands for none.
func Input(s *structpb.Struct) (*v1beta1.Input, error) {
	in, err := decode.Input(s)
	if err != nil {
		return nil, err
	}
	admission.DefaultInput(in)
	return in, admission.ValidateInput(in).ToAggregate()
}
