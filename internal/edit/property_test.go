package edit

import (
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/runtime"
	"pgregory.net/rapid"
	"sigs.k8s.io/yaml"

	"github.com/novasphere/function-wukong/internal/manifest"
	"github.com/novasphere/function-wukong/internal/observed"
	"github.com/novasphere/function-wukong/internal/plan"
	"github.com/novasphere/function-wukong/internal/preview"
	"github.com/novasphere/function-wukong/internal/wukongtest"
)

// input has the defaults that random Wukongs need.
const input = "{apiVersion: wukong.fn.crossplane.io/v1beta1, kind: Input, sharedImageNamespaces: [golden-images], defaults: {master: eth1, resourceName: openshift.io/fast, " +
	"windowsDriversImage: docker://quay.io/kubevirt/virtio-container-disk:v1.9.0}, " +
	"limits: {masters: [{name: '*'}], deviceNames: ['*'], cpuAllocationRatio: 1000, memoryOvercommit: 1000}}"

// pair generates two specs: mostly the second is the first with a few fields of another one.
func pair() *rapid.Generator[[2]map[string]any] {
	return rapid.Custom(func(t *rapid.T) [2]map[string]any {
		from, other := wukongtest.Spec().Draw(t, "from"), wukongtest.Spec().Draw(t, "other")
		if rapid.IntRange(0, 3).Draw(t, "whole?") == 0 {
			return [2]map[string]any{from, other}
		}
		to := runtime.DeepCopyJSON(from)
		names := slices.Sorted(maps.Keys(other))
		for range rapid.IntRange(1, 2).Draw(t, "fields") {
			name := rapid.SampledFrom(names).Draw(t, "field")
			to[name] = other[name]
		}
		return [2]map[string]any{from, to}
	})
}

// read returns a repository with the Wukong of a spec.
func read(t *rapid.T, dir string, spec map[string]any) *preview.Repository {
	t.Helper()
	b, err := yaml.Marshal(wukongtest.Claim(spec))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(dir+"/input.yaml", []byte(input), 0o600); err != nil {
		t.Fatal(err)
	}
	return preview.Read(t.Context(), preview.Options{Files: []string{"-"}, Input: dir + "/input.yaml", Stdin: strings.NewReader(string(b))})
}

// TestAnyEdit shows of random edits that a plan tells of each disk that the function says is deleted, and of no other; that it names what keeps the
// machine from changing while it runs; and that each change has an effect of which the reader has heard.
func TestAnyEdit(t *testing.T) {
	dir := t.TempDir()
	rapid.Check(t, func(t *rapid.T) {
		specs := pair().Draw(t, "pair")
		before, after := read(t, dir, specs[0]), read(t, dir, specs[1])
		if before.Failed() || after.Failed() {
			t.Skip("a field of another Wukong is refused")
		}
		was, becomes := side{before, before.Wukongs[0]}, side{after, after.Wukongs[0]}
		w, problems := compare(&was, becomes)
		if manifest.HasErrors(problems) {
			t.Skip("the two together are refused")
		}
		e := edit{before: &was, after: becomes}
		var err error
		if e.was, e.observed, err = settled(before.Target(), observed.Resources{}, was.plan); err != nil {
			t.Fatal(err)
		}
		if e.becomes, err = becomes.plan(e.observed); err != nil {
			t.Fatal(err)
		}
		e.know()
		lost := len(w.Lost)
		for _, c := range w.Changes {
			// How many snapshots there are is not known.
			if c.Effect == plan.EffectDataLoss && !strings.HasPrefix(c.Field, "disks") && c.Field != "snapshots.keep" {
				lost++
			}
		}
		if lost != len(e.becomes.DataLoss) {
			t.Errorf("the function says %q, and the plan %v and %v", e.becomes.DataLoss, w.Lost, w.Changes)
		}
		for _, c := range w.Changes {
			if !slices.Contains(order, c.Effect) {
				t.Errorf("%s has the effect %q", c.name(), c.Effect)
			}
		}
		for _, d := range e.differences {
			// What goes with a disk whose data is deleted follows from that.
			told := slices.ContainsFunc(w.Changes, func(c FieldChange) bool {
				return e.concerns(d, c.Field) || c.Path == d.Path ||
					c.Effect == plan.EffectDataLoss && itemOf(c.Field) != "" && within(d.Field, itemOf(c.Field))
			})
			if !told {
				t.Errorf("the plan does not tell of %v", d)
			}
		}
		if p := (Plan{Wukongs: []Wukong{w}}); p.text(false) == "" || p.markdown() == "" {
			t.Error("a plan is empty")
		}
	})
}

// TestSameSpec shows that a Wukong that does not change has no changes, however it is written.
func TestSameSpec(t *testing.T) {
	dir := t.TempDir()
	rapid.Check(t, func(t *rapid.T) {
		spec := wukongtest.Spec().Draw(t, "spec")
		before, after := read(t, dir, spec), read(t, dir, spec)
		w, problems := compare(&side{before, before.Wukongs[0]}, side{after, after.Wukongs[0]})
		if manifest.HasErrors(problems) || w.Action != Keep {
			t.Errorf("want nothing to change, got %v, %v", w, problems)
		}
	})
}
