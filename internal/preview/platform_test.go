package preview

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/novasphere/function-wukong/internal/wukongtest"
)

func TestInput(t *testing.T) {
	macvlan := strings.Replace(good, "cpu: 1", "cpu: 1, networks: [{name: lan, type: macvlan}]", 1)
	input := file(t, "{apiVersion: wukong.fn.crossplane.io/v1beta1, kind: Input, defaults: {master: ens9}}")
	stdout, _, err := run(t, Command{Files: []string{"-"}, Input: input, Format: Tree, Stdin: strings.NewReader(macvlan)})
	if err != nil || !strings.Contains(stdout, "macvlan ens9") {
		t.Errorf("want the Input's default to apply, got %v:\n%s", err, stdout)
	}
}

// TestTargets shows that a target is what the Composition of its configuration makes of a Wukong, and the namespaced one the default.
func TestTargets(t *testing.T) {
	for _, example := range exampleFiles(t) {
		for target, composition := range wukongtest.Compositions {
			want, wantErr, _ := run(t, Command{Files: []string{example}, Input: inRoot(composition)})
			targets := []Target{Target(target)}
			if target == string(Namespaced) {
				targets = append(targets, "")
			}
			for _, target := range targets {
				got, gotErr, _ := run(t, Command{Files: []string{example}, Target: target})
				if diff := cmp.Diff(want+wantErr, got+gotErr); diff != "" {
					t.Errorf("%s: -by the Composition, +by target %q:\n%s", example, target, diff)
				}
			}
		}
	}
}

// TestPlatform shows which target a file of settings decides, and that what is wrong in it is told of it.
func TestPlatform(t *testing.T) {
	input := func(more string) string {
		return "{apiVersion: wukong.fn.crossplane.io/v1beta1, kind: Input" + more + "}"
	}
	composition := func(kind, more string) string {
		return "{apiVersion: apiextensions.crossplane.io/v1, kind: Composition, spec: {compositeTypeRef: {kind: " + kind + "}, pipeline: [{step: x}, {step: y, input: " + input(more) + "}]}}"
	}
	cases := map[string]struct {
		reason, settings string
		target           Target
		want             Target
		err              string
	}{
		"Input":           {"It is for every target.", input(""), "", Namespaced, ""},
		"InputForClaims":  {"It is for every target.", input(""), Claim, Claim, ""},
		"InputMadeNative": {"It is for every target.", input(""), Native, Native, ""},
		"NativeInput":     {"It says so.", input(", target: Native"), "", Native, ""},
		"ObjectInput":     {"It says that there are Objects.", input(", target: Object"), Claim, Claim, ""},
		"Claims":          {"A Composition says what its composite is.", composition("XWukong", ""), "", Claim, ""},
		"Namespaced":      {"A Composition says what its composite is.", composition("Wukong", ""), Namespaced, Namespaced, ""},
		"Native":          {"Its Input says the rest.", composition("Wukong", ", target: Native"), "", Native, ""},

		"NotNative": {
			"One of them is wrong.", input(", target: Object"), Native, "", "document 1: is of target namespaced, and --target says native: leave --target out",
		},
		"NotNamespaced": {
			"One of them is wrong.", input(", target: Native"), Namespaced, "", "document 1: is of target native, and --target says namespaced: leave --target out",
		},
		"NotClaims": {
			"One of them is wrong.", composition("Wukong", ""), Claim, "", "document 1: is of target namespaced, and --target says claim: leave --target out",
		},
		"Typo": {
			"The Wukong is not to blame.", input(", targt: Native"), "", "", "document 1: invalid Input: targt: Forbidden: there is no such field",
		},
		"TypoInStep": {
			"The Wukong is not to blame.", composition("Wukong", ", defaults: {master: 'a b'}"), "", "", "document 1: invalid Input: defaults.master: ",
		},
		"NoInput": {"There is none.", good, "", "", "found no Input of wukong.fn.crossplane.io/v1beta1, nor a Composition with one"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			path := file(t, tc.settings)
			p, err := readPlatform(path, tc.target, nil)
			if tc.err != "" {
				if err == nil || !strings.HasPrefix(err.Error(), path) || !strings.Contains(err.Error(), tc.err) {
					t.Errorf("%s Want an error of the file with %q, got %v", tc.reason, tc.err, err)
				}
				return
			}
			if err != nil || p.target != tc.want {
				t.Errorf("%s Want %s, got %s, %v", tc.reason, tc.want, p.target, err)
			}
		})
	}
}

// TestComposite shows that an XWukong is rendered as what it is, whatever Wukongs are composed of.
func TestComposite(t *testing.T) {
	xr := inRoot("examples/minimal/xwukong.yaml")
	want, _, err := run(t, Command{Files: []string{xr}, Target: Claim})
	if err != nil || !strings.Contains(want, "apiVersion: kubernetes.crossplane.io/v1alpha2") {
		t.Fatalf("want cluster-scoped Objects, got %v:\n%s", err, want)
	}
	got, _, err := run(t, Command{Files: []string{xr}})
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("%v, -claim, +default:\n%s", err, diff)
	}
}
