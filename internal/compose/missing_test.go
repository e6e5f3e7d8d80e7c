package compose

import (
	"maps"
	"slices"
	"strings"
	"testing"

	fnv1 "github.com/crossplane/function-sdk-go/proto/v1"
	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/types/known/structpb"

	"github.com/novasphere/function-wukong/internal/plan"
)

// Statuses of a composite, in the words of Crossplane 2.3 and of the function.
const (
	stepFailed   = `cannot compose resources: cannot run Composition pipeline step "render": fetching resources for `
	statusNoKind = `{conditions: [{type: Synced, status: 'False', message: '` + stepFailed +
		`nad-a.look: cannot get required resource by name: no matches for kind "NAD" in version "g/v1"'}]}`
	statusNoVMI = `{conditions: [{type: Synced, status: 'False', message: '` + stepFailed +
		`vmi: cannot get required resource by name: no matches for kind "VMI" in version "g/v1"'}]}`
	statusMessage   = `{message: 'network a: refused by the cluster: no matches for kind "NAD"', conditions: [{type: Synced, status: 'True'}]}`
	statusCondition = `{conditions: [{type: Synced, status: 'True'}, {type: NetworksConfigured, status: 'False', ` +
		`message: 'network a: refused by the cluster: no matches for kind "NAD"'}]}`
	statusNoInformer = `{conditions: [{type: Synced, status: 'False', message: '` + stepFailed +
		`nad-a.look: cannot get required resource by name: Timeout: failed waiting for *unstructured.Unstructured Informer to sync'}]}`
	statusForbidden = `{conditions: [{type: Synced, status: 'False', message: '` + stepFailed +
		`cloud-init.look: cannot get required resource by name: secrets "x" is forbidden'}]}`
	statusSynced = `{conditions: [{type: Synced, status: 'True'}]}`
)

