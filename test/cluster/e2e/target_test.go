//go:build e2e

package e2e

import (
	"testing"

	"k8s.io/apimachinery/pkg/runtime/schema"
)

// Targets are what Wukongs are composed of. See plane.Options.
const (
	targetClaim      = "claim"
	targetNamespaced = "namespaced"
	targetNative     = "native"
)

// objectGVK returns the kind of Object that Wukongs of the target are composed of.
func objectGVK() schema.GroupVersionKind {
	if *target == targetNamespaced {
		return schema.GroupVersionKind{Group: "kubernetes.m.crossplane.io", Version: "v1alpha1", Kind: "Object"}
	}
	return schema.GroupVersionKind{Group: "kubernetes.crossplane.io", Version: "v1alpha2", Kind: "Object"}
}

// ownerLabel returns the label of an Object whose value is the name of its Wukong.
func ownerLabel() string {
	if *target == targetClaim {
		return "crossplane.io/claim-name"
	}
	return "crossplane.io/composite"
}

// needsProvider skips a test with a reason if the target has no provider.
func needsProvider(t *testing.T, reason string) {
	t.Helper()
	if *target == targetNative {
		t.Skip(reason)
	}
}
