//go:build e2e

package e2e

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
	"github.com/novasphere/function-wukong/internal/names"
)

// TestOtherControlPlane applies a claim beside a virtual machine and a disk that a Wukong of the same name made from another control plane.
// Both are left alone, also when the claim is deleted, and taken over once they are handed over.
func TestOtherControlPlane(t *testing.T) {
	needsProvider(t, "without a provider Crossplane reaches no cluster but its own")
	t.Parallel()
	tenant := cluster.NewTenant(t)
	labels := map[string]string{names.LabelWukong: "web-01"}
	vm := machine("web-01")
	vm.SetLabels(labels)
	vm.SetAnnotations(map[string]string{names.AnnotationComposite: "a-composite-elsewhere"})
	tenant.Give(t, vm)
	w := &v1alpha1.Wukong{}
	w.Namespace, w.Name = tenant.Namespace, "web-01"
	disk := handMade(names.Object(w, names.Disk, "system"))
	disk.SetLabels(labels)
	tenant.Give(t, disk)
	there := tenant.UIDs(t)

	asked := with(empty("system"))
	claim := tenant.Apply(t, "minimal", asked)
	tells := func(s Sight) bool {
		return s.Status.Phase == v1alpha1.PhaseError && strings.Contains(s.Status.Message, "belongs to another Wukong of this name")
	}
	claim.Eventually(t, "tells of the other Wukong", tells)
	claim.Delete(t)
	tenant.GoesOn(t, there)
	tenant.EventuallyHas(t, "PersistentVolumeClaim/"+disk.Name, "VirtualMachine/web-01")

	claim = tenant.Apply(t, "minimal", asked)
	claim.Eventually(t, "tells of the other Wukong again", tells)
	handOver := client.RawPatch(types.MergePatchType, fmt.Appendf(nil, `{"metadata":{"annotations":{%q:null}}}`, names.AnnotationComposite))
	if err := cluster.Patch(t.Context(), claim.VM(t), handOver); err != nil {
		t.Fatal(err)
	}
	claim.EventuallyRuns(t)
	tenant.GoesOn(t, there)
	claim.Delete(t)
	tenant.EventuallyHas(t)
}

// TestOtherProviderConfig has the Composition name another ProviderConfig under a virtual machine that runs. It stays with its own, and takes
// the other one when the Wukong allows it.
//
// The Composition is the same for all, so that this test runs beside no other until it is as before.
func TestOtherProviderConfig(t *testing.T) {
	needsProvider(t, "without a provider there is no ProviderConfig")
	claim := cluster.NewTenant(t).Apply(t, "minimal", with(empty("system")))
	claim.EventuallyRuns(t)
	there := claim.UIDs(t)
	t.Cleanup(func() { cluster.configure(t, "default") })

	cluster.configure(t, "renamed")
	claim.Eventually(t, "says that it stays with its ProviderConfig", func(s Sight) bool {
		c := s.Condition("Valid")
		return c != nil && c.Reason == "ImmutableChange" && strings.Contains(c.Message, "renamed may reach another cluster")
	})
	claim.eventuallyIsBy(t, "default")

	cluster.copyProviderConfig(t, "renamed")
	claim.Edit(t, func(w *v1alpha1.Wukong) {
		w.Annotations = map[string]string{v1alpha1.AnnotationProviderConfig: "renamed"}
	})
	claim.eventuallyIsBy(t, "renamed")
	claim.Eventually(t, "is as asked for", func(s Sight) bool { return s.True("Valid") })
	claim.EventuallyRuns(t)
	claim.GoesOn(t, there)

	cluster.configure(t, "default")
	t.Parallel()
	claim.Delete(t)
	claim.EventuallyHas(t)
}

// eventuallyIsBy waits until all Objects of the claim are by a ProviderConfig, and in sync.
func (c *Claim) eventuallyIsBy(t *testing.T, config string) {
	t.Helper()
	eventually(t, "all Objects of "+c.String()+" are by "+config, func() error {
		all := c.list(t, objectGVK())
		for _, o := range all {
			if is, _, _ := unstructured.NestedString(o.Object, "spec", "providerConfigRef", "name"); is != config {
				return fmt.Errorf("%s is by %s", o.GetName(), is)
			}
			if why := message(o, "Synced"); why != "" {
				return fmt.Errorf("%s: %s", o.GetName(), why)
			}
		}
		if len(all) == 0 {
			return errors.New("there are none")
		}
		return nil
	})
}

// configure has the Composition name a ProviderConfig.
func (c *Cluster) configure(t *testing.T, config string) {
	t.Helper()
	say(t, "the Composition names ProviderConfig %s", config)
	composition := &unstructured.Unstructured{}
	composition.SetGroupVersionKind(schema.GroupVersionKind{Group: "apiextensions.crossplane.io", Version: "v1", Kind: "Composition"})
	composition.SetName("wukong")
	patch := fmt.Appendf(nil, `[{"op":"replace","path":"/spec/pipeline/0/input/providerConfigRef/name","value":%q}]`, config)
	if err := c.Patch(context.Background(), composition, client.RawPatch(types.JSONPatchType, patch)); err != nil {
		t.Fatal(err)
	}
}

// copyProviderConfig gives the ProviderConfig of all Wukongs another name, too.
func (c *Cluster) copyProviderConfig(t *testing.T, name string) {
	t.Helper()
	config := &unstructured.Unstructured{}
	config.SetGroupVersionKind(schema.GroupVersionKind{Group: "kubernetes.crossplane.io", Version: "v1alpha1", Kind: "ProviderConfig"})
	if *target == targetNamespaced {
		config.SetGroupVersionKind(schema.GroupVersionKind{Group: "kubernetes.m.crossplane.io", Version: "v1alpha1", Kind: "ClusterProviderConfig"})
	}
	if err := c.Get(t.Context(), types.NamespacedName{Name: "default"}, config); err != nil {
		t.Fatal(err)
	}
	renamed := &unstructured.Unstructured{Object: map[string]any{"spec": config.Object["spec"]}}
	renamed.SetGroupVersionKind(config.GroupVersionKind())
	renamed.SetName(name)
	if err := c.Create(t.Context(), renamed); client.IgnoreAlreadyExists(err) != nil {
		t.Fatal(err)
	}
}
