package compose

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	fnv1 "github.com/crossplane/function-sdk-go/proto/v1"
	"google.golang.org/protobuf/types/known/structpb"

	"github.com/novasphere/function-wukong/internal/crossplane"
	"github.com/novasphere/function-wukong/internal/fields"
	"github.com/novasphere/function-wukong/internal/observed"
	"github.com/novasphere/function-wukong/internal/plan"
)

// Crossplane fails the whole pipeline if it cannot look up a required resource. Either the cluster does not serve its kind, or Crossplane may
// not read it. The function learns of that from the composite's condition Synced in the next request. It must then leave out the requirement,
// so that everything else goes on.
//
// Nothing reports that the kind can be looked up again. To require the object each time would fail the pipeline each time. Each failure changes
// the status, which triggers the next call.
//
// So the function requires the schema of the kind instead, and the object once there is a schema. A missing schema is no error. In its status
// the function reports the missing kind. While it does, it goes on to require the schema first. Crossplane before 2.2 cannot look up schemas,
// so that the function requires the objects themselves.

// schemaInfix separates the key of a resource from its kind in the name of a schema's requirement. No key contains it.
const schemaInfix = ".kind."

// What Crossplane says of kinds in the condition Synced.
const (
	// textNoMatch is said of a kind that the cluster does not serve.
	textNoMatch = "no matches for "

	// textNoInformer is said of a kind that Crossplane could not list and watch within two minutes.
	textNoInformer = "failed waiting for"
)

// lookupError finds in the message of Synced the requirement that Crossplane could not look up, and the error.
var lookupError = regexp.MustCompile(`fetching resources for (\S+): (?:cannot get required resource by name: )?(.*)`)

// failedRequirement returns the requirement that Crossplane could not look up last, and the reason; empty if there is none.
func failedRequirement(xr *structpb.Struct) (name, reason string) {
	synced := fields.ConditionOf(xr, crossplane.ConditionSynced)
	if m := lookupError.FindStringSubmatch(synced.Message); m != nil && synced.Status == "False" {
		return m[1], m[2]
	}
	return "", ""
}

// reportsMissing reports whether the status of a composite has a text about a kind that the cluster does not serve.
func reportsMissing(xr *structpb.Struct, text string) bool {
	if strings.Contains(fields.Text(xr, "status", "message"), text) {
		return true
	}
	return slices.ContainsFunc(fields.Conditions(xr), func(c fields.Condition) bool { return strings.Contains(c.Message, text) })
}

// missingKind returns that the cluster does not serve a kind, in the words of Kubernetes.
func missingKind(kind string) string { return fmt.Sprintf("%skind %q", textNoMatch, kind) }

// unreadableKind returns the key of the resource whose kind Crossplane cannot list and watch, and the reason; empty if there is none.
func unreadableKind(xr *structpb.Struct) (key, reason string) {
	name, said := failedRequirement(xr)
	if !strings.Contains(said, textNoInformer) {
		return "", ""
	}
	return strings.TrimSuffix(name, probeSuffix), textUnreadableKind + said
}

// haveSameKind reports whether the resources of two keys have the same kind: then the keys begin with the same word.
func haveSameKind(a, b string) bool {
	a, _, _ = strings.Cut(a, "-")
	b, _, _ = strings.Cut(b, "-")
	return a == b
}

// requirementsFor returns what Crossplane must look up to find the object of a resource, under the name of a requirement. CanLookUp reports
// whether Crossplane can look up the object itself, as far as is known. If not, the requirements have at most the schema of its kind.
func requirementsFor(
	r plan.Resource, requirement string, manifest *structpb.Struct, req *fnv1.RunFunctionRequest,
) (out composed, canLookUp bool) {
	if key, _ := unreadableKind(compositeOf(req)); key != "" && haveSameKind(key, r.Key) {
		return composed{}, false
	}
	s := selectorOf(manifest)
	objects := map[string]*fnv1.ResourceSelector{requirement: s}
	if !mustCheckKind(r, s, req) {
		return composed{required: objects}, true
	}
	name := r.Key + schemaInfix + s.GetKind()
	out.schemas = map[string]*fnv1.SchemaSelector{name: {ApiVersion: s.GetApiVersion(), Kind: s.GetKind()}}
	if served, _ := crossplane.RequiredSchema(req, name); !served {
		return out, false
	}
	out.required = objects
	return out, true
}

// mustCheckKind reports whether the cluster may lack the kind of a resource, and Crossplane can look up its schema. Kinds of Kubernetes itself
// are always served.
func mustCheckKind(r plan.Resource, s *fnv1.ResourceSelector, req *fnv1.RunFunctionRequest) bool {
	isBuiltIn := !strings.Contains(s.GetApiVersion(), "/")
	if isBuiltIn || !crossplane.LooksUpSchemas(req) {
		return false
	}
	xr := compositeOf(req)
	if r.Management.Creates() {
		return reportsMissing(xr, textNoMatch)
	}
	// An observed object usually exists, and its schema is large. So its kind is checked only if that very kind is reported missing.
	name, reason := failedRequirement(xr)
	return name == r.Key && strings.Contains(reason, textNoMatch) || reportsMissing(xr, missingKind(s.GetKind()))
}

// addLookupErrors adds to the observed resources why Crossplane could not look up their objects.
func addLookupErrors(rs observed.Resources, req *fnv1.RunFunctionRequest) {
	if key, reason := unreadableKind(compositeOf(req)); key != "" {
		rs[key] = observed.Resource{Refused: reason}
	}
	for name := range req.GetRequiredSchemas() {
		served, _ := crossplane.RequiredSchema(req, name)
		if key, kind, ok := strings.Cut(name, schemaInfix); ok && !served {
			rs[key] = observed.Resource{Refused: missingKind(kind)}
		}
	}
}
