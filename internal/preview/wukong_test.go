package preview

import (
	"errors"
	"strings"
	"testing"
)

// TestUnreadable shows that a file without a Wukong fails the preview, with its name.
func TestUnreadable(t *testing.T) {
	cases := map[string]struct{ document, want string }{
		"Empty":      {"# nothing\n", "-: error: holds no Wukong"},
		"NotYAML":    {"a: [", "<stdin>:1: error: a quote or a bracket that opens here is not closed"},
		"NoManifest": {"a: 1", "<stdin>:1: error: has no apiVersion or no kind, and is no Kubernetes manifest"},
		"OtherKind":  {strings.Replace(good, "kind: Wukong", "kind: wukong", 1), `<stdin>:2: error: kind "wukong" is neither Wukong nor XWukong: did you mean Wukong?`},
		"OtherGroup": {strings.Replace(good, "vm.novasphere.dev", "example.org", 1), `<stdin>:2: error: a Wukong is of apiVersion vm.novasphere.dev/v1alpha1, and not of "example.org/v1alpha1"`},
		"Version":    {strings.Replace(good, "v1alpha1", "v1", 1), `<stdin>:2: error: apiVersion "vm.novasphere.dev/v1" is not that of a Wukong`},
		"ListOfText": {"{apiVersion: v1, kind: List, items: [x]}", "<stdin>:1: error: is no object"},
		"EmptyList":  {"{apiVersion: v1, kind: List, items: []}", "-: error: holds no Wukong"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			stdout, stderr, err := run(t, Command{Options: Options{Files: []string{"-"}, Stdin: strings.NewReader(tc.document)}})
			if !errors.Is(err, ErrRefused) || !strings.HasPrefix(stderr, tc.want) {
				t.Errorf("want an error with %q, got %v, %s", tc.want, err, stderr)
			}
			if stdout != "" {
				t.Errorf("want no output, got:\n%s", stdout)
			}
		})
	}
	if _, stderr, err := run(t, Command{Options: Options{Files: []string{"no-such-file.yaml"}}}); err == nil || stderr != "no-such-file.yaml: error: no such file or directory\n" {
		t.Errorf("want an error that names the file, got %v, %s", err, stderr)
	}
}

// TestTwice shows that a key that is there twice does not hide other mistakes, and that nothing is rendered.
func TestTwice(t *testing.T) {
	document := strings.Replace(good, "cpu: 1,", "cpu: 1, cpu: 2, hostName: x,", 1)
	stdout, stderr, err := run(t, Command{Options: Options{Files: []string{"-"}, Namespace: "team-a", Stdin: strings.NewReader(document)}})
	want := "<stdin>:5: error: the key \"cpu\" is there twice: remove one\n" +
		"<stdin>:5: error: spec.hostName: there is no such field: check its name and its place\n"
	if !errors.Is(err, ErrRefused) || stdout != "" || stderr != want {
		t.Errorf("want\n%sgot %v\n%s%s", want, err, stderr, stdout)
	}
}

