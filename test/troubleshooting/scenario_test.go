package troubleshooting

import (
	"context"
	"strings"
	"testing"

	"github.com/crossplane/function-sdk-go/logging"
	fnv1 "github.com/crossplane/function-sdk-go/proto/v1"
	"google.golang.org/protobuf/types/known/structpb"
	"sigs.k8s.io/yaml"

	"github.com/novasphere/function-wukong/fn"
	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
	"github.com/novasphere/function-wukong/input/v1beta1"
	"github.com/novasphere/function-wukong/internal/wukongtest"
)

// A scenario is a situation in which the function reports a message.
type scenario struct {
	// want is the text of the entry that explains the message.
	want string

	// composite is the whole composite, in YAML, or "none". Without it, the composite of claim web-01 in team-a is used.
	composite string

	// spec has fields, in YAML, that replace those of the smallest spec.
	spec string

	// namespaced replaces the composite of a claim by a namespaced composite.
	namespaced bool

	// metadata has fields, in YAML, that replace those of the composite.
	metadata string

	// status of the composite, in YAML.
	status string

	// input of the Composition or the Operation, in YAML. Without it, the request has no Input.
	input string

	// observed has objects in the cluster, in YAML, by the keys of their composed resources.
	observed map[string]string

	// syncErrors has the messages with which the cluster refuses composed resources, by their keys.
	syncErrors map[string]string

	// composed has whole composed resources, in YAML, by their keys.
	composed map[string]string

	// required has the required resources, in YAML documents, by the names of the requirements; empty for those that do not exist.
	required map[string]string

	// desired has the keys of composed resources of earlier steps of the pipeline.
	desired []string

	// capabilities that Crossplane advertises.
	capabilities []fnv1.Capability

	// message returns the message, for scenarios without a response of the function.
	message func(t *testing.T) string
}

// smallest is a valid spec. The specs of scenarios replace its fields.
const smallest = `{cpu: 1, memory: 1Gi, disks: [{name: system, size: 10Gi}]}`

// messages returns all messages that a user gets in a scenario.
func (s scenario) messages(t *testing.T) []string {
	t.Helper()
	if s.message != nil {
		return []string{s.message(t)}
	}
	rsp, err := fn.New(logging.NewNopLogger()).RunFunction(context.Background(), s.request(t))
	if err != nil {
		t.Fatal(err)
	}
	return messagesIn(rsp)
}

// messagesIn returns the messages of the results, the conditions and the status in a response.
func messagesIn(rsp *fnv1.RunFunctionResponse) []string {
	var out []string
	add := func(message string) {
		if message != "" {
			out = append(out, splitErrors(message)...)
		}
	}
	for _, r := range rsp.GetResults() {
		add(r.GetMessage())
	}
	for _, c := range rsp.GetConditions() {
		if c.GetType() == "Valid" && c.GetReason() != "InvalidSpec" {
			// It joins advice that the results have one by one.
			for _, m := range strings.Split(c.GetMessage(), "; ") {
				add(m)
			}
			continue
		}
		add(c.GetMessage())
	}
	add(rsp.GetDesired().GetComposite().GetResource().GetFields()["status"].GetStructValue().GetFields()["message"].GetStringValue())
	return out
}

// request returns the request of a scenario to the function.
func (s scenario) request(t *testing.T) *fnv1.RunFunctionRequest {
	t.Helper()
	req := &fnv1.RunFunctionRequest{
		Meta:     &fnv1.RequestMeta{Capabilities: s.capabilities},
		Observed: &fnv1.State{Resources: map[string]*fnv1.Resource{}},
		Input:    parse(t, s.input),
	}
	if s.composite != "none" {
		req.Observed.Composite = &fnv1.Resource{Resource: s.observedComposite(t)}
	}
	for key, object := range s.observed {
		req.Observed.Resources[key] = &fnv1.Resource{Resource: s.observedResource(t, key, object)}
	}
	for key, syncError := range s.syncErrors {
		if req.GetObserved().GetResources()[key] == nil {
			req.Observed.Resources[key] = &fnv1.Resource{Resource: providerObject(t, nil, syncError)}
		}
	}
	for key, object := range s.composed {
		req.Observed.Resources[key] = &fnv1.Resource{Resource: parse(t, object)}
	}
	for key, object := range s.required {
		if req.RequiredResources == nil {
			req.RequiredResources = map[string]*fnv1.Resources{}
		}
		req.RequiredResources[key] = &fnv1.Resources{}
		for _, document := range strings.Split(object, "\n---\n") {
			if o := parse(t, document); o != nil {
				req.RequiredResources[key].Items = append(req.RequiredResources[key].Items, &fnv1.Resource{Resource: o})
			}
		}
	}
	if len(s.desired) > 0 {
		req.Desired = &fnv1.State{Resources: map[string]*fnv1.Resource{}}
		for _, key := range s.desired {
			req.Desired.Resources[key] = &fnv1.Resource{Resource: parse(t, "{apiVersion: v1, kind: ConfigMap}")}
		}
	}
	return req
}

