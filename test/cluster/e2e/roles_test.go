//go:build e2e

package e2e

import (
	"cmp"
	"errors"
	"fmt"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
)

// TestRolesOfTenants binds users to Kubernetes' default roles and to those of examples/production, each in one namespace. It checks what they are
// allowed there and in another namespace.
func TestRolesOfTenants(t *testing.T) {
	t.Parallel()
	applyProduction(t, "tenant-rbac.yaml", "secret-types.yaml")
	tenant, other := cluster.NewTenant(t), cluster.NewTenant(t)
	checkSecretTypes(t, tenant)
	const (
		wukongs      = "wukongs." + v1alpha1.Group
		vms          = "virtualmachines.kubevirt.io"
		vmis         = "virtualmachineinstances.kubevirt.io"
		subresources = ".subresources.kubevirt.io"
	)
	for role, c := range map[string]struct {
		allowed, forbidden []string
		creates            bool
	}{
		"wukong-view": {
			allowed: []string{"list " + wukongs, "list network-attachment-definitions.k8s.cni.cncf.io"},
			forbidden: []string{
				"list " + vms, "create " + wukongs, "patch " + wukongs, "delete " + wukongs, "get secrets",
				"get virtualmachineinstances/console" + subresources, "list objects.kubernetes.m.crossplane.io",
			},
		},
		"edit": {
			allowed: []string{
				"create " + wukongs, "patch " + wukongs, "delete " + wukongs, "get virtualmachineinstances/console" + subresources,
				"get virtualmachineinstances/vnc" + subresources, "update virtualmachines/restart" + subresources, "get secrets",
			},
			forbidden: []string{"create network-attachment-definitions.k8s.cni.cncf.io", "list objects.kubernetes.m.crossplane.io"},
			creates:   true,
		},
		"admin": {allowed: []string{"create " + wukongs, "list " + wukongs}, creates: true},
		"wukong-tenant": {
			allowed: []string{"get virtualmachineinstances/console" + subresources, "list " + vmis, "list events"},
			forbidden: []string{
				"create secrets", "get secrets", "list secrets", "create " + vms, "delete " + vms, "update virtualmachines/restart" + subresources,
				"create persistentvolumeclaims", "create pods", "list objects.kubernetes.m.crossplane.io",
			},
			creates: true,
		},
	} {
		t.Run(role, func(t *testing.T) {
			t.Parallel()
			user := tenant.asUserWithClusterRole(t, role)
			eventually(t, "the role "+role+" is aggregated", func() error {
				return user.List(t.Context(), wukongList(), client.InNamespace(user.Namespace))
			})
			for _, request := range c.allowed {
				if !tenant.isAllowed(t, role, request) {
					t.Errorf("want %s to be allowed to %s", role, request)
				}
			}
			for _, request := range c.forbidden {
				if tenant.isAllowed(t, role, request) {
					t.Errorf("want %s not to be allowed to %s", role, request)
				}
			}
			inOther := &Tenant{Cluster: user.Cluster, Namespace: other.Namespace}
			if err := inOther.List(t.Context(), wukongList(), client.InNamespace(other.Namespace)); !apierrors.IsForbidden(err) {
				t.Errorf("other namespace: want it forbidden to list, got %v", err)
			}
			if _, err := inOther.TryApply(t, "minimal", withName(role)); !apierrors.IsForbidden(err) {
				t.Errorf("other namespace: want it forbidden to create, got %v", err)
			}

			wukong, err := user.TryApply(t, "minimal", withName(role), withDisks(emptyDisk("system")))
			if !c.creates {
				if !apierrors.IsForbidden(err) {
					t.Errorf("want it forbidden to create, got %v", err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			wukong.EventuallyRuns(t)
			wukong.Edit(t, editDisk("system", withSize("3Gi")))
			wukong.Delete(t)
		})
	}
}

// checkSecretTypes shows that a user who may create but not read Secrets cannot create one for the token of a service account.
func checkSecretTypes(t *testing.T, tenant *Tenant) {
	t.Helper()
	user := tenant.asUserWithClusterRole(t, "wukong-tenant-secrets")
	secret := func(name string, kind corev1.SecretType) *corev1.Secret {
		return &corev1.Secret{
			ObjectMeta: metav1.ObjectMeta{
				Namespace: tenant.Namespace, Name: name, Annotations: map[string]string{corev1.ServiceAccountNameKey: "default"},
			},
			Type: kind,
		}
	}
	eventually(t, "the policy on Secrets is in force", func() error {
		err := user.Create(t.Context(), secret("token", corev1.SecretTypeServiceAccountToken), client.DryRunAll)
		if !apierrors.IsForbidden(err) || !strings.Contains(err.Error(), "may only create those of type Opaque") {
			return fmt.Errorf("want the policy to refuse the Secret of a token, got %w", cmp.Or(err, errors.New("no error")))
		}
		return nil
	})
	if err := user.Create(t.Context(), secret("keys", corev1.SecretTypeOpaque)); err != nil {
		t.Errorf("want a Secret with keys to be created, got %v", err)
	}
	if tenant.isAllowed(t, "wukong-tenant-secrets", "get secrets") {
		t.Error("want wukong-tenant-secrets not to be allowed to get secrets")
	}
}

// wukongList returns an empty list of Wukongs.
func wukongList() client.ObjectList {
	out := objectList()
	out.SetGroupVersionKind(wukongGVK)
	return out
}
