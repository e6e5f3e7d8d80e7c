//go:build e2e

package e2e

import (
	"errors"
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
	// published is where our packages come from.
	published = "ghcr.io/novasphere/"

	functionName = "novasphere-function-wukong"
)

// TestInstalled looks at what Crossplane's package manager made of one Configuration, which was all that was given to it: it has pulled the
// packages over TLS, resolved the dependencies, and unpacked what is in them. (Of a function's package it unpacks nothing: what is in there besides is for
// tools.)
func TestInstalled(t *testing.T) {
	t.Parallel()
	packages := map[string]string{plane.Configuration(*target): "Configuration", functionName: "Function"}
	if *target != targetNative {
		packages["crossplane-contrib-provider-kubernetes"] = "Provider"
	}
	revisions := map[string]string{}
	for name, kind := range packages {
		p := cluster.getPackage(t, kind, name)
		if err := checkHealthy(p); err != nil {
			t.Errorf("%s %s: %v", kind, name, err)
			continue
		}
		source, _, _ := unstructured.NestedString(p.Object, "spec", "package")
		logf(t, "%s %s is installed and healthy: %s", kind, name, source)
		revision, _, _ := unstructured.NestedString(p.Object, "status", "currentRevision")
		revisions[kind] = kind + "Revision/" + revision
	}

	for what, from := range map[string]struct {
		gvk      schema.GroupVersionKind
		name     string
		revision string
	}{
		"definition of the API": {gvk: schema.GroupVersionKind{Group: "apiextensions.crossplane.io", Version: "v1", Kind: "CompositeResourceDefinition"}, name: plane.Definition(*target), revision: revisions["Configuration"]},
		"Composition":           {gvk: schema.GroupVersionKind{Group: "apiextensions.crossplane.io", Version: "v1", Kind: "Composition"}, name: "wukong", revision: revisions["Configuration"]},
	} {
		o := &unstructured.Unstructured{}
		o.SetGroupVersionKind(from.gvk)
		if err := cluster.Get(t.Context(), types.NamespacedName{Name: from.name}, o); err != nil {
			t.Errorf("the %s was not unpacked: %v", what, err)
			continue
		}
		if !ownedBy(o, from.revision) {
			t.Errorf("want the %s to belong to %s, got %v", what, from.revision, o.GetOwnerReferences())
		}
	}
}

func ownedBy(o *unstructured.Unstructured, revision string) bool {
	for _, r := range o.GetOwnerReferences() {
		if r.Kind+"/"+r.Name == revision {
			return true
		}
	}
	return false
}

// pkg is a package of Crossplane's, as it is now.
func (c *Cluster) getPackage(t *testing.T, kind, name string) *unstructured.Unstructured {
	t.Helper()
	p := newPackage(kind, name)
	if err := c.Get(t.Context(), client.ObjectKeyFromObject(p), p); err != nil {
		t.Fatal(err)
	}
	return p
}

func newPackage(kind, name string) *unstructured.Unstructured {
	p := &unstructured.Unstructured{}
	p.SetGroupVersionKind(schema.GroupVersionKind{Group: "pkg.crossplane.io", Version: "v1", Kind: kind})
	p.SetName(name)
	return p
}

// healthy is an error unless a package is installed and healthy.
func checkHealthy(p *unstructured.Unstructured) error {
	conditions, _, _ := unstructured.NestedSlice(p.Object, "status", "conditions")
	found := 0
	for _, c := range conditions {
		if c, ok := c.(map[string]any); ok && (c["type"] == "Installed" || c["type"] == "Healthy") {
			if c["status"] != "True" {
				return fmt.Errorf("%s is %s: %s %v", c["type"], c["status"], c["reason"], c["message"])
			}
			found++
		}
	}
	if found != 2 {
		return errors.New("the package manager says nothing of it yet")
	}
	return nil
}

// install a package from where our packages are published, or move it to another version, and wait until it is healthy.
func (c *Cluster) install(t *testing.T, kind, name, image string) {
	t.Helper()
	p := newPackage(kind, name)
	if err := unstructured.SetNestedField(p.Object, published+image, "spec", "package"); err != nil {
		t.Fatal(err)
	}
	if err := c.Patch(t.Context(), p, client.Apply, client.FieldOwner("platform"), client.ForceOwnership); err != nil { //nolint:staticcheck // The other way to apply wants types.
		t.Fatal(err)
	}
	version := image[strings.LastIndex(image, ":"):]
	eventually(t, kind+" "+image+" is healthy", func() error {
		p := c.getPackage(t, kind, name)
		if current, _, _ := unstructured.NestedString(p.Object, "status", "currentIdentifier"); !strings.HasSuffix(current, version) {
			return fmt.Errorf("it is at %s", current)
		}
		return checkHealthy(p)
	})
}

// uninstall a configuration, and wait until Wukongs are not served any more.
func (c *Cluster) uninstall(t *testing.T, configuration string) {
	t.Helper()
	if err := c.Delete(t.Context(), newPackage("Configuration", configuration)); err != nil {
		t.Fatal(err)
	}
	eventually(t, "nobody serves Wukongs", func() error {
		_, err := c.wukongCRD(t)
		if apierrors.IsNotFound(err) {
			return nil
		}
		return fmt.Errorf("they are served: %w", err)
	})
}
