//go:build e2e

package e2e

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"strings"
	"testing"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/yaml"
)

// The Composition that serves all Wukongs, and another one with settings of its own.
const (
	servingComposition = "wukong"
	otherComposition   = "wukong-wide"
)

// otherLabel is the label that the settings of the other Composition give to all objects.
const otherLabel = "example.org/composition"

// compositionGVK is the kind of Compositions.
var compositionGVK = schema.GroupVersionKind{Group: "apiextensions.crossplane.io", Version: "v1", Kind: "Composition"}

// TestComposition shows that a Wukong is composed by the platform's Composition, whatever it names, and that a tenant can neither name another one,
// nor a revision, nor what Crossplane composes. Whoever may update Compositions can.
func TestComposition(t *testing.T) {
	t.Parallel()
	applyProduction(t, "tenant-rbac.yaml")
	revision := cluster.otherRevision(t)
	tenant := cluster.NewTenant(t)
	user := tenant.asUserWithClusterRole(t, "wukong-tenant")
	eventually(t, "the tenant may list Wukongs", func() error {
		return user.List(t.Context(), wukongList(), client.InNamespace(user.Namespace))
	})
	victim := tenant.Apply(t, "minimal", withName("victim"), withDisks(emptyDisk("system")))
	own := user.Apply(t, "minimal", withName("own"), withDisks(emptyDisk("system")))
	choices := map[string]map[string]any{
		"Composition":      {"compositionRef": map[string]any{"name": otherComposition}},
		"Selector":         {"compositionSelector": map[string]any{"matchLabels": map[string]any{otherLabel: "wide"}}},
		"Revision":         {"compositionUpdatePolicy": "Manual", "compositionRevisionRef": map[string]any{"name": revision}},
		"RevisionSelector": {"compositionRevisionSelector": map[string]any{"matchLabels": map[string]any{otherLabel: "wide"}}},
		"Manual":           {"compositionUpdatePolicy": "Manual"},
	}
	victim.EventuallyRuns(t)
	own.EventuallyRuns(t)
	maps.Copy(choices, victim.asComposed(t))

	// The tenant is refused each of them, for a new Wukong and for one that runs.
	for name, choice := range choices {
		t.Run(name, func(t *testing.T) {
			manifest := manifestOf("chosen", choice)
			manifest.SetNamespace(user.Namespace)
			checkNotChosen(t, user.Create(t.Context(), manifest))
			patch, err := yaml.Marshal(map[string]any{"spec": manifest.Object["spec"]})
			if err != nil {
				t.Fatal(err)
			}
			checkNotChosen(t, own.merge(t, string(patch)))
		})
	}

	// Whoever may update Compositions passes the policy, and gets the platform's Composition all the same.
	var chosen []*Wukong
	for _, name := range []string{"Composition", "Selector"} {
		w := &Wukong{Tenant: tenant, Name: strings.ToLower(name)}
		tenant.MustCreate(t, manifestOf(w.Name, choices[name]))
		chosen = append(chosen, w)
	}
	for _, w := range chosen {
		w.EventuallyRuns(t)
		w.checkServed(t)
	}
	own.checkServed(t)

	// So does a pinned revision, also after an edit of the tenant, who then cannot pin another one.
	eventually(t, own.String()+" has the settings of the pinned revision", func() error {
		// Crossplane first takes from a claim that it may pin a revision, and sets its reference back until then.
		if err := own.as(tenant).merge(t, specPatch(t, choices["Revision"])); err != nil {
			return err
		}
		if label := own.as(tenant).VM(t).Labels[otherLabel]; label != "wide" {
			return fmt.Errorf("its label is %q", label)
		}
		return nil
	})
	own.Edit(t, withCPUs(3))
	checkNotChosen(t, own.merge(t, specPatch(t, map[string]any{"compositionRevisionRef": map[string]any{"name": "wukong-0000000"}})))
	if err := own.merge(t, specPatch(t, map[string]any{"compositionUpdatePolicy": "Automatic"})); err != nil {
		t.Errorf("want the tenant to be allowed to return to the latest settings, got %v", err)
	}
	eventually(t, own.String()+" has the platform's settings again", func() error {
		if label, has := own.as(tenant).VM(t).Labels[otherLabel]; has {
			return fmt.Errorf("its label is %q", label)
		}
		return nil
	})
	own.EventuallyRuns(t)
	victim.EventuallyRuns(t)
	deleteAll(t, append(chosen, own, victim))
	tenant.EventuallyHasOnly(t)
}

