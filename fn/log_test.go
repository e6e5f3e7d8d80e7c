package fn

import (
	"context"
	"fmt"
	"maps"
	"strings"
	"testing"

	"github.com/crossplane/function-sdk-go/logging"
	fnv1 "github.com/crossplane/function-sdk-go/proto/v1"
	"github.com/go-logr/logr/funcr"
	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/types/known/structpb"

	"github.com/novasphere/function-wukong/internal/crossplane"
	"github.com/novasphere/function-wukong/internal/report"
	"github.com/novasphere/function-wukong/internal/wukongtest"
)

// logged returns the log lines of a request, at info level, or also at debug level.
func logged(t *testing.T, req *fnv1.RunFunctionRequest, debug bool) (lines []string, rsp *fnv1.RunFunctionResponse) {
	t.Helper()
	o := funcr.Options{LogTimestamp: false}
	if debug {
		o.Verbosity = 1
	}
	log := logging.NewLogrLogger(funcr.New(func(_, args string) { lines = append(lines, args) }, o))
	rsp, err := New(log).RunFunction(context.Background(), req)
	if err != nil {
		t.Fatal(err)
	}
	return lines, rsp
}

// remembering returns a request after Crossplane has written the conditions of a response to the composite.
func remembering(req *fnv1.RunFunctionRequest, rsp *fnv1.RunFunctionResponse) *fnv1.RunFunctionRequest {
	var conditions []*structpb.Value
	for _, c := range rsp.GetConditions() {
		conditions = append(conditions, structpb.NewStructValue(&structpb.Struct{Fields: map[string]*structpb.Value{
			"type": structpb.NewStringValue(c.GetType()), "reason": structpb.NewStringValue(c.GetReason()), "message": structpb.NewStringValue(c.GetMessage()),
		}}))
	}
	req.GetObserved().GetComposite().GetResource().Fields["status"] = structpb.NewStructValue(&structpb.Struct{Fields: map[string]*structpb.Value{
		"conditions": structpb.NewListValue(&structpb.ListValue{Values: conditions}),
	}})
	return req
}

// TestLogsNewRejections shows that a rejection is logged at info level once, with its fields and reasons.
func TestLogsNewRejections(t *testing.T) {
	refused := func() *fnv1.RunFunctionRequest { return request(composite(t, minimal+"network: []\n")) }
	shrunk := func() *fnv1.RunFunctionRequest {
		return disked(t, map[string]string{"disk-system": bound + ", kind: PersistentVolumeClaim, spec: {resources: {requests: {storage: 30Gi}}}"})
	}
	_, rsp := logged(t, refused(), false)
	wrongElsewhere := remembering(request(composite(t, minimal+"disk: []\n")), rsp)
	again := func(req *fnv1.RunFunctionRequest) *fnv1.RunFunctionRequest {
		_, rsp := logged(t, req, false)
		return remembering(req, rsp)
	}
	cases := map[string]struct {
		reason      string
		req         *fnv1.RunFunctionRequest
		info, debug []string
	}{
		"Refused": {
			reason: "A line has the Wukong, the field and the kind of the error.",
			req:    refused(),
			info:   []string{`"Refused a Wukong, or a change of it"`, `"namespace"="team-a" "name"="web-01"`, `"reason"="InvalidSpec"`, `"fields"=["spec: Forbidden"]`},
		},
		"RefusedAgain": {
			reason: "Crossplane asks again every minute.",
			req:    again(refused()),
			debug:  []string{`"Refused a Wukong, or a change of it"`, `"name"="web-01"`, `"fields"=["spec: Forbidden"]`},
		},
		"RefusedForAnotherReason": {
			reason: "Another rejection is logged.",
			req:    wrongElsewhere,
			info:   []string{`"fields"=["spec: Forbidden"]`},
		},
		"NotGranted": {
			reason: "A rejected change is logged.",
			req:    shrunk(),
			info:   []string{`"reason"="ImmutableChange"`, `"fields"=["spec.disks[0].size: Forbidden"]`},
		},
		"NotGrantedAgain": {
			reason: "A rejected change is logged once.",
			req:    again(shrunk()),
			debug:  []string{`"reason"="ImmutableChange"`},
		},
		"Rendered": {
			reason: "An accepted Wukong is not logged.",
			req:    disked(t, map[string]string{"vm": running, "disk-system": bound}),
			debug:  []string{`"Rendered a Wukong"`, `"namespace"="team-a" "name"="web-01"`, `"phase"="Running"`},
		},
		"OperationRefused": {
			reason: "Crossplane tries an Operation five times only.",
			req:    operation(t, strings.Replace(stopping, "Stop", "Explode", 1)),
			info:   []string{`"Refused an Operation"`, `"fields"=["action: Unsupported value"]`},
		},
		"OperationAsks": {
			reason: "The Operation has done nothing yet.",
			req:    operation(t, stopping),
			debug:  []string{`"Asked what an Operation must know of the cluster"`},
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			info, _ := logged(t, tc.req, false)
			debug, _ := logged(t, tc.req, true)
			if !isAction(tc.req) {
				if len(debug) == 0 || !strings.Contains(debug[0], `"Rendering a Wukong"`) || !strings.Contains(debug[0], `"namespace"="team-a" "name"="web-01"`) {
					t.Fatalf("want a line at debug level before the answer, got %q", debug)
				}
				debug = debug[1:]
			}
			if len(debug) != 1 {
				t.Errorf("want one line for each answer at debug level, got %q", debug)
			}
			lines, want := debug, tc.debug
			if tc.info != nil {
				lines, want = info, tc.info
			}
			if tc.info == nil && len(info) != 0 {
				t.Errorf("%s\nwant no line at info level, got %q", tc.reason, info)
			}
			for _, s := range want {
				if !strings.Contains(strings.Join(lines, "\n"), s) {
					t.Errorf("%s\nwant %s in:\n%s", tc.reason, s, strings.Join(lines, "\n"))
				}
			}
		})
	}

	req := operation(t, stopping)
	var lines []string
	log := logging.NewLogrLogger(funcr.New(func(_, args string) { lines = append(lines, args) }, funcr.Options{}))
	if _, err := crossplane.RunFunction(t.Context(), New(log), req, fetching(t, aWukong)); err != nil ||
		!strings.Contains(strings.Join(lines, "\n"), `"Answered an Operation"`) {
		t.Errorf("want a line that says what was done, got %q, %v", lines, err)
	}
}

