package compose

import (
	"slices"
	"strings"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/structpb"
	"k8s.io/apimachinery/pkg/util/resourceversion"

	"github.com/novasphere/function-wukong/internal/crossplane"
	"github.com/novasphere/function-wukong/internal/fields"
	"github.com/novasphere/function-wukong/internal/plan"
)

// This file reads observed Objects of provider-kubernetes, of either scope. The live object is the object of an Object as it is in its cluster.

// What provider-kubernetes and crossplane-runtime say in the condition Synced.
const (
	// textNotFound is said of an Object that may only observe.
	textNotFound = "external resource does not exist"

	// textCreateFailed and textConnectFailed begin the message if the step fails.
	textCreateFailed  = "create failed"
	textConnectFailed = "connect failed"
)

// transientErrors are parts of errors that the provider retries. They are no rejections by the cluster.
var transientErrors = []string{
	textNotFound,
	"connection refused", "i/o timeout", "context deadline exceeded", "no such host", "TLS handshake", "connection reset", "EOF",
	"the server is currently unable", "etcdserver:", "the object has been modified", "uid mismatch",
}

// providerSteps are what the provider puts before the error of the cluster.
var providerSteps = []string{"cannot dry run SSA: ", "cannot create object: ", "cannot apply object: ", "cannot get object: "}

// manifestOf returns the manifest in an Object; nil if there is none.
func manifestOf(object *structpb.Struct) *structpb.Struct {
	return fields.In(object, "spec", "forProvider", "manifest")
}

// lastManifest returns the last desired manifest of an object, from its editor or else its owner; nil if neither has more than the name.
func lastManifest(owner, editor *structpb.Struct) *structpb.Struct {
	for _, m := range []*structpb.Struct{manifestOf(editor), manifestOf(owner)} {
		if m.GetFields()["spec"] != nil {
			return m
		}
	}
	return nil
}

// hasPolicies reports whether the managementPolicies of an Object are those of m.
func hasPolicies(object *structpb.Struct, m plan.Management) bool {
	return proto.Equal(fields.Value(object, "spec", "managementPolicies"), managementPolicies(m))
}

// deletes reports whether the provider deletes the object of an Object with it.
func deletes(object *structpb.Struct) bool {
	return hasPolicies(object, plan.Manage) || hasPolicies(object, plan.Delete)
}

// liveObject returns the object that the provider observed last; nil if it observed none or reports that the object is gone. The status of an
// Object goes on showing an object that is gone.
func liveObject(object *structpb.Struct) *structpb.Struct {
	if isNotFound(object) {
		return nil
	}
	live := fields.In(object, "status", "atProvider", "manifest")
	if len(live.GetFields()) == 0 || isPredecessor(object, live) {
		return nil
	}
	return live
}

// isPredecessor reports whether the live object of an Object that manages is one that another Wukong had under the same name.
//
// That object is gone, but the status goes on showing it. The error that reported so may have given way to another one, such as an API server
// that does not answer.
func isPredecessor(object, live *structpb.Struct) bool {
	if isProbing(object) || appliedFields(object, live) != nil {
		return false
	}
	id := wukongIDIn(manifestOf(object))
	composite := compositeUID(live)
	return id.wukong != "" && (wukongName(live) != id.wukong || composite != "" && id.composite != "" && composite != id.composite)
}

// latestLiveObject returns the later observation of the live object by its owner or its editor.
func latestLiveObject(owner, editor *structpb.Struct) *structpb.Struct {
	byOwner, byEditor := liveObject(owner), liveObject(editor)
	if byOwner == nil {
		return byEditor
	}
	order, err := resourceversion.CompareResourceVersion(resourceVersion(byEditor), resourceVersion(byOwner))
	if err == nil && order > 0 {
		return byEditor
	}
	return byOwner
}

// resourceVersion returns the resourceVersion of an object.
func resourceVersion(object *structpb.Struct) string {
	return fields.Text(object, "metadata", "resourceVersion")
}

// isLost reports whether an Object that only observes has lost its object: the object is gone, or the Object is being deleted. A later object
// of the same name is another one.
func isLost(object *structpb.Struct) bool {
	return hasPolicies(object, plan.Observe) && (fields.IsDeleting(object) || isNotFound(object))
}

// isNotFound reports whether the provider says of an Object, which may only observe, that its object does not exist.
func isNotFound(object *structpb.Struct) bool {
	return strings.Contains(syncError(object), textNotFound)
}

// isReconciled reports whether what the provider says of an Object is about its spec as it is now.
func isReconciled(object *structpb.Struct) bool {
	generation := fields.ConditionOf(object, crossplane.ConditionSynced).ObservedGeneration
	return generation == 0 || generation >= fields.Value(object, "metadata", "generation").GetNumberValue()
}

// syncError returns why the provider could not reconcile an Object; empty if it could.
func syncError(object *structpb.Struct) string {
	if c := fields.ConditionOf(object, crossplane.ConditionSynced); c.Status == "False" {
		return c.Message
	}
	return ""
}

// createFailed reports whether the provider tried to create the object of an Object and could not. The object does not exist then, even if the
// status shows an earlier one.
func createFailed(object *structpb.Struct) bool {
	return strings.HasPrefix(syncError(object), textCreateFailed)
}

// rejectionReason returns what the cluster says in an error of the provider, without the provider's own words; empty for a transient error.
func rejectionReason(syncError string) string {
	if slices.ContainsFunc(transientErrors, func(s string) bool { return strings.Contains(syncError, s) }) {
		return ""
	}
	for _, step := range providerSteps {
		if _, reason, ok := strings.Cut(syncError, step); ok {
			syncError = reason
		}
	}
	return syncError
}

// appliedSpecFields returns the fields of the live object's spec that an Object applied, in the form of managedFields; nil for none.
func appliedSpecFields(object, live *structpb.Struct) *structpb.Struct {
	return fields.In(appliedFields(object, live), "fieldsV1", "f:spec")
}

// appliedFields returns the entry in the live object's managedFields of an Object's server-side apply; nil if there is none.
func appliedFields(object, live *structpb.Struct) *structpb.Struct {
	manager := "provider-kubernetes/" + fields.Text(object, "metadata", "name")
	for _, entry := range fields.List(live, "metadata", "managedFields") {
		if fields.Text(entry, "manager") == manager && fields.Text(entry, "operation") == "Apply" {
			return entry
		}
	}
	return nil
}
