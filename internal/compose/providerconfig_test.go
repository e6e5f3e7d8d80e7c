package compose

import (
	"strings"
	"testing"

	fnv1 "github.com/crossplane/function-sdk-go/proto/v1"
	"google.golang.org/protobuf/types/known/structpb"

	"github.com/novasphere/function-wukong/internal/fields"
	"github.com/novasphere/function-wukong/internal/plan"
)

// by is an Object by a ProviderConfig, with a status, of what has a label.
func objectWithConfig(t *testing.T, ref, status string) *fnv1.Resource {
	t.Helper()
	return &fnv1.Resource{Resource: structIn(t, "{metadata: {name: o, labels: {vm.novasphere.dev/wukong: a}}, spec: {managementPolicies: ['*'], "+
		"providerConfigRef: "+ref+", forProvider: {manifest: "+vmManifest+"}}, status: "+status+"}")}
}

// TestProviderConfigStays shows that what was composed with a ProviderConfig stays with it, that what comes later joins it, and that the
// user is told: another one may reach another cluster, in which the provider would make everything anew.
func TestProviderConfigStays(t *testing.T) {
	const a, b, failing = "{name: a}", "{name: b}", "{conditions: [{type: Synced, status: 'False', message: 'connect failed: cannot get ProviderConfig'}]}"
	cases := map[string]struct {
		reason   string
		composed map[string][2]string
		key      string
		allowed  string
		want     string
		kept     bool
	}{
		"New":     {reason: "There is nothing yet.", key: "vm", want: "b"},
		"Same":    {reason: "Nothing changes.", composed: map[string][2]string{"vm": {b, "{}"}}, key: "vm", want: "b"},
		"Own":     {reason: "It keeps its own.", composed: map[string][2]string{"vm": {a, statusOwn}}, key: "vm", want: "a", kept: true},
		"Unknown": {reason: "The provider may have made it by now.", composed: map[string][2]string{"vm": {a, "{}"}}, key: "vm", want: "a", kept: true},
		"Joins": {
			reason:   "It joins the virtual machine.",
			composed: map[string][2]string{"vm": {a, statusOwn}, "disk-data": {b, statusOwn}},
			key:      "disk-new",
			want:     "a",
			kept:     true,
		},
		"JoinsFirst": {
			reason:   "There is no virtual machine.",
			composed: map[string][2]string{"nad-b": {a, statusOwn}, "nad-c": {b, statusOwn}},
			key:      "vm",
			want:     "a",
			kept:     true,
		},
		"Changer": {
			reason:   "It changes what another Object keeps.",
			composed: map[string][2]string{"vm": {b, statusOwn}, "disk-data": {a, statusOwn}},
			key:      "disk-data.change",
			want:     "a",
			kept:     true,
		},
		"Allowed":    {reason: "Both reach the same cluster.", composed: map[string][2]string{"vm": {a, statusOwn}}, key: "vm", allowed: "b", want: "b"},
		"AllowedNew": {reason: "So does what comes later.", composed: map[string][2]string{"vm": {a, statusOwn}}, key: "disk-new", allowed: "b", want: "b"},
		"NotAllowed": {reason: "Another one was allowed.", composed: map[string][2]string{"vm": {a, statusOwn}}, key: "vm", allowed: "c", want: "a", kept: true},
		"Never":      {reason: "Nothing ever came of it.", composed: map[string][2]string{"vm": {a, failing}}, key: "vm", want: "b"},
		"Lost": {
			reason: "Something came of it.",
			composed: map[string][2]string{"vm": {
				a,
				strings.Replace(statusOwn, "{atProvider", "{conditions: [{type: Synced, status: 'False', message: connect failed}], atProvider", 1),
			}},
			key:  "vm",
			want: "a",
			kept: true,
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			req := nativeRequest(t, nil, nil)
			if tc.allowed != "" {
				fields.In(compositeOf(req), "metadata").Fields["annotations"] = structpb.NewStructValue(structIn(t, "{vm.novasphere.dev/provider-config: "+tc.allowed+"}"))
			}
			for key, o := range tc.composed {
				req.Observed.Resources[key] = objectWithConfig(t, o[0], o[1])
			}
			target := ClusterObject("b", true)
			if got := target.configOf(tc.key, req); got.name != tc.want {
				t.Errorf("%s Want %s, got %s", tc.reason, tc.want, got)
			}
			if kept := target.RejectedChanges(req); (len(kept) > 0) != tc.kept {
				t.Errorf("%s Want it to be told: %t, got %q", tc.reason, tc.kept, kept)
			}
		})
	}
}

