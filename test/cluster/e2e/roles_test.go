//go:build e2e

package e2e

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	authorizationv1 "k8s.io/api/authorization/v1"
	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
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

// bound is the tenant as somebody sees it who is bound to a role of the cluster in its namespace, and has no other right.
func (n *Tenant) asUserWithClusterRole(t *testing.T, role string) *Tenant {
	t.Helper()
	n.MustCreate(t, &corev1.ServiceAccount{ObjectMeta: metav1.ObjectMeta{Name: role}})
	n.MustCreate(t, &rbacv1.RoleBinding{
		ObjectMeta: metav1.ObjectMeta{Name: role},
		RoleRef:    rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "ClusterRole", Name: role},
		Subjects:   []rbacv1.Subject{{Kind: rbacv1.ServiceAccountKind, Namespace: n.Namespace, Name: role}},
	})
	return n.impersonating(t, role)
}

// may says whether the service account of a name may do something in the namespace, such as: get RESOURCE/SUBRESOURCE.GROUP.
func (n *Tenant) isAllowed(t *testing.T, account, what string) bool {
	t.Helper()
	verb, resource, _ := strings.Cut(what, " ")
	resource, group, _ := strings.Cut(resource, ".")
	resource, sub, _ := strings.Cut(resource, "/")
	review := &authorizationv1.SubjectAccessReview{Spec: authorizationv1.SubjectAccessReviewSpec{
		User:               "system:serviceaccount:" + n.Namespace + ":" + account,
		ResourceAttributes: &authorizationv1.ResourceAttributes{Namespace: n.Namespace, Verb: verb, Group: group, Resource: resource, Subresource: sub},
	}}
	if err := n.Create(t.Context(), review); err != nil {
		t.Fatal(err)
	}
	return review.Status.Allowed
}

// TestQuota gives a tenant the quota of examples/production, with room for little, and asks for more: for a Wukong too many, for a disk that
// is too large, and for more storage and memory than is left.
func TestQuota(t *testing.T) {
	t.Parallel()
	tenant := cluster.NewTenant(t)
	objects := productionObjects(t, "tenant-quota.yaml")
	quota, limits := &corev1.ResourceQuota{}, &corev1.LimitRange{}
	decodeStrict(t, findKind(t, objects, "ResourceQuota").Object, quota)
	decodeStrict(t, findKind(t, objects, "LimitRange").Object, limits)
	const count = "count/wukongs." + v1alpha1.Group
	quota.Spec.Hard[count] = quantity("4").Quantity
	quota.Spec.Hard["requests.storage"] = quantity("10Gi").Quantity
	quota.Spec.Hard["requests.memory"] = quantity("12Gi").Quantity
	tenant.MustCreate(t, limits)
	tenant.MustCreate(t, quota)
	eventually(t, "the quota is counted", func() error {
		if err := tenant.Get(t.Context(), client.ObjectKeyFromObject(quota), quota); err != nil {
			return err
		}
		for name := range quota.Spec.Hard {
			if _, ok := quota.Status.Used[name]; !ok {
				return fmt.Errorf("%s is not counted", name)
			}
		}
		return nil
	})

	tenant.Apply(t, "minimal", withName("small"), withDisks(emptyDisk("system"))).EventuallyRuns(t)
	tenant.Apply(t, "minimal", withName("too-large"), withDisks(emptyDisk("system", withSize("600Gi")))).eventuallyReports(t, "maximum storage usage per PersistentVolumeClaim is 500Gi")
	tenant.Apply(t, "minimal", withName("greedy"), withDisks(emptyDisk("system", withSize("9Gi")))).eventuallyReports(t, "exceeded quota: wukong, requested: requests.storage=")

	tenant.Apply(t, "minimal", withName("hungry"), withDisks(emptyDisk("system")), func(w *v1alpha1.Wukong) { w.Spec.Memory = quantity("10Gi") }).
		eventuallyReports(t, "exceeded quota: wukong, requested: requests.memory=")
	if _, err := tenant.TryApply(t, "minimal", withName("one-too-many")); err == nil || !strings.Contains(err.Error(), "exceeded quota: wukong, requested: "+count+"=1") {
		t.Errorf("want a Wukong too many to be refused with the quota's name, got %v", err)
	}
}

// eventuallySaysOf waits until the claim says what the cluster refuses: in its message, or, without a provider, in its condition Synced.
func (w *Wukong) eventuallyReports(t *testing.T, refusal string) {
	t.Helper()
	w.Eventually(t, fmt.Sprintf("says %q", refusal), func(o Observed) bool {
		if strings.Contains(o.Status.Message, refusal) {
			return true
		}
		synced := o.Condition("Synced")
		return *target == targetNative && synced != nil && strings.Contains(synced.Message, refusal)
	})
}
