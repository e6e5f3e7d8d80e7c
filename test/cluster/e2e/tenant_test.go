//go:build e2e

package e2e

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	nadv1 "github.com/k8snetworkplumbingwg/network-attachment-definition-client/pkg/apis/k8s.cni.cncf.io/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/yaml"

	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
)

// A Tenant is a namespace with Wukongs. Tests with tenants of their own may run in parallel.
type Tenant struct {
	*Cluster

	// Namespace is the name of the namespace.
	Namespace string
}

// NewTenant creates a namespace for a test. It is deleted with its Wukongs when the test ends.
func (c *Cluster) NewTenant(t *testing.T) *Tenant {
	t.Helper()
	ns := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{GenerateName: "team-"}}
	if err := c.Create(t.Context(), ns); err != nil {
		t.Fatal(err)
	}
	tenant := &Tenant{Cluster: c, Namespace: ns.Name}
	t.Cleanup(func() { tenant.cleanUp(t) })
	return tenant
}

// cleanUp deletes all Wukongs, and with them the objects outside of the namespace, and then the namespace.
func (n *Tenant) cleanUp(t *testing.T) {
	ctx := context.Background()
	for _, name := range n.listNames(t, wukongGVK) {
		w := &v1alpha1.Wukong{ObjectMeta: metav1.ObjectMeta{Namespace: n.Namespace, Name: name}}
		if err := n.Delete(ctx, w, client.PropagationPolicy(metav1.DeletePropagationForeground)); client.IgnoreNotFound(err) != nil {
			t.Error(err)
		}
	}
	eventually(t, "all Wukongs in "+n.Namespace+" are deleted", func() error {
		if names := n.listNames(t, wukongGVK); len(names) > 0 {
			return fmt.Errorf("there are %q", names)
		}
		return nil
	})
	if err := n.Delete(ctx, &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: n.Namespace}}); client.IgnoreNotFound(err) != nil {
		t.Error(err)
	}
}

// An Edit changes the manifest of a Wukong.
type Edit func(*v1alpha1.Wukong)

// Apply creates the Wukong of an example, with edits, in the tenant's namespace.
func (n *Tenant) Apply(t *testing.T, example string, edits ...Edit) *Wukong {
	t.Helper()
	wukong, err := n.TryApply(t, example, edits...)
	if err != nil {
		t.Fatal(err)
	}
	return wukong
}

// TryApply is Apply, but returns the error of the API server.
func (n *Tenant) TryApply(t *testing.T, example string, edits ...Edit) (*Wukong, error) {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(repository, "examples", example, "wukong.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	w := &v1alpha1.Wukong{}
	if err := yaml.UnmarshalStrict(b, w); err != nil {
		t.Fatal(err)
	}
	w.Namespace = n.Namespace
	combine(edits...)(w)
	logf(t, "applying %s/%s of example %s", w.Namespace, w.Name, example)
	return &Wukong{Tenant: n, Name: w.Name}, n.Create(t.Context(), w)
}

// MustCreate creates an object in the tenant's namespace.
func (n *Tenant) MustCreate(t *testing.T, o client.Object) {
	t.Helper()
	o.SetNamespace(n.Namespace)
	if err := n.Create(t.Context(), o); err != nil {
		t.Fatal(err)
	}
}

// CreatePrerequisites creates the objects that the examples refer to.
func (n *Tenant) CreatePrerequisites(t *testing.T) {
	t.Helper()
	n.MustCreate(t, &corev1.Secret{
		ObjectMeta: metav1.ObjectMeta{Name: "ops-keys"},
		StringData: map[string]string{"laptop": "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJqg2kT0lJYkH4Wm1V0o0Yyqv3m2sVb6mYb0s2b0y0Xx laptop"},
	})
	n.MustCreate(t, &corev1.Secret{
		ObjectMeta: metav1.ObjectMeta{Name: "windows-01-answers"},
		StringData: map[string]string{"autounattend.xml": "<unattend/>"},
	})
	n.MustCreate(t, handmadePVC("archive-2025"))
	n.MustCreate(t, &nadv1.NetworkAttachmentDefinition{
		ObjectMeta: metav1.ObjectMeta{Name: "fast-vlan-200", Annotations: map[string]string{"k8s.v1.cni.cncf.io/resourceName": "example.org/fast"}},
		Spec:       nadv1.NetworkAttachmentDefinitionSpec{Config: `{"cniVersion":"1.0.0","type":"sriov","vlan":200}`},
	})
}

// wukongGVK is the kind of Wukongs: of claims for target claim, and of composites otherwise.
var wukongGVK = schema.GroupVersionKind{Group: v1alpha1.Group, Version: v1alpha1.Version, Kind: v1alpha1.Kind}
