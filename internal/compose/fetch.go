package compose

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	fnv1 "github.com/crossplane/function-sdk-go/proto/v1"
	"google.golang.org/protobuf/types/known/structpb"

	"github.com/novasphere/function-wukong/internal/fields"
	"github.com/novasphere/function-wukong/internal/observed"
	"github.com/novasphere/function-wukong/internal/plan"
)

// Crossplane answers what is required of it with an error where the cluster has no such kind, or does not let Crossplane read it. Then
// nothing of the whole pipeline happens, and the function learns of it from the composite's condition Synced when it is called the next
// time. What cannot be answered must not be asked then, so that all else goes on.
//
// When it can be answered again, nobody tells. To ask again each time that all went well would end all of it each time, and each of these
// changes of the composite's status would bring about the next. Instead, Crossplane 2.2 is asked for the schema of each kind that is still
// to be looked for, which it answers without an error, and for objects of the kinds that have one. That goes on for as long as the status of
// the composite, which the function itself wrote, speaks of a missing kind. An older Crossplane is always asked for the objects.

// kindMark stands in the name of a requirement between the key of a resource and its kind, whose schema is required. No name in a key has a dot.
const kindMark = ".kind."

// noMatch is what is said of a kind that the cluster does not have.
const noMatch = "no matches for "

// noInformer is what Crossplane says of a kind that it could not list and watch within its two minutes.
const noInformer = "failed waiting for"

// fetching finds the requirement that ended what Crossplane did last, and why.
var fetching = regexp.MustCompile(`fetching resources for (\S+): (?:cannot get required resource by name: )?(.*)`)

// unfetched returns the name of the requirement that Crossplane could not answer last, and why; empty where there is none.
func unfetched(xr *structpb.Struct) (name, why string) {
	status, message := conditionOf(xr, "Synced")
	if m := fetching.FindStringSubmatch(message); m != nil && status == "False" {
		return m[1], m[2]
	}
	return "", ""
}

// lacksKind reports whether Crossplane, or the function after it, said last that the cluster does not have a kind; any one if it is empty.
func lacksKind(xr *structpb.Struct, kind string) bool {
	said := noMatch
	if kind != "" {
		said = missing(kind)
	}
	status := fields.In(xr, "status").GetFields()
	if strings.Contains(status["message"].GetStringValue(), said) {
		return true
	}
	return slices.ContainsFunc(status["conditions"].GetListValue().GetValues(), func(v *structpb.Value) bool {
		return strings.Contains(v.GetStructValue().GetFields()["message"].GetStringValue(), said)
	})
}

// missing says of a kind that the cluster does not have it.
func missing(kind string) string { return fmt.Sprintf("%skind %q", noMatch, kind) }

// unreadable returns the key of the resource of which Crossplane could not find out whether it exists, and why; empty where there is none.
func unreadable(xr *structpb.Struct) (key, why string) {
	name, said := unfetched(xr)
	if !strings.Contains(said, noInformer) {
		return "", ""
	}
	return strings.TrimSuffix(name, lookSuffix), "Crossplane may not list and watch its kind: " + said
}

// sameKind reports whether two keys are of one kind, as far as their names say.
func sameKind(a, b string) bool {
	a, _, _ = strings.Cut(a, "-")
	b, _, _ = strings.Cut(b, "-")
	return a == b
}

// ask returns what must be required to find out what exists under the name of a resource, and whether the cluster is known to have its kind.
func ask(r plan.Resource, name string, manifest *structpb.Struct, req *fnv1.RunFunctionRequest) (c Composed, exists bool) {
	xr := compositeIn(req)
	if key, _ := unreadable(xr); key != "" && sameKind(key, r.Key) {
		return Composed{}, false
	}
	s := selectorOf(manifest)
	c.Requires = map[string]*fnv1.ResourceSelector{name: s}
	if !mayLack(r, s, req) {
		return c, true
	}
	schema := r.Key + kindMark + s.GetKind()
	c.Schemas = map[string]*fnv1.SchemaSelector{schema: {ApiVersion: s.GetApiVersion(), Kind: s.GetKind()}}
	if found := req.GetRequiredSchemas()[schema]; len(found.GetOpenapiV3().GetFields()) == 0 {
		c.Requires = nil
		return c, false
	}
	return c, true
}

// mayLack reports whether the cluster may lack the kind of a resource, and can be asked for it. It always has Kubernetes' own.
func mayLack(r plan.Resource, s *fnv1.ResourceSelector, req *fnv1.RunFunctionRequest) bool {
	can := req.GetMeta().GetCapabilities()
	if !strings.Contains(s.GetApiVersion(), "/") || !slices.Contains(can, fnv1.Capability_CAPABILITY_REQUIRED_SCHEMAS) {
		return false
	}
	xr := compositeIn(req)
	if r.Management.Creates() {
		return lacksKind(xr, "")
	}
	// What only observes mostly is about something that exists, and its schema is large.
	name, why := unfetched(xr)
	return name == r.Key && strings.Contains(why, noMatch) || lacksKind(xr, s.GetKind())
}

// notFound adds to what is known of the resources what Crossplane could not find out.
func notFound(req *fnv1.RunFunctionRequest, rs observed.Resources) {
	if key, why := unreadable(compositeIn(req)); key != "" {
		rs[key] = observed.Resource{Refused: why}
	}
	for name, s := range req.GetRequiredSchemas() {
		if key, kind, ok := strings.Cut(name, kindMark); ok && len(s.GetOpenapiV3().GetFields()) == 0 {
			rs[key] = observed.Resource{Refused: missing(kind)}
		}
	}
}
