package validation_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"google.golang.org/protobuf/types/known/structpb"
	"k8s.io/apimachinery/pkg/util/validation/field"
	"sigs.k8s.io/yaml"

	"github.com/novasphere/function-wukong/input/v1beta1"
	"github.com/novasphere/function-wukong/internal/decode"
	"github.com/novasphere/function-wukong/internal/message"
	"github.com/novasphere/function-wukong/internal/validation"
)

// TestRules shows that each rule of the table refuses its example, at the field and with the words that the table says, and that no other rule
// does.
func TestRules(t *testing.T) {
	for _, r := range validation.Rules() {
		t.Run(r.ID, func(t *testing.T) {
			errs := errorsOf(t, r.Breaks, strings.HasPrefix(r.ID, "input-"))
			if len(errs) != 1 {
				t.Fatalf("want one error, got %v", errs)
			}
			if errs[0].Field != r.At {
				t.Errorf("want an error at %s, got it at %s", r.At, errs[0].Field)
			}
			if errs[0].Detail != r.Text() {
				t.Errorf("want the message %q, got %q", r.Text(), errs[0].Detail)
			}
			if (r.CEL == "") == (r.GoOnly == "") {
				t.Error("a rule is in CEL, or says why it is not")
			}
		})
	}
}

// TestNeighbors shows what lies beside the examples of the rules: what each rule accepts, and which rules are broken together.
func TestNeighbors(t *testing.T) {
	const address, gateway = "spec.networks[0].ipConfig.address", "spec.networks[0].ipConfig.gateway"
	static := func(config string) string {
		return "{networks: [{name: lan, type: bridge, ipConfig: {mode: static, " + config + "}}]}"
	}
	cases := []struct {
		fields  string
		ofInput bool
		at      []string
	}{
		{fields: "{instancetype: {name: u1.small}, cpu: null, memory: null}"},
		{fields: "{firmware: {bootloader: EFI, secureBoot: true}}"},
		{fields: "{firmware: {bootloader: BIOS}}"},
		{fields: "{cloudInitUser: {name: ops}, cloudInit: {userData: '#!/bin/sh'}}"},
		{fields: "{sshKeySecret: keys}"},
		{fields: "{sshKeySecret: keys, cloudInitUser: {name: ops}}"},
		{fields: "{sshKeySecret: keys, cloudInitUser: {name: ops, passwordSecretRef: {name: passwords}}}"},
		{fields: "{podNetwork: false, networks: [{name: default}, {name: lan, type: bridge, primary: true}]}"},
		{fields: "{podNetwork: true, networks: [{name: default}]}"},
		{fields: "{podNetwork: false, networks: [{name: default, macSpoofCheck: true}]}"},
		{fields: "{podNetwork: true, networks: [{name: lan, type: bridge}]}"},
		{fields: "{podNetwork: true, networks: [{name: default, primary: true}]}"},
		{fields: "{podNetwork: false, networks: [{name: lan, type: bridge, primary: true}]}"},
		{fields: "{networks: [{name: lan, type: macvlan, master: eth1, vlanId: 4000}]}"},
		{fields: "{networks: [{name: lan, type: macvlan, master: enp129s0f0np0}]}"},
		{fields: "{networks: [{name: lan, type: bridge, master: enp129s0f0np0, vlanId: 4000}]}"},
		{fields: "{disks: [{name: a, size: 1Gi, image: fedora}]}"},
		{fields: "{disks: [{name: a, claimName: mine, volumeMode: ''}]}"},
		{fields: "{cloudInit: {userData: '#!/bin/sh'}}"},
		{fields: "{highAvailability: {tolerations: [{operator: Exists}]}}"},
		{fields: "{highAvailability: {tolerations: [{key: a, operator: Exists}]}}"},
		{fields: "{highAvailability: {tolerations: [{key: a, value: b}]}}"},
		{fields: "{highAvailability: {tolerations: [{key: a, effect: NoExecute, tolerationSeconds: 5}]}}"},
		{fields: "{osImage: 'httpd:2.4'}"},
		{fields: "{osImage: 'docker://debian:trixie'}"},
		{fields: "{cluster: {podNetwork: {ipFamilies: [IPv6]}}, defaults: {dnsServers: ['2001:db8::53']}}", ofInput: true},
		{fields: "{labels: {kubevirt.io: a}}", ofInput: true},
		{
			fields:  "{cluster: {podNetwork: {ipFamilies: [IPv6]}}, defaults: {podNetwork: true}}",
			ofInput: true,
			at:      []string{"defaults.dnsServers"},
		},
		{fields: "{cpu: null, memory: null}", at: []string{"spec.cpu", "spec.memory"}},
		{fields: "{instancetype: {name: u1.small}}", at: []string{"spec.cpu", "spec.memory"}},
		{fields: "{instancetype: {name: u1.small}, cpu: null}", at: []string{"spec.memory"}},
		{fields: static("address: 255.255.255.255/0"), at: []string{address}},
		{fields: static("address: 127.0.0.1/8, gateway: 127.0.0.1"), at: []string{address, gateway}},
		{fields: static("address: 10.0.0.0/24, gateway: 10.0.0.0"), at: []string{address, gateway}},
		{fields: static("address: '::ffff:10.0.0.5/120'"), at: []string{address}},
		{fields: static("address: '2001:db8::5/64', gateway: 'fe80::1%eth0'"), at: []string{gateway}},
		{fields: static("address: 10.0.0.5/24, gateway: '::ffff:10.0.0.1'"), at: []string{gateway}},
		{fields: static("address: '2001:db8::5/64', gateway: '2001:db8:1::1'"), at: []string{gateway}},
		{fields: static("address: 10.0.0.5/24, gateway: 'fe80::1'"), at: []string{gateway}},
		{fields: static("address: '2001:db8::5/64', gateway: 169.254.0.1"), at: []string{gateway}},
		{fields: "{gpus: [{name: a, deviceName: requests.example.org/b}]}", at: []string{"spec.gpus[0].deviceName"}},
		{fields: "{memory: 65Ti}", at: []string{"spec.memory"}},
		{fields: "{osImage: 'httpd//a'}", at: []string{"spec.osImage"}},
		{fields: "{osImage: 'https://@/a'}", at: []string{"spec.osImage"}},
	}
	for _, tc := range cases {
		t.Run(tc.fields, func(t *testing.T) {
			var at []string
			for _, err := range errorsOf(t, tc.fields, tc.ofInput) {
				at = append(at, err.Field)
			}
			if !slices.Equal(tc.at, at) {
				t.Errorf("want errors at %q, got %q", tc.at, at)
			}
		})
	}
}

