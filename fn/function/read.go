package function

import (
	"errors"
	"fmt"

	fnv1 "github.com/crossplane/function-sdk-go/proto/v1"
	"google.golang.org/protobuf/types/known/structpb"

	"github.com/novasphere/function-wukong/fn/admission"
	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
	"github.com/novasphere/function-wukong/fn/cloudinit"
	"github.com/novasphere/function-wukong/fn/decode"
	"github.com/novasphere/function-wukong/input/v1beta1"
)

// read returns the Wukong of a request, with defaults and valid, its Input, and the user data that it brings.
func read(req *fnv1.RunFunctionRequest) (*v1alpha1.Wukong, *v1beta1.Input, cloudinit.UserData, error) {
	var own cloudinit.UserData
	xr := req.GetObserved().GetComposite().GetResource()
	switch {
	case decode.Kind(req.GetInput()) == v1beta1.KindAction:
		return nil, nil, own, errors.New("the Composition passes an Action, which is for Operations: pass an Input")
	case xr == nil:
		return nil, nil, own, errors.New("there is no composite: an Operation must pass an Action")
	}
	in, err := Input(req.GetInput())
	if err != nil {
		return nil, nil, own, fmt.Errorf("invalid Input of the Composition: %w", err)
	}
	w, err := decode.Wukong(xr)
	if err != nil {
		return nil, nil, own, err
	}
	admission.Default(w, in.Defaults)
	errs := admission.Validate(w, in)
	own, wrong := cloudinit.ParseUserData(w)
	if wrong != nil {
		errs = append(errs, wrong)
	}
	return w, in, own, errs.ToAggregate()
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