// TestProviderConfigCreated shows that an Object which once created something keeps its ProviderConfig, though the provider cannot connect.
func TestProviderConfigCreated(t *testing.T) {
	o := objectWithConfig(t, "{name: a}", "{conditions: [{type: Synced, status: 'False', message: connect failed}]}")
	fields.In(o.GetResource(), "metadata").Fields["annotations"] = structpb.NewStructValue(structIn(t, "{crossplane.io/external-create-pending: "+
		"'2026-01-01T00:00:00Z'}"))
	req := nativeRequest(t, nil, nil)
	req.Observed.Resources["vm"] = o
	if got := ClusterObject("b", true).configOf("vm", req); got.name != "a" {
		t.Errorf("got %s", got)
	}
}

// TestProviderConfigKind shows that the kind of a ProviderConfig tells two apart, and that the annotation has to name another kind.
func TestProviderConfigKind(t *testing.T) {
	for allowed, want := range map[string]string{"": "ClusterProviderConfig a", "a": "ClusterProviderConfig a", "ProviderConfig/a": "ProviderConfig a"} {
		req := nativeRequest(t, nil, nil)
		req.Observed.Resources["vm"] = objectWithConfig(t, "{kind: ClusterProviderConfig, name: a}", statusOwn)
		fields.In(compositeOf(req), "metadata").Fields["annotations"] = structpb.NewStructValue(structIn(t, "{vm.novasphere.dev/provider-config: '"+allowed+"'}"))
		target := NamespacedObject("ProviderConfig", "a", true)
		if got := target.configOf("vm", req).String(); got != want {
			t.Errorf("%q: want %q, got %q", allowed, want, got)
		}
		if kept := strings.Join(target.RejectedChanges(req), ""); (kept == "") != (want == "ProviderConfig a") || kept != "" &&
			!strings.Contains(kept, "provider-config=ProviderConfig/a") {
			t.Errorf("%q: got %q", allowed, kept)
		}
	}
}

// TestOthersDoNotCount shows that an Object of another step of the pipeline says nothing of the cluster of a Wukong.
func TestOthersDoNotCount(t *testing.T) {
	req := nativeRequest(t, map[string]string{"a-bucket": "{kind: Object, spec: {providerConfigRef: {name: a}, forProvider: {manifest: {kind: Bucket}}}}"}, nil)
	target := ClusterObject("b", true)
	if got, kept := target.configOf("vm", req), target.RejectedChanges(req); got.name != "b" || len(kept) > 0 {
		t.Errorf("got %s, and %q", got, kept)
	}
}

// TestEachObjectStays shows that each of the Objects is composed with the ProviderConfig that stays, whatever it does.
func TestEachObjectStays(t *testing.T) {
	req := nativeRequest(t, nil, nil)
	req.Observed.Resources["vm"] = objectWithConfig(t, "{name: a}", statusOwn)
	for _, m := range []plan.Management{plan.Manage, plan.Retain, plan.Adjust, plan.Observe} {
		for key, o := range ClusterObject("b", true).compose(plan.Resource{
			Key:        "disk-data",
			Management: m,
			Guarded:    true,
		}, structIn(t, diskManifest), req).resources {
			if got := fields.In(o, "spec", "providerConfigRef").GetFields()["name"].GetStringValue(); got != "a" {
				t.Errorf("%s, management %d: got %q", key, m, got)
			}
		}
	}
}
