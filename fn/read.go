package fn

import (
	fnv1 "github.com/crossplane/function-sdk-go/proto/v1"
	"google.golang.org/protobuf/types/known/structpb"
	"k8s.io/apimachinery/pkg/util/validation/field"

	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
	"github.com/novasphere/function-wukong/input/v1beta1"
	"github.com/novasphere/function-wukong/internal/admission"
	"github.com/novasphere/function-wukong/internal/cloudinit"
	"github.com/novasphere/function-wukong/internal/compose"
	"github.com/novasphere/function-wukong/internal/decode"
	"github.com/novasphere/function-wukong/internal/feature"
	"github.com/novasphere/function-wukong/internal/identity"
	"github.com/novasphere/function-wukong/internal/kubevirt"
	"github.com/novasphere/function-wukong/internal/limit"
	"github.com/novasphere/function-wukong/internal/network"
	"github.com/novasphere/function-wukong/internal/observed"
	"github.com/novasphere/function-wukong/internal/snapshot"
	"github.com/novasphere/function-wukong/internal/storage"
	"github.com/novasphere/function-wukong/internal/template"
	"github.com/novasphere/function-wukong/internal/validation"
)

// A wukongRequest is a decoded request: a valid Wukong with all defaults, the settings of its Composition, and its observed objects.
type wukongRequest struct {
	request  *fnv1.RunFunctionRequest
	wukong   *v1alpha1.Wukong
	input    *v1beta1.Input
	target   compose.Target
	observed observed.Resources
	identity identity.Identity

	// osDisk is the name of the disk whose content comes from osImage or osImageFrom; empty if there is none.
	osDisk v1alpha1.Label

	// inferred is what the Wukong leaves to the image of the disk that it boots from.
	inferred kubevirt.Inferred

	// templates are those of the virtual machine.
	templates template.Choice

	// toldGates reports whether the Input itself tells of the feature gates of KubeVirt.
	toldGates bool

	// keptDisks has a message for each disk that cannot become a CD-ROM drive, and stays as it is.
	keptDisks []string

	// gateAdvice has advice about the feature gates that the templates and the disks take.
	gateAdvice []string

	// driversImage is the container with drivers for Windows. Empty where none are attached.
	driversImage string

	// userData is the parsed cloud-init user data of the spec.
	userData cloudinit.UserData

	// accepted reports whether the Wukong was accepted at some time, whatever the limits say now.
	accepted bool

	// kept has a message about each value that is out of the platform's limits, and was there before them.
	kept []string
}

// read decodes, completes and validates a request. Errors about fields have the path of the field, and are all that is wrong with the spec.
func read(req *fnv1.RunFunctionRequest) (wukongRequest, error) { return readObserved(req, nil, false) }

// readObserved is read, with an observed state of the objects in place of that in the request. Nil stands for that in the request. The limits of the
// platform refuse nothing of a Wukong that was accepted at some time.
func readObserved(req *fnv1.RunFunctionRequest, rs observed.Resources, accepted bool) (wukongRequest, error) {
	xr := req.GetObserved().GetComposite().GetResource()
	if decode.Kind(req.GetInput()) == v1beta1.KindAction {
		return wukongRequest{}, msgActionInComposition.Err()
	}
	if xr == nil {
		return wukongRequest{}, msgNoComposite.Err()
	}
	in, err := Input(req.GetInput())
	if err != nil {
		return wukongRequest{}, msgInvalidInput.Err(err)
	}
	w, wrong, err := decode.Wukong(xr)
	if err != nil {
		return wukongRequest{}, err
	}
	if w == nil {
		return wukongRequest{}, wrong.ToAggregate()
	}
	target, err := selectTarget(req, in)
	if err != nil {
		return wukongRequest{}, err
	}
	if rs == nil {
		rs = target.Observe(req)
		compose.AddRequired(rs, req, network.KeyNode)
		compose.AddRequiredList(rs, req, snapshot.KeyList, w.GetNamespace())
	}
	toldGates := feature.TellsGates(in)
	feature.Learn(in, rs[feature.KeyKubeVirt].Object)
	r := wukongRequest{
		request: req, wukong: w, input: in, target: target, observed: rs, identity: identity.New(w, in.Salt, rs), toldGates: toldGates, accepted: accepted,
	}
	return r, append(wrong, validation.Unrelated(r.complete(), wrong)...).ToAggregate()
}

// complete fills in the defaults of the Wukong and validates it. What exists takes precedence over the defaults of the platform: a change
// of those changes no existing virtual machine.
func (r *wukongRequest) complete() field.ErrorList {
	errs := validation.Spec(&r.wukong.Spec)
	r.keptDisks = storage.KeepDisks(r.wukong, r.observed)
	named := admission.NamedUplinks(&r.wukong.Spec)
	network.DefaultFromObserved(r.wukong, r.observed, r.input.Defaults)
	defaults := *r.input.Defaults
	if attached, known := r.identity.PodNetwork(); known {
		defaults.PodNetwork = &attached
	}
	storage.Normalize(r.wukong)
	listsNone := len(r.wukong.Spec.Disks) == 0
	r.osDisk = admission.DefaultDisks(r.wukong, r.input, r.observed)
	storage.Settle(r.wukong, r.observed)
	if listsNone && !r.accepted {
		errs = append(errs, storage.ValidateListed(r.wukong, r.observed)...)
	}
	var inferred field.ErrorList
	r.inferred, inferred = kubevirt.Infer(r.wukong, r.observed)
	errs = append(errs, validation.Unrelated(inferred, errs)...)
	admission.Default(r.wukong, &defaults)
	errs = append(errs, validation.Unrelated(admission.Validate(r.wukong, named, r.input), errs)...)
	limits := limit.Check(r.wukong, r.input, r.osDisk, r.observed)
	if !r.accepted {
		errs = append(errs, validation.Unrelated(limits.Refused, errs)...)
	}
	r.kept = limits.Kept
	errs = append(errs, r.chooseTemplates()...)
	errs = append(errs, kubevirt.Drives(r.wukong, r.observed)...)
	drivers, missing := kubevirt.DriversImage(r.wukong, r.input, r.observed)
	errs, r.driversImage = append(errs, missing...), drivers
	gates, advice := kubevirt.Gates(r.wukong, r.input, r.observed)
	errs, r.gateAdvice = append(errs, gates...), append(r.gateAdvice, advice...)
	userData, err := cloudinit.ParseUserData(r.wukong)
	if err != nil {
		errs = append(errs, err)
	}
	r.userData = userData
	storage.Succeed(r.wukong, r.observed)
	return errs
}

// storageSettings returns the facts about storage that no disk states itself.
func (r *wukongRequest) storageSettings() storage.Settings {
	return storage.Settings{
		Class: r.input.Defaults.StorageClassName, NoProfiles: !*r.input.Cluster.StorageProfiles, OSDisk: r.osDisk,
		SharedNamespaces: r.input.SharedImageNamespaces,
	}
}

// Input returns the valid settings of a Composition, with all defaults; nil stands for no settings. Errors have the path of the field.
func Input(s *structpb.Struct) (*v1beta1.Input, error) {
	in, err := decode.Input(s)
	if err != nil {
		return nil, err
	}
	if err := append(validation.Input(in), checkTemplate(in)...).ToAggregate(); err != nil {
		return nil, err
	}
	admission.DefaultInput(in)
	return in, nil
}
