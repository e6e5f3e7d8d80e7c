//go:build e2e

package e2e

import (
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

// TestOtherControlPlane creates a Wukong beside a VirtualMachine and a disk of a Wukong of the same name in another control plane.
// They are not changed, even when the Wukong is deleted. It takes them over once the annotation with their composite is removed.
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
	reportsConflict := func(o Observed) bool {
		return o.Status.Phase == v1alpha1.PhaseError && strings.Contains(o.Status.Message, "belongs to another Wukong of this name")
	}
	wukong.Eventually(t, "reports the other Wukong", reportsConflict)
	wukong.Delete(t)
	tenant.CheckUIDs(t, uids)
	tenant.EventuallyHasOnly(t, "PersistentVolumeClaim/"+disk.Name, "VirtualMachine/web-01")

	wukong = tenant.Apply(t, "minimal", edit)
	wukong.Eventually(t, "reports the other Wukong again", reportsConflict)
	handOver := client.RawPatch(types.MergePatchType, fmt.Appendf(nil, `{"metadata":{"annotations":{%q:null}}}`, names.AnnotationComposite))
	if err := cluster.Patch(t.Context(), wukong.VM(t), handOver); err != nil {
		t.Fatal(err)
	}
	wukong.EventuallyRuns(t)
	tenant.CheckUIDs(t, uids)
	wukong.Delete(t)
	tenant.EventuallyHasOnly(t)
}

// TestOtherProviderConfig changes the ProviderConfig in the Composition while a virtual machine runs. Its Objects keep their ProviderConfig until
// an annotation of the Wukong allows the new one.
//
// All tenants share the Composition, so that this test runs in parallel with others only once it is restored.
func TestOtherProviderConfig(t *testing.T) {
	needsProvider(t, "without a provider there is no ProviderConfig")
	wukong := cluster.NewTenant(t).Apply(t, "minimal", withDisks(emptyDisk("system")))
	wukong.EventuallyRuns(t)
	uids := wukong.UIDs(t)
	t.Cleanup(func() { cluster.setProviderConfig(t, "default") })

	cluster.setProviderConfig(t, "renamed")
	wukong.Eventually(t, "reports that it keeps its ProviderConfig", func(o Observed) bool {
		c := o.Condition("Valid")
		return c != nil && c.Reason == "ImmutableChange" && strings.Contains(c.Message, "renamed may reach another cluster")
	})
	wukong.eventuallyUsesProviderConfig(t, "default")

	cluster.copyProviderConfig(t, "renamed")
	wukong.Edit(t, func(w *v1alpha1.Wukong) {
		w.Annotations = map[string]string{v1alpha1.AnnotationProviderConfig: "renamed"}
	})
	wukong.eventuallyUsesProviderConfig(t, "renamed")
	wukong.Eventually(t, "is valid", func(o Observed) bool { return o.True("Valid") })
	wukong.EventuallyRuns(t)
	wukong.CheckUIDs(t, uids)

	cluster.setProviderConfig(t, "default")
	t.Parallel()
	wukong.Delete(t)
	wukong.EventuallyHasOnly(t)
}

// eventuallyUsesProviderConfig waits until all Objects of the Wukong refer to a ProviderConfig and are synced.
func (w *Wukong) eventuallyUsesProviderConfig(t *testing.T, config string) {
	t.Helper()
	eventually(t, "all Objects of "+w.String()+" refer to "+config, func() error {
		all := w.listObjects(t, objectGVK())
		for _, o := range all {
			if name, _, _ := unstructured.NestedString(o.Object, "spec", "providerConfigRef", "name"); name != config {
				return fmt.Errorf("%s refers to %s", o.GetName(), name)
			}
			if message := conditionMessage(t, &o, "Synced"); message != "" {
				return fmt.Errorf("%s: %s", o.GetName(), message)
			}
		}
		if len(all) == 0 {
			return errors.New("there are none")
		}
		return nil
	})
}

// setProviderConfig sets the ProviderConfig in the Composition.
func (c *Cluster) setProviderConfig(t *testing.T, config string) {
	t.Helper()
	logf(t, "setting ProviderConfig %s in the Composition", config)
	c.setInput(t, func(input map[string]any) {
		ref, _ := input["providerConfigRef"].(map[string]any)
		ref["name"] = config
	})
}

// copyProviderConfig creates a copy of the default ProviderConfig.
func (c *Cluster) copyProviderConfig(t *testing.T, name string) {
	t.Helper()
	config := &unstructured.Unstructured{}
	config.SetGroupVersionKind(providerConfigGVK())
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

// providerConfigGVK returns the kind of ProviderConfigs for every namespace.
func providerConfigGVK() schema.GroupVersionKind {
	if *target == targetNamespaced {
		return schema.GroupVersionKind{Group: "kubernetes.m.crossplane.io", Version: "v1alpha1", Kind: "ClusterProviderConfig"}
	}
	return schema.GroupVersionKind{Group: "kubernetes.crossplane.io", Version: "v1alpha1", Kind: "ProviderConfig"}
}