// observedComposite returns the composite of a scenario.
func (s scenario) observedComposite(t *testing.T) *structpb.Struct {
	t.Helper()
	if s.composite != "" {
		return parse(t, s.composite)
	}
	spec := map[string]any{}
	for _, y := range []string{smallest, s.spec} {
		for k, v := range parse(t, y).AsMap() {
			spec[k] = v
		}
	}
	newComposite := wukongtest.Composite
	if s.namespaced {
		newComposite = wukongtest.Claim
	}
	o := newComposite(spec)
	metadata, _ := o["metadata"].(map[string]any)
	for k, v := range parse(t, s.metadata).AsMap() {
		metadata[k] = v
	}
	if s.status != "" {
		o["status"] = parse(t, s.status).AsMap()
	}
	return newStruct(t, o)
}

// observedResource returns the composed resource of an object in the cluster: the object itself with target Native, else an Object.
func (s scenario) observedResource(t *testing.T, key, object string) *structpb.Struct {
	t.Helper()
	manifest := parse(t, object)
	if strings.Contains(s.input, string(v1beta1.TargetNative)) {
		return manifest
	}
	return providerObject(t, manifest, s.syncErrors[key])
}

// providerObject returns an Object of provider-kubernetes with an observed manifest. A syncError makes its condition Synced false.
func providerObject(t *testing.T, manifest *structpb.Struct, syncError string) *structpb.Struct {
	t.Helper()
	synced := map[string]any{"type": "Synced", "status": "True"}
	if syncError != "" {
		synced["status"], synced["message"] = "False", syncError
	}
	status := map[string]any{"conditions": []any{synced}}
	if manifest != nil {
		status["atProvider"] = map[string]any{"manifest": manifest.AsMap()}
	}
	return newStruct(t, map[string]any{
		"apiVersion": "kubernetes.crossplane.io/v1alpha2", "kind": "Object",
		"spec": map[string]any{"managementPolicies": []any{"*"}}, "status": status,
	})
}

// parse returns the object in a YAML document; nil for an empty one.
func parse(t *testing.T, y string) *structpb.Struct {
	t.Helper()
	if y == "" {
		return nil
	}
	var o map[string]any
	if err := yaml.Unmarshal([]byte(y), &o); err != nil {
		t.Fatalf("%v in %s", err, y)
	}
	return newStruct(t, o)
}

