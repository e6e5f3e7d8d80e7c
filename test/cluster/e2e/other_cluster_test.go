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
	vm := handmadeVM("web-01")
	vm.SetLabels(labels)
	vm.SetAnnotations(map[string]string{names.AnnotationComposite: "a-composite-elsewhere"})
	tenant.MustCreate(t, vm)
	w := &v1alpha1.Wukong{}
	w.Namespace, w.Name = tenant.Namespace, "web-01"
	disk := handmadePVC(names.Object(w, names.Disk, "system"))
	disk.SetLabels(labels)
	tenant.MustCreate(t, disk)
	uids := tenant.UIDs(t)

	edit := withDisks(emptyDisk("system"))
	wukong := tenant.Apply(t, "minimal", edit)
	tells := func(o Observed) bool {
		return o.Status.Phase == v1alpha1.PhaseError && strings.Contains(o.Status.Message, "belongs to another Wukong of this name")
	}
	wukong.Eventually(t, "tells of the other Wukong", tells)
	wukong.Delete(t)
	tenant.CheckUIDs(t, uids)
	tenant.EventuallyHasOnly(t, "PersistentVolumeClaim/"+disk.Name, "VirtualMachine/web-01")

	wukong = tenant.Apply(t, "minimal", edit)
	wukong.Eventually(t, "tells of the other Wukong again", tells)
	handOver := client.RawPatch(types.MergePatchType, fmt.Appendf(nil, `{"metadata":{"annotations":{%q:null}}}`, names.AnnotationComposite))
	if err := cluster.Patch(t.Context(), wukong.VM(t), handOver); err != nil {
		t.Fatal(err)
	}
	wukong.EventuallyRuns(t)
	tenant.CheckUIDs(t, uids)
	wukong.Delete(t)
	tenant.EventuallyHasOnly(t)
}

// TestOtherProviderConfig has the Composition name another ProviderConfig under a virtual machine that runs. It stays with its own, and takes
// the other one when the Wukong allows it.
//
// The Composition is the same for all, so that this test runs beside no other until it is as before.
func TestOtherProviderConfig(t *testing.T) {
	needsProvider(t, "without a provider there is no ProviderConfig")
	wukong := cluster.NewTenant(t).Apply(t, "minimal", withDisks(emptyDisk("system")))
	wukong.EventuallyRuns(t)
	uids := wukong.UIDs(t)
	t.Cleanup(func() { cluster.setProviderConfig(t, "default") })

	cluster.setProviderConfig(t, "renamed")
	wukong.Eventually(t, "says that it stays with its ProviderConfig", func(o Observed) bool {
		c := o.Condition("Valid")
		return c != nil && c.Reason == "ImmutableChange" && strings.Contains(c.Message, "renamed may reach another cluster")
	})
	wukong.eventuallyUsesProviderConfig(t, "default")

	cluster.copyProviderConfig(t, "renamed")
	wukong.Edit(t, func(w *v1alpha1.Wukong) {
		w.Annotations = map[string]string{v1alpha1.AnnotationProviderConfig: "renamed"}
	})
	wukong.eventuallyUsesProviderConfig(t, "renamed")
	wukong.Eventually(t, "is as asked for", func(o Observed) bool { return o.True("Valid") })
	wukong.EventuallyRuns(t)
	wukong.CheckUIDs(t, uids)

	cluster.setProviderConfig(t, "default")
	t.Parallel()
	wukong.Delete(t)
	wukong.EventuallyHasOnly(t)
}

// eventuallyIsBy waits until all Objects of the claim are by a ProviderConfig, and in sync.
func (w *Wukong) eventuallyUsesProviderConfig(t *testing.T, config string) {
	t.Helper()
	eventually(t, "all Objects of "+w.String()+" are by "+config, func() error {
		all := w.listObjects(t, objectGVK())
		for _, o := range all {
			if is, _, _ := unstructured.NestedString(o.Object, "spec", "providerConfigRef", "name"); is != config {
				return fmt.Errorf("%s is by %s", o.GetName(), is)
			}
			if why := conditionMessage(t, &o, "Synced"); why != "" {
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
func (c *Cluster) setProviderConfig(t *testing.T, config string) {
	t.Helper()
	logf(t, "the Composition names ProviderConfig %s", config)
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
