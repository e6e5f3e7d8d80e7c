// Package action runs what an Operation of Crossplane requests for a Wukong: to snapshot, restart, stop or start its virtual machine.
//
// Crossplane applies the response to an Operation with force, and deletes nothing. So a response first requires the objects that it depends
// on, and has an object to apply once they are known.
package action

import (
	fnv1 "github.com/crossplane/function-sdk-go/proto/v1"
	"google.golang.org/protobuf/types/known/structpb"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
	"github.com/novasphere/function-wukong/input/v1beta1"
	"github.com/novasphere/function-wukong/internal/crossplane"
	"github.com/novasphere/function-wukong/internal/decode"
	"github.com/novasphere/function-wukong/internal/fields"
)

// A Result is the outcome of an action.
type Result struct {
	// Key of the object among those that the Operation applies. It is always the same for the same object.
	Key string

	// Object to apply; nil while Crossplane has yet to look up required objects.
	Object *structpb.Struct

	// Message says what was requested.
	Message string
}

// handlers run the actions.
var handlers = map[v1beta1.Verb]func(wukong, *clusterView) (Result, error){
	v1beta1.VerbSnapshot: snapshot,
	v1beta1.VerbRestart:  restart,
	v1beta1.VerbStop:     stop,
	v1beta1.VerbStart:    start,
}

// Run runs a valid action, and returns what Crossplane must look up for it. The error says why the action is refused.
func Run(req *fnv1.RunFunctionRequest, a *v1beta1.Action) (Result, *fnv1.Requirements, error) {
	view := &clusterView{req: req, required: map[string]*fnv1.ResourceSelector{}, schemas: map[string]*fnv1.SchemaSelector{}}
	result, err := run(a, view)
	return result, &fnv1.Requirements{Resources: view.required, Schemas: view.schemas}, err
}

// run reads the Wukong of an action, and runs the action.
func run(a *v1beta1.Action, view *clusterView) (Result, error) {
	object, known := view.get("wukong", crossplane.Reference{APIVersion: v1alpha1.APIVersion, Kind: v1alpha1.Kind, Namespace: a.Namespace, Name: a.Name})
	knowsKubeVirt := true
	if a.Action == v1beta1.VerbRestart || a.Action == v1beta1.VerbSnapshot {
		// At once with the Wukong, as Crossplane looks up requirements only a few times.
		_, knowsKubeVirt = view.hasKubeVirt()
	}
	if !known || !knowsKubeVirt {
		return Result{}, nil
	}
	if object == nil {
		return Result{}, msgNoWukong.Err(a.Name, a.Namespace)
	}
	w, err := decode.ForAction(object)
	if err != nil {
		return Result{}, msgUnreadableWukong.Err(a.Name, a.Namespace, err)
	}
	if w.GetDeletionTimestamp() != nil {
		return Result{}, msgDeleting.Err(a.Name, a.Namespace)
	}
	return handlers[a.Action](wukong{Wukong: w, composite: fields.Text(object, "spec", "resourceRef", "name")}, view)
}

// A wukong is the Wukong of an action.
type wukong struct {
	*v1alpha1.Wukong

	// composite is the name of the composite that it claims; empty if it is a composite itself.
	composite string
}

// hasMachine reports whether the virtual machine exists, by what the Wukong last said of it.
func (w wukong) hasMachine() bool {
	return w.Status.Phase == v1alpha1.PhaseRunning || w.Status.Phase == v1alpha1.PhaseStopped
}

// A change holds the fields of a Wukong that an action sets. Nil leaves them as they are.
type change struct {
	annotations, spec map[string]any
}

// apply returns the result that sets fields of a Wukong. The UID makes the API server reject it if the Wukong was deleted or replaced
// meanwhile, instead of creating one.
func apply(w wukong, c change, message string) (Result, error) {
	metadata := map[string]any{"namespace": w.GetNamespace(), "name": w.GetName(), "uid": string(w.GetUID())}
	manifest := map[string]any{"apiVersion": v1alpha1.APIVersion, "kind": v1alpha1.Kind, "metadata": metadata}
	if c.annotations != nil {
		metadata["annotations"] = c.annotations
	}
	if c.spec != nil {
		manifest["spec"] = c.spec
	}
	object, err := structpb.NewStruct(manifest)
	return Result{Key: key(v1alpha1.Kind, w), Object: object, Message: message}, err
}

// key returns the key of an object of a kind that belongs to a Wukong, or of the Wukong itself.
func key(kind string, w metav1.Object) string {
	return kind + "/" + w.GetNamespace() + "/" + w.GetName()
}
