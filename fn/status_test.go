package fn

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	fnv1 "github.com/crossplane/function-sdk-go/proto/v1"
	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/types/known/structpb"
)

// disked returns a request for the minimal Wukong, with observed objects of the given statuses.
func disked(t *testing.T, statuses map[string]string) *fnv1.RunFunctionRequest {
	t.Helper()
	req := request(composite(t, minimal))
	req.Observed.Resources = map[string]*fnv1.Resource{}
	if len(statuses) > 0 {
		statuses["cloud-init"] = "{}"
	}
	for key, status := range statuses {
		req.Observed.Resources[key] = &fnv1.Resource{Resource: structOf(t, "{status: {atProvider: {manifest: {metadata: {name: web-01}, "+
			"status: "+status+"}}, conditions: [{type: Synced, status: 'True'}, {type: Ready, status: 'True'}]}}")}
	}
	return req
}

const (
	bound    = "{phase: Bound}"
	lost     = "{phase: Lost}"
	running  = "{printableStatus: Running, created: true, ready: true}"
	instance = "{nodeName: node-1, interfaces: [{name: pod_network, ipAddress: 10.0.0.5}]}"
	pending  = "{printableStatus: Provisioning}"
)

func statusOf(rsp *fnv1.RunFunctionResponse) map[string]any {
	return rsp.GetDesired().GetComposite().GetResource().AsMap()["status"].(map[string]any)
}

func TestPhases(t *testing.T) {
	cases := map[string]struct {
		statuses map[string]string
		phase    string
		message  any
		ttl      time.Duration
	}{
		"Nothing": {phase: "Pending", message: "waiting for disk system", ttl: 10 * time.Second},
		"Creating": {
			statuses: map[string]string{"disk-system": bound, "vm": pending},
			phase:    "Creating",
			message:  "waiting for VM: it waits for its volumes",
			ttl:      10 * time.Second,
		},
		"Started": {statuses: map[string]string{"disk-system": bound, "vm": running}, phase: "Running", ttl: 10 * time.Second},
		"Running": {statuses: map[string]string{"disk-system": bound, "vm": running, "vmi": instance}, phase: "Running", ttl: time.Minute},
		"Paused": {
			statuses: map[string]string{"disk-system": bound, "vm": "{printableStatus: Paused, created: true}", "vmi": instance},
			phase:    "Running",
			message:  "VM: it is paused: virtctl unpause vm web-01 lets it go on",
			ttl:      10 * time.Second,
		},
		"Lost": {
			statuses: map[string]string{"disk-system": lost, "vm": running},
			phase:    "Error",
			message:  "disk system: its volume is lost: restore it, or give the disk another name, which makes a new one",
			ttl:      30 * time.Second,
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			rsp := run(t, disked(t, tc.statuses))
			status := statusOf(rsp)
			if status["phase"] != tc.phase || status["message"] != tc.message {
				t.Errorf("want %s: %v, got %v: %v", tc.phase, tc.message, status["phase"], status["message"])
			}
			if got := rsp.GetMeta().GetTtl().AsDuration(); got != tc.ttl {
				t.Errorf("want to be asked again after %s, got %s", tc.ttl, got)
			}
		})
	}
}

func TestConditions(t *testing.T) {
	got := map[string]string{}
	for _, c := range run(t, disked(t, map[string]string{
		"disk-system": bound,
		"vm":          "{printableStatus: Running, conditions: [{type: RestartRequired, status: 'True', message: CPU was changed}]}",
	})).GetConditions() {
		if c.GetTarget() != fnv1.Target_TARGET_COMPOSITE_AND_CLAIM {
			t.Errorf("%s must reach the claim", c.GetType())
		}
		got[c.GetType()] = strings.TrimPrefix(c.GetStatus().String(), "STATUS_CONDITION_") + " " + c.GetReason() + " " + c.GetMessage()
	}
	want := map[string]string{
		"Valid":               "TRUE Accepted ",
		"NetworksConfigured":  "TRUE NetworksReady no network to configure",
		"VolumesBound":        "TRUE VolumesReady 1 volume bound",
		"VirtualMachineReady": "TRUE VMRunning Virtual machine is running",
		"RestartRequired":     "TRUE RestartRequired CPU was changed: virtctl restart web-01 restarts it, and so does an Operation",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want, +got:\n%s", diff)
	}
}

