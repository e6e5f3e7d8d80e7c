//go:build e2e

package e2e

import (
	"testing"

	"k8s.io/apimachinery/pkg/runtime/schema"
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
