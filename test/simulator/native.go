package simulator

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	fnv1 "github.com/crossplane/function-sdk-go/proto/v1"
	"google.golang.org/protobuf/types/known/structpb"

	"github.com/novasphere/function-wukong/internal/crossplane"
)

// composer is the field manager of Crossplane's composed resources.
const composer = "apiextensions.crossplane.io/composed"

// A native composes objects without provider-kubernetes. Crossplane records references to the composed resources before it applies them, by
// force and as their controller. It does not observe a resource that has another controller.
type native struct {
	cluster *Cluster

	// refs are the composed resources by their keys.
	refs map[string]id

	// syncError is the message of the condition Synced; empty if all composed resources were applied.
	syncError string

	// attempts counts the calls of compose.
	attempts int

	// conditions are the function's conditions of the composite.
	conditions []*fnv1.Condition
}

func newNative(c *Cluster) *native { return &native{cluster: c, refs: map[string]id{}} }

// observe adds the composed resources and the conditions of the composite to a request.
func (n *native) observe(req *fnv1.RunFunctionRequest, uid string) {
	for key, ref := range n.refs {
		if t := n.cluster.objects[ref]; t != nil && t.controller == uid {
			req.Observed.Resources[key] = &fnv1.Resource{Resource: t.manifest()}
		}
	}
	synced := object{"type": crossplane.ConditionSynced, "status": "True"}
	if n.syncError != "" {
		synced = object{"type": crossplane.ConditionSynced, "status": "False", "message": n.syncError}
	}
	conditions := []any{synced}
	for _, c := range n.conditions {
		conditions = append(conditions, object{"type": c.GetType(), "status": c.GetStatus().String(), "message": c.GetMessage()})
	}
	status := &structpb.Struct{Fields: maps.Clone(req.GetObserved().GetComposite().GetResource().GetFields()["status"].GetStructValue().GetFields())}
	if status.Fields == nil {
		status.Fields = map[string]*structpb.Value{}
	}
	status.Fields["conditions"] = mustStruct(object{"conditions": conditions}).GetFields()["conditions"]
	req.GetObserved().GetComposite().GetResource().Fields["status"] = structpb.NewStructValue(status)
}

// Fetch returns the required object. A kind that is missing is an error.
func (n *native) Fetch(s *fnv1.ResourceSelector) (*fnv1.Resources, error) {
	if n.cluster.missing[s.GetKind()] {
		return nil, fmt.Errorf("no matches for kind %q in version %q", s.GetKind(), s.GetApiVersion())
	}
	if s.GetMatchLabels() != nil {
		return n.cluster.fetchSnapshots(), nil
	}
	t := n.cluster.objects[id{s.GetKind(), s.GetMatchName()}]
	if t == nil || s.GetNamespace() != Namespace {
		return nil, nil
	}
	return &fnv1.Resources{Items: []*fnv1.Resource{{Resource: t.manifest()}}}, nil
}

// Schema returns the smallest schema that says that a kind exists, and an empty one for a kind that is missing.
func (n *native) Schema(s *fnv1.SchemaSelector) *fnv1.Schema {
	if n.cluster.missing[s.GetKind()] {
		return &fnv1.Schema{}
	}
	return &fnv1.Schema{OpenapiV3: mustStruct(object{"type": "object"})}
}

// fail ends a reconciliation before anything is composed. Crossplane then sets the function's conditions to Unknown.
func (n *native) fail(err error) {
	n.syncError = `cannot compose resources: cannot run Composition pipeline step "render": ` + err.Error()
	for i, c := range n.conditions {
		n.conditions[i] = &fnv1.Condition{Type: c.GetType(), Status: fnv1.Status_STATUS_CONDITION_UNKNOWN, Message: new("A fatal error occurred before the status of this condition could be determined.")}
	}
}

// compose deletes resources that are no longer desired, applies the keys, and reports whether it reached the end. It skips invalid resources;
// any other error ends it. The order of the keys alternates, as Crossplane's is random.
func (n *native) compose(desired map[string]*fnv1.Resource, keys []string, uid string) bool {
	if n.cluster.unreachable {
		n.syncError = "cannot compose resources: cannot get existing composed resources: " + errUnreachable.Error()
		return false
	}
	for key, ref := range n.refs {
		if t := n.cluster.objects[ref]; desired[key] == nil && t != nil && t.controller == uid {
			n.cluster.delete(t)
		}
	}
	n.refs = make(map[string]id, len(desired))
	for key, r := range desired {
		n.refs[key] = idOf(r.GetResource())
	}

	n.syncError = ""
	n.attempts++
	if n.attempts%2 == 0 {
		slices.Reverse(keys)
	}
	var unsynced []string
	for _, key := range keys {
		err := n.apply(desired[key].GetResource(), uid)
		if err != nil && !isInvalid(err) {
			n.syncError = fmt.Sprintf("cannot compose resources: cannot apply composed resource %q: %v", key, err)
			return false
		}
		if err != nil {
			unsynced = append(unsynced, key)
		}
	}
	if len(unsynced) > 0 {
		slices.Sort(unsynced)
		n.syncError = "Unsynced resources: " + strings.Join(unsynced, ", ")
	}
	return true
}

// apply applies an object as its controller.
func (n *native) apply(manifest *structpb.Struct, uid string) error {
	if t := n.cluster.objects[idOf(manifest)]; t != nil && t.controller != "" && t.controller != uid {
		return errors.New("metadata.ownerReferences: Invalid value: Only one reference can have Controller set to true")
	}
	if n.cluster.missing[idOf(manifest).kind] {
		return fmt.Errorf("no matches for kind %q", idOf(manifest).kind)
	}
	if err := n.cluster.apply(composer, manifest, false); err != nil {
		return err
	}
	n.cluster.objects[idOf(manifest)].controller = uid
	return nil
}

// isInvalid reports whether Crossplane goes on after an error of the API server, as after those of the webhooks of KubeVirt and CDI.
func isInvalid(err error) bool {
	return strings.Contains(err.Error(), "Invalid value") || strings.Contains(err.Error(), "denied the request")
}

// remove deletes the objects that the composite controls, as the garbage collector does once it is gone.
func (n *native) remove(uid string) {
	for _, t := range n.cluster.objects {
		if t.controller == uid {
			n.cluster.delete(t)
		}
	}
	n.refs, n.syncError = map[string]id{}, ""
}

// idOf returns the id of the object in a manifest.
func idOf(manifest *structpb.Struct) id {
	f := manifest.GetFields()
	return id{f["kind"].GetStringValue(), f["metadata"].GetStructValue().GetFields()["name"].GetStringValue()}
}
