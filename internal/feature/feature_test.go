package feature

import (
	"os"
	"regexp"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/novasphere/function-wukong/input/v1beta1"
)

// TestEnabled shows when a gate is on: as KubeVirt says, and not where it is not known.
func TestEnabled(t *testing.T) {
	gates := []v1beta1.FeatureGate{v1beta1.FeatureGate(ExternalNetResourceInjection)}
	always := []v1beta1.FeatureGate{v1beta1.FeatureGate(LiveUpdateNADRef)}
	cases := map[string]struct {
		reason    string
		gate      Gate
		kubevirt  *v1beta1.KubeVirt
		on, known bool
	}{
		"Unknown":   {reason: "The Input says nothing."},
		"NoVersion": {reason: "It says no version.", kubevirt: &v1beta1.KubeVirt{FeatureGates: []v1beta1.FeatureGate{"Snapshot"}}},
		"Before":    {reason: "The gate is off by default in 1.8.", kubevirt: &v1beta1.KubeVirt{Version: "1.8.2"}, known: true},
		"Since":     {reason: "It is on by default from 1.9.", kubevirt: &v1beta1.KubeVirt{Version: "1.9"}, on: true, known: true},
		"Later":     {reason: "Numbers are compared, and not text.", kubevirt: &v1beta1.KubeVirt{Version: "v1.10.0"}, on: true, known: true},
		"Enabled":   {reason: "Who enables it has it in 1.8, too.", kubevirt: &v1beta1.KubeVirt{Version: "1.8", FeatureGates: gates}, on: true, known: true},
		"Disabled":  {reason: "Who disables it has it in no version.", kubevirt: &v1beta1.KubeVirt{Version: "1.9", DisabledFeatureGates: gates}, known: true},
		"Both": {
			reason:   "KubeVirt puts the enabled one first.",
			kubevirt: &v1beta1.KubeVirt{Version: "1.9", FeatureGates: gates, DisabledFeatureGates: gates}, on: true, known: true,
		},
		"Never":  {reason: "No version has it on by default.", gate: HotplugVolumes, kubevirt: &v1beta1.KubeVirt{Version: "1.9"}, known: true},
		"NotYet": {reason: "The gate is off in 1.8.", gate: LiveUpdateNADRef, kubevirt: &v1beta1.KubeVirt{Version: "1.8"}, known: true},
		"Always": {reason: "It is on from 1.9.", gate: LiveUpdateNADRef, kubevirt: &v1beta1.KubeVirt{Version: "1.9"}, on: true, known: true},
		"NotDisabled": {
			reason: "From then on nobody can disable it.", gate: LiveUpdateNADRef,
			kubevirt: &v1beta1.KubeVirt{Version: "1.9", DisabledFeatureGates: always}, on: true, known: true,
		},
		"MaybeDisabled": {
			reason: "Whether it can be disabled depends on the version.", gate: LiveUpdateNADRef,
			kubevirt: &v1beta1.KubeVirt{DisabledFeatureGates: always},
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			in := &v1beta1.Input{Cluster: &v1beta1.Cluster{KubeVirt: tc.kubevirt}}
			if tc.gate == "" {
				tc.gate = ExternalNetResourceInjection
			}
			if on, known := Enabled(in, tc.gate); on != tc.on || known != tc.known {
				t.Errorf("%s Want %v, %v, got %v, %v", tc.reason, tc.on, tc.known, on, known)
			}
		})
	}
}

// TestOldest shows that the oldest supported versions are those that are tested.
func TestOldest(t *testing.T) {
	sets, err := os.ReadFile("../../test/tools/sets")
	if err != nil {
		t.Fatal(err)
	}
	for _, folder := range []string{"kubevirt-" + string(oldestKubeVirt), "cdi-" + string(oldestCDI)} {
		if !regexp.MustCompile(`(?m)^oldest .*\b` + regexp.QuoteMeta(folder) + `\b`).Match(sets) {
			t.Errorf("test/tools/sets must have %s as the oldest version", folder)
		}
	}
}

// TestAdvice shows that versions before the oldest supported ones are told.
func TestAdvice(t *testing.T) {
	in := &v1beta1.Input{Cluster: &v1beta1.Cluster{KubeVirt: &v1beta1.KubeVirt{Version: "1.7.3"}, CDI: &v1beta1.CDI{Version: "1.63"}}}
	want := []string{
		"cluster.kubevirt.version: KubeVirt 1.7.3 is older than 1.8, the oldest version that is supported: ask the platform team to upgrade it",
		"cluster.cdi.version: CDI 1.63 is older than 1.64, the oldest version that is supported: ask the platform team to upgrade it",
	}
	if diff := cmp.Diff(want, Advice(in)); diff != "" {
		t.Errorf("-want, +got:\n%s", diff)
	}
	in.Cluster.KubeVirt.Version, in.Cluster.CDI.Version = "1.8.0", ""
	if got := Advice(in); got != nil {
		t.Errorf("want none, got %q", got)
	}
}
