package preview

import (
	"errors"
	"strings"
	"testing"
)

// TestUnreadable shows that an unreadable file fails the preview, with the place in the file.
func TestUnreadable(t *testing.T) {
	cases := map[string]struct{ document, want string }{
		"Empty":      {"# nothing\n", "standard input: holds no Wukong"},
		"NotYAML":    {"a: [", "standard input, document 1: "},
		"NoManifest": {"a: 1", "standard input, document 1: has no apiVersion or no kind, and is no Kubernetes manifest"},
		"KeyTwice":   {strings.Replace(good, "cpu: 1", "cpu: 1, cpu: 2", 1), `key "cpu" already set`},
		"OtherKind":  {strings.Replace(good, "kind: Wukong", "kind: wukong", 1), `standard input, document 1: kind "wukong" is neither Wukong nor XWukong`},
		"OtherGroup": {strings.Replace(good, "vm.novasphere.dev", "example.org", 1), "standard input: holds no Wukong"},
		"Version":    {strings.Replace(good, "v1alpha1", "v1", 1), `apiVersion "vm.novasphere.dev/v1" is not that of a Wukong`},
		"ListOfText": {"{apiVersion: v1, kind: List, items: [x]}", "standard input, document 1, item 1: is no object"},
		"EmptyList":  {"{apiVersion: v1, kind: List, items: []}", "standard input: holds no Wukong"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			stdout, _, err := run(t, Command{Files: []string{"-"}, Stdin: strings.NewReader(tc.document)})
			if err == nil || errors.Is(err, ErrRefused) || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("want an error with %q, got %v", tc.want, err)
			}
			if stdout != "" {
				t.Errorf("want no output, got:\n%s", stdout)
			}
		})
	}
	if _, _, err := run(t, Command{Files: []string{"no-such-file.yaml"}}); err == nil || !strings.Contains(err.Error(), "no-such-file.yaml") {
		t.Errorf("want an error that names the file, got %v", err)
	}
}

// TestRefused shows that a Wukong is refused for what kubectl, or the API server, would refuse it for.
func TestRefused(t *testing.T) {
	const where = "standard input, document 1, "
	const unknown = "Forbidden: there is no such field: check its name and its place"
	disks := strings.TrimSuffix(strings.TrimSpace(good), "}") + "}\ndisks: []\n"
	cases := map[string]struct {
		reason, document, want string
	}{
		"BesideSpec": {
			reason:   "A list one level too far left does not belong to the spec.",
			document: disks,
			want:     where + "Wukong default/web-01: error: disks: " + unknown,
		},
		"SpecTypo": {
			reason:   "It would be a Wukong without a spec.",
			document: strings.Replace(good, "spec:", "spce:", 1),
			want:     where + "Wukong default/web-01: error: spce: " + unknown,
		},
		"LabelsTypo": {
			reason:   "It would be a Wukong without labels.",
			document: strings.Replace(good, "name: web-01", "name: web-01, lables: {}", 1),
			want:     where + "Wukong default/web-01: error: metadata.lables: " + unknown,
		},
		"InSpec": {reason: "So is it in the spec.", document: strings.Replace(good, "cpu: 1", "cpus: 1", 1), want: "error: spec.cpus: " + unknown},
		"ClaimRef": {
			reason:   "Crossplane alone sets the claim of a composite.",
			document: strings.Replace(good, "cpu: 1", "cpu: 1, claimRef: {namespace: kube-system, name: x}", 1),
			want:     "error: spec.claimRef: " + unknown,
		},
		"NoSpec": {reason: "A spec has no fields that are optional altogether.", document: strings.Split(good, "spec:")[0], want: "spec.disks: Required value"},
		"SpecText": {
			reason:   "It is no object.",
			document: strings.Split(good, "spec:")[0] + "spec: hello\n",
			want:     "error: spec: Invalid value: must be an object with fields",
		},
		"MetaText": {
			reason:   "The message does not mention a composite, which the user did not write.",
			document: strings.Replace(good, "{name: web-01}", "hello", 1),
			want:     where + "Wukong: error: metadata: Invalid value: must be an object with fields\n",
		},
		"MetaList": {
			reason:   "Nor of a list.",
			document: strings.Replace(good, "{name: web-01}", "[]", 1),
			want:     where + "Wukong: error: metadata: Invalid value: must be an object with fields\n",
		},
		"NameNumber": {
			reason:   "A name that looks like a number needs quotes.",
			document: strings.Replace(good, "web-01", "123", 1),
			want:     "error: metadata.name: Invalid value: must be a string",
		},
		"LabelNumber": {
			reason:   "So does the value of a label.",
			document: strings.Replace(good, "name: web-01", "name: web-01, labels: {a: 1}", 1),
			want:     "error: metadata.labels[a]: Invalid value: must be a string",
		},
		"NoName": {reason: "A name is required.", document: strings.Replace(good, "name: web-01", "labels: {}", 1), want: "error: metadata.name: "},
	}
	for name, tc := range cases {
		for _, target := range []Target{Claim, Namespaced, Native} {
			t.Run(name+"/"+string(target), func(t *testing.T) {
				stdout, stderr, err := run(t, Command{Files: []string{"-"}, Target: target, Stdin: strings.NewReader(tc.document)})
				if !errors.Is(err, ErrRefused) || !strings.Contains(stderr, tc.want) || strings.Count(stderr, "\n") != 1 {
					t.Errorf("%s Want one line with %q, got %v and:\n%s", tc.reason, tc.want, err, stderr)
				}
				if stdout != "" {
					t.Errorf("want no output, got:\n%s", stdout)
				}
			})
		}
	}
}

