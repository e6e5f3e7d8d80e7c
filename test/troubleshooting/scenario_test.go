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

// A scenario is a situation in which the function tells a message.
type scenario struct {
	// tells is the text of the entry that explains the message.
	tells string

	// composite, in YAML, that replaces the whole one; none for the claim's of a Wukong web-01 in team-a.
	composite string

	// spec, in YAML, whose fields replace those of the smallest.
	spec string

	// namespaced says that the Wukong is the composite itself.
	namespaced bool

	// metadata, in YAML, is added to the composite's.
	metadata string

	// status of the composite, in YAML.
	status string

	// input of the Composition or the Operation, in YAML; none for an Input with nothing in it.
	input string

	// seen are the objects in the cluster, in YAML, by the keys of their composed resources.
	seen map[string]string

	// refused are the reasons for which the cluster does not take what is composed, by the keys.
	refused map[string]string

	// composed are composed resources as they are, in YAML, by their keys.
	composed map[string]string

	// required is what Crossplane answers, in YAML, by the names of the requirements; nothing for what does not exist.
	required map[string]string

	// desired are the keys of what earlier steps of the pipeline desire.
	desired []string

	// capabilities that Crossplane tells; none for a Crossplane that tells none.
	capabilities []fnv1.Capability

	// by tells the message in another way than by answering a request.
	by func(t *testing.T) string
}

// smallest is the spec that the scenarios' own are laid over.
const smallest = `{cpu: 1, memory: 1Gi, disks: [{name: system, size: 10Gi}]}`

// messages are all that a user is told in a scenario.
func (s scenario) messages(t *testing.T) []string {
	t.Helper()
	if s.by != nil {
		return []string{s.by(t)}
	}
	rsp, err := fn.New(logging.NewNopLogger()).RunFunction(context.Background(), s.request(t))
	if err != nil {
		t.Fatal(err)
	}
	return messagesIn(rsp)
}

// messagesIn an answer: its results, its conditions and the message of the status.
func messagesIn(rsp *fnv1.RunFunctionResponse) []string {
	var out []string
	say := func(message string) {
		if message != "" {
			out = append(out, single(message)...)
		}
	}
	for _, r := range rsp.GetResults() {
		say(r.GetMessage())
	}
	for _, c := range rsp.GetConditions() {
		if c.GetType() == "Valid" && c.GetReason() != "InvalidSpec" {
			// It lists what to mind, which the results tell one by one the first time.
			for _, m := range strings.Split(c.GetMessage(), "; ") {
				say(m)
			}
			continue
		}
		say(c.GetMessage())
	}
	say(rsp.GetDesired().GetComposite().GetResource().GetFields()["status"].GetStructValue().GetFields()["message"].GetStringValue())
	return out
}

func (s scenario) request(t *testing.T) *fnv1.RunFunctionRequest {
	t.Helper()
	req := &fnv1.RunFunctionRequest{
		Meta:     &fnv1.RequestMeta{Capabilities: s.capabilities},
		Observed: &fnv1.State{Resources: map[string]*fnv1.Resource{}},
		Input:    read(t, s.input),
	}
	if s.composite != "none" {
		req.Observed.Composite = &fnv1.Resource{Resource: s.xr(t)}
	}
	for key, object := range s.seen {
		req.Observed.Resources[key] = &fnv1.Resource{Resource: s.observed(t, key, object)}
	}
	for key, why := range s.refused {
		if req.GetObserved().GetResources()[key] == nil {
			req.Observed.Resources[key] = &fnv1.Resource{Resource: wrapped(t, nil, why)}
		}
	}
	for key, object := range s.composed {
		req.Observed.Resources[key] = &fnv1.Resource{Resource: read(t, object)}
	}
	for key, object := range s.required {
		if req.RequiredResources == nil {
			req.RequiredResources = map[string]*fnv1.Resources{}
		}
		req.RequiredResources[key] = &fnv1.Resources{}
		if object != "" {
			req.RequiredResources[key].Items = []*fnv1.Resource{{Resource: read(t, object)}}
		}
	}
	if len(s.desired) > 0 {
		req.Desired = &fnv1.State{Resources: map[string]*fnv1.Resource{}}
		for _, key := range s.desired {
			req.Desired.Resources[key] = &fnv1.Resource{Resource: read(t, "{apiVersion: v1, kind: ConfigMap}")}
		}
	}
	return req
}

// xr is the composite.
func (s scenario) xr(t *testing.T) *structpb.Struct {
	t.Helper()
	if s.composite != "" {
		return read(t, s.composite)
	}
	spec := map[string]any{}
	for _, y := range []string{smallest, s.spec} {
		for k, v := range read(t, y).AsMap() {
			spec[k] = v
		}
	}
	of := wukongtest.Composite
	if s.namespaced {
		of = wukongtest.Claim
	}
	o := of(spec)
	metadata, _ := o["metadata"].(map[string]any)
	for k, v := range read(t, s.metadata).AsMap() {
		metadata[k] = v
	}
	if s.status != "" {
		o["status"] = read(t, s.status).AsMap()
	}
	return structure(t, o)
}

