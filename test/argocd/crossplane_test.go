package argocd

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/crossplane/function-sdk-go/logging"
	fnv1 "github.com/crossplane/function-sdk-go/proto/v1"
	"google.golang.org/protobuf/types/known/structpb"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	utiljson "k8s.io/apimachinery/pkg/util/json"
	utilyaml "k8s.io/apimachinery/pkg/util/yaml"
	"sigs.k8s.io/yaml"

	"github.com/novasphere/function-wukong/fn"
	"github.com/novasphere/function-wukong/internal/crossplane"
	"github.com/novasphere/function-wukong/internal/wukongtest"
)

// root of the repository, seen from this package.
const root = "../.."

// Kinds of composite: the folders of examples/observed.
const (
	claim      = "claim"
	namespaced = "namespaced"
	native     = "native"
)

// documents returns the objects of a YAML file.
func documents(t *testing.T, path ...string) []*unstructured.Unstructured {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(append([]string{root}, path...)...))
	if err != nil {
		t.Fatal(err)
	}
	var out []*unstructured.Unstructured
	for r := utilyaml.NewYAMLReader(bufio.NewReader(bytes.NewReader(b))); ; {
		b, err := r.Read()
		if errors.Is(err, io.EOF) {
			return out
		}
		if err != nil {
			t.Fatal(err)
		}
		u := &unstructured.Unstructured{}
		if err := yaml.UnmarshalStrict(b, &u.Object); err != nil {
			t.Fatalf("%s: %v", filepath.Join(path...), err)
		}
		if len(u.Object) > 0 {
			out = append(out, u)
		}
	}
}

// latest is the generation of every Wukong in these tests.
const latest = 3

// A wukong is a manifest with its state in the cluster.
type wukong struct {
	// kind of composite.
	kind string

	// manifest in Git, and the generation that it has in the cluster.
	manifest   *unstructured.Unstructured
	generation int64

	// observed composed resources, and what else is in the cluster.
	observed, required []*unstructured.Unstructured

	// previousStatus is the status before the function runs.
	previousStatus map[string]any

	// limits of the platform team; nil for none.
	limits map[string]any
}

// A wukongStatus is what Crossplane writes into the status of a composite, and of its claim.
type wukongStatus struct{ composite, claim map[string]any }

// status returns the status that Crossplane writes after the function has run. The conditions Synced and Ready have the reasons and messages of
// Crossplane 1.20 and 2.3.
func (w wukong) status(t *testing.T) wukongStatus {
	t.Helper()
	rsp := w.runFunction(t)
	fatal := slices.IndexFunc(rsp.GetResults(), func(r *fnv1.Result) bool { return r.GetSeverity() == fnv1.Severity_SEVERITY_FATAL })
	status := w.previousStatus
	if fatal < 0 {
		status = decode(t, rsp.GetDesired().GetComposite().GetResource().GetFields()["status"].GetStructValue())
	}

	conditions := map[string]any{}
	for _, c := range conditionsOf(w.previousStatus) {
		conditions[c["type"].(string)] = c
		if fatal >= 0 && c["type"] != "Synced" && c["type"] != "Ready" {
			const message = "A fatal error occurred before the status of this condition could be determined."
			conditions[c["type"].(string)] = condition(c["type"].(string), "Unknown", "FatalError", message)
		}
	}
	for _, c := range rsp.GetConditions() {
		value := map[fnv1.Status]string{fnv1.Status_STATUS_CONDITION_TRUE: "True", fnv1.Status_STATUS_CONDITION_FALSE: "False"}[c.GetStatus()]
		conditions[c.GetType()] = condition(c.GetType(), value, c.GetReason(), c.GetMessage())
	}
	conditions["Synced"] = w.withGeneration(condition("Synced", "True", "ReconcileSuccess", ""))
	if fatal < 0 {
		conditions["Ready"] = w.withGeneration(readiness(rsp))
	}
	ofClaim := withConditionMap(status, conditions)
	if ready, ok := conditions["Ready"].(map[string]any); !ok || ready["status"] != "True" {
		conditions["Ready"] = condition("Ready", "False", "Waiting", "Claim is waiting for composite resource to become Ready")
		ofClaim = withConditionMap(status, conditions)
		if ok {
			conditions["Ready"] = ready
		} else {
			delete(conditions, "Ready")
		}
	}
	if fatal >= 0 {
		// The condition Synced of a claim is not that of its composite.
		message := "cannot compose resources: pipeline step \"render-virtual-machine\" returned a fatal result: " + rsp.GetResults()[fatal].GetMessage()
		conditions["Synced"] = w.withGeneration(condition("Synced", "False", "ReconcileError", message))
	}
	return wukongStatus{composite: withConditionMap(status, conditions), claim: ofClaim}
}

// withGeneration sets the observedGeneration of one of Crossplane's conditions, as Crossplane 2 does.
func (w wukong) withGeneration(c map[string]any) map[string]any {
	if w.kind != claim {
		c["observedGeneration"] = w.generation
	}
	return c
}

