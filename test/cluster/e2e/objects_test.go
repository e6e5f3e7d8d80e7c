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

// Things are all objects of the tenant, as KIND/NAME: those in the namespace, and the Objects of its claims.
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

func (n *Tenant) listNames(t *testing.T, gvk schema.GroupVersionKind) []string {
	t.Helper()
	var out []string
	for _, o := range n.listObjects(t, gvk) {
		out = append(out, o.GetName())
	}
	return out
}

// list the tenant's objects of a kind; none where that kind does not exist.
func (n *Tenant) listObjects(t *testing.T, gvk schema.GroupVersionKind) []unstructured.Unstructured {
	t.Helper()
	all := &unstructured.UnstructuredList{}
	all.SetGroupVersionKind(gvk)
	if err := n.List(context.Background(), all, n.listOption(gvk)); err != nil && !apierrors.IsNotFound(err) {
		t.Fatal(err)
	}
	return all.Items
}

// UIDs of all that the tenant has and that must not be made anew while nothing is asked for, by KIND/NAME. Pods are made anew by
// KubeVirt and CDI as they see fit, a claim prime-... is where CDI imports to before the data is moved, and an Object says nothing of
// what it manages.
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

// GoesOn fails the test if something of what was there is not there any more, or was made anew.
func (n *Tenant) CheckUIDs(t *testing.T, before map[string]types.UID) {
	t.Helper()
	now := n.UIDs(t)
	maps.DeleteFunc(now, func(thing string, _ types.UID) bool { _, known := before[thing]; return !known })
	if diff := cmp.Diff(before, now); diff != "" {
		t.Errorf("what was there does not go on: -before, +after:\n%s", diff)
	}
}

// EventuallyHas waits until the tenant has these things, as KIND/NAME, and nothing else.
func (n *Tenant) EventuallyHasOnly(t *testing.T, things ...string) {
	t.Helper()
	slices.Sort(things)
	eventually(t, n.Namespace+fmt.Sprintf(" has %q and nothing else", things), func() error {
		if diff := cmp.Diff(things, n.ObjectNames(t)); diff != "" {
			return fmt.Errorf("-want, +got:\n%s", diff)
		}
		return nil
	})
}

// GoesOnWith fails the test if a PersistentVolumeClaim is not the one that it was, on the same volume.
func (n *Tenant) CheckSamePVC(t *testing.T, pvc *corev1.PersistentVolumeClaim) {
	t.Helper()
	now := &corev1.PersistentVolumeClaim{}
	if err := n.Get(t.Context(), client.ObjectKeyFromObject(pvc), now); err != nil {
		t.Fatal(err)
	}
	if now.UID != pvc.UID || now.Spec.VolumeName != pvc.Spec.VolumeName {
		t.Errorf("%s was made anew: %s on %s, after %s on %s", pvc.Name, now.UID, now.Spec.VolumeName, pvc.UID, pvc.Spec.VolumeName)
	}
	if now.DeletionTimestamp != nil {
		t.Errorf("%s is being deleted", pvc.Name)
	}
}

// kinds that come of a Wukong.
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

// of finds the tenant's objects of a kind: a cluster-scoped Object has a label.
func (n *Tenant) listOption(gvk schema.GroupVersionKind) client.ListOption {
	if gvk == objectGVK() && *target == targetClaim {
		return client.MatchingLabels{"crossplane.io/claim-namespace": n.Namespace}
	}
	return client.InNamespace(n.Namespace)
}