// TestRestartDone shows that a condition that no longer holds is set to False: Crossplane keeps a condition that a response leaves out.
func TestRestartDone(t *testing.T) {
	req := disked(t, map[string]string{"disk-system": bound, "vm": running})
	req.GetObserved().GetComposite().GetResource().Fields["status"] = structOf(t, "{s: {conditions: [{type: RestartRequired, status: 'True', message: "+
		"CPU was changed}]}}").GetFields()["s"]
	for _, c := range run(t, req).GetConditions() {
		if c.GetType() == "RestartRequired" && c.GetStatus() == fnv1.Status_STATUS_CONDITION_FALSE {
			return
		}
	}
	t.Error("want the condition RestartRequired to be False")
}

// conditionText returns the status, reason and message of a condition in a response; empty if there is none.
func conditionText(rsp *fnv1.RunFunctionResponse, kind string) string {
	c := conditionOf(rsp, kind)
	if c == nil {
		return ""
	}
	return strings.TrimPrefix(c.GetStatus().String(), "STATUS_CONDITION_") + " " + c.GetReason() + " " + c.GetMessage()
}

// TestStalled shows that the condition Stalled exists from the first time that waiting does not help.
func TestStalled(t *testing.T) {
	const was = "{s: {conditions: [{type: Stalled, status: 'True', message: whatever}]}}"
	for name, tc := range map[string]struct {
		reason   string
		spec     string
		statuses map[string]string
		before   string
		want     string
	}{
		"Pending": {reason: "Waiting helps.", spec: minimal, want: ""},
		"Running": {reason: "There is nothing to wait for.", spec: minimal, statuses: map[string]string{"disk-system": bound, "vm": running}, want: ""},
		"Paused": {
			reason:   "Somebody may unpause it.",
			spec:     minimal,
			statuses: map[string]string{"disk-system": bound, "vm": "{printableStatus: Paused, created: true}"},
			want:     "",
		},
		"Failed": {
			reason:   "The phase is Error.",
			spec:     minimal,
			statuses: map[string]string{"disk-system": lost, "vm": running},
			want:     "TRUE VolumesFailed disk system: its volume is lost: restore it, or give the disk another name, which makes a new one",
		},
		"Recovered": {
			reason:   "Crossplane keeps a condition that a response leaves out.",
			spec:     minimal,
			statuses: map[string]string{"disk-system": bound, "vm": running},
			before:   was,
			want:     "FALSE NotStalled ",
		},
		"Refused": {
			reason: "Nothing of the spec is applied.",
			spec:   strings.Replace(minimal, "20Gi", "1Ki", 1),
			want:   "TRUE InvalidSpec spec.disks[0].size: Invalid value: \"1Ki\": must be from 1Mi to 1Ei: a number alone is bytes, so give the unit (20Gi, not 20)",
		},
		"Unreadable": {
			reason:   "Nothing is applied while the disk cannot be read.",
			spec:     minimal,
			statuses: map[string]string{"disk-system": "{phase: Bound}, spec: 5"},
			want:     "TRUE Unreadable disk system: what was observed of it cannot be read, so that nothing is changed",
		},
	} {
		t.Run(name, func(t *testing.T) {
			req := disked(t, tc.statuses)
			req.Observed.Composite = request(composite(t, tc.spec)).GetObserved().GetComposite()
			if tc.before != "" {
				req.GetObserved().GetComposite().GetResource().Fields["status"] = structOf(t, tc.before).GetFields()["s"]
			}
			if got := conditionText(run(t, req), "Stalled"); got != tc.want {
				t.Errorf("%s\nwant %q, got %q", tc.reason, tc.want, got)
			}
		})
	}
}