// newStruct returns an object as a protobuf message.
func newStruct(t *testing.T, o map[string]any) *structpb.Struct {
	t.Helper()
	s, err := structpb.NewStruct(o)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// vm returns an observed VirtualMachine with a status.
func vm(status string) map[string]string {
	return map[string]string{"vm": "{apiVersion: kubevirt.io/v1, kind: VirtualMachine, metadata: {name: web-01}, status: " + status + "}"}
}

// claim returns the observed PersistentVolumeClaim of disk system without an image.
func claim(spec, status string) map[string]string {
	return map[string]string{"disk-system": "{apiVersion: v1, kind: PersistentVolumeClaim, metadata: {name: web-01-system-2cv8m}, " +
		"spec: " + spec + ", status: " + status + "}"}
}

// tenGiB is the spec of a claim that requests 10 GiB.
const tenGiB = "{accessModes: [ReadWriteOnce], resources: {requests: {storage: 10Gi}}}"

// dataVolume returns the observed DataVolume of disk system with an image.
func dataVolume(status string) map[string]string {
	return map[string]string{"disk-system": "{apiVersion: cdi.kubevirt.io/v1beta1, kind: DataVolume, metadata: {name: web-01-system-2cv8m}, " +
		"spec: {source: {http: {url: 'https://example.org/a.qcow2'}}, storage: {resources: {requests: {storage: 10Gi}}}}, status: " + status + "}"}
}

// imported is a spec whose disk is the DataVolume that dataVolume returns.
const imported = "{disks: [{name: system, size: 10Gi, image: 'https://example.org/a.qcow2'}]}"

// madeFrom returns the observed DataVolume of disk system with a source.
func madeFrom(source, status string) map[string]string {
	return map[string]string{"disk-system": "{apiVersion: cdi.kubevirt.io/v1beta1, kind: DataVolume, metadata: {name: web-01-system-2cv8m}, " +
		"spec: {source: " + source + ", storage: {resources: {requests: {storage: 10Gi}}}}, status: " + status + "}"}
}

// golden is a spec whose disk is cloned from the DataSource that dataSource returns.
const golden = "{disks: null, osImageFrom: {kind: DataSource, name: debian-12}}"

// dataSource returns the observed DataSource that disk system is cloned from.
func dataSource(status string) map[string]string {
	return map[string]string{"datasource-system": "{apiVersion: cdi.kubevirt.io/v1beta1, kind: DataSource, metadata: {name: debian-12, namespace: team-a}, " +
		"spec: {source: {}}, status: " + status + "}"}
}

// merge returns the objects of two states. Those of b replace those of a.
func merge(a, b map[string]string) map[string]string {
	out := map[string]string{}
	for _, m := range []map[string]string{a, b} {
		for k, v := range m {
			out[k] = v
		}
	}
	return out
}

// actionInput returns the input of an Operation on web-01 in team-a.
func actionInput(action string) string { return actionOn(action, "namespace: team-a, name: web-01") }

// actionOn returns the input of an Operation with fields that say on which Wukongs the action is taken.
func actionOn(action, fields string) string {
	return "{apiVersion: " + v1beta1.APIVersion + ", kind: Action, action: " + action + ", " + fields + "}"
}

// wukong returns a Wukong with a start strategy, for an Operation.
func wukong(startStrategy string) string {
	return "{apiVersion: " + v1alpha1.APIVersion + ", kind: Wukong, metadata: {name: web-01, namespace: team-a, uid: w}, " +
		"spec: {cpu: 1, memory: 1Gi, startStrategy: " + startStrategy + ", disks: [{name: system, size: 10Gi}]}}"
}

// settings returns an Input with fields.
func settings(fields string) string {
	return "{apiVersion: " + v1beta1.APIVersion + ", kind: Input, " + fields + "}"
}

// TestChapter shows that each entry has a scenario that reports its message, and that every other message in a scenario has an entry.
func TestChapter(t *testing.T) {
	all := chapter(t)
	tested := map[string]bool{}
	for _, e := range all {
		tested[e.text] = false
	}
	for _, s := range scenarios() {
		t.Run(s.want, func(t *testing.T) {
			if _, ok := tested[s.want]; !ok {
				t.Fatal("the chapter has no such entry")
			}
			reported := false
			messages := s.messages(t)
			for _, m := range messages {
				// The message about an invalid Input, or Action, contains the errors about its fields.
				for _, invalid := range []string{"invalid Input of the Composition: ", "invalid Action of the Operation: "} {
					if inner, found := strings.CutPrefix(m, invalid); found {
						messages = append(messages, inner)
					}
				}
			}
			for _, m := range messages {
				entries := matching(all, m)
				if len(entries) == 0 {
					t.Errorf("no entry explains: %s", m)
				}
				for _, e := range entries {
					reported = reported || e.text == s.want
				}
			}
			if !reported {
				t.Errorf("want the message of the entry, got: %q", messages)
			}
			tested[s.want] = true
		})
	}
	for text, ok := range tested {
		if !ok {
			t.Errorf("no scenario reports: %s", text)
		}
	}
}
