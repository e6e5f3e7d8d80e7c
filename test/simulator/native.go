package simulator

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	fnv1 "github.com/crossplane/function-sdk-go/proto/v1"
	"google.golang.org/protobuf/types/known/structpb"
)

// composer is the manager of what Crossplane applies.
const composer = "apiextensions.crossplane.io/composed"

// A native is how Crossplane composes objects themselves: it remembers which it composes before it applies them, by force, as their
// controller; what does not have it as its controller, it does not see.
type native struct {
	cluster *Cluster

	// refs are the composed resources by their keys.
	refs map[string]id

	// said is why the last ones could not be applied; empty where all could. Turn is how often it tried.
	said string
	turn int

	// conditions are those of the function.
	conditions []*fnv1.Condition
}

func newNative(c *Cluster) *native { return &native{cluster: c, refs: map[string]id{}} }

// show a request what is composed, and what was said.
func (n *native) show(req *fnv1.RunFunctionRequest, uid string) {
	for key, ref := range n.refs {
		if t := n.cluster.things[ref]; t != nil && t.controller == uid {
			req.Observed.Resources[key] = &fnv1.Resource{Resource: t.manifest()}
		}
	}
	synced := object{"type": "Synced", "status": "True"}
	if n.said != "" {
		synced = object{"type": "Synced", "status": "False", "message": n.said}
	}
	conditions := []any{synced}
	for _, c := range n.conditions {
		conditions = append(conditions, object{"type": c.GetType(), "status": c.GetStatus().String(), "message": c.GetMessage()})
	}
	status := &structpb.Struct{Fields: maps.Clone(req.GetObserved().GetComposite().GetResource().GetFields()["status"].GetStructValue().GetFields())}
	if status.Fields == nil {
		status.Fields = map[string]*structpb.Value{}
	}
	status.Fields["conditions"] = must(object{"conditions": conditions}).GetFields()["conditions"]
	req.GetObserved().GetComposite().GetResource().Fields["status"] = structpb.NewStructValue(status)
}

// Fetch what is required. A kind that is missing is an error.
func (n *native) Fetch(s *fnv1.ResourceSelector) (*fnv1.Resources, error) {
	if n.cluster.missing[s.GetKind()] {
		return nil, fmt.Errorf("no matches for kind %q in version %q", s.GetKind(), s.GetApiVersion())
	}
	t := n.cluster.things[id{s.GetKind(), s.GetMatchName()}]
	if t == nil || s.GetNamespace() != Namespace {
		return nil, nil
	}
	return &fnv1.Resources{Items: []*fnv1.Resource{{Resource: t.manifest()}}}, nil
}

// Schema of a kind, as far as it says that there is one.
func (n *native) Schema(s *fnv1.SchemaSelector) *fnv1.Schema {
	if n.cluster.missing[s.GetKind()] {
		return &fnv1.Schema{}
	}
	return &fnv1.Schema{OpenapiV3: must(object{"type": "object"})}
}

// fail ends a reconciliation before anything is composed. Crossplane then knows nothing of the function's conditions.
func (n *native) fail(err error) {
	n.said = `cannot compose resources: cannot run Composition pipeline step "render": ` + err.Error()
	for i, c := range n.conditions {
		n.conditions[i] = &fnv1.Condition{Type: c.GetType(), Status: fnv1.Status_STATUS_CONDITION_UNKNOWN, Message: new("A fatal error occurred before the status of this condition could be determined.")}
	}
}

// compose deletes what is not desired any more and applies the keys, and says whether it got to the end. What is invalid is left out; any
// other error ends it. The keys are in one order or the other, as that of Crossplane is random.
func (n *native) compose(desired map[string]*fnv1.Resource, keys []string, uid string) bool {
	if n.cluster.unreachable {
		n.said = "cannot compose resources: cannot get existing composed resources: " + errUnreachable.Error()
		return false
	}
	for key, ref := range n.refs {
		if t := n.cluster.things[ref]; desired[key] == nil && t != nil && t.controller == uid {
			n.cluster.delete(t)
		}
	}
	n.refs = make(map[string]id, len(desired))
	for key, r := range desired {
		n.refs[key] = idOf(r.GetResource())
	}

	n.said = ""
	if n.turn++; n.turn%2 == 0 {
		slices.Reverse(keys)
	}
	var unsynced []string
	for _, key := range keys {
		err := n.apply(desired[key].GetResource(), uid)
		if err != nil && !isInvalid(err) {
			n.said = fmt.Sprintf("cannot compose resources: cannot apply composed resource %q: %v", key, err)
			return false
		}
		if err != nil {
			unsynced = append(unsynced, key)
		}
	}
	if len(unsynced) > 0 {
		slices.Sort(unsynced)
		n.said = "Unsynced resources: " + strings.Join(unsynced, ", ")
	}
	return true
}

// apply an object as its controller.
func (n *native) apply(manifest *structpb.Struct, uid string) error {
	if t := n.cluster.things[idOf(manifest)]; t != nil && t.controller != "" && t.controller != uid {
		return errors.New("metadata.ownerReferences: Invalid value: Only one reference can have Controller set to true")
	}
	if n.cluster.missing[idOf(manifest).kind] {
		return fmt.Errorf("no matches for kind %q", idOf(manifest).kind)
	}
	if err := n.cluster.apply(composer, manifest, false); err != nil {
		return err
	}
	n.cluster.things[idOf(manifest)].controller = uid
	return nil
}

// isInvalid says whether an API server answers so that Crossplane goes on: the webhooks of KubeVirt and CDI do.
func isInvalid(err error) bool {
	return strings.Contains(err.Error(), "Invalid value") || strings.Contains(err.Error(), "denied the request")
}

// remove what the composite owns, as the garbage collector does once it is gone.
func (n *native) remove(uid string) {
	for _, t := range n.cluster.things {
		if t.controller == uid {
			n.cluster.delete(t)
		}
	}
	n.refs, n.said = map[string]id{}, ""
}

// idOf a manifest.
func idOf(manifest *structpb.Struct) id {
	f := manifest.GetFields()
	return id{f["kind"].GetStringValue(), f["metadata"].GetStructValue().GetFields()["name"].GetStringValue()}
}