// TestObservedGeneration shows that the status has the generation of the composite, unless Crossplane copies the status to a claim.
func TestObservedGeneration(t *testing.T) {
	for name, tc := range map[string]struct {
		reason, metadata, spec string
		want                   any
	}{
		"Namespaced": {reason: "The user edits the composite.", metadata: "{namespace: team-a, name: web-01, generation: 7}", spec: "{}", want: 7.0},
		"Alone": {
			reason:   "The user edits a cluster-scoped composite without a claim.",
			metadata: "{name: web-01, generation: 7, labels: {crossplane.io/claim-namespace: team-a}}",
			spec:     "{}",
			want:     7.0,
		},
		"Claimed": {
			reason:   "Crossplane copies the status to the claim, whose generation is another.",
			metadata: "{name: web-01-x7k2p, generation: 7}",
			spec:     "{claimRef: {namespace: team-a, name: web-01}}",
		},
	} {
		t.Run(name, func(t *testing.T) {
			req := request(composite(t, minimal))
			xr := req.GetObserved().GetComposite().GetResource().GetFields()
			xr["metadata"] = structOf(t, "{m: "+tc.metadata+"}").GetFields()["m"]
			spec := xr["spec"].GetStructValue().GetFields()
			delete(spec, "claimRef")
			for k, v := range structOf(t, "{s: "+tc.spec+"}").GetFields()["s"].GetStructValue().GetFields() {
				spec[k] = v
			}
			if got := statusOf(run(t, req))["observedGeneration"]; got != tc.want {
				t.Errorf("%s\nwant %v, got %v", tc.reason, tc.want, got)
			}
		})
	}
}

// TestEvents shows that a change of the phase emits one event, and the first phase none.
func TestEvents(t *testing.T) {
	cases := map[string]struct {
		before, disk string
		want         []string
	}{
		"First":   {disk: bound},
		"Same":    {before: "Running", disk: bound},
		"Changed": {before: "Creating", disk: bound, want: []string{"SEVERITY_NORMAL Running, after Creating"}},
		"Wrong": {
			before: "Running",
			disk:   lost,
			want:   []string{"SEVERITY_WARNING disk system: its volume is lost: restore it, or give the disk another name, which makes a new one"},
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			req := disked(t, map[string]string{"disk-system": tc.disk, "vm": running})
			if tc.before != "" {
				req.GetObserved().GetComposite().GetResource().Fields["status"] = structOf(t, "{s: {phase: "+tc.before+"}}").GetFields()["s"]
			}
			var got []string
			for _, r := range run(t, req).GetResults() {
				got = append(got, r.GetSeverity().String()+" "+r.GetMessage())
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("-want, +got:\n%s", diff)
			}
		})
	}
}

// TestInstanceObserver shows that the instance is observed while it exists, by an Object that may only observe and is always ready.
func TestInstanceObserver(t *testing.T) {
	rsp := run(t, disked(t, map[string]string{"disk-system": bound, "vm": running}))
	vmi := rsp.GetDesired().GetResources()["vmi"]
	if vmi.GetReady() != fnv1.Ready_READY_TRUE {
		t.Error("an observer must not hold up readiness, though nothing was observed of it yet")
	}
	spec := vmi.GetResource().AsMap()["spec"].(map[string]any)
	if diff := cmp.Diff([]any{"Observe"}, spec["managementPolicies"]); diff != "" {
		t.Errorf("-want, +got:\n%s", diff)
	}
	if _, ok := run(t, disked(t, map[string]string{"disk-system": bound, "vm": pending})).GetDesired().GetResources()["vmi"]; ok {
		t.Error("without an instance there must be no observer")
	}
}

