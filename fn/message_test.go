package fn

import (
	"strings"
	"testing"

	fnv1 "github.com/crossplane/function-sdk-go/proto/v1"
	"google.golang.org/protobuf/types/known/structpb"

	"github.com/novasphere/function-wukong/internal/message"
)

// TestHostileMessages shows that texts of the cluster and the guest are reported in short, without control characters and without credentials.
func TestHostileMessages(t *testing.T) {
	const hostile = `https://user:TOKEN@h/a?sig=TOKEN \e]0;pwned\a\u202e `
	long := strings.Repeat("x", 100_000)
	running := `{printableStatus: Running, created: true, ready: true, conditions: [{type: RestartRequired, status: 'True', message: "` + hostile + long + `"}]}`
	instance := `{nodeName: "node-1\u2028` + long + `", interfaces: [{name: pod_network, interfaceName: "eth0\e[31m", ` +
		`mac: "a\nb", ipAddress: "10.0.0.5\u0085", ipAddresses: [` + strings.Repeat("10.0.0.5, ", 60_000) + `]}]}`
	failing := `{printableStatus: Running, created: true, conditions: [{type: Failure, status: 'True', message: "` + hostile + long + `"}]}`
	importing := `{phase: ImportInProgress, progress: "5%\n", conditions: [{type: Running, status: 'False', reason: Error, message: "` + hostile + long + `"}]}`

	cases := map[string]map[string]string{
		"Running":   {"disk-system": bound, "vm": running, "vmi": instance},
		"Failing":   {"disk-system": bound, "vm": failing},
		"Importing": {"disk-system": importing + ", kind: DataVolume", "vm": pending},
	}
	for name, statuses := range cases {
		t.Run(name, func(t *testing.T) {
			req := disked(t, statuses)
			req.GetObserved().GetComposite().GetResource().Fields["status"] = structOf(t, "{s: {phase: Pending}}").GetFields()["s"]
			rsp := run(t, req)
			texts := textsIn(rsp.GetDesired().GetComposite().GetResource())
			for _, c := range rsp.GetConditions() {
				texts = append(texts, c.GetMessage())
			}
			for _, r := range rsp.GetResults() {
				texts = append(texts, r.GetMessage())
			}
			if len(rsp.GetResults()) == 0 {
				t.Error("want an event")
			}
			all := strings.Join(texts, "\n")
			for _, s := range texts {
				if len(s) > message.MaxBytes || strings.ContainsFunc(s, func(r rune) bool { return !message.IsPrintable(r) }) {
					t.Errorf("the text is not clean: %.200q", s)
				}
			}
			if len(all) > 16<<10 || strings.Contains(all, "TOKEN") {
				t.Errorf("want little, and no credentials, got %d bytes: %.2000s", len(all), all)
			}
		})
	}
}

// textsIn returns the strings in an object.
func textsIn(s *structpb.Struct) []string {
	var out []string
	for _, v := range s.GetFields() {
		out = append(out, textsOf(v)...)
	}
	return out
}

func textsOf(v *structpb.Value) []string {
	if s := v.GetStringValue(); s != "" {
		return []string{s}
	}
	out := textsIn(v.GetStructValue())
	for _, e := range v.GetListValue().GetValues() {
		out = append(out, textsOf(e)...)
	}
	return out
}

// TestLogsHoldNoValue puts a secret into each string of a spec, and into the names of fields and keys, and searches the log for it.
func TestLogsHoldNoValue(t *testing.T) {
	const secret = "correcthorse"
	for _, value := range []string{
		secret,
		secret + "!",
		"\n" + secret,
		"https://" + secret + "@h/a",
		"ftp://" + secret,
		"10.0.0." + secret,
		strings.Repeat(secret, 200),
	} {
		specs := []object{
			spec(object{value: 1}),
			spec(object{"startStrategy": object{value: 1}}),
			spec(object{"highAvailability": object{"nodeSelector": object{value: "!"}}}),
		}
		for _, f := range stringFields {
			specs = append(specs, f.spec(value))
		}
		for _, s := range specs {
			req := request(withSpec(t, s))
			for _, seen := range []map[string]*fnv1.Resource{nil, {"disk-system": {Resource: structOf(t, imported)}}} {
				req.Observed.Resources = seen
				if lines, _ := logged(t, req, true); strings.Contains(strings.Join(lines, "\n"), secret) {
					t.Errorf("a value is logged: %q", lines)
				}
			}
		}
	}
}

// imported is a DataVolume with another source than any Wukong has.
const imported = `
status:
  atProvider:
    manifest:
      kind: DataVolume
      spec: {source: {http: {url: "https://example.org/old.qcow2"}}, storage: {storageClassName: other, resources: {requests: {storage: 5Gi}}}}
      status: {phase: Succeeded}
`
