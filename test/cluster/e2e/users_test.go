//go:build e2e

package e2e

import (
	"strings"
	"testing"

	authorizationv1 "k8s.io/api/authorization/v1"
	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// asUserWithRule returns the tenant as seen by a user who has one rule in its namespace and no other permission.
func (n *Tenant) asUserWithRule(t *testing.T, rule rbacv1.PolicyRule) *Tenant {
	t.Helper()
	const name = "user"
	n.MustCreate(t, &rbacv1.Role{ObjectMeta: metav1.ObjectMeta{Name: name}, Rules: []rbacv1.PolicyRule{rule}})
	return n.asUserWithRole(t, "Role", name)
}

// impersonating returns the tenant as seen by a service account of its namespace.
func (n *Tenant) impersonating(t *testing.T, account string) *Tenant {
	t.Helper()
	config := rest.CopyConfig(n.config)
	config.Impersonate = rest.ImpersonationConfig{UserName: "system:serviceaccount:" + n.Namespace + ":" + account}
	c, err := client.NewWithWatch(config, client.Options{Scheme: scheme()})
	if err != nil {
		t.Fatal(err)
	}
	user := *n.Cluster
	user.WithWatch = c
	return &Tenant{Cluster: &user, Namespace: n.Namespace}
}

// asUserWithClusterRole returns the tenant as seen by a user who is bound to a ClusterRole in its namespace and has no other permission.
func (n *Tenant) asUserWithClusterRole(t *testing.T, role string) *Tenant {
	t.Helper()
	return n.asUserWithRole(t, "ClusterRole", role)
}

// asUserWithRole creates a service account with the name of a Role or ClusterRole, binds it, and returns the tenant as seen by it.
func (n *Tenant) asUserWithRole(t *testing.T, kind, name string) *Tenant {
	t.Helper()
	n.MustCreate(t, &corev1.ServiceAccount{ObjectMeta: metav1.ObjectMeta{Name: name}})
	n.bind(t, name, kind, name)
	return n.impersonating(t, name)
}

// bind binds a service account of the namespace to a Role or ClusterRole.
func (n *Tenant) bind(t *testing.T, account, kind, role string) {
	t.Helper()
	n.MustCreate(t, &rbacv1.RoleBinding{
		ObjectMeta: metav1.ObjectMeta{Name: role},
		RoleRef:    rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: kind, Name: role},
		Subjects:   []rbacv1.Subject{{Kind: rbacv1.ServiceAccountKind, Namespace: n.Namespace, Name: account}},
	})
}

// isAllowed reports whether a service account may make a request in the namespace, as VERB RESOURCE/SUBRESOURCE.GROUP.
func (n *Tenant) isAllowed(t *testing.T, account, request string) bool {
	t.Helper()
	verb, resource, _ := strings.Cut(request, " ")
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