// TestBeside shows that a file may hold other objects, which are noted, and lists, whose items are read.
func TestBeside(t *testing.T) {
	const others = "{apiVersion: v1, kind: Namespace, metadata: {name: team-a}}\n---\n" +
		"{apiVersion: v1, kind: Secret, metadata: {name: keys, namespace: team-a}}\n---\n"
	stdout, stderr, err := run(t, Command{Files: []string{"-"}, Format: Tree, Stdin: strings.NewReader(others + good)})
	if err != nil || !strings.HasPrefix(stdout, "Wukong default/web-01\n") {
		t.Errorf("want the Wukong, got %v:\n%s", err, stdout)
	}
	want := "standard input, document 1, Namespace team-a: note: is left out: it is no Wukong\n" +
		"standard input, document 2, Secret team-a/keys: note: is left out: it is no Wukong\n" +
		"standard input, document 3, Wukong default/web-01: note: names no namespace, and is taken to be in this one, from which its names and MAC addresses follow\n"
	if stderr != want {
		t.Errorf("want\n%sgot\n%s", want, stderr)
	}

	const exported = `
apiVersion: v1
kind: List
items:
- apiVersion: vm.novasphere.dev/v1alpha1
  kind: Wukong
  metadata:
    name: web-01
    namespace: team-a
    creationTimestamp: "2026-01-01T00:00:00Z"
    finalizers: [composite.apiextensions.crossplane.io]
    generation: 2
    managedFields: [{manager: kubectl, operation: Apply, apiVersion: vm.novasphere.dev/v1alpha1, fieldsType: FieldsV1, fieldsV1: {"f:spec": {"f:cpu": {}}}}]
    resourceVersion: "5"
    uid: 0a0a
  spec: {cpu: 1, memory: 1Gi, disks: [{name: system, size: 1Gi}], crossplane: {compositionRef: {name: wukong}}}
  status: {phase: Running, conditions: []}
- apiVersion: vm.novasphere.dev/v1alpha1
  kind: Wukong
  metadata: {name: web-02, namespace: team-b}
  spec: {cpu: 1, memory: 1Gi, disks: [{name: system, size: 1GB}]}
`
	stdout, stderr, err = run(t, Command{Files: []string{"-"}, Format: Tree, Stdin: strings.NewReader(exported)})
	if !errors.Is(err, ErrRefused) || !strings.HasPrefix(stdout, "Wukong team-a/web-01\n") {
		t.Errorf("want the first Wukong alone, got %v:\n%s", err, stdout)
	}
	if want := "standard input, document 1, item 2, Wukong team-b/web-02: error: spec.disks[0].size"; !strings.HasPrefix(stderr, want) {
		t.Errorf("want %q, got %q", want, stderr)
	}
}
