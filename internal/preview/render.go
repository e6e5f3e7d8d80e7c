package preview

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	fnv1 "github.com/crossplane/function-sdk-go/proto/v1"
	"google.golang.org/protobuf/types/known/structpb"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/utils/ptr"

	"github.com/novasphere/function-wukong/fn"
	"github.com/novasphere/function-wukong/internal/crossplane"
	"github.com/novasphere/function-wukong/internal/manifest"
	"github.com/novasphere/function-wukong/internal/network"
	"github.com/novasphere/function-wukong/internal/storage"
)

// transitionTime is the lastTransitionTime of every condition, as in the output of crossplane render: the time of a preview means nothing.
const transitionTime = "2024-01-01T00:00:00Z"

// A Rendering is the output of the function for a Wukong, as Crossplane completes it.
type Rendering struct {
	// Composite with its status, and without its spec.
	Composite *unstructured.Unstructured

	// Composed resources by their keys.
	Composed map[string]*unstructured.Unstructured

	// Planned is what the Wukong asks for.
	Planned fn.Planned
}

// Render calls the function for a Wukong, and completes the response as Crossplane does. It returns what the function says about the Wukong, and
// no rendering for a Wukong that is refused. An error ends the preview.
func (r *Repository) Render(ctx context.Context, f fnv1.FunctionRunnerServiceServer, w *Wukong) (*Rendering, []manifest.Problem, error) {
	if !r.platform.ready {
		return nil, nil, nil
	}
	req, err := r.Request(w)
	if err != nil {
		return nil, nil, err
	}
	if _, err := fn.Plan(req); err != nil {
		return nil, w.Problems(err), nil
	}
	if w.refused || r.incomplete {
		return nil, nil, nil
	}
	rsp, err := crossplane.RunFunction(ctx, assuming{f}, req, crossplane.Fetcher(r.cluster.fetch))
	if err != nil {
		return nil, nil, err
	}
	problems := w.said(rsp)
	if manifest.HasErrors(problems) {
		return nil, problems, nil
	}

	out := &Rendering{Composite: withStatus(w.Composite, rsp), Composed: make(map[string]*unstructured.Unstructured, len(rsp.GetDesired().GetResources()))}
	for key, resource := range rsp.GetDesired().GetResources() {
		u := &unstructured.Unstructured{Object: resource.GetResource().AsMap()}
		setCrossplaneMetadata(u, w.Composite, key)
		out.Composed[key] = u
	}
	req.RequiredResources = make(map[string]*fnv1.Resources, len(rsp.GetRequirements().GetResources()))
	for name, s := range rsp.GetRequirements().GetResources() {
		req.RequiredResources[name] = r.cluster.fetch(s)
	}
	assumeReferences(req)
	out.Planned, err = fn.Plan(req)
	return out, problems, err
}

// Request returns the request for a Wukong with which Crossplane begins.
func (r *Repository) Request(w *Wukong) (*fnv1.RunFunctionRequest, error) {
	composite, err := structpb.NewStruct(w.Composite.Object)
	if err != nil {
		return nil, fmt.Errorf("cannot read %s: %w", w.Title(), err)
	}
	return &fnv1.RunFunctionRequest{
		Observed: &fnv1.State{Composite: &fnv1.Resource{Resource: composite}, Resources: w.resources},
		Input:    r.platform.input,
	}, nil
}

// said returns the results of the function as problems.
func (w *Wukong) said(rsp *fnv1.RunFunctionResponse) []manifest.Problem {
	out := make([]manifest.Problem, len(rsp.GetResults()))
	for i, r := range rsp.GetResults() {
		path, text := fieldOf(r.GetMessage())
		out[i] = w.Document.Problem(severity(r.GetSeverity()), path, text)
	}
	return out
}

// fieldOf returns the path of the field that a message begins with, and the rest. The path is empty for a message about no field of the spec.
func fieldOf(text string) (path, rest string) {
	path, rest, found := strings.Cut(text, ": ")
	if !found || path != "spec" && !strings.HasPrefix(path, "spec.") || strings.Contains(path, " ") {
		return "", text
	}
	return path, rest
}

// assuming is a function that is not told what a preview does not know.
type assuming struct {
	fnv1.FunctionRunnerServiceServer
}

// RunFunction calls the function.
func (a assuming) RunFunction(ctx context.Context, req *fnv1.RunFunctionRequest) (*fnv1.RunFunctionResponse, error) {
	assumeReferences(req)
	return a.FunctionRunnerServiceServer.RunFunction(ctx, req)
}

// assumeReferences removes the answers that a network of nadName, or what leads to a disk's source, does not exist: a preview knows of none that it is not given.
func assumeReferences(req *fnv1.RunFunctionRequest) {
	maps.DeleteFunc(req.GetRequiredResources(), func(name string, found *fnv1.Resources) bool {
		return (network.IsReference(name) || storage.IsSource(name)) && len(found.GetItems()) == 0
	})
}

