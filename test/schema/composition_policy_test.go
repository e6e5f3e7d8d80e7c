package schema

import (
	"context"
	"path/filepath"
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	runtimeschema "k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apiserver/pkg/admission"
	"k8s.io/apiserver/pkg/admission/plugin/policy/validating"
	"k8s.io/apiserver/pkg/authorization/authorizer"
	"sigs.k8s.io/yaml"
)

// TestEnforcedComposition shows that each package has the Composition that its definition enforces.
func TestEnforcedComposition(t *testing.T) {
	for _, file := range matchingFiles(t, "package/configuration*/definition.yaml") {
		xrd, err := readDefinition(file)
		if err != nil {
			t.Fatal(err)
		}
		composition := &unstructured.Unstructured{Object: readManifest(t, filepath.Join(filepath.Dir(file), "composition.yaml"))}
		kind, _, err := unstructured.NestedString(composition.Object, "spec", "compositeTypeRef", "kind")
		if err != nil {
			t.Fatal(err)
		}
		if xrd.Spec.EnforcedCompositionRef == nil || xrd.Spec.EnforcedCompositionRef.Name != composition.GetName() || xrd.Spec.Names.Kind != kind {
			t.Errorf("%s enforces %v for %s, and the package has %s for %s",
				file, xrd.Spec.EnforcedCompositionRef, xrd.Spec.Names.Kind, composition.GetName(), kind)
		}
	}
}

// TestCompositionPolicy shows who may set which fields of Crossplane in a Wukong, by the policy of examples/production.
func TestCompositionPolicy(t *testing.T) {
	policy := productionPolicy(t, "composition-policy.yaml")
	const (
		bare     = "{cpu: 2}"
		composed = "{cpu: 2, crossplane: {compositionUpdatePolicy: Automatic, compositionRef: {name: wukong}, compositionRevisionRef: {name: wukong-1}, " +
			"resourceRefs: [{apiVersion: v1, kind: Secret, name: a}]}}"
		claimed = "{cpu: 2, compositionRef: {name: wukong}, compositionRevisionRef: {name: wukong-1}, resourceRef: {apiVersion: a/v1, kind: XWukong, name: a}}"
	)
	for name, tc := range map[string]struct {
		reason      string
		old, now    string
		mayCompose  bool
		deleted     bool
		refused     string
		alsoRefused string
	}{
		"Nothing":   {now: bare},
		"Defaulted": {reason: "The API server sets the default before admission.", now: "{cpu: 2, crossplane: {compositionUpdatePolicy: Automatic}}"},
		"Composition": {
			now:     "{cpu: 2, crossplane: {compositionRef: {name: wide}}}",
			refused: "spec.crossplane.compositionRef: only the platform team and Crossplane may set this",
		},
		"Selector": {now: "{cpu: 2, crossplane: {compositionSelector: {matchLabels: {a: b}}}}", refused: "spec.crossplane.compositionSelector: "},
		"Revision": {
			now:         "{cpu: 2, crossplane: {compositionUpdatePolicy: Manual, compositionRevisionRef: {name: wukong-1}}}",
			refused:     "spec.crossplane.compositionRevisionRef: ",
			alsoRefused: "spec.crossplane.compositionUpdatePolicy: ",
		},
		"RevisionSelector":  {now: "{cpu: 2, crossplane: {compositionRevisionSelector: {matchLabels: {a: b}}}}", refused: "compositionRevisionSelector: "},
		"ComposedResources": {now: "{cpu: 2, crossplane: {resourceRefs: [{apiVersion: v1, kind: Secret, name: b}]}}", refused: "spec.crossplane.resourceRefs: "},
		"Two": {
			now:     "{cpu: 2, crossplane: {compositionRef: {name: wide}, resourceRefs: []}}",
			refused: "spec.crossplane.compositionRef, spec.crossplane.resourceRefs: ",
		},
		"Claim":         {now: "{cpu: 2, compositionRef: {name: wide}}", refused: "spec.compositionRef: "},
		"ClaimSelector": {now: "{cpu: 2, compositionSelector: {matchLabels: {a: b}}}", refused: "spec.compositionSelector: "},
		"ClaimRevision": {now: "{cpu: 2, compositionRevisionRef: {name: wukong-1}}", refused: "spec.compositionRevisionRef: "},
		"ClaimManual":   {now: "{cpu: 2, compositionUpdatePolicy: Manual}", refused: "spec.compositionUpdatePolicy: "},
		"ClaimOther":    {now: "{cpu: 2, resourceRef: {apiVersion: a/v1, kind: XWukong, name: b}}", refused: "spec.resourceRef: "},
		"ClaimSecret":   {now: "{cpu: 2, writeConnectionSecretToRef: {name: a}}", refused: "spec.writeConnectionSecretToRef: "},
		"ClaimDeletion": {reason: "How a claim is deleted concerns its tenant alone.", now: "{cpu: 2, compositeDeletePolicy: Background}"},
		"Platform": {
			reason:     "Crossplane itself, and whoever may update Compositions.",
			now:        "{cpu: 2, crossplane: {compositionRef: {name: wide}, compositionUpdatePolicy: Manual, resourceRefs: []}}",
			mayCompose: true,
		},
		"Edit":        {reason: "What Crossplane has written stays.", old: composed, now: strings.Replace(composed, "cpu: 2", "cpu: 4", 1)},
		"EditOfClaim": {old: claimed, now: strings.Replace(claimed, "cpu: 2", "cpu: 4", 1)},
		"EditOfPinned": {
			reason: "What the platform team has pinned stays.",
			old:    strings.Replace(composed, "Automatic", "Manual", 1),
			now:    strings.Replace(strings.Replace(composed, "Automatic", "Manual", 1), "cpu: 2", "cpu: 4", 1),
		},
		"Replaced":        {reason: "A manifest of the tenant replaces it.", old: composed, now: bare},
		"ReplacedClaim":   {old: claimed, now: bare},
		"OtherRevision":   {old: composed, now: strings.Replace(composed, "wukong-1", "wukong-0", 1), refused: "spec.crossplane.compositionRevisionRef: "},
		"OtherComposite":  {old: claimed, now: strings.Replace(claimed, "name: a", "name: b", 1), refused: "spec.resourceRef: "},
		"MoreComposed":    {old: composed, now: strings.Replace(composed, "[{", "[{apiVersion: v1, kind: Secret, name: b}, {", 1), refused: "resourceRefs: "},
		"Pinned":          {old: composed, now: strings.Replace(composed, "Automatic", "Manual", 1), refused: "spec.crossplane.compositionUpdatePolicy: "},
		"Unpinned":        {old: strings.Replace(composed, "Automatic", "Manual", 1), now: composed},
		"UnderDeletion":   {reason: "Whatever removes finalizers passes.", old: composed, now: strings.Replace(composed, "wukong-1", "wukong-0", 1), deleted: true},
		"NoLongerManaged": {old: "{cpu: 2, compositionUpdatePolicy: Manual}", now: "{cpu: 2}"},
	} {
		t.Run(name, func(t *testing.T) {
			composers := authorizer.AuthorizerFunc(func(_ context.Context, a authorizer.Attributes) (authorizer.Decision, string, error) {
				if tc.mayCompose && a.GetVerb() == "update" && a.GetAPIGroup() == "apiextensions.crossplane.io" && a.GetResource() == "compositions" {
					return authorizer.DecisionAllow, "", nil
				}
				return authorizer.DecisionNoOpinion, "", nil
			})
			var messages []string
			for _, d := range decideOn(t, policy, wukongRequest(t, tc.old, tc.now, tc.deleted), composers) {
				if d.Action == validating.ActionDeny {
					messages = append(messages, d.Message)
				}
			}
			got := strings.Join(messages, "\n")
			if (tc.refused == "") != (got == "") || !strings.Contains(got, tc.refused) || !strings.Contains(got, tc.alsoRefused) {
				t.Errorf("%s\nwant refused with %q and %q, got %q", tc.reason, tc.refused, tc.alsoRefused, got)
			}
		})
	}
}

