package main

import (
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const (
	minimal = "../../examples/minimal/wukong.yaml"
	disks   = "../../examples/four-disks/wukong.yaml"
)

// TestRender previews by the command line, as users do.
func TestRender(t *testing.T) {
	const refused = "{apiVersion: vm.novasphere.dev/v1alpha1, kind: Wukong, metadata: {name: a, namespace: b}, spec: {cpu: 0}}"
	cases := map[string]struct {
		reason, stdin string
		args          []string
		out, err      string
		code          int
	}{
		"Default": {reason: "people read a summary", args: []string{minimal}, out: "Wukong team-a/web-01\n"},
		"YAML": {
			reason: "the format of the Crossplane command line",
			args:   []string{"-o", "yaml", minimal}, out: "apiVersion: kubernetes.m.crossplane.io/v1alpha1",
		},
		"Manifests":  {reason: "bare objects", args: []string{"--output=manifests", minimal}, out: "\nkind: VirtualMachine\n"},
		"JSON":       {reason: "documents for programs", args: []string{"-o", "json", minimal}, out: `"kind": "Rendering"`},
		"Claim":      {reason: "the target of a flag", args: []string{"--target", "claim", "-oyaml", minimal}, out: "apiVersion: kubernetes.crossplane.io/v1alpha2"},
		"Filename":   {reason: "-f as kubectl has it", args: []string{"-f", minimal, "--filename=" + disks}, out: "Wukong team-a/db-01\n"},
		"Both":       {reason: "files by a flag and without one", args: []string{disks, "-f", minimal}, out: "Wukong team-a/web-01\n"},
		"Stdin":      {reason: "the standard input", stdin: read(t, minimal), args: []string{"-f", "-"}, out: "Wukong team-a/web-01\n"},
		"Refused":    {reason: "a refused Wukong", stdin: refused, args: []string{"-"}, err: "spec.cpu", code: 1},
		"Unreadable": {reason: "a file that there is not", args: []string{"none.yaml"}, err: "none.yaml: error: no such file or directory\n", code: 1},
		"WrongState": {
			reason: "the state of another Wukong", args: []string{"--observed=../../examples/observed/namespaced/running.yaml", minimal},
			err: "nothing in it belongs to a Wukong of the files", code: 1,
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			got := callWith(t, tc.stdin, binary, append([]string{"render"}, tc.args...)...)
			if got.Code != tc.code || !strings.Contains(got.Out, tc.out) || !strings.Contains(got.Err, tc.err) {
				t.Errorf("%s: want exit code %d, %q and the error %q, got %+v", tc.reason, tc.code, tc.out, tc.err, got)
			}
		})
	}
}

// TestOrder shows that files are read in the order of the flags, and then of the arguments.
func TestOrder(t *testing.T) {
	got := call(t, binary, "render", minimal, "-f", disks)
	first, second := call(t, binary, "render", disks).Out, call(t, binary, "render", minimal).Out
	if diff := cmp.Diff(first+second, got.Out); diff != "" {
		t.Errorf("-want, +got:\n%s", diff)
	}
}

func read(t *testing.T, file string) string {
	t.Helper()
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}
