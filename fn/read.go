package fn

import (
	"errors"
	"fmt"

	fnv1 "github.com/crossplane/function-sdk-go/proto/v1"
	"google.golang.org/protobuf/types/known/structpb"
	"k8s.io/apimachinery/pkg/util/validation/field"

	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
	"github.com/novasphere/function-wukong/input/v1beta1"
	"github.com/novasphere/function-wukong/internal/admission"
	"github.com/novasphere/function-wukong/internal/cloudinit"
	"github.com/novasphere/function-wukong/internal/compose"
	"github.com/novasphere/function-wukong/internal/decode"
	"github.com/novasphere/function-wukong/internal/identity"
	"github.com/novasphere/function-wukong/internal/network"
	"github.com/novasphere/function-wukong/internal/observed"
	"github.com/novasphere/function-wukong/internal/validation"
)

// A subject is what a request is about.
type subject struct {
	wukong   *v1alpha1.Wukong
	input    *v1beta1.Input
	target   compose.Target
	observed observed.Resources
	identity identity.Identity

	// osDisk is the name of the disk that has its image from osImage; empty for none.
	osDisk v1alpha1.Label

	// userData is what the Wukong brings of its own.
	userData cloudinit.UserData
}

// read returns what a request is about: a Wukong, complete and valid, and what was observed of it.
func read(req *fnv1.RunFunctionRequest) (subject, error) {
	xr := req.GetObserved().GetComposite().GetResource()
	switch {
	case decode.Kind(req.GetInput()) == v1beta1.KindAction:
		return subject{}, errors.New("the Composition passes an Action, which is for Operations: pass an Input")
	case xr == nil:
		return subject{}, errors.New("there is no composite: an Operation must pass an Action")
	}
	in, err := Input(req.GetInput())
	if err != nil {
		return subject{}, fmt.Errorf("invalid Input of the Composition: %w", err)
	}
	w, err := decode.Wukong(xr)
	if err != nil {
		return subject{}, err
	}
	t, err := target(req, in)
	if err != nil {
		return subject{}, err
	}
	rs := t.Observe(req)
	compose.AddRequired(rs, req, network.KeyNode)
	s := subject{wukong: w, input: in, target: t, observed: rs, identity: identity.New(w, in.Salt, rs)}
	errs := s.complete()
	return s, errs.ToAggregate()
}

// complete gives the Wukong what it leaves out, and returns what is wrong with it. What exists comes before the platform's defaults, whose
// change changes no virtual machine that exists.
func (s *subject) complete() field.ErrorList {
	errs := validation.Spec(&s.wukong.Spec)
	network.DefaultFromObserved(s.wukong, s.observed)
	defaults := *s.input.Defaults
	if attached, known := s.identity.PodNetwork(); known {
		defaults.PodNetwork = &attached
	}
	s.osDisk = admission.Default(s.wukong, &defaults)
	errs = append(errs, admission.Validate(s.wukong, s.input)...)
	userData, err := cloudinit.ParseUserData(s.wukong)
	if err != nil {
		errs = append(errs, err)
	}
	s.userData = userData
	return errs
}

// Input returns the settings that a Composition passes, with defaults and valid; nil stands for none.
func Input(s *structpb.Struct) (*v1beta1.Input, error) {
	in, err := decode.Input(s)
	if err != nil {
		return nil, err
	}
	if err := validation.Input(in).ToAggregate(); err != nil {
		return nil, err
	}
	admission.DefaultInput(in)
	return in, nil
}
