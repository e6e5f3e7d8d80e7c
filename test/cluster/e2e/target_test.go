//go:build e2e

package e2e

import (
	"testing"

	nadv1 "github.com/k8snetworkplumbingwg/network-attachment-definition-client/pkg/apis/k8s.cni.cncf.io/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	kubevirtv1 "kubevirt.io/api/core/v1"
	cdiv1 "kubevirt.io/containerized-data-importer-api/pkg/apis/core/v1beta1"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// Targets, by the names of their configurations.
const (
	targetClaim      = "claim"
	targetNamespaced = "namespaced"
	targetNative     = "native"
)

// objectGVK is the kind of Object that Wukongs are composed of.
func objectGVK() schema.GroupVersionKind {
	if *target == targetNamespaced {
		return schema.GroupVersionKind{Group: "kubernetes.m.crossplane.io", Version: "v1alpha1", Kind: "Object"}
	}
	return schema.GroupVersionKind{Group: "kubernetes.crossplane.io", Version: "v1alpha2", Kind: "Object"}
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

// ownerLabel is the label of an Object that names its Wukong.
func ownerLabel() string {
	if *target == targetClaim {
		return "crossplane.io/claim-name"
	}
	return "crossplane.io/composite"
}

// needsProvider skips a test of what cannot be had without a provider, and says why.
func needsProvider(t *testing.T, why string) {
	t.Helper()
	if *target == targetNative {
		t.Skip(why)
	}
}