// TestSmallest shows that what examples are laid over breaks no rule.
func TestSmallest(t *testing.T) {
	for _, ofInput := range []bool{false, true} {
		if errs := errorsOf(t, "{}", ofInput); len(errs) > 0 {
			t.Error(errs)
		}
	}
}

// TestExamples shows that each refused manifest is refused with the message that it is an example of, and that each message has one.
func TestExamples(t *testing.T) {
	missing := map[string]bool{}
	for _, m := range message.All() {
		// What is wrong with the composite around a spec, package decode says.
		missing[m.ID] = m.Kind == message.Refusal && !strings.HasPrefix(m.ID, "composite-")
	}
	for _, e := range validation.Examples() {
		t.Run(e.ID, func(t *testing.T) {
			delete(missing, e.ID)
			errs := errorsOf(t, e.Breaks, e.OfInput)
			if len(errs) != 1 || errs[0].Field != e.At {
				t.Fatalf("want one error at %s, got %v", e.At, errs)
			}
			if !message.ByID(e.ID).Says(errs[0].Detail) {
				t.Errorf("want message %s, got %q", e.ID, errs[0].Detail)
			}
		})
	}
	for id, isMissing := range missing {
		if !isMissing {
			continue
		}
		t.Errorf("message %s has no example", id)
	}
}

// errorsOf returns what is wrong with the smallest spec, or the smallest Input, over which fields are laid.
func errorsOf(t *testing.T, fields string, ofInput bool) field.ErrorList {
	t.Helper()
	if ofInput {
		s := document(t, "{apiVersion: "+v1beta1.APIVersion+", kind: "+v1beta1.Kind+"}", fields)
		return inputErrors(s)
	}
	xr, err := structpb.NewStruct(map[string]any{
		"metadata": map[string]any{"name": "web-01", "namespace": "team-a"},
		"spec":     document(t, validation.Smallest, fields).AsMap(),
	})
	if err != nil {
		t.Fatal(err)
	}
	w, errs, err := decode.Wukong(xr)
	if err != nil || len(errs) > 0 {
		return append(errs, validation.Errors(err)...)
	}
	return validation.Spec(&w.Spec)
}

// inputErrors returns what is wrong with an Input.
func inputErrors(s *structpb.Struct) field.ErrorList {
	in, err := decode.Input(s)
	if err != nil {
		return validation.Errors(err)
	}
	return validation.Input(in)
}

// document returns YAML, over which other YAML is laid.
func document(t *testing.T, base, fields string) *structpb.Struct {
	t.Helper()
	out := map[string]any{}
	for _, y := range []string{base, fields} {
		over := map[string]any{}
		if err := yaml.Unmarshal([]byte(y), &over); err != nil {
			t.Fatal(err)
		}
		maps.Copy(out, over)
	}
	s, err := structpb.NewStruct(out)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// TestErrorsAreBounded shows that a check ends after some errors, however many mistakes a document holds: whoever writes it must not stop the
// function for others.
func TestErrorsAreBounded(t *testing.T) {
	unknown := map[string]any{}
	for i := range 5000 {
		unknown[fmt.Sprintf("field%d", i)] = "x"
	}
	tolerations, disks := make([]any, 64), make([]any, 5000)
	for i := range tolerations {
		tolerations[i] = unknown
	}
	for i := range disks {
		disks[i] = "x"
	}
	for name, spec := range map[string]map[string]any{
		"Fields":   unknown,
		"Elements": {"highAvailability": map[string]any{"tolerations": tolerations}},
		"List":     {"disks": disks},
	} {
		t.Run(name, func(t *testing.T) {
			v, err := structpb.NewValue(spec)
			if err != nil {
				t.Fatal(err)
			}
			if got := len(validation.SpecStructure.Check(v, field.NewPath("spec"))); got == 0 || got > 100 {
				t.Errorf("got %d errors", got)
			}
		})
	}
}
