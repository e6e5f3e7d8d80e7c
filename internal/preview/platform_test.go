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
	stdout, _, err := run(t, Command{Options: Options{Files: []string{"-"}, Input: input, Stdin: strings.NewReader(macvlan)}, Output: Tree})
	if err != nil || !strings.Contains(stdout, "macvlan ens9") {
		t.Errorf("want the Input's default to apply, got %v:\n%s", err, stdout)
	}
}

// TestTargets shows that a target renders as the Composition of its configuration does, and that Namespaced is the default.
func TestTargets(t *testing.T) {
	for _, example := range exampleFiles(t) {
		for target, composition := range wukongtest.Compositions {
			want, wantErr, _ := run(t, Command{Options: Options{Files: []string{example}, Input: inRoot(composition)}})
			targets := []Target{Target(target)}
			if target == string(Namespaced) {
				targets = append(targets, "")
			}
			for _, target := range targets {
				got, gotErr, _ := run(t, Command{Options: Options{Files: []string{example}, Target: target}})
				if diff := cmp.Diff(want+wantErr, got+gotErr); diff != "" {
					t.Errorf("%s: -by the Composition, +by target %q:\n%s", example, target, diff)
				}
			}
		}
	}
}

// TestPlatform shows which target a file with settings implies, and that errors name the file.
func TestPlatform(t *testing.T) {
	input := func(more string) string {
		return "{apiVersion: wukong.fn.crossplane.io/v1beta1, kind: Input" + more + "}"
	}
	composition := func(kind, more string) string {
		return "{apiVersion: apiextensions.crossplane.io/v1, kind: Composition, spec: {compositeTypeRef: {kind: " + kind + "}, " +
			"pipeline: [{step: x}, {step: y, input: " + input(more) + "}]}}"
	}
	cases := map[string]struct {
		reason, settings string
		target           Target
		want             Target
		err              string
	}{
		"Input":           {reason: "It is for every target.", settings: input(""), want: Namespaced},
		"InputForClaims":  {reason: "It is for every target.", settings: input(""), target: Claim, want: Claim},
		"InputMadeNative": {reason: "It is for every target.", settings: input(""), target: Native, want: Native},
		"NativeInput":     {reason: "It says so.", settings: input(", target: Native"), want: Native},
		"ObjectInput":     {reason: "It says that there are Objects.", settings: input(", target: Object"), target: Claim, want: Claim},
		"Claims":          {reason: "A Composition says what its composite is.", settings: composition("XWukong", ""), want: Claim},
		"Namespaced":      {reason: "A Composition says what its composite is.", settings: composition("Wukong", ""), target: Namespaced, want: Namespaced},
		"Native":          {reason: "Its Input says the rest.", settings: composition("Wukong", ", target: Native"), want: Native},

		"NotNative": {
			reason:   "One of them is wrong.",
			settings: input(", target: Object"),
			target:   Native,
			err:      ":1: error: is of target namespaced, and --target says native: leave --target out",
		},
		"NotNamespaced": {
			reason:   "One of them is wrong.",
			settings: input(", target: Native"),
			target:   Namespaced,
			err:      ":1: error: is of target native, and --target says namespaced: leave --target out",
		},
		"NotClaims": {
			reason:   "One of them is wrong.",
			settings: composition("Wukong", ""),
			target:   Claim,
			err:      ":1: error: is of target namespaced, and --target says claim: leave --target out",
		},
		"Typo": {
			reason: "The Wukong is not to blame.", settings: input(", targt: Native"), err: ":1: error: targt: there is no such field: did you mean target?",
		},
		"TypoInStep": {
			reason: "The Wukong is not to blame.", settings: composition("Wukong", ", defaults: {master: 'a b'}"), err: `:1: error: defaults.master: "a b": must be the name of a network interface: letters, digits, '-', '_' and '.'`,
		},
		"NoInput": {reason: "There is none.", settings: good, err: ": error: has no Input of wukong.fn.crossplane.io/v1beta1, nor a Composition with one"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			path := file(t, tc.settings)
			r := Read(t.Context(), Options{Input: path, Target: tc.target})
			if tc.err != "" {
				if len(r.Problems) != 1 || r.Problems[0].String() != path+tc.err {
					t.Errorf("%s Want an error of the file with %q, got %v", tc.reason, tc.err, r.Problems)
				}
				return
			}
			if r.Failed() || r.platform.target != tc.want {
				t.Errorf("%s Want %s, got %s, %v", tc.reason, tc.want, r.platform.target, r.Problems)
			}
		})
	}
}

// TestComposite shows that an XWukong is rendered as a composite with every target.
func TestComposite(t *testing.T) {
	xr := inRoot("examples/minimal/xwukong.yaml")
	want, _, err := run(t, Command{Options: Options{Files: []string{xr}, Target: Claim}, Output: Composed})
	if err != nil || !strings.Contains(want, "apiVersion: kubernetes.crossplane.io/v1alpha2") {
		t.Fatalf("want cluster-scoped Objects, got %v:\n%s", err, want)
	}
	got, _, err := run(t, Command{Options: Options{Files: []string{xr}}, Output: Composed})
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("%v, -claim, +default:\n%s", err, diff)
	}
}