// readiness returns the condition Ready that follows from a response: from the readiness of the composite, else from that of its resources.
func readiness(rsp *fnv1.RunFunctionResponse) map[string]any {
	if rsp.GetDesired().GetComposite().GetReady() == fnv1.Ready_READY_FALSE {
		return condition("Ready", "False", "Creating", "")
	}
	var unready []string
	for key, r := range rsp.GetDesired().GetResources() {
		if r.GetReady() != fnv1.Ready_READY_TRUE {
			unready = append(unready, key)
		}
	}
	if len(unready) == 0 {
		return condition("Ready", "True", "Available", "")
	}
	slices.Sort(unready)
	return condition("Ready", "False", "Creating", "Unready resources: "+strings.Join(unready, ", "))
}

// runFunction calls the function as Crossplane does.
func (w wukong) runFunction(t *testing.T) *fnv1.RunFunctionResponse {
	t.Helper()
	composition := documents(t, wukongtest.Compositions[w.kind])[0]
	pipeline, _, err := unstructured.NestedSlice(composition.Object, "spec", "pipeline")
	if err != nil {
		t.Fatal(err)
	}
	observed := map[string]*fnv1.Resource{}
	for _, o := range w.observed {
		observed[o.GetAnnotations()[crossplane.AnnotationResourceName]] = &fnv1.Resource{Resource: structOf(t, o.Object)}
	}
	composite := w.composite()
	composite.Object["status"] = w.previousStatus
	if w.previousStatus == nil {
		delete(composite.Object, "status")
	}
	input := pipeline[0].(map[string]any)["input"].(map[string]any)
	if w.limits != nil {
		input["limits"] = w.limits
	}
	req := &fnv1.RunFunctionRequest{
		Input:    structOf(t, input),
		Observed: &fnv1.State{Composite: &fnv1.Resource{Resource: structOf(t, composite.Object)}, Resources: observed},
	}
	rsp, err := crossplane.RunFunction(t.Context(), fn.New(logging.NewNopLogger()), req, crossplane.Fetcher(func(s *fnv1.ResourceSelector) *fnv1.Resources {
		for _, r := range w.required {
			if r.GetKind() == s.GetKind() && r.GetName() == s.GetMatchName() {
				return &fnv1.Resources{Items: []*fnv1.Resource{{Resource: structOf(t, r.Object)}}}
			}
		}
		return nil
	}))
	if err != nil {
		t.Fatal(err)
	}
	return rsp
}

// composite returns the composite of the manifest: itself, or the one that Crossplane creates for a claim.
func (w wukong) composite() *unstructured.Unstructured {
	out := w.manifest.DeepCopy()
	out.SetGeneration(w.generation)
	if w.kind == claim {
		out.SetKind("XWukong")
		out.SetName(w.manifest.GetName() + "-x7k2p")
		out.SetNamespace("")
		_ = unstructured.SetNestedStringMap(out.Object, map[string]string{
			"apiVersion": w.manifest.GetAPIVersion(), "kind": w.manifest.GetKind(), "namespace": w.manifest.GetNamespace(), "name": w.manifest.GetName(),
		}, "spec", "claimRef")
	}
	return out
}

// live returns the Wukong in the cluster, and the composite of a claim, by what they are.
func (w wukong) live(t *testing.T) map[string]*unstructured.Unstructured {
	t.Helper()
	s := w.status(t)
	if w.kind == claim {
		return map[string]*unstructured.Unstructured{claim: w.inCluster(w.manifest, s.claim), "composite of a claim": w.inCluster(w.composite(), s.composite)}
	}
	return map[string]*unstructured.Unstructured{w.kind: w.inCluster(w.manifest, s.composite)}
}

// inCluster returns an object with the generation and the status that it has in the cluster.
func (w wukong) inCluster(o *unstructured.Unstructured, status map[string]any) *unstructured.Unstructured {
	o = o.DeepCopy()
	o.SetGeneration(w.generation)
	o.Object["status"] = status
	return o
}

// condition returns a condition; an empty message is left out.
func condition(conditionType, status, reason, message string) map[string]any {
	c := map[string]any{"type": conditionType, "status": status, "reason": reason, "lastTransitionTime": "2026-01-01T00:00:00Z"}
	if message != "" {
		c["message"] = message
	}
	return c
}

// conditionsOf returns the conditions of a status. They can be changed in place.
func conditionsOf(status map[string]any) []map[string]any {
	list, _ := status["conditions"].([]any)
	out := make([]map[string]any, len(list))
	for i := range list {
		out[i] = list[i].(map[string]any)
	}
	return out
}

// withConditionMap returns a copy of a status that has these conditions, in the order of their types.
func withConditionMap(status, conditions map[string]any) map[string]any {
	out := map[string]any{}
	maps.Copy(out, (&unstructured.Unstructured{Object: status}).DeepCopy().Object)
	list := make([]any, 0, len(conditions))
	for _, conditionType := range slices.Sorted(maps.Keys(conditions)) {
		list = append(list, (&unstructured.Unstructured{Object: conditions[conditionType].(map[string]any)}).DeepCopy().Object)
	}
	out["conditions"] = list
	return out
}

// decode returns a message as Kubernetes decodes it: whole numbers are integers.
func decode(t *testing.T, s *structpb.Struct) map[string]any {
	t.Helper()
	b, err := s.MarshalJSON()
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]any{}
	if err := utiljson.Unmarshal(b, &out); err != nil {
		t.Fatal(err)
	}
	return out
}

// structOf returns an object as a message.
func structOf(t *testing.T, o map[string]any) *structpb.Struct {
	t.Helper()
	s, err := structpb.NewStruct(o)
	if err != nil {
		t.Fatal(err)
	}
	return s
}
