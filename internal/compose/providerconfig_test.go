package compose

import (
	"strings"
	"testing"

	fnv1 "github.com/crossplane/function-sdk-go/proto/v1"
	"google.golang.org/protobuf/types/known/structpb"

	"github.com/novasphere/function-wukong/internal/fields"
	"github.com/novasphere/function-wukong/internal/plan"
)

// objectWithConfig returns an Object of a Wukong with a ProviderConfig and a status.
func objectWithConfig(t *testing.T, ref, status string) *fnv1.Resource {
	t.Helper()
	return &fnv1.Resource{Resource: structIn(t, "{metadata: {name: o, labels: {vm.novasphere.dev/wukong: a}}, spec: {managementPolicies: ['*'], "+
		"providerConfigRef: "+ref+", forProvider: {manifest: "+vmManifest+"}}, status: "+status+"}")}
}

// TestProviderConfigStays shows that an Object keeps its ProviderConfig, that a new Object gets that of the others, and that a rejected change is
// reported. Another ProviderConfig may reach another cluster, in which the provider would create everything again.
func TestProviderConfigStays(t *testing.T) {
	const a, b, failing = "{name: a}", "{name: b}", "{conditions: [{type: Synced, status: 'False', message: 'connect failed: cannot get ProviderConfig'}]}"
	cases := map[string]struct {
		reason   string
		composed map[string][2]string
		key      string
		allowed  string
		want     string
		rejected bool
	}{
		"New":     {reason: "No Object exists yet.", key: "vm", want: "b"},
		"Same":    {reason: "The ProviderConfig is the same.", composed: map[string][2]string{"vm": {b, "{}"}}, key: "vm", want: "b"},
		"Own":     {reason: "The Object keeps its own.", composed: map[string][2]string{"vm": {a, statusOwn}}, key: "vm", want: "a", rejected: true},
		"Unknown": {reason: "The provider may have created the object.", composed: map[string][2]string{"vm": {a, "{}"}}, key: "vm", want: "a", rejected: true},
		"Joins": {
			reason:   "A new Object gets that of the virtual machine.",
			composed: map[string][2]string{"vm": {a, statusOwn}, "disk-data": {b, statusOwn}},
			key:      "disk-new",
			want:     "a",
			rejected: true,
		},
		"JoinsFirst": {
			reason:   "Without a virtual machine, the first key decides.",
			composed: map[string][2]string{"nad-b": {a, statusOwn}, "nad-c": {b, statusOwn}},
			key:      "vm",
			want:     "a",
			rejected: true,
		},
		"Editor": {
			reason:   "An editor gets that of its owner.",
			composed: map[string][2]string{"vm": {b, statusOwn}, "disk-data": {a, statusOwn}},
			key:      "disk-data.change",
			want:     "a",
			rejected: true,
		},
		"Allowed": {reason: "The annotation allows the change.", composed: map[string][2]string{"vm": {a, statusOwn}}, key: "vm", allowed: "b", want: "b"},
		"AllowedNew": {
			reason:   "It allows the change of new Objects, too.",
			composed: map[string][2]string{"vm": {a, statusOwn}},
			key:      "disk-new",
			allowed:  "b",
			want:     "b",
		},
		"NotAllowed": {
			reason:   "The annotation allows another change.",
			composed: map[string][2]string{"vm": {a, statusOwn}},
			key:      "vm",
			allowed:  "c",
			want:     "a",
			rejected: true,
		},
		"NeverConnected": {reason: "The provider never connected.", composed: map[string][2]string{"vm": {a, failing}}, key: "vm", want: "b"},
		"Disconnected": {
			reason: "The provider connected before.",
			composed: map[string][2]string{"vm": {
				a,
				strings.Replace(statusOwn, "{atProvider", "{conditions: [{type: Synced, status: 'False', message: connect failed}], atProvider", 1),
			}},
			key:      "vm",
			want:     "a",
			rejected: true,
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
			if rejected := target.RejectedChanges(req); (len(rejected) > 0) != tc.rejected {
				t.Errorf("%s Want a message: %t, got %q", tc.reason, tc.rejected, rejected)
			}
		})
	}
}

// TestProviderConfigCreated shows that an Object that once created something keeps its ProviderConfig, even if the provider cannot connect.
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

// TestProviderConfigKind shows that ProviderConfigs of two kinds differ, and that the annotation must name another kind.
func TestProviderConfigKind(t *testing.T) {
	for allowed, want := range map[string]string{"": "ClusterProviderConfig a", "a": "ClusterProviderConfig a", "ProviderConfig/a": "ProviderConfig a"} {
		req := nativeRequest(t, nil, nil)
		req.Observed.Resources["vm"] = objectWithConfig(t, "{kind: ClusterProviderConfig, name: a}", statusOwn)
		fields.In(compositeOf(req), "metadata").Fields["annotations"] = structpb.NewStructValue(structIn(t, "{vm.novasphere.dev/provider-config: '"+allowed+"'}"))
		target := NamespacedObject("ProviderConfig", "a", true)
		if got := target.configOf("vm", req).String(); got != want {
			t.Errorf("%q: want %q, got %q", allowed, want, got)
		}
		if rejected := strings.Join(target.RejectedChanges(req), ""); (rejected == "") != (want == "ProviderConfig a") || rejected != "" &&
			!strings.Contains(rejected, "provider-config=ProviderConfig/a") {
			t.Errorf("%q: got %q", allowed, rejected)
		}
	}
}

// TestOtherObjects shows that the ProviderConfig of another pipeline step's Object does not count.
func TestOtherObjects(t *testing.T) {
	req := nativeRequest(t, map[string]string{"a-bucket": "{kind: Object, spec: {providerConfigRef: {name: a}, forProvider: {manifest: {kind: Bucket}}}}"}, nil)
	target := ClusterObject("b", true)
	if got, rejected := target.configOf("vm", req), target.RejectedChanges(req); got.name != "b" || len(rejected) > 0 {
		t.Errorf("got %s, and %q", got, rejected)
	}
}

// TestProviderConfigOfAll shows that an Object gets the ProviderConfig of the others, whatever its management.
func TestProviderConfigOfAll(t *testing.T) {
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
