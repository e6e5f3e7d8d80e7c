//go:build e2e

package e2e

import (
	"fmt"
	"strings"
	"testing"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/novasphere/function-wukong/test/cluster/plane"
)

const (
	// published is the prefix of the images of our packages.
	published = "ghcr.io/novasphere/"

	functionName = "novasphere-function-wukong"
)

// TestInstalled shows what Crossplane's package manager made of one Configuration: it has pulled the packages over TLS, installed the
// dependencies, and created the objects in the configuration. Objects in a function's package are for tools, and are not created.
func TestInstalled(t *testing.T) {
	t.Parallel()
	packages := map[string]string{plane.Configuration(*target): "Configuration", functionName: "Function"}
	if *target != targetNative {
		packages["crossplane-contrib-provider-kubernetes"] = "Provider"
	}
	revisions := map[string]string{}
	for name, kind := range packages {
		p := cluster.getPackage(t, kind, name)
		if err := plane.CheckPackageHealthy(p); err != nil {
			t.Errorf("%s %s: %v", kind, name, err)
			continue
		}
		source, _, _ := unstructured.NestedString(p.Object, "spec", "package")
		logf(t, "%s %s is installed and healthy: %s", kind, name, source)
		revision, _, _ := unstructured.NestedString(p.Object, "status", "currentRevision")
		revisions[kind] = kind + "Revision/" + revision
	}

	revision := revisions["Configuration"]
	for kind, name := range map[string]string{"CompositeResourceDefinition": plane.Definition(*target), "Composition": "wukong"} {
		o := &unstructured.Unstructured{}
		o.SetGroupVersionKind(schema.GroupVersionKind{Group: "apiextensions.crossplane.io", Version: "v1", Kind: kind})
		if err := cluster.Get(t.Context(), types.NamespacedName{Name: name}, o); err != nil {
			t.Errorf("the %s was not created: %v", kind, err)
			continue
		}
		if !ownedBy(o, revision) {
			t.Errorf("want %s to own the %s, got %v", revision, kind, o.GetOwnerReferences())
		}
	}
}

// ownedBy reports whether an object has an owner reference to a revision, as KIND/NAME.
func ownedBy(o *unstructured.Unstructured, revision string) bool {
	for _, r := range o.GetOwnerReferences() {
		if r.Kind+"/"+r.Name == revision {
			return true
		}
	}
	return false
}

// getPackage returns a package of Crossplane as it is now.
func (c *Cluster) getPackage(t *testing.T, kind, name string) *unstructured.Unstructured {
	t.Helper()
	p := newPackage(kind, name)
	if err := c.Get(t.Context(), client.ObjectKeyFromObject(p), p); err != nil {
		t.Fatal(err)
	}
	return p
}

// newPackage returns a package of Crossplane without a spec.
func newPackage(kind, name string) *unstructured.Unstructured {
	p := &unstructured.Unstructured{}
	p.SetGroupVersionKind(schema.GroupVersionKind{Group: "pkg.crossplane.io", Version: "v1", Kind: kind})
	p.SetName(name)
	return p
}

// install installs or upgrades one of our packages and waits until it is healthy.
func (c *Cluster) install(t *testing.T, kind, name, image string) {
	t.Helper()
	p := newPackage(kind, name)
	if err := unstructured.SetNestedField(p.Object, published+image, "spec", "package"); err != nil {
		t.Fatal(err)
	}
	if err := serverSideApply(t, c, p); err != nil {
		t.Fatal(err)
	}
	version := image[strings.LastIndex(image, ":"):]
	eventually(t, kind+" "+image+" is healthy", func() error {
		p := c.getPackage(t, kind, name)
		if current, _, _ := unstructured.NestedString(p.Object, "status", "currentIdentifier"); !strings.HasSuffix(current, version) {
			return fmt.Errorf("its version is %s", current)
		}
		return plane.CheckPackageHealthy(p)
	})
}

// uninstall deletes a configuration and waits until the API server no longer serves Wukongs.
func (c *Cluster) uninstall(t *testing.T, configuration string) {
	t.Helper()
	if err := c.Delete(t.Context(), newPackage("Configuration", configuration)); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the API server no longer serves Wukongs", func() error {
		_, err := c.wukongCRD(t)
		if apierrors.IsNotFound(err) {
			return nil
		}
		return fmt.Errorf("the CustomResourceDefinition still exists: %w", err)
	})
}
