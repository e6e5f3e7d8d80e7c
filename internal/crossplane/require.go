package crossplane

import (
	"slices"

	fnv1 "github.com/crossplane/function-sdk-go/proto/v1"
	"google.golang.org/protobuf/types/known/structpb"
)

// A Reference identifies an object. A cluster-scoped object has no namespace.
type Reference struct {
	APIVersion, Kind, Namespace, Name string
}

// SelectByName returns the selector of one object.
func SelectByName(r Reference) *fnv1.ResourceSelector {
	out := &fnv1.ResourceSelector{ApiVersion: r.APIVersion, Kind: r.Kind, Match: &fnv1.ResourceSelector_MatchName{MatchName: r.Name}}
	if r.Namespace != "" {
		out.Namespace = &r.Namespace
	}
	return out
}

// SelectByLabels returns the selector of all objects with the labels, of a reference's kind and namespace. It does not use the name.
func SelectByLabels(r Reference, labels map[string]string) *fnv1.ResourceSelector {
	out := SelectByName(r)
	out.Match = &fnv1.ResourceSelector_MatchLabels{MatchLabels: &fnv1.MatchLabels{Labels: labels}}
	return out
}

// Required returns the objects that Crossplane found for a requirement, and whether it has looked for them. Crossplane looks once a response
// has the requirement, and then calls the function again.
func Required(req *fnv1.RunFunctionRequest, requirement string) (objects []*structpb.Struct, known bool) {
	found, known := req.GetRequiredResources()[requirement]
	if !known {
		found, known = req.GetExtraResources()[requirement] //nolint:staticcheck // What Crossplane 1 calls them.
	}
	for _, item := range found.GetItems() {
		objects = append(objects, item.GetResource())
	}
	return objects, known
}

// ReportsCapabilities reports whether Crossplane says what it supports, as from version 2.2.
func ReportsCapabilities(req *fnv1.RunFunctionRequest) bool {
	return slices.Contains(req.GetMeta().GetCapabilities(), fnv1.Capability_CAPABILITY_CAPABILITIES)
}

// LooksUpSchemas reports whether Crossplane can look up the schemas of kinds, as from version 2.2.
func LooksUpSchemas(req *fnv1.RunFunctionRequest) bool {
	return slices.Contains(req.GetMeta().GetCapabilities(), fnv1.Capability_CAPABILITY_REQUIRED_SCHEMAS)
}

// RequiredSchema reports whether the cluster serves the kind whose schema is required, and whether Crossplane has looked.
func RequiredSchema(req *fnv1.RunFunctionRequest, requirement string) (served, known bool) {
	s, known := req.GetRequiredSchemas()[requirement]
	return len(s.GetOpenapiV3().GetFields()) > 0, known
}