func TestRefusedByCluster(t *testing.T) {
	for key, want := range map[string]string{"vm": "VM", "disk-system": "disk system", "cloud-init": "cloud-init data"} {
		req := disked(t, map[string]string{"disk-system": bound, "vm": running})
		req.Observed.Resources[key] = &fnv1.Resource{Resource: structOf(t, "{status: {conditions: [{type: Synced, status: 'False', message: exceeded quota}]}}")}
		status := statusOf(run(t, req))
		if status["phase"] != "Error" || status["message"] != want+": refused by the cluster: exceeded quota" {
			t.Errorf("%s: got %v: %v", key, status["phase"], status["message"])
		}
	}
}

// checkComplete checks that the response for the minimal Wukong is complete, or fatal, with which Crossplane changes nothing.
func checkComplete(t *testing.T, rsp *fnv1.RunFunctionResponse) {
	t.Helper()
	if fatalMessage(rsp) != "" {
		return
	}
	for _, key := range []string{"vm", "disk-system", "cloud-init"} {
		if _, ok := rsp.GetDesired().GetResources()[key]; !ok {
			t.Errorf("%s left the desired state", key)
		}
	}
}

// TestObservedNeverShrinks shows that no observed state removes an object of a Wukong from the desired state.
func TestObservedNeverShrinks(t *testing.T) {
	for _, observed := range []string{
		"{}",
		"{status: text}",
		"{status: {atProvider: 5}}",
		"{status: {atProvider: {manifest: {status: 5}}, conditions: {}}}",
		"{status: {conditions: [5, {type: 5}]}}",
	} {
		req := request(composite(t, minimal))
		req.Observed.Resources = map[string]*fnv1.Resource{"vm": {}, "vmi": nil}
		for _, key := range []string{"vm", "vmi", "disk-system", "cloud-init", "theirs"} {
			req.Observed.Resources[key] = &fnv1.Resource{Resource: structOf(t, observed)}
		}
		checkComplete(t, run(t, req))
	}
}

// TestImmutableChange shows that a rejected change changes nothing in the cluster, and is reported.
func TestImmutableChange(t *testing.T) {
	req := request(composite(t, strings.Replace(minimal, "20Gi", "10Gi", 1)))
	req.Observed.Resources = map[string]*fnv1.Resource{"disk-system": {Resource: structOf(t, `
status:
  atProvider:
    manifest:
      kind: PersistentVolumeClaim
      spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 20Gi}}}
      status: {phase: Bound}
`)}}
	rsp := run(t, req)
	if got := dig(manifest(t, rsp, "disk-system"), "spec", "resources", "requests", "storage"); got != "20Gi" {
		t.Errorf("the disk must keep its size, got %v", got)
	}
	c := rsp.GetConditions()[0]
	if c.GetType() != "Valid" || c.GetStatus() != fnv1.Status_STATUS_CONDITION_FALSE || c.GetReason() != "ImmutableChange" ||
		!strings.Contains(c.GetMessage(), "spec.disks[0].size") {
		t.Errorf("want the condition Valid to name the field, got %v", c)
	}
	if got := conditionText(rsp, "Stalled"); !strings.HasPrefix(got, "TRUE ImmutableChange spec.disks[0].size: ") {
		t.Errorf("want the condition Stalled to name the field, got %q", got)
	}
	if got := rsp.GetDesired().GetComposite().GetReady(); got != fnv1.Ready_READY_FALSE {
		t.Errorf("want the composite not to be ready, as it is not what its spec says, got %s", got)
	}
	if r := rsp.GetResults()[0]; r.GetSeverity() != fnv1.Severity_SEVERITY_WARNING || !strings.Contains(r.GetMessage(), "cannot shrink") {
		t.Errorf("want a warning, got %v", r)
	}
}

