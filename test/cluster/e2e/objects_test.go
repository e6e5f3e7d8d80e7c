//go:build e2e

package e2e

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	nadv1 "github.com/k8snetworkplumbingwg/network-attachment-definition-client/pkg/apis/k8s.cni.cncf.io/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	kubevirtv1 "kubevirt.io/api/core/v1"
	cdiv1 "kubevirt.io/containerized-data-importer-api/pkg/apis/core/v1beta1"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// ObjectNames returns all objects of the tenant as KIND/NAME: those in the namespace, and the Objects of its Wukongs.
func (n *Tenant) ObjectNames(t *testing.T) []string {
	t.Helper()
	var out []string
	for _, gvk := range kinds() {
		for _, name := range n.listNames(t, gvk) {
			out = append(out, gvk.Kind+"/"+name)
		}
	}
	slices.Sort(out)
	return out
}

// listNames returns the names of the tenant's objects of a kind.
func (n *Tenant) listNames(t *testing.T, gvk schema.GroupVersionKind) []string {
	t.Helper()
	var out []string
	for _, o := range n.listObjects(t, gvk) {
		out = append(out, o.GetName())
	}
	return out
}

// listObjects returns the tenant's objects of a kind; none if the kind does not exist.
func (n *Tenant) listObjects(t *testing.T, gvk schema.GroupVersionKind) []unstructured.Unstructured {
	t.Helper()
	all := &unstructured.UnstructuredList{}
	all.SetGroupVersionKind(gvk)
	if err := n.List(context.Background(), all, n.listOption(gvk)); err != nil && !apierrors.IsNotFound(err) {
		t.Fatal(err)
	}
	return all.Items
}

// UIDs returns the UIDs of the tenant's objects that must survive any update, by KIND/NAME. It leaves out Pods, which KubeVirt and CDI replace,
// PersistentVolumeClaims named prime-..., which CDI imports into temporarily, and Objects, whose UIDs say nothing about what they manage.
func (n *Tenant) UIDs(t *testing.T) map[string]types.UID {
	t.Helper()
	out := map[string]types.UID{}
	for _, gvk := range kinds() {
		if gvk.Kind == "Pod" || gvk == objectGVK() {
			continue
		}
		for _, o := range n.listObjects(t, gvk) {
			if !strings.HasPrefix(o.GetName(), "prime-") {
				out[gvk.Kind+"/"+o.GetName()] = o.GetUID()
			}
		}
	}
	return out
}

// CheckUIDs fails the test if an object from an earlier call of UIDs was deleted or replaced.
func (n *Tenant) CheckUIDs(t *testing.T, before map[string]types.UID) {
	t.Helper()
	after := n.UIDs(t)
	maps.DeleteFunc(after, func(object string, _ types.UID) bool { _, existed := before[object]; return !existed })
	if diff := cmp.Diff(before, after); diff != "" {
		t.Errorf("objects were deleted or replaced: -before, +after:\n%s", diff)
	}
}

// EventuallyHasOnly waits until the tenant has these objects, as KIND/NAME, and no others.
func (n *Tenant) EventuallyHasOnly(t *testing.T, objects ...string) {
	t.Helper()
	slices.Sort(objects)
	eventually(t, fmt.Sprintf("%s has %q and nothing else", n.Namespace, objects), func() error {
		if diff := cmp.Diff(objects, n.ObjectNames(t)); diff != "" {
			return fmt.Errorf("-want, +got:\n%s", diff)
		}
		return nil
	})
}

// CheckSamePVC fails the test if a PersistentVolumeClaim was replaced, has another volume, or is being deleted.
func (n *Tenant) CheckSamePVC(t *testing.T, pvc *corev1.PersistentVolumeClaim) {
	t.Helper()
	after := &corev1.PersistentVolumeClaim{}
	if err := n.Get(t.Context(), client.ObjectKeyFromObject(pvc), after); err != nil {
		t.Fatal(err)
	}
	if after.UID != pvc.UID || after.Spec.VolumeName != pvc.Spec.VolumeName {
		t.Errorf("%s was replaced: got %s on %s, want %s on %s", pvc.Name, after.UID, after.Spec.VolumeName, pvc.UID, pvc.Spec.VolumeName)
	}
	if after.DeletionTimestamp != nil {
		t.Errorf("%s is being deleted", pvc.Name)
	}
}

// kinds returns the kinds of the objects that a Wukong results in.
func kinds() []schema.GroupVersionKind {
	out := []schema.GroupVersionKind{
		nadv1.SchemeGroupVersion.WithKind("NetworkAttachmentDefinition"),
		kubevirtv1.SchemeGroupVersion.WithKind("VirtualMachine"),
		kubevirtv1.SchemeGroupVersion.WithKind("VirtualMachineInstance"),
		cdiv1.SchemeGroupVersion.WithKind("DataVolume"),
		corev1.SchemeGroupVersion.WithKind("PersistentVolumeClaim"),
		corev1.SchemeGroupVersion.WithKind("Secret"),
		corev1.SchemeGroupVersion.WithKind("Pod"),
	}
	if *target != targetNative {
		out = append(out, objectGVK())
	}
	return out
}

// listOption selects the tenant's objects of a kind: by namespace, or a cluster-scoped Object by the label of its claim's namespace.
func (n *Tenant) listOption(gvk schema.GroupVersionKind) client.ListOption {
	if gvk == objectGVK() && *target == targetClaim {
		return client.MatchingLabels{"crossplane.io/claim-namespace": n.Namespace}
	}
	return client.InNamespace(n.Namespace)
}
