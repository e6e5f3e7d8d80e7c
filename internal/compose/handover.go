package compose

import (
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/structpb"

	"github.com/novasphere/function-wukong/internal/fields"
	"github.com/novasphere/function-wukong/internal/plan"
)

// An object whose change the cluster may reject is managed by two Objects:
//
//   - the owner may create, change and delete it. Its key is that of the planned object;
//   - the editor may only change it. It exists once the object has to change.
//
// provider-kubernetes dry-runs the manifest of an Object before it deletes the Object's object. An Object whose manifest the API server rejects
// can therefore not be deleted. So the owner never gets a manifest that the API server could reject, and returns to the live values after a
// rejection.
//
// Ownership of fields moves from the owner to the editor in three steps, each of which must be observed before the next:
//
//  1. the editor applies the live values, and so becomes a second owner of the fields;
//  2. the owner gives up its fields: its manifest becomes the name alone;
//  3. the editor applies the desired values.
//
// See https://kubernetes.io/docs/reference/using-api/server-side-apply/#transferring-ownership.

// editorSuffix is appended to the key of an owner to form the key of its editor. No key of a planned object ends so.
const editorSuffix = ".change"

// editorKey returns the key of the editor of an owner.
func editorKey(key string) string { return key + editorSuffix }

// A handoverStep holds the manifests of an owner and its editor.
type handoverStep struct {
	owner *structpb.Struct

	// editor is nil if there is nothing to change.
	editor *structpb.Struct

	// final reports whether no further step follows.
	final bool
}

// handover returns the next step towards the desired manifest. The owner and the editor are the observed Objects; nil if they do not exist.
func handover(desired, owner, editor *structpb.Struct) handoverStep {
	current, live := manifestOf(owner), liveObject(owner)
	if current == nil || createFailed(owner) || live == nil && isProbing(owner) {
		// The owner has yet to create the object.
		return handoverStep{owner: desired, final: true}
	}
	if live == nil {
		// The provider may have created the object without having reported it yet.
		return handoverStep{owner: current, editor: manifestOf(editor), final: proto.Equal(current, desired)}
	}

	live = latestLiveObject(owner, editor)
	ownerFields, editorFields := appliedSpecFields(owner, live), appliedSpecFields(editor, live)
	hasGivenUp := current.GetFields()["spec"] == nil
	switch {
	case hasGivenUp && ownerFields == nil:
		return handoverStep{owner: nameOnly(desired), editor: pinToUID(live, desired), final: true}
	case hasGivenUp || editorFields != nil && (ownerFields == nil || isSubset(ownerFields, editorFields)):
		// The editor owns every field that the owner gives up: the API server would remove a field without an owner. An owner without
		// fields beside an editor with fields has given up already, and was observed earlier.
		return handoverStep{owner: nameOnly(desired), editor: pinToUID(live, acceptedManifest(editor, live, desired))}
	case ownerFields == nil && syncError(owner) != "":
		// The manifest of the owner may have been rejected, and would then prevent the deletion.
		return handoverStep{owner: withLiveValues(live, desired)}
	case ownerFields == nil:
		// The owner has not applied its manifest, or not by server-side apply: the provider does not dry-run it before a deletion.
		return handoverStep{owner: desired, final: true}
	}
	accepted := acceptedManifest(owner, live, desired)
	if editor == nil && isSubset(accepted, desired) && isSubset(desired, live) {
		// The live object has all desired values, and the owner applies no others.
		return handoverStep{owner: accepted, final: true}
	}
	return handoverStep{owner: accepted, editor: pinToUID(live, accepted)}
}

// acceptedManifest returns the last manifest that the API server accepted from an Object. It returns the live values if the Object's manifest
// was rejected, or was never dry-run because the Object may not delete.
func acceptedManifest(object, live, desired *structpb.Struct) *structpb.Struct {
	current := manifestOf(object)
	if current.GetFields()["spec"] != nil && syncError(object) == "" && (hasPolicies(object, plan.Manage) || isSubset(current, live)) {
		return current
	}
	return withLiveValues(live, desired)
}

// The cluster mutates some objects during creation, and from then on rejects the manifest that created them. The owner of such an object never has
// that manifest: it starts with the name alone, and may only delete. Once the owner exists, the editor creates the object. With one Object in
// place of the two, the Wukong could not be deleted before the function has observed what the cluster made.

// awaitsCreation reports whether a mutated object does not exist, and has yet to be created or created again. Until the object is observed, its
// owner probes, may only delete, or retains.
func awaitsCreation(owner, editor *structpb.Struct) bool {
	if createFailed(owner) {
		return true
	}
	if isProbing(owner) || hasPolicies(owner, plan.Delete) || hasPolicies(owner, plan.Retain) {
		return liveObject(owner) == nil && (liveObject(editor) == nil || createFailed(editor))
	}
	return false
}

// ownsOtherKind reports whether an owner may delete a mutated object that does not exist yet, while the plan now asks for another kind.
func ownsOtherKind(owner, desired *structpb.Struct) bool {
	return hasPolicies(owner, plan.Delete) && liveObject(owner) == nil && fields.Text(manifestOf(owner), "kind") != fields.Text(desired, "kind")
}

// creationManifest returns the manifest with which an Object creates a mutated object. The manifest must not change while the provider may
// have created the object without having reported it: it would be unknown which manifest the cluster completed. The Object has the policies of
// Retain: it is the editor, or the owner of an object that outlives the Wukong.
func creationManifest(object, desired *structpb.Struct) *structpb.Struct {
	if hasPolicies(object, plan.Retain) && liveObject(object) == nil && !createFailed(object) {
		return manifestOf(object)
	}
	return desired
}