// wukongRequest returns a request that creates a Wukong with a spec, or updates one with an old spec.
func wukongRequest(t *testing.T, old, now string, deleted bool) *admission.VersionedAttributes {
	t.Helper()
	wukong := func(spec string) *unstructured.Unstructured {
		o := &unstructured.Unstructured{}
		if err := yaml.Unmarshal([]byte(spec), &o.Object); err != nil {
			t.Fatal(err)
		}
		metadata := map[string]any{"namespace": "team-a", "name": "web-01"}
		if deleted {
			metadata["deletionTimestamp"] = "2026-01-01T00:00:00Z"
		}
		o.Object = map[string]any{"apiVersion": "vm.novasphere.dev/v1alpha1", "kind": "Wukong", "metadata": metadata, "spec": o.Object}
		return o
	}
	gvk := runtimeschema.GroupVersionKind{Group: "vm.novasphere.dev", Version: "v1alpha1", Kind: "Wukong"}
	resource := gvk.GroupVersion().WithResource("wukongs")
	request := &admission.VersionedAttributes{VersionedObject: wukong(now), VersionedKind: gvk}
	if old == "" {
		request.Attributes = admission.NewAttributesRecord(request.VersionedObject, nil, gvk, "team-a", "web-01", resource, "", admission.Create, nil, false, tenant)
		return request
	}
	request.VersionedOldObject = wukong(old)
	request.Attributes = admission.NewAttributesRecord(request.VersionedObject, request.VersionedOldObject, gvk, "team-a", "web-01", resource, "",
		admission.Update, nil, false, tenant)
	return request
}
