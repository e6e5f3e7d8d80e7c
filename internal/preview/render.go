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
)

// transitionTime stands in every condition, as in those that the Crossplane CLI prints: the time of a preview says nothing.
const transitionTime = "2024-01-01T00:00:00Z"

// A rendering is what a composite becomes.
type rendering struct {
	// composite with the status that it gets.
	composite *unstructured.Unstructured

	// composed resources by their keys, as Crossplane completes them.
	composed map[string]*unstructured.Unstructured

	// planned is what they bring about.
	planned fn.Planned

	// results that a user should see, and whether one of them is fatal.
	results []result
	fatal   bool
}

// A result is a message to the user.
type result struct {
	severity, message string
}

// render asks the function what a Wukong becomes, and completes the answer as Crossplane does.
func render(ctx context.Context, f fnv1.FunctionRunnerServiceServer, w *Wukong, p platform, in cluster) (rendering, error) {
	xr := w.Composite
	composite, err := structpb.NewStruct(xr.Object)
	if err != nil {
		return rendering{}, fmt.Errorf("cannot read %s: %w", xr.GetName(), err)
	}
	req := &fnv1.RunFunctionRequest{
		Observed: &fnv1.State{Composite: &fnv1.Resource{Resource: composite}, Resources: w.resources},
		Input:    p.input,
	}
	rsp, err := crossplane.RunFunction(ctx, f, req, crossplane.Fetcher(in.fetch))
	if err != nil {
		return rendering{}, err
	}

	out := rendering{composite: status(xr, rsp), composed: make(map[string]*unstructured.Unstructured, len(rsp.GetDesired().GetResources()))}
	for _, r := range rsp.GetResults() {
		out.results = append(out.results, result{severity(r.GetSeverity()), r.GetMessage()})
		out.fatal = out.fatal || r.GetSeverity() == fnv1.Severity_SEVERITY_FATAL
	}
	if out.fatal {
		return out, nil
	}
	for key, r := range rsp.GetDesired().GetResources() {
		u := &unstructured.Unstructured{Object: r.GetResource().AsMap()}
		adopt(u, xr, key)
		out.composed[key] = u
	}
	req.RequiredResources = make(map[string]*fnv1.Resources, len(rsp.GetRequirements().GetResources()))
	for name, s := range rsp.GetRequirements().GetResources() {
		req.RequiredResources[name] = in.fetch(s)
	}
	out.planned, err = fn.Plan(req)
	return out, err
}

// keys of the composed resources, in order.
func (r rendering) keys() []string {
	return slices.Sorted(maps.Keys(r.composed))
}

// adopt completes a composed resource with the metadata by which Crossplane knows it.
func adopt(u, xr *unstructured.Unstructured, key string) {
	switch xr.GetNamespace() {
	case "":
		// As Crossplane 1 does, though the resource has a name.
		u.SetGenerateName(xr.GetName() + "-")
	default:
		u.SetNamespace(xr.GetNamespace())
	}
	u.SetAnnotations(with(u.GetAnnotations(), crossplane.AnnotationResourceName, key))
	labels := with(u.GetLabels(), crossplane.LabelComposite, xr.GetName())
	if claim, found, _ := unstructured.NestedStringMap(xr.Object, "spec", "claimRef"); found {
		labels = with(with(labels, crossplane.LabelClaimNamespace, claim["namespace"]), crossplane.LabelClaimName, claim["name"])
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

func with(m map[string]string, k, v string) map[string]string {
	if m == nil {
		m = map[string]string{}
	}
	m[k] = v
	return m
}

// status is the composite as a renderer shows it: with the desired status and conditions, and without its spec.
func status(xr *unstructured.Unstructured, rsp *fnv1.RunFunctionResponse) *unstructured.Unstructured {
	out := &unstructured.Unstructured{Object: rsp.GetDesired().GetComposite().GetResource().AsMap()}
	if out.Object == nil {
		out.Object = map[string]any{}
	}
	out.SetAPIVersion(xr.GetAPIVersion())
	out.SetKind(xr.GetKind())
	out.SetName(xr.GetName())
	out.SetNamespace(xr.GetNamespace())

	conditions := []any{ready(rsp)}
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

// ready is the condition that Crossplane derives from the readiness of the composed resources, unless the function says it itself.
func ready(rsp *fnv1.RunFunctionResponse) map[string]any {
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
	return condition("Ready", fnv1.Status_STATUS_CONDITION_FALSE, "Creating", "Unready resources: "+some(unready))
}

// some of the keys, in order, and how many more there are: in Crossplane's words.
func some(keys []string) string {
	const most = 3
	slices.Sort(keys)
	switch n := len(keys); {
	case n > most:
		return fmt.Sprintf("%s, and %d more", strings.Join(keys[:most], ", "), n-most)
	case n == most:
		return strings.Join(keys[:most-1], ", ") + ", and " + keys[most-1]
	}
	return strings.Join(keys, ", ")
}

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

// severityError is the severity of what refuses a Wukong.
const severityError = "error"

func severity(s fnv1.Severity) string {
	if s == fnv1.Severity_SEVERITY_FATAL {
		return severityError
	}
	return strings.ToLower(strings.TrimPrefix(s.String(), "SEVERITY_"))
}
