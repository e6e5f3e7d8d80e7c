//go:build e2e

package e2e

import (
	"context"
	"fmt"
	"slices"
	"testing"

	authorizationv1 "k8s.io/api/authorization/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// A Role is the ClusterRole of an example that is installed in the cluster, with the user to whom it is bound.
type Role struct {
	*rbacv1.ClusterRole

	user string
}

// roleIn returns the first ClusterRole in a file of this repository. The user must have its permissions by no other role.
func roleIn(t *testing.T, file, user string) Role {
	t.Helper()
	r := Role{ClusterRole: &rbacv1.ClusterRole{}, user: user}
	decodeStrict(t, findKind(t, readObjects(t, file), "ClusterRole").Object, r.ClusterRole)
	return r
}

// newTenant returns a tenant in whose namespace forbidden requests are expected. The role is restored when the test ends.
func (r Role) newTenant(t *testing.T) *Tenant {
	t.Helper()
	tenant := cluster.NewTenant(t)
	expectForbidden.Store(tenant.Namespace, true)
	t.Cleanup(func() { r.restore(t) })
	return tenant
}

// removeVerb removes a verb of some resources from the role, and restores all other permissions.
func (r Role) removeVerb(t *testing.T, verb string, resources ...string) {
	t.Helper()
	logf(t, "removing %[2]s of %[3]q from %[1]s", r.Name, verb, resources)
	var rules []rbacv1.PolicyRule
	for _, rule := range r.Rules {
		for _, resource := range rule.Resources {
			rule := *rule.DeepCopy()
			rule.Resources = []string{resource}
			if slices.Contains(resources, resource) {
				rule.Verbs = slices.DeleteFunc(rule.Verbs, func(v string) bool { return v == verb })
			}
			rules = append(rules, rule)
		}
	}
	r.setRules(t, rules)
}

// restore restores the role.
func (r Role) restore(t *testing.T) {
	t.Helper()
	logf(t, "restoring %s", r.Name)
	r.setRules(t, r.Rules)
}

// setRules sets the rules of the role in the cluster and waits until they take effect.
func (r Role) setRules(t *testing.T, rules []rbacv1.PolicyRule) {
	t.Helper()
	changed := r.DeepCopy()
	if err := cluster.Get(context.Background(), client.ObjectKeyFromObject(r.ClusterRole), changed); err != nil {
		t.Fatal(err)
	}
	changed.Rules = rules
	if err := cluster.Update(context.Background(), changed); err != nil {
		t.Fatal(err)
	}
	eventually(t, r.Name+" is in effect", func() error { return r.checkInEffect(rules) })
}

// checkInEffect returns an error if the API server does not yet authorize by the rules. Changes take effect with a delay, and with a longer one if
// the role is aggregated to another.
func (r Role) checkInEffect(rules []rbacv1.PolicyRule) error {
	for _, rule := range r.Rules {
		for _, resource := range rule.Resources {
			for _, verb := range rule.Verbs {
				review := &authorizationv1.SubjectAccessReview{Spec: authorizationv1.SubjectAccessReviewSpec{
					User:               r.user,
					ResourceAttributes: &authorizationv1.ResourceAttributes{Group: rule.APIGroups[0], Resource: resource, Verb: verb},
				}}
				if err := cluster.Create(context.Background(), review); err != nil {
					return err
				}
				if want := isAllowedBy(rules, resource, verb); review.Status.Allowed != want {
					return fmt.Errorf("may %s %s: %t, want %t", verb, resource, review.Status.Allowed, want)
				}
			}
		}
	}
	return nil
}

// isAllowedBy reports whether rules allow a verb of a resource.
func isAllowedBy(rules []rbacv1.PolicyRule, resource, verb string) bool {
	return slices.ContainsFunc(rules, func(r rbacv1.PolicyRule) bool {
		return slices.Contains(r.Resources, resource) && slices.Contains(r.Verbs, verb)
	})
}
