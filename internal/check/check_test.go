package check

import (
	"testing"

	"sigs.k8s.io/yaml"

	"github.com/novasphere/function-wukong/fn"
	"github.com/novasphere/function-wukong/internal/wukongtest"
)

// A tester is a *testing.T, a *testing.B or a *rapid.T.
type tester interface {
	Helper()
	Fatal(args ...any)
	Fatalf(format string, args ...any)
}

// A wukong is a Wukong of a test.
type wukong struct {
	namespace, name string

	// spec has fields, in YAML, beside those of the smallest one.
	spec string

	// input has fields of the Input, in YAML.
	input string
}

// smallest is a spec on no network.
const smallest = "{cpu: 2, memory: 4Gi, podNetwork: false, disks: [{name: system, size: 10Gi, accessModes: [ReadWriteMany], volumeMode: Block}]}"

// planned plans the Wukongs of a test. One without a namespace is in team-a.
func planned(t tester, wukongs ...wukong) []fn.Planned {
	t.Helper()
	var out []fn.Planned
	for _, w := range wukongs {
		spec := parse(t, smallest)
		for k, v := range parse(t, w.spec) {
			spec[k] = v
		}
		if w.namespace == "" {
			w.namespace = "team-a"
		}
		out = append(out, planOf(t, w.namespace, w.name, spec, parse(t, w.input)))
	}
	return out
}

// planOf plans one Wukong.
func planOf(t tester, namespace, name string, spec, input map[string]any) fn.Planned {
	t.Helper()
	req, err := wukongtest.RequestOf(namespace, name, spec, input)
	if err != nil {
		t.Fatal(err)
	}
	p, err := fn.Plan(req)
	if err != nil {
		t.Fatalf("%s/%s: %v", namespace, name, err)
	}
	return p
}

// parse returns the object in a YAML document.
func parse(t tester, y string) map[string]any {
	t.Helper()
	out := map[string]any{}
	if err := yaml.Unmarshal([]byte(y), &out); err != nil {
		t.Fatalf("%v in %s", err, y)
	}
	return out
}

// decode returns an object of the cluster that a YAML document describes.
func decode[T any](t tester, y string) T {
	t.Helper()
	var out T
	if err := yaml.Unmarshal([]byte(y), &out); err != nil {
		t.Fatalf("%v in %s", err, y)
	}
	return out
}

// texts returns findings as lines of severity and message.
func texts(findings []Finding) []string {
	var out []string
	for _, f := range findings {
		about := f.Wukong
		if about == "" {
			about = f.Object
		}
		out = append(out, about+": "+string(f.Severity)+": "+f.String())
	}
	return out
}

var _ tester = (*testing.T)(nil)
