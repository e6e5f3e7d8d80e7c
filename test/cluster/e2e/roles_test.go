//go:build e2e

package e2e

import (
	"cmp"
	"context"
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

// TestRolesOfTenants binds users to Kubernetes' own roles and to those of examples/production, each in one namespace, and looks at what
// they may do there and elsewhere.
func TestRolesOfTenants(t *testing.T) {
	t.Parallel()
	for _, o := range append(productionObjects(t, "tenant-rbac.yaml"), productionObjects(t, "secret-types.yaml")...) {
		if err := cluster.Create(t.Context(), o); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			if err := cluster.Delete(context.Background(), o); err != nil {
				t.Error(err)
			}
		})
	}
	tenant, other := cluster.NewTenant(t), cluster.NewTenant(t)
	checkSecretTypes(t, tenant)
	const wukongs, vms, vmis, subresources = "wukongs." + v1alpha1.Group, "virtualmachines.kubevirt.io", "virtualmachineinstances.kubevirt.io", ".subresources.kubevirt.io"
	for role, c := range map[string]struct {
		can, cannot []string
		runs        bool
	}{
		"wukong-view": {
			can:    []string{"list " + wukongs, "list network-attachment-definitions.k8s.cni.cncf.io"},
			cannot: []string{"list " + vms, "create " + wukongs, "patch " + wukongs, "delete " + wukongs, "get secrets", "get virtualmachineinstances/console" + subresources, "list objects.kubernetes.m.crossplane.io"},
		},
		"edit": {
			can: []string{
				"create " + wukongs, "patch " + wukongs, "delete " + wukongs, "get virtualmachineinstances/console" + subresources,
				"get virtualmachineinstances/vnc" + subresources, "update virtualmachines/restart" + subresources, "get secrets",
			},
			cannot: []string{"create network-attachment-definitions.k8s.cni.cncf.io", "list objects.kubernetes.m.crossplane.io"},
			runs:   true,
		},
		"admin": {can: []string{"create " + wukongs, "list " + wukongs}, runs: true},
		"wukong-tenant": {
			can: []string{"get virtualmachineinstances/console" + subresources, "list " + vmis, "list events"},
			cannot: []string{
				"create secrets", "get secrets", "list secrets", "create " + vms, "delete " + vms, "update virtualmachines/restart" + subresources,
				"create persistentvolumeclaims", "create pods", "list objects.kubernetes.m.crossplane.io",
			},
			runs: true,
		},
	} {
		t.Run(role, func(t *testing.T) {
			t.Parallel()
			user := tenant.asUserWithClusterRole(t, role)
			eventually(t, "the role "+role+" is aggregated", func() error {
				return user.List(t.Context(), wukongList(), client.InNamespace(user.Namespace))
			})
			for _, what := range c.can {
				if !tenant.isAllowed(t, role, what) {
					t.Errorf("want that %s may %s", role, what)
				}
			}
			for _, what := range c.cannot {
				if tenant.isAllowed(t, role, what) {
					t.Errorf("want that %s may not %s", role, what)
				}
			}
			elsewhere := &Tenant{Cluster: user.Cluster, Namespace: other.Namespace}
			if err := elsewhere.List(t.Context(), wukongList(), client.InNamespace(other.Namespace)); !apierrors.IsForbidden(err) {
				t.Errorf("elsewhere: want it forbidden to list, got %v", err)
			}
			if _, err := elsewhere.TryApply(t, "minimal", withName(role)); !apierrors.IsForbidden(err) {
				t.Errorf("elsewhere: want it forbidden to create, got %v", err)
			}

			wukong, err := user.TryApply(t, "minimal", withName(role), withDisks(emptyDisk("system")))
			if !c.runs {
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

// checkSecretTypes shows that whoever may create Secrets and read none gets no token of a service account by one.
func checkSecretTypes(t *testing.T, tenant *Tenant) {
	t.Helper()
	user := tenant.asUserWithClusterRole(t, "wukong-tenant-secrets")
	secret := func(name string, kind corev1.SecretType) *corev1.Secret {
		return &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: tenant.Namespace, Name: name, Annotations: map[string]string{corev1.ServiceAccountNameKey: "default"}}, Type: kind}
	}
	eventually(t, "the policy on Secrets is in force", func() error {
		err := user.Create(t.Context(), secret("token", corev1.SecretTypeServiceAccountToken), client.DryRunAll)
		if !apierrors.IsForbidden(err) || !strings.Contains(err.Error(), "may only create those of type Opaque") {
			return fmt.Errorf("want the token's Secret to be refused by the policy, got %w", cmp.Or(err, errors.New("no error")))
		}
		return nil
	})
	if err := user.Create(t.Context(), secret("keys", corev1.SecretTypeOpaque)); err != nil {
		t.Errorf("want a Secret with keys to be taken, got %v", err)
	}
	if tenant.isAllowed(t, "wukong-tenant-secrets", "get secrets") {
		t.Error("want that wukong-tenant-secrets may not get secrets")
	}
}

func wukongList() client.ObjectList {
	out := objectList()
	out.SetGroupVersionKind(wukongGVK)
	return out
}
