package compose

import (
	"slices"
	"strings"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/structpb"
	"k8s.io/apimachinery/pkg/util/resourceversion"

	"github.com/novasphere/function-wukong/internal/fields"
	"github.com/novasphere/function-wukong/internal/plan"
)

// What follows reads Objects of provider-kubernetes, of either scope, as they were observed. A field that is missing, or not what
// it should be, counts as not there.

// manifestIn is the manifest that an Object manages; nil where there is none.
func manifestIn(object *structpb.Struct) *structpb.Struct {
	return fields.In(object, "spec", "forProvider", "manifest")
}

// desiredLast is what an object is to be by the two Objects that are about it; nil where neither says more than its name.
func desiredLast(object, changer *structpb.Struct) *structpb.Struct {
	for _, m := range []*structpb.Struct{manifestIn(changer), manifestIn(object)} {
		if m.GetFields()["spec"] != nil {
			return m
		}
	}
	return nil
}

// may says whether an Object may do exactly what a kind of management does.
func may(object *structpb.Struct, m plan.Management) bool {
	return proto.Equal(fields.In(object, "spec").GetFields()["managementPolicies"], managementPolicies(m))
}

// found is the object as the provider found it last; nil where it never did, or says that there is none. What it found before stays in
// the status of the Object then, and was another: what comes after it has nothing of it.
func found(object *structpb.Struct) *structpb.Struct {
	if strings.Contains(refusal(object), notThere) {
		return nil
	}
	is := fields.In(object, "status", "atProvider", "manifest")
	if len(is.GetFields()) == 0 || isForerunner(object, is) {
		return nil
	}
	return is
}

// isForerunner reports whether what an Object that manages is shown to have found is what somebody else had under the name before. The provider
// had said that it is gone, and now says something else, such as that the API server does not answer.
func isForerunner(object, is *structpb.Struct) bool {
	if looks(object) || applied(object, is) != nil {
		return false
	}
	id := identityIn(manifestIn(object))
	other := compositeOf(is)
	return id.wukong != "" && (labelled(is) != id.wukong || other != "" && id.composite != "" && other != id.composite)
}

// refusal is why the provider cannot bring about what an Object manages; empty where it can.
func refusal(object *structpb.Struct) string {
	if status, message := conditionOf(object, "Synced"); status == "False" {
		return message
	}
	return ""
}

// notThere is what the provider says of an object that it may only observe.
const notThere = "external resource does not exist"

// isLost says that an Object which only observes no longer sees what it holds: that is gone, or the Object itself is to go. What comes
// after it under the same name is another.
func isLost(object *structpb.Struct) bool {
	return may(object, plan.Observe) && (textIn(object, "deletionTimestamp") != "" || strings.Contains(refusal(object), notThere))
}

// passing are parts of what the provider says while the API server does not answer, or when something else came first: it tries again,
// and nobody refused anything.
var passing = []string{
	notThere,
	"connection refused", "i/o timeout", "context deadline exceeded", "no such host", "TLS handshake", "connection reset", "EOF",
	"the server is currently unable", "etcdserver:", "the object has been modified", "uid mismatch",
}

// cause is what the cluster says in a refusal, without the steps of the provider that led to it; empty for trouble that passes.
func cause(refusal string) string {
	if slices.ContainsFunc(passing, func(s string) bool { return strings.Contains(refusal, s) }) {
		return ""
	}
	for _, step := range []string{"cannot dry run SSA: ", "cannot create object: ", "cannot apply object: ", "cannot get object: "} {
		if _, said, ok := strings.Cut(refusal, step); ok {
			refusal = said
		}
	}
	return refusal
}

// createFailed says that the provider tried to create what an Object manages and could not: it does not exist then, though it may
// have been found before.
func createFailed(object *structpb.Struct) bool {
	return strings.HasPrefix(refusal(object), "create failed")
}

// conditionOf returns the status and the message of a condition of an Object.
func conditionOf(object *structpb.Struct, kind string) (status, message string) {
	for _, c := range fields.In(object, "status").GetFields()["conditions"].GetListValue().GetValues() {
		f := c.GetStructValue().GetFields()
		if f["type"].GetStringValue() == kind {
			return f["status"].GetStringValue(), f["message"].GetStringValue()
		}
	}
	return "", ""
}

// foundLast is an object that two Objects are about, as the one found it that looked last.
func foundLast(object, changer *structpb.Struct) *structpb.Struct {
	is, later := found(object), found(changer)
	if is == nil {
		return later
	}
	order, err := resourceversion.CompareResourceVersion(textIn(later, "resourceVersion"), textIn(is, "resourceVersion"))
	if err == nil && order > 0 {
		return later
	}
	return is
}

// textIn is a text field of an object's metadata.
func textIn(object *structpb.Struct, name string) string {
	return fields.In(object, "metadata").GetFields()[name].GetStringValue()
}

func structOf(fields map[string]*structpb.Value) *structpb.Value {
	return structpb.NewStructValue(&structpb.Struct{Fields: fields})
}
