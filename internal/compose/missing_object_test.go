package compose

import (
	"strings"
	"testing"

	fnv1 "github.com/crossplane/function-sdk-go/proto/v1"
	"google.golang.org/protobuf/types/known/structpb"
)

// TestMissing shows when an object of somebody else is known to be missing, by its name, under each target.
func TestMissing(t *testing.T) {
	// The provider looked for it by the spec of generation 2.
	const lookedFor = "{metadata: {name: x, generation: 2}, spec: {managementPolicies: [Observe], forProvider: {manifest: {kind: NAD, metadata: {name: lan}}}}, " +
		"status: {conditions: [{type: Synced, status: 'False', observedGeneration: 2, message: 'observe failed: external resource does not exist'}]}}"
	cases := map[string]struct {
		reason, object, name string
		want                 bool
	}{
		"Missing": {reason: "The provider has not found it.", object: lookedFor, name: "lan", want: true},
		"Other":   {reason: "The spec names another one by now.", object: lookedFor, name: "wan"},
		"Changed": {
			reason: "The provider has yet to look for what the Object names now.",
			object: strings.Replace(lookedFor, "generation: 2}", "generation: 3}", 1), name: "lan",
		},
		"NoVersion": {
			reason: "Older providers do not say what a condition is about.",
			object: strings.Replace(lookedFor, "observedGeneration: 2, ", "", 1), name: "lan", want: true,
		},
		"Found":    {reason: "It is there.", object: strings.Replace(lookedFor, "'False'", "'True'", 1), name: "lan"},
		"Deleting": {reason: "The Object goes.", object: strings.Replace(lookedFor, "generation: 2}", "deletionTimestamp: '2026-01-01T00:00:00Z'}", 1), name: "lan"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			rs := Object{}.Observe(objectRequest(map[string]*fnv1.Resource{"nadname-lan": {Resource: structIn(t, tc.object)}}))
			if got := rs.IsMissing("nadname-lan", tc.name); got != tc.want {
				t.Errorf("%s Want %v, got %v", tc.reason, tc.want, got)
			}
		})
	}

	answer := func(objects ...*structpb.Struct) *fnv1.RunFunctionRequest {
		items := make([]*fnv1.Resource, len(objects))
		for i, o := range objects {
			items[i] = &fnv1.Resource{Resource: o}
		}
		return &fnv1.RunFunctionRequest{RequiredResources: map[string]*fnv1.Resources{"nadname-lan": {Items: items}}}
	}
	found := structIn(t, "{kind: NAD, metadata: {name: lan}}")
	for reason, tc := range map[string]struct {
		req           *fnv1.RunFunctionRequest
		missing, none bool
	}{
		"Crossplane has not looked.": {req: &fnv1.RunFunctionRequest{}, none: true},
		"Crossplane has found none.": {req: answer(), missing: true, none: true},
		"Crossplane has found it.":   {req: answer(found), none: true},
	} {
		rs := Native{}.Observe(tc.req)
		if rs.IsMissing("nadname-lan", "lan") != tc.missing || rs.Nothing() != tc.none {
			t.Errorf("%s Want missing: %v, nothing: %v, got %v", reason, tc.missing, tc.none, rs)
		}
	}
}
