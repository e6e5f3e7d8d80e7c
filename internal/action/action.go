// Package action does once what an Operation of Crossplane asks for of a Wukong: snapshot, restart, stop or start its virtual machine.
//
// An Operation applies by force what it is answered, and deletes nothing. So nothing is answered before it is known what is there.
package action

import (
	"fmt"

	fnv1 "github.com/crossplane/function-sdk-go/proto/v1"
	"google.golang.org/protobuf/types/known/structpb"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/validation"
	"k8s.io/apimachinery/pkg/util/validation/field"

	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
	"github.com/novasphere/function-wukong/input/v1beta1"
	"github.com/novasphere/function-wukong/internal/decode"
)

// A Step is what an action comes to.
type Step struct {
	// Key of what is applied: the same for the same object.
	Key string

	// Apply is what is applied; nil while more must be known of the cluster.
	Apply *structpb.Struct

	// Message says what was done.
	Message string
}

// Validate returns what is wrong with an action.
func Validate(a *v1beta1.Action) field.ErrorList {
	var errs field.ErrorList
	if _, ok := verbs[a.Action]; !ok {
		errs = append(errs, field.NotSupported(field.NewPath("action"), a.Action, []v1beta1.Verb{v1beta1.VerbSnapshot, v1beta1.VerbRestart, v1beta1.VerbStop, v1beta1.VerbStart}))
	}
	for _, why := range validation.IsDNS1123Label(a.Namespace) {
		errs = append(errs, field.Invalid(field.NewPath("namespace"), a.Namespace, why))
	}
	for _, why := range append(validation.IsDNS1123Subdomain(a.Name), validation.IsValidLabelValue(a.Name)...) {
		errs = append(errs, field.Invalid(field.NewPath("name"), a.Name, why))
	}
	return errs
}

// verbs are how each action is taken, once its Wukong is known.
var verbs = map[v1beta1.Verb]func(*v1alpha1.Wukong, *sight) (Step, error){
	v1beta1.VerbSnapshot: snapshot,
	v1beta1.VerbRestart:  restart,
	v1beta1.VerbStop:     stop,
	v1beta1.VerbStart:    start,
}

// Take a valid action, and return what must be known of the cluster for it, however much of that is known.
func Take(req *fnv1.RunFunctionRequest, a *v1beta1.Action) (Step, *fnv1.Requirements, error) {
	s := &sight{req: req, required: map[string]*fnv1.ResourceSelector{}}
	step, err := take(a, s)
	return step, &fnv1.Requirements{Resources: s.required}, err
}

func take(a *v1beta1.Action, s *sight) (Step, error) {
	is, known := s.one("wukong", v1alpha1.APIVersion, v1alpha1.Kind, a.Namespace, a.Name)
	if !known {
		return Step{}, nil
	}
	if is == nil {
		return Step{}, fmt.Errorf("there is no Wukong %s in namespace %s", a.Name, a.Namespace)
	}
	w, err := decode.Existing(is)
	if err != nil {
		return Step{}, fmt.Errorf("cannot read the Wukong %s in namespace %s: %w", a.Name, a.Namespace, err)
	}
	if w.GetDeletionTimestamp() != nil {
		return Step{}, fmt.Errorf("the Wukong %s in namespace %s is being deleted", a.Name, a.Namespace)
	}
	return verbs[a.Action](w, s)
}

// change is the step that applies a part of a Wukong. The UID keeps it from creating one, if that was deleted or made anew meanwhile: the
// API server then refuses it.
func change(w *v1alpha1.Wukong, annotations map[string]any, spec map[string]any, message string) (Step, error) {
	metadata := map[string]any{"namespace": w.GetNamespace(), "name": w.GetName(), "uid": string(w.GetUID())}
	manifest := map[string]any{"apiVersion": v1alpha1.APIVersion, "kind": v1alpha1.Kind, "metadata": metadata}
	if annotations != nil {
		metadata["annotations"] = annotations
	}
	if spec != nil {
		manifest["spec"] = spec
	}
	s, err := structpb.NewStruct(manifest)
	return Step{Key: key(v1alpha1.Kind, w), Apply: s, Message: message}, err
}

// key of an object of a Wukong, or of the Wukong itself, among those of the Operation.
func key(kind string, w metav1.Object) string {
	return kind + "/" + w.GetNamespace() + "/" + w.GetName()
}
