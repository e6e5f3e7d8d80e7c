//go:build e2e

package e2e

import (
	"context"
	"strings"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
)

// TestTemplate gives a Wukong a template: at first one that the platform team does not allow, and, without a provider, one that takes a feature gate
// which the KubeVirt object of the cluster does not have on. Both are refused with what is missing, and the virtual machine gets the last one.
//
// All tenants share the Composition, so that this test does not run in parallel with others.
func TestTemplate(t *testing.T) {
	const hostname, vsock = `{"hostname": "db"}`, `{"hostname": "db", "domain": {"devices": {"autoattachVSOCK": true}}}`
	tenant := cluster.NewTenant(t)
	wukong := tenant.Apply(t, "minimal", combine(withDisks(emptyDisk("system")), withTemplate(hostname)))
	wukong.eventuallyRefused(t, "limits.templatePaths")

	cluster.allowTemplates(t)
	if *target == targetNative {
		role := roleIn(t, "examples/native/feature-gates-rbac.yaml", crossplaneUser)
		if err := cluster.Create(t.Context(), role.DeepCopy()); client.IgnoreAlreadyExists(err) != nil {
			t.Fatal(err)
		}
		eventually(t, role.Name+" is in effect", func() error { return role.checkInEffect(role.Rules) })
		wukong.Edit(t, withTemplate(vsock))
		wukong.eventuallyRefused(t, "feature gate VSOCK, which is off in this cluster")
	}

	wukong.Edit(t, withTemplate(hostname))
	wukong.EventuallyRuns(t)
	if name := wukong.VM(t).Spec.Template.Spec.Hostname; name != "db" {
		t.Errorf("want the hostname of the template, got %q", name)
	}
	wukong.Delete(t)
	tenant.EventuallyHasOnly(t)
}

// TestUnwatchedKubeVirt gives a Wukong a template that takes a feature gate, without a provider and without the role of examples/native: by its own roles
// KubeVirt lets everybody list its object, and Crossplane may not watch it. The Wukong is made without advice, and its status does not flap.
//
// All tenants share the Composition, so that this test does not run in parallel with others.
func TestUnwatchedKubeVirt(t *testing.T) {
	if *target != targetNative {
		t.Skip("with a provider the KubeVirt object is not read")
	}
	role := roleIn(t, "examples/native/feature-gates-rbac.yaml", crossplaneUser)
	if err := client.IgnoreNotFound(cluster.Delete(t.Context(), role.DeepCopy())); err != nil {
		t.Fatal(err)
	}
	expectForbidden.Store(everyResource+"kubevirts", true)
	cluster.allowTemplates(t)
	tenant := cluster.NewTenant(t)
	wukong := tenant.Apply(t, "minimal", combine(withDisks(emptyDisk("system")), withTemplate(`{"domain": {"rebootPolicy": "Reboot"}}`)))
	wukong.EventuallyRuns(t)
	wukong.checkStable(t, 10*time.Second)
	if c := wukong.Observe(t).Condition("Valid"); c == nil || c.Message != "" {
		t.Errorf("want no advice, as the gate is on, got %+v", c)
	}
	wukong.Delete(t)
	tenant.EventuallyHasOnly(t)
}

// withTemplate gives a Wukong a template in JSON.
func withTemplate(text string) func(*v1alpha1.Wukong) {
	return func(w *v1alpha1.Wukong) { w.Spec.Template = &runtime.RawExtension{Raw: []byte(text)} }
}

// eventuallyRefused waits until the spec is refused with a text.
func (w *Wukong) eventuallyRefused(t *testing.T, text string) {
	t.Helper()
	w.Eventually(t, "is refused: "+text, func(o Observed) bool {
		c := o.Condition("Valid")
		return c != nil && c.Reason == "InvalidSpec" && strings.Contains(c.Message, text)
	})
}

// allowTemplates lets Wukongs give every path of a template, until the test ends.
func (c *Cluster) allowTemplates(t *testing.T) {
	t.Helper()
	composition := &unstructured.Unstructured{}
	composition.SetGroupVersionKind(schema.GroupVersionKind{Group: "apiextensions.crossplane.io", Version: "v1", Kind: "Composition"})
	composition.SetName("wukong")
	patch := func(text string) {
		if err := c.Patch(context.Background(), composition, client.RawPatch(types.JSONPatchType, []byte(text))); err != nil {
			t.Error(err)
		}
	}
	patch(`[{"op": "add", "path": "/spec/pipeline/0/input/limits", "value": {"templatePaths": ["*"]}}]`)
	t.Cleanup(func() { patch(`[{"op": "remove", "path": "/spec/pipeline/0/input/limits"}]`) })
}