// remember copies the condition Valid of a response to the composite of a request.
func remember(req *fnv1.RunFunctionRequest, rsp *fnv1.RunFunctionResponse) {
	valid := conditionOf(rsp, "Valid")
	req.GetObserved().GetComposite().GetResource().Fields["status"] = structpb.NewStructValue(&structpb.Struct{Fields: map[string]*structpb.Value{
		"conditions": structpb.NewListValue(&structpb.ListValue{Values: []*structpb.Value{structpb.NewStructValue(&structpb.Struct{Fields: map[string]*structpb.Value{
			"type": structpb.NewStringValue(valid.GetType()), "message": structpb.NewStringValue(valid.GetMessage()),
		}})}}),
	}})
}

// TestAdviceOnce shows that advice emits an event once.
func TestAdviceOnce(t *testing.T) {
	req := request(composite(t, minimal+"cloudInitUser: {name: ops, password: change-me}\n"))
	first := run(t, req)
	if len(first.GetResults()) != 1 || first.GetConditions()[0].GetMessage() != first.GetResults()[0].GetMessage() {
		t.Fatalf("want the advice in a warning and in the condition Valid, got %v and %v", first.GetResults(), first.GetConditions()[0])
	}
	remember(req, first)
	if again := run(t, req); len(again.GetResults()) != 0 {
		t.Errorf("want no warning again, got %v", again.GetResults())
	}
}

// lossy is a spec whose advice does not fit into one message. Each %s is a place for an edit.
const lossy = `
cpu: 1
memory: 512Mi
sshKeySecret: ops-keys
%s
networks:
- {name: a, type: bridge, ipConfig: {mode: static, address: 192.168.1.5/24, gateway: 192.168.1.1}}
- {name: b, type: bridge, ipConfig: {mode: static, address: 192.168.2.5/24, gateway: 192.168.2.1}}
- {name: c, type: bridge, ipConfig: {mode: static, address: 192.168.3.5/24, gateway: 192.168.3.1}}
- {name: d, type: bridge, ipConfig: {mode: static, address: 192.168.4.5/24, gateway: 192.168.4.1}}
disks:
- {name: system, size: %s}
- {name: %s, size: 1Gi}
`

// TestDataLossIsReported shows that a disk that is deleted comes before all advice in the condition, and has an event with a reason of its own.
func TestDataLossIsReported(t *testing.T) {
	claim := func(name, size string) *fnv1.Resource {
		return &fnv1.Resource{Resource: structOf(t, "{status: {atProvider: {manifest: {kind: PersistentVolumeClaim, metadata: {name: "+name+
			"}, spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: "+size+"}}}, status: {phase: Bound}}}}}")}
	}
	for name, size := range map[string]string{"AmongAdvice": "20Gi", "AmongRefusals": "10Gi"} {
		t.Run(name, func(t *testing.T) {
			req := request(composite(t, fmt.Sprintf(lossy, "restoreFromSnapshot: yesterday", "20Gi", "data")))
			req.Observed.Resources = map[string]*fnv1.Resource{
				"disk-system": claim(nameOf(t, req, "disk-system"), "20Gi"),
				"disk-data":   claim(nameOf(t, req, "disk-data"), "1Gi"),
			}
			before := run(t, req)

			req.Observed.Composite = request(composite(t, fmt.Sprintf(lossy, "", size, "archive"))).GetObserved().GetComposite()
			remember(req, before)
			rsp := run(t, req)
			const loss = "spec.disks: DATA LOSS: disk data "
			if got := conditionOf(rsp, "Valid").GetMessage(); !strings.HasPrefix(got, loss) {
				t.Errorf("want the condition Valid to begin with it, got %q", got)
			}
			if r := rsp.GetResults(); len(r) == 0 || !strings.HasPrefix(r[0].GetMessage(), loss) || r[0].GetReason() != "DataLoss" {
				t.Errorf("want the first event to be about it, got %v", r)
			}
			remember(req, rsp)
			if again := run(t, req); len(again.GetResults()) != 0 {
				t.Errorf("want no event again, got %v", again.GetResults())
			}
		})
	}
}

// nameOf returns the name of the object that is composed under a key.
func nameOf(t *testing.T, req *fnv1.RunFunctionRequest, key string) string {
	t.Helper()
	return dig(manifest(t, run(t, req), key), "metadata", "name").(string)
}

