// Package action runs what an Operation of Crossplane requests for Wukongs: to snapshot, restore, restart, migrate, stop or start their virtual machines.
//
// Crossplane applies the response to an Operation with force, and deletes nothing. So a response first requires the objects that it depends
// on, and has an object to apply once they are known.
package action

import (
	"cmp"
	"slices"
	"strconv"

	fnv1 "github.com/crossplane/function-sdk-go/proto/v1"
	"google.golang.org/protobuf/types/known/structpb"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
	"github.com/novasphere/function-wukong/input/v1beta1"
	"github.com/novasphere/function-wukong/internal/crossplane"
	"github.com/novasphere/function-wukong/internal/decode"
	"github.com/novasphere/function-wukong/internal/fields"
)

// A Result is the outcome of an action on one Wukong.
type Result struct {
	// Key of the object among those that the Operation applies. It is always the same for the same object.
	Key string

	// Object to apply; nil while Crossplane has yet to look up required objects.
	Object *structpb.Struct

	// Message says what was requested.
	Message string
}

// An Outcome is what an action does.
type Outcome struct {
	// Results are those of the Wukongs on which the action is taken; empty while Crossplane has yet to look up required objects.
	Results []Result

	// Refused says why the action is refused for others. Each begins with the namespace and the name of the Wukong.
	Refused []string
}

// maxSelected is the maximum number of Wukongs that one action is taken on. Crossplane hands over all that is looked up for them in one message.
const maxSelected = 100

// handlers run the actions.
var handlers = map[v1beta1.Verb]func(wukong, *clusterView) (Result, error){
	v1beta1.VerbSnapshot: snapshot,
	v1beta1.VerbRestore:  restore,
	v1beta1.VerbRestart:  restart,
	v1beta1.VerbMigrate:  migrate,
	v1beta1.VerbStop:     stop,
	v1beta1.VerbStart:    start,
}

// seesMachine reports whether an action looks at the virtual machine.
func seesMachine(v v1beta1.Verb) bool { return v != v1beta1.VerbStop && v != v1beta1.VerbStart }

// Run runs a valid action, and returns what Crossplane must look up for it. The error says why the action is refused as a whole.
func Run(req *fnv1.RunFunctionRequest, a *v1beta1.Action) (Outcome, *fnv1.Requirements, error) {
	view := &clusterView{req: req, required: map[string]*fnv1.ResourceSelector{}, schemas: map[string]*fnv1.SchemaSelector{}}
	run := runNamed
	if a.Selector != nil {
		run = runSelected
	}
	out, err := run(a, view)
	return out, &fnv1.Requirements{Resources: view.required, Schemas: view.schemas}, err
}

// runNamed runs an action on the Wukong that it names.
func runNamed(a *v1beta1.Action, view *clusterView) (Outcome, error) {
	object, known := view.get("wukong", crossplane.Reference{APIVersion: v1alpha1.APIVersion, Kind: v1alpha1.Kind, Namespace: a.Namespace, Name: a.Name})
	if !view.isPrepared(a.Action) || !known {
		return Outcome{}, nil
	}
	if object == nil {
		return Outcome{}, msgNoWukong.Err(a.Name, a.Namespace)
	}
	result, err := runOn(object, a, view)
	if err != nil || result.Object == nil {
		return Outcome{}, err
	}
	return Outcome{Results: []Result{result}}, nil
}

// runSelected runs an action on each Wukong that it selects. One on which it is refused keeps it from no other.
func runSelected(a *v1beta1.Action, view *clusterView) (Outcome, error) {
	labels := make(map[string]string, len(a.Selector.MatchLabels))
	for name, value := range a.Selector.MatchLabels {
		labels[name] = string(value)
	}
	of := crossplane.Reference{APIVersion: v1alpha1.APIVersion, Kind: v1alpha1.Kind, Namespace: a.Namespace}
	objects, known := view.require("wukongs", crossplane.SelectByLabels(of, labels))
	switch {
	case !view.isPrepared(a.Action) || !known:
		return Outcome{}, nil
	case len(objects) == 0:
		return Outcome{}, msgNoneSelected.Err()
	case len(objects) > maxSelected:
		return Outcome{}, msgTooMany.Err(strconv.Itoa(len(objects)), strconv.Itoa(maxSelected))
	}
	slices.SortFunc(objects, func(a, b *structpb.Struct) int { return cmp.Compare(title(a), title(b)) })
	var out Outcome
	waits := false
	for _, object := range objects {
		result, err := runOn(object, a, view.of(title(object)))
		switch {
		case err != nil:
			out.Refused = append(out.Refused, title(object)+": "+err.Error())
		case result.Object == nil:
			waits = true
		default:
			out.Results = append(out.Results, result)
		}
	}
	if waits {
		return Outcome{}, nil
	}
	if len(out.Results) == 0 {
		return Outcome{}, msgAllRefused.Err(out.Refused[0])
	}
	return out, nil
}

// title returns the namespace and the name of an object.
func title(object *structpb.Struct) string {
	return fields.Text(object, "metadata", "namespace") + "/" + fields.Text(object, "metadata", "name")
}

// runOn runs an action on a Wukong.
func runOn(object *structpb.Struct, a *v1beta1.Action, view *clusterView) (Result, error) {
	namespace, name := fields.Text(object, "metadata", "namespace"), fields.Text(object, "metadata", "name")
	w, err := decode.ForAction(object)
	if err != nil {
		return Result{}, msgUnreadableWukong.Err(name, namespace, err)
	}
	if w.GetDeletionTimestamp() != nil {
		return Result{}, msgDeleting.Err(name, namespace)
	}
	return handlers[a.Action](wukong{Wukong: w, composite: fields.Text(object, "spec", "resourceRef", "name"), snapshot: a.Snapshot}, view)
}

// A wukong is the Wukong of an action.
type wukong struct {
	*v1alpha1.Wukong

	// composite is the name of the composite that it claims; empty if it is a composite itself.
	composite string

	// snapshot is the one that the action names; empty for none.
	snapshot string
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