// applyProduction applies files of examples/production. Tests that run at the same time may apply the same files, so that they stay.
func applyProduction(t *testing.T, files ...string) {
	t.Helper()
	for _, file := range files {
		for _, o := range productionObjects(t, file) {
			if err := serverSideApply(t, cluster, o); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// checkNotChosen fails the test unless an error is the refusal of the policy on Compositions.
func checkNotChosen(t *testing.T, err error) {
	t.Helper()
	if !apierrors.IsForbidden(err) || !strings.Contains(err.Error(), "only the platform team") {
		t.Errorf("want it refused as the platform team's, got %v", err)
	}
}

// manifestOf returns the manifest of a Wukong with an empty disk and fields of Crossplane.
func manifestOf(name string, machinery map[string]any) *unstructured.Unstructured {
	spec := machineryIn(machinery)
	maps.Copy(spec, map[string]any{
		"cpu": int64(1), "memory": "1Gi", "disks": []any{map[string]any{"name": "system", "size": "1Gi"}},
	})
	o := &unstructured.Unstructured{Object: map[string]any{"spec": spec}}
	o.SetGroupVersionKind(wukongGVK)
	o.SetName(name)
	return o
}

// machineryIn returns a spec with fields of Crossplane, where Wukongs of the target have them.
func machineryIn(machinery map[string]any) map[string]any {
	if *target == targetClaim {
		return maps.Clone(machinery)
	}
	return map[string]any{"crossplane": machinery}
}

// specPatch returns a patch of fields of Crossplane.
func specPatch(t *testing.T, machinery map[string]any) string {
	t.Helper()
	patch, err := yaml.Marshal(map[string]any{"spec": machineryIn(machinery)})
	if err != nil {
		t.Fatal(err)
	}
	return string(patch)
}

// merge patches the Wukong, and returns the error of the API server.
func (w *Wukong) merge(t *testing.T, patch string) error {
	t.Helper()
	b, err := yaml.YAMLToJSON([]byte(patch))
	if err != nil {
		t.Fatal(err)
	}
	o := &unstructured.Unstructured{}
	o.SetGroupVersionKind(wukongGVK)
	o.SetNamespace(w.Namespace)
	o.SetName(w.Name)
	return w.Patch(t.Context(), o, client.RawPatch(types.MergePatchType, b))
}

// as returns the Wukong as another tenant of its namespace sees it.
func (w *Wukong) as(n *Tenant) *Wukong { return &Wukong{Tenant: n, Name: w.Name} }

// machinery returns the fields of Crossplane that a Wukong has.
func (w *Wukong) machinery(t *testing.T) map[string]any {
	t.Helper()
	o := &unstructured.Unstructured{}
	o.SetGroupVersionKind(wukongGVK)
	if err := w.Get(t.Context(), w.key(), o); err != nil {
		t.Fatal(err)
	}
	path := []string{"spec", "crossplane"}
	if *target == targetClaim {
		path = []string{"spec"}
	}
	out, _, err := unstructured.NestedMap(o.Object, path...)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// asComposed returns the choices by which another Wukong would take over what this one is composed of.
func (w *Wukong) asComposed(t *testing.T) map[string]map[string]any {
	t.Helper()
	m := w.machinery(t)
	if *target == targetClaim {
		return map[string]map[string]any{
			"CompositeOfAnother": {"resourceRef": m["resourceRef"]},
			"ConnectionSecret":   {"writeConnectionSecretToRef": map[string]any{"name": "keys"}},
		}
	}
	return map[string]map[string]any{
		"ComposedOfAnother": {"resourceRefs": m["resourceRefs"]},
		"AnySecret":         {"resourceRefs": []any{map[string]any{"apiVersion": "v1", "kind": "Secret", "name": "keys"}}},
	}
}

// checkServed fails the test unless the platform's Composition composes the Wukong.
func (w *Wukong) checkServed(t *testing.T) {
	t.Helper()
	eventually(t, w.String()+" names the platform's Composition", func() error {
		if name, _, _ := unstructured.NestedString(w.machinery(t), "compositionRef", "name"); name != servingComposition {
			return fmt.Errorf("it names %q", name)
		}
		return nil
	})
	if label, has := w.VM(t).Labels[otherLabel]; has {
		t.Errorf("%s has the settings of another Composition: label %q", w, label)
	}
}

// otherRevision creates the other Composition, and returns the name of its revision.
func (c *Cluster) otherRevision(t *testing.T) string {
	t.Helper()
	composition := c.composition(t, servingComposition)
	other := &unstructured.Unstructured{Object: map[string]any{"spec": composition.Object["spec"]}}
	other.SetGroupVersionKind(compositionGVK)
	other.SetName(otherComposition)
	other.SetLabels(map[string]string{otherLabel: "wide"})
	editInput(t, other, func(input map[string]any) { input["labels"] = map[string]any{otherLabel: "wide"} })
	if err := c.Create(t.Context(), other); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := c.Delete(context.Background(), other); err != nil {
			t.Error(err)
		}
	})
	var name string
	eventually(t, "the other Composition has a revision", func() error {
		all := &unstructured.UnstructuredList{}
		all.SetGroupVersionKind(schema.GroupVersionKind{Group: compositionGVK.Group, Version: compositionGVK.Version, Kind: "CompositionRevision"})
		if err := c.List(t.Context(), all, client.MatchingLabels{"crossplane.io/composition-name": otherComposition}); err != nil {
			return err
		}
		if len(all.Items) != 1 {
			return errors.New("it has none")
		}
		name = all.Items[0].GetName()
		return nil
	})
	return name
}

// composition returns a Composition.
func (c *Cluster) composition(t *testing.T, name string) *unstructured.Unstructured {
	t.Helper()
	out := &unstructured.Unstructured{}
	out.SetGroupVersionKind(compositionGVK)
	if err := c.Get(context.Background(), types.NamespacedName{Name: name}, out); err != nil {
		t.Fatal(err)
	}
	return out
}

// setInput changes the Input in the Composition that serves all Wukongs. A test that does so must not run in parallel with others, and restore it.
func (c *Cluster) setInput(t *testing.T, edit func(input map[string]any)) {
	t.Helper()
	composition := c.composition(t, servingComposition)
	editInput(t, composition, edit)
	if err := c.Update(context.Background(), composition); err != nil {
		t.Fatal(err)
	}
}

// editInput changes the Input of the first step of a Composition.
func editInput(t *testing.T, composition *unstructured.Unstructured, edit func(input map[string]any)) {
	t.Helper()
	steps, _, err := unstructured.NestedSlice(composition.Object, "spec", "pipeline")
	if err != nil || len(steps) == 0 {
		t.Fatalf("the Composition has no steps: %v", err)
	}
	step, _ := steps[0].(map[string]any)
	input, ok := step["input"].(map[string]any)
	if !ok {
		t.Fatal("the first step has no Input")
	}
	edit(input)
	if err := unstructured.SetNestedSlice(composition.Object, steps, "spec", "pipeline"); err != nil {
		t.Fatal(err)
	}
}