// TestRefused shows that a Wukong is refused for what kubectl, or the API server, would refuse it for.
func TestRefused(t *testing.T) {
	const nowhere = "there is no such field: check its name and its place"
	disks := strings.TrimSuffix(strings.TrimSpace(good), "}") + "}\ndisks: []\n"
	cases := map[string]struct {
		reason, document, want string
		errors                 int
	}{
		"BesideSpec": {
			reason:   "A list one level too far left does not belong to the spec.",
			document: disks,
			want:     "<stdin>:5: error: disks: there is no such field: did you mean spec.disks?\n",
		},
		"SpecTypo": {
			reason:   "It would be a Wukong without a spec.",
			document: strings.Replace(good, "spec:", "spce:", 1),
			want:     "<stdin>:5: error: spce: there is no such field: did you mean spec?\n",
		},
		"LabelsTypo": {
			reason:   "It would be a Wukong without labels.",
			document: strings.Replace(good, "name: web-01", "name: web-01, lables: {}", 1),
			want:     "<stdin>:4: error: metadata.lables: there is no such field: did you mean labels?\n",
		},
		"InSpec": {reason: "So is it in the spec.", document: strings.Replace(good, "cpu: 1", "cpus: 1", 1), want: "<stdin>:5: error: spec.cpus: there is no such field: did you mean cpu?\n"},
		"ClaimRef": {
			reason:   "Crossplane alone sets the claim of a composite.",
			document: strings.Replace(good, "cpu: 1", "cpu: 1, claimRef: {namespace: kube-system, name: x}", 1),
			want:     "<stdin>:5: error: spec.claimRef: " + nowhere,
		},
		"NoSpec": {reason: "There is nothing to ask for.", document: strings.Split(good, "spec:")[0] + "spec:\n", want: "<stdin>:5: error: spec.disks: ", errors: 3},
		"SpecText": {
			reason:   "It is no object.",
			document: strings.Split(good, "spec:")[0] + "spec: hello\n",
			want:     "<stdin>:5: error: spec: must be an object with fields",
		},
		"MetaText": {
			reason:   "The message does not mention a composite, which the user did not write.",
			document: strings.Replace(good, "{name: web-01}", "hello", 1),
			want:     "<stdin>:4: error: metadata: must be an object with fields\n",
		},
		"MetaList": {
			reason:   "Nor of a list.",
			document: strings.Replace(good, "{name: web-01}", "[]", 1),
			want:     "<stdin>:4: error: metadata: must be an object with fields\n",
		},
		"NameNumber": {
			reason:   "A name that looks like a number needs quotes.",
			document: strings.Replace(good, "web-01", "123", 1),
			want:     "error: metadata.name: 123: must be a string",
		},
		"LabelNumber": {
			reason:   "So does the value of a label.",
			document: strings.Replace(good, "name: web-01", "name: web-01, labels: {a: 1}", 1),
			want:     "error: metadata.labels[a]: 1: must be a string",
		},
		"NoName": {reason: "A name is required.", document: strings.Replace(good, "name: web-01", "labels: {}", 1), want: "error: metadata.name: "},
	}
	for name, tc := range cases {
		for _, target := range []Target{Claim, Namespaced, Native} {
			t.Run(name+"/"+string(target), func(t *testing.T) {
				stdout, stderr, err := run(t, Command{Options: Options{Files: []string{"-"}, Target: target, Stdin: strings.NewReader(tc.document)}})
				errs := 0
				for l := range strings.Lines(stderr) {
					if !strings.Contains(l, ": note: ") {
						errs++
					}
				}
				if !errors.Is(err, ErrRefused) || !strings.Contains(stderr, tc.want) || errs != max(tc.errors, 1) {
					t.Errorf("%s Want %q, got %v and:\n%s", tc.reason, tc.want, err, stderr)
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
	stdout, stderr, err := run(t, Command{Options: Options{Files: []string{"-"}, Stdin: strings.NewReader(others + good)}, Output: Tree})
	if err != nil || !strings.HasPrefix(stdout, "Wukong default/web-01\n") {
		t.Errorf("want the Wukong, got %v:\n%s", err, stdout)
	}
	want := "<stdin>:1: note: Namespace team-a is left out: it is no Wukong\n" +
		"<stdin>:3: note: Secret team-a/keys is left out: it is no Wukong\n" +
		"<stdin>:8: note: metadata: names no namespace: default is taken, from which names and MAC addresses follow, unless -n names another\n"
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
	stdout, stderr, err = run(t, Command{Options: Options{Files: []string{"-"}, Stdin: strings.NewReader(exported)}, Output: Tree})
	if !errors.Is(err, ErrRefused) || !strings.HasPrefix(stdout, "Wukong team-a/web-01\n") {
		t.Errorf("want the first Wukong alone, got %v:\n%s", err, stdout)
	}
	if want := "<stdin>:21: error: spec.disks[0].size: "; !strings.HasPrefix(stderr, want) {
		t.Errorf("want %q, got %q", want, stderr)
	}
}