// observed is the composed resource of an object: the object itself without a provider, else its Object.
func (s scenario) observed(t *testing.T, key, object string) *structpb.Struct {
	t.Helper()
	is := read(t, object)
	if strings.Contains(s.input, string(v1beta1.TargetNative)) {
		return is
	}
	return wrapped(t, is, s.refused[key])
}

// wrapped is the Object of an object, which the cluster may refuse as it is to be.
func wrapped(t *testing.T, object *structpb.Struct, refused string) *structpb.Struct {
	t.Helper()
	synced := map[string]any{"type": "Synced", "status": "True"}
	if refused != "" {
		synced["status"], synced["message"] = "False", refused
	}
	status := map[string]any{"conditions": []any{synced}}
	if object != nil {
		status["atProvider"] = map[string]any{"manifest": object.AsMap()}
	}
	return structure(t, map[string]any{
		"apiVersion": "kubernetes.crossplane.io/v1alpha2", "kind": "Object",
		"spec": map[string]any{"managementPolicies": []any{"*"}}, "status": status,
	})
}

// read YAML; nothing as nil.
func read(t *testing.T, y string) *structpb.Struct {
	t.Helper()
	if y == "" {
		return nil
	}
	var o map[string]any
	if err := yaml.Unmarshal([]byte(y), &o); err != nil {
		t.Fatalf("%v in %s", err, y)
	}
	return structure(t, o)
}

func structure(t *testing.T, o map[string]any) *structpb.Struct {
	t.Helper()
	s, err := structpb.NewStruct(o)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// vm is a virtual machine with a status.
func vm(status string) map[string]string {
	return map[string]string{"vm": "{apiVersion: kubevirt.io/v1, kind: VirtualMachine, metadata: {name: web-01}, status: " + status + "}"}
}

// claim is what was made of disk system without an image.
func claim(spec, status string) map[string]string {
	return map[string]string{"disk-system": "{apiVersion: v1, kind: PersistentVolumeClaim, metadata: {name: web-01-system-2cv8m}, spec: " + spec + ", status: " + status + "}"}
}

// tenGi is the spec of a claim of 10 GiB.
const tenGi = "{accessModes: [ReadWriteOnce], resources: {requests: {storage: 10Gi}}}"

// dataVolume is what was made of disk system with an image.
func dataVolume(status string) map[string]string {
	return map[string]string{"disk-system": "{apiVersion: cdi.kubevirt.io/v1beta1, kind: DataVolume, metadata: {name: web-01-system-2cv8m}, " +
		"spec: {source: {http: {url: 'https://example.org/a.qcow2'}}, storage: {resources: {requests: {storage: 10Gi}}}}, status: " + status + "}"}
}

// imported is a spec with the disk of dataVolume.
const imported = "{disks: [{name: system, size: 10Gi, image: 'https://example.org/a.qcow2'}]}"

// both are all of two states.
func both(a, b map[string]string) map[string]string {
	out := map[string]string{}
	for _, m := range []map[string]string{a, b} {
		for k, v := range m {
			out[k] = v
		}
	}
	return out
}

// asks is an Operation's input.
func asks(action string) string {
	return "{apiVersion: " + v1beta1.APIVersion + ", kind: Action, action: " + action + ", namespace: team-a, name: web-01}"
}

// wukong is the Wukong of an Operation, with a spec laid over the smallest.
func wukong(startStrategy string) string {
	return "{apiVersion: " + v1alpha1.APIVersion + ", kind: Wukong, metadata: {name: web-01, namespace: team-a, uid: w}, spec: {cpu: 1, memory: 1Gi, startStrategy: " + startStrategy + ", disks: [{name: system, size: 10Gi}]}}"
}

// settings is an Input with fields.
func settings(fields string) string {
	return "{apiVersion: " + v1beta1.APIVersion + ", kind: Input, " + fields + "}"
}

// TestChapter shows that each entry is told in the scenario that is there for it, and that whatever else is told there is explained.
func TestChapter(t *testing.T) {
	all := chapter(t)
	known := map[string]bool{}
	for _, e := range all {
		known[e.text] = false
	}
	for _, s := range scenarios() {
		t.Run(s.tells, func(t *testing.T) {
			if _, ok := known[s.tells]; !ok {
				t.Fatal("the chapter has no such entry")
			}
			heard := false
			messages := s.messages(t)
			for _, m := range messages {
				// What is wrong with an Input is told inside another message.
				if inner, found := strings.CutPrefix(m, "invalid Input of the Composition: "); found {
					messages = append(messages, inner)
				}
			}
			for _, m := range messages {
				entries := told(all, m)
				if len(entries) == 0 {
					t.Errorf("no entry explains: %s", m)
				}
				for _, e := range entries {
					heard = heard || e.text == s.tells
				}
			}
			if !heard {
				t.Errorf("it is not told, but: %q", messages)
			}
			known[s.tells] = true
		})
	}
	for text, tried := range known {
		if !tried {
			t.Errorf("no scenario tells: %s", text)
		}
	}
}