// TestLogsHoldNoSecret breaks a Wukong with secrets in all fields that can hold one, in all known ways. It searches the log and the messages for
// the secrets.
func TestLogsHoldNoSecret(t *testing.T) {
	const secret = "correcthorse"
	disks := []any{
		map[string]any{"name": "system", "size": "20Gi", "image": "https://user:" + secret + "@example.org/a.qcow2?X-Amz-Signature=" + secret},
		map[string]any{"name": "data", "size": "10Gi"},
	}
	// The disk was imported from another source, which is reported.
	imported := structOf(t, `
status:
  atProvider:
    manifest:
      kind: DataVolume
      spec: {source: {http: {url: "https://user:`+secret+`@example.org/old.qcow2?X-Amz-Signature=`+secret+`"}}}
      status: {phase: Succeeded}
`)
	users := map[string]map[string]any{
		"Tokens":        {"disks": []any{map[string]any{"name": "system", "size": "20Gi", "image": "https://" + secret + "@example.org/a.qcow2#" + secret}}},
		"NoSecretNames": {"sshKeySecret": secret + "!", "cloudInitUser": map[string]any{"name": "ops", "passwordSecretRef": map[string]any{"name": secret + "!"}}},
		"NoSecretName":  {"cloudInit": map[string]any{"userDataSecretRef": map[string]any{"name": secret + "!"}}},
		"NoUser":        {"cloudInitUser": map[string]any{"name": secret + "!", "sudo": secret + "\n", "shell": secret, "groups": []any{secret + "!"}}},
		"Password": {
			"cloudInitUser": map[string]any{"name": "ops", "password": secret},
			"cloudInit":     map[string]any{"userData": "#cloud-config\nchpasswd: {expire: false, list: ['root:" + secret + "']}\n"},
		},
		"PasswordHash": {
			"cloudInitUser": map[string]any{"name": "ops", "passwordHash": "$6$" + secret + "$" + secret},
			"cloudInit":     map[string]any{"userData": "#!/bin/sh\necho " + secret + "\n"},
		},
		"NoCloudConfig":  {"cloudInit": map[string]any{"userData": secret}},
		"BrokenUserData": {"cloudInit": map[string]any{"userData": "#cloud-config\n" + secret + ": [" + secret + "\n- " + secret}},
		"NoHash":         {"cloudInitUser": map[string]any{"name": "ops", "passwordHash": secret}},
		"BothPasswords": {"cloudInitUser": map[string]any{
			"name":              "ops",
			"passwordHash":      secret,
			"password":          secret,
			"passwordSecretRef": map[string]any{"name": "ops"},
		}},
		"NoImage":     {"osImage": "ftp://example.org/a?token=" + secret},
		"NoURL":       {"osImage": "https://user:" + secret + "@host:bad/x?token=" + secret},
		"NoReference": {"osImage": "docker://user:" + secret + "@host/X"},
	}
	seen := map[string]bool{}
	for name, user := range users {
		t.Run(name, func(t *testing.T) {
			spec := map[string]any{"cpu": int64(2), "memory": "4Gi", "disks": disks, "networks": []any{map[string]any{"name": "lan", "type": "bridge"}}}
			maps.Copy(spec, user)
			specs := map[string]map[string]any{"": spec}
			for b := range wukongtest.Suspects(spec) {
				specs[fmt.Sprintf(", with %s %s", b.Path, b.Change)] = b.Spec
			}
			for what, s := range specs {
				req, err := wukongtest.Request(s)
				if err != nil {
					continue // No JSON in UTF-8: no API server passes that on.
				}
				for _, observed := range []map[string]*fnv1.Resource{nil, {"disk-system": {Resource: imported}}} {
					req.Observed.Resources = observed
					lines, rsp := logged(t, req, true)
					if len(lines) != 2 {
						t.Fatalf("want a line before and one after each answer, got %q", lines)
					}
					// The Secret holds them, and a DataVolume says where from.
					maps.DeleteFunc(rsp.GetDesired().GetResources(), func(key string, _ *fnv1.Resource) bool { return key == "cloud-init" || strings.HasPrefix(key, "disk-") })
					seen[conditionOf(rsp, report.ConditionValid).GetReason()] = true
					if messages := rsp.String(); strings.Contains(lines[0]+lines[1]+messages, secret) {
						t.Errorf("a message has a secret%s:\n%s\n%s", what, lines[1], messages)
					}
				}
			}
		})
	}
	if diff := cmp.Diff(map[string]bool{report.ReasonAccepted: true, report.ReasonImmutable: true, report.ReasonInvalidSpec: true}, seen); diff != "" {
		t.Errorf("each kind of answer must be among them: -want, +got:\n%s", diff)
	}
}