// TestHiddenAdvice shows that advice that does not fit into the message of the condition emits an event.
func TestHiddenAdvice(t *testing.T) {
	req := request(composite(t, fmt.Sprintf(lossy, "restoreFromSnapshot: yesterday", "20Gi", "data")))
	before := run(t, req)
	if m := conditionOf(before, "Valid").GetMessage(); strings.Contains(m, "restoreFromSnapshot") {
		t.Fatalf("the message has room for all: %q", m)
	}
	req.Observed.Composite = request(composite(t, fmt.Sprintf(lossy, "highAvailability: {antiAffinityGroup: web}", "20Gi", "data"))).GetObserved().GetComposite()
	remember(req, before)
	var got []string
	for _, r := range run(t, req).GetResults() {
		got = append(got, r.GetMessage())
	}
	if !slices.Contains(got, "spec.highAvailability.antiAffinityGroup: has no effect without antiAffinity: true") {
		t.Errorf("want an event about it, got %q", got)
	}
}

// TestLiveMigratable shows that the condition LiveMigratable exists once KubeVirt reports it of a virtual machine whose evictionStrategy asks for it.
func TestLiveMigratable(t *testing.T) {
	const (
		asked  = minimal + "highAvailability: {evictionStrategy: LiveMigrate}\n"
		was    = "{s: {conditions: [{type: LiveMigratable, status: 'True'}]}}"
		can    = "{printableStatus: Running, created: true, conditions: [{type: LiveMigratable, status: 'True'}]}"
		cannot = "{printableStatus: Running, created: true, conditions: [{type: LiveMigratable, status: 'False', reason: DisksNotLiveMigratable, message: " +
			"PVC is not shared}]}"
		stopped = "{printableStatus: Stopped, conditions: [{type: LiveMigratable, status: 'True'}]}"
	)
	for name, tc := range map[string]struct {
		reason, spec, vm, before, want string
	}{
		"Can": {reason: "KubeVirt reports that it can.", spec: asked, vm: can, want: "STATUS_CONDITION_TRUE LiveMigratable "},
		"Cannot": {
			reason: "KubeVirt reports the reason.",
			spec:   asked,
			vm:     cannot,
			want: "STATUS_CONDITION_FALSE DisksNotLiveMigratable the virtual machine cannot migrate live, so that a drain of its node waits for ever: " +
				"PVC is not shared",
		},
		"NotAsked":     {reason: "The spec does not ask for it.", spec: minimal, vm: cannot},
		"NoLongerAsks": {reason: "The spec no longer asks for it.", spec: minimal, vm: cannot, before: was, want: "STATUS_CONDITION_UNKNOWN NotAskedFor "},
		"NotYet":       {reason: "KubeVirt has reported nothing.", spec: asked, vm: "{printableStatus: Starting, created: true}"},
		"Stopped": {
			reason: "The report was about an earlier instance.",
			spec:   asked,
			vm:     stopped,
			before: was,
			want:   "STATUS_CONDITION_UNKNOWN NotRunning KubeVirt says whether the virtual machine can migrate live once it runs",
		},
	} {
		t.Run(name, func(t *testing.T) {
			req := disked(t, map[string]string{"disk-system": bound, "vm": tc.vm})
			req.Observed.Composite = request(composite(t, tc.spec)).GetObserved().GetComposite()
			if tc.before != "" {
				req.GetObserved().GetComposite().GetResource().Fields["status"] = structOf(t, tc.before).GetFields()["s"]
			}
			got := ""
			for _, c := range run(t, req).GetConditions() {
				if c.GetType() == "LiveMigratable" {
					got = c.GetStatus().String() + " " + c.GetReason() + " " + c.GetMessage()
				}
			}
			if got != tc.want {
				t.Errorf("%s\nwant %q, got %q", tc.reason, tc.want, got)
			}
		})
	}
}