// TestMissingKind shows that an object of a kind that Crossplane cannot look up is not required, and that all others are. A composed object needs
// no requirement.
func TestMissingKind(t *testing.T) {
	cases := map[string]struct {
		reason, status string
		schemas        map[string]string
		old            bool
		resources      []string
		schemaOf       []string
		refused        map[string]string
	}{
		"Synced": {reason: "No kind is missing.", status: statusSynced, resources: []string{"disk-a.look", "nad-a.look", "nad-b.look", "vmi"}},
		"Missing": {
			reason:    "Schemas of all kinds are required.",
			status:    statusNoKind,
			resources: []string{"disk-a.look", "vmi"},
			schemaOf:  []string{"nad-a.kind.NAD", "nad-b.kind.NAD"},
		},
		"Known": {
			reason:    "The kind has no schema.",
			status:    statusNoKind,
			schemas:   map[string]string{"nad-a.kind.NAD": "", "nad-b.kind.NAD": ""},
			resources: []string{"disk-a.look", "vmi"},
			schemaOf:  []string{"nad-a.kind.NAD", "nad-b.kind.NAD"},
			refused:   map[string]string{"nad-a": `no matches for kind "NAD"`, "nad-b": `no matches for kind "NAD"`},
		},
		"Message": {
			reason:    "The message of the status reports the missing kind.",
			status:    statusMessage,
			schemas:   map[string]string{"nad-a.kind.NAD": "", "nad-b.kind.NAD": ""},
			resources: []string{"disk-a.look", "vmi"},
			schemaOf:  []string{"nad-a.kind.NAD", "nad-b.kind.NAD"},
			refused:   map[string]string{"nad-a": `no matches for kind "NAD"`, "nad-b": `no matches for kind "NAD"`},
		},
		"Condition": {
			reason:    "A condition reports the missing kind.",
			status:    statusCondition,
			resources: []string{"disk-a.look", "vmi"},
			schemaOf:  []string{"nad-a.kind.NAD", "nad-b.kind.NAD"},
		},
		"Installed": {
			reason:    "Once the kind has a schema, its objects are required.",
			status:    statusMessage,
			schemas:   map[string]string{"nad-a.kind.NAD": "{type: object}", "nad-b.kind.NAD": "{type: object}"},
			resources: []string{"disk-a.look", "nad-a.look", "nad-b.look", "vmi"},
			schemaOf:  []string{"nad-a.kind.NAD", "nad-b.kind.NAD"},
		},
		"Observer": {
			reason:    "The kind of an observed object may be missing, too.",
			status:    statusNoVMI,
			resources: []string{"disk-a.look"},
			schemaOf:  []string{"nad-a.kind.NAD", "nad-b.kind.NAD", "vmi.kind.VMI"},
		},
		"Old": {
			reason:    "Crossplane before 2.2 cannot look up schemas.",
			status:    statusNoKind,
			old:       true,
			resources: []string{"disk-a.look", "nad-a.look", "nad-b.look", "vmi"},
		},
		"NoInformer": {
			reason:    "Crossplane cannot list and watch the kind.",
			status:    statusNoInformer,
			resources: []string{"disk-a.look", "vmi"},
			refused:   map[string]string{"nad-a": "Crossplane cannot list and watch its kind, which it may not, or which is gone: Timeout: failed waiting for *unstructured.Unstructured Informer to sync"},
		},
		"Forbidden": {
			reason:    "An error that comes at once is retried.",
			status:    statusForbidden,
			resources: []string{"disk-a.look", "nad-a.look", "nad-b.look", "vmi"},
		},
	}
	planned := map[string]plan.Management{"nad-a": plan.Manage, "nad-b": plan.Manage, "nad-had": plan.Manage, "disk-a": plan.Manage, "vmi": plan.Observe}
	kinds := map[string]string{
		"nad":  "{apiVersion: g/v1, kind: NAD, ",
		"disk": "{apiVersion: v1, kind: PersistentVolumeClaim, ",
		"vmi":  "{apiVersion: g/v1, kind: VMI, ",
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			req := nativeRequest(t, map[string]string{"nad-had": ownVM}, nil)
			compositeOf(req).Fields["status"] = structpb.NewStructValue(structIn(t, tc.status))
			req.Meta = &fnv1.RequestMeta{Capabilities: []fnv1.Capability{fnv1.Capability_CAPABILITY_REQUIRED_SCHEMAS}}
			if tc.old {
				req.Meta = nil
			}
			req.RequiredSchemas = map[string]*fnv1.Schema{}
			for name, y := range tc.schemas {
				req.RequiredSchemas[name] = &fnv1.Schema{OpenapiV3: structIn(t, y)}
			}

			resources, schemas := map[string]bool{}, map[string]bool{}
			for key, m := range planned {
				kind, _, _ := strings.Cut(key, "-")
				c := Native{}.compose(plan.Resource{Key: key, Management: m}, structIn(t, kinds[kind]+"metadata: {name: x}}"), req)
				for name := range c.required {
					resources[name] = true
				}
				for name := range c.schemas {
					schemas[name] = true
				}
				if composed := len(c.resources) > 0; composed != (key == "nad-had") {
					t.Errorf("%s is composed: %t", key, composed)
				}
			}
			if diff := cmp.Diff(tc.resources, slices.Sorted(maps.Keys(resources))); diff != "" {
				t.Errorf("%s\nresources: -want, +got:\n%s", tc.reason, diff)
			}
			if diff := cmp.Diff(tc.schemaOf, slices.Sorted(maps.Keys(schemas))); diff != "" {
				t.Errorf("%s\nschemas: -want, +got:\n%s", tc.reason, diff)
			}
			var refused map[string]string
			for key, r := range (Native{}).Observe(req) {
				if r.Refused == "" {
					continue
				}
				if refused == nil {
					refused = map[string]string{}
				}
				refused[key] = r.Refused
			}
			if diff := cmp.Diff(tc.refused, refused); diff != "" {
				t.Errorf("%s\nrefused: -want, +got:\n%s", tc.reason, diff)
			}
		})
	}
}