// keys returns the keys of the composed resources, sorted.
func (r *Rendering) keys() []string {
	return slices.Sorted(maps.Keys(r.Composed))
}

// setCrossplaneMetadata adds the metadata by which Crossplane knows a composed resource.
func setCrossplaneMetadata(u, xr *unstructured.Unstructured, key string) {
	switch xr.GetNamespace() {
	case "":
		// As Crossplane 1 does, though the resource has a name.
		u.SetGenerateName(xr.GetName() + "-")
	default:
		u.SetNamespace(xr.GetNamespace())
	}
	u.SetAnnotations(withEntry(u.GetAnnotations(), crossplane.AnnotationResourceName, key))
	labels := withEntry(u.GetLabels(), crossplane.LabelComposite, xr.GetName())
	if claim, found, _ := unstructured.NestedStringMap(xr.Object, "spec", "claimRef"); found {
		labels = withEntry(withEntry(labels, crossplane.LabelClaimNamespace, claim["namespace"]), crossplane.LabelClaimName, claim["name"])
	}
	u.SetLabels(labels)
	u.SetOwnerReferences([]metav1.OwnerReference{{
		APIVersion:         xr.GetAPIVersion(),
		Kind:               xr.GetKind(),
		Name:               xr.GetName(),
		UID:                xr.GetUID(),
		Controller:         ptr.To(true),
		BlockOwnerDeletion: ptr.To(true),
	}})
}

// withEntry returns a map with an entry added. It may change the map.
func withEntry(m map[string]string, k, v string) map[string]string {
	if m == nil {
		m = map[string]string{}
	}
	m[k] = v
	return m
}

// withStatus returns the composite as crossplane render prints it: with the desired status and conditions, and without its spec.
func withStatus(xr *unstructured.Unstructured, rsp *fnv1.RunFunctionResponse) *unstructured.Unstructured {
	out := &unstructured.Unstructured{Object: rsp.GetDesired().GetComposite().GetResource().AsMap()}
	if out.Object == nil {
		out.Object = map[string]any{}
	}
	out.SetAPIVersion(xr.GetAPIVersion())
	out.SetKind(xr.GetKind())
	out.SetName(xr.GetName())
	out.SetNamespace(xr.GetNamespace())

	conditions := []any{readyCondition(rsp)}
	for _, c := range rsp.GetConditions() {
		conditions = append(conditions, condition(c.GetType(), c.GetStatus(), c.GetReason(), c.GetMessage()))
	}
	s, _ := out.Object["status"].(map[string]any)
	if s == nil {
		s = map[string]any{}
	}
	s["conditions"] = conditions
	out.Object["status"] = s
	return out
}

// readyCondition returns the condition Ready. Crossplane derives it from the readiness of the composed resources, unless the function decides.
func readyCondition(rsp *fnv1.RunFunctionResponse) map[string]any {
	if rsp.GetDesired().GetComposite().GetReady() == fnv1.Ready_READY_FALSE {
		return condition("Ready", fnv1.Status_STATUS_CONDITION_FALSE, "Creating", "")
	}
	var unready []string
	for key, r := range rsp.GetDesired().GetResources() {
		if r.GetReady() != fnv1.Ready_READY_TRUE {
			unready = append(unready, key)
		}
	}
	if len(unready) == 0 {
		return condition("Ready", fnv1.Status_STATUS_CONDITION_TRUE, "Available", "")
	}
	return condition("Ready", fnv1.Status_STATUS_CONDITION_FALSE, "Creating", "Unready resources: "+firstKeys(unready))
}

// firstKeys returns the first three keys, sorted, and the number of the others, in Crossplane's words.
func firstKeys(keys []string) string {
	const limit = 3
	slices.Sort(keys)
	switch n := len(keys); {
	case n > limit:
		return fmt.Sprintf("%s, and %d more", strings.Join(keys[:limit], ", "), n-limit)
	case n == limit:
		return strings.Join(keys[:limit-1], ", ") + ", and " + keys[limit-1]
	}
	return strings.Join(keys, ", ")
}

// condition returns a condition of a composite. An unspecified status is Unknown.
func condition(kind string, s fnv1.Status, reason, message string) map[string]any {
	c := map[string]any{"type": kind, "status": "Unknown", "reason": reason, "lastTransitionTime": transitionTime}
	switch s {
	case fnv1.Status_STATUS_CONDITION_TRUE:
		c["status"] = "True"
	case fnv1.Status_STATUS_CONDITION_FALSE:
		c["status"] = "False"
	case fnv1.Status_STATUS_CONDITION_UNKNOWN, fnv1.Status_STATUS_CONDITION_UNSPECIFIED:
	}
	if message != "" {
		c["message"] = message
	}
	return c
}

// severity returns the severity of a result.
func severity(s fnv1.Severity) manifest.Severity {
	switch s {
	case fnv1.Severity_SEVERITY_FATAL:
		return manifest.Error
	case fnv1.Severity_SEVERITY_WARNING:
		return manifest.Warning
	default:
		return manifest.Note
	}
}
