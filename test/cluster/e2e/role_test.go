//go:build e2e

package e2e

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	authorizationv1 "k8s.io/api/authorization/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/yaml"
)

// A Role of an example, as it is in the cluster, and who has it.
type Role struct {
	*rbacv1.ClusterRole

	user string
}

// roleIn a file of this repository, of a user who has its permissions by no other role.
func roleIn(t *testing.T, file, user string) Role {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(repository, file))
	if err != nil {
		t.Fatal(err)
	}
	first, _, _ := strings.Cut(string(b), "\n---\n")
	r := Role{ClusterRole: &rbacv1.ClusterRole{}, user: user}
	if err := yaml.UnmarshalStrict([]byte(first), r.ClusterRole); err != nil {
		t.Fatal(err)
	}
	return r
}

// depriving is a tenant whose things may be refused while permissions are taken from the role. In the end it has all of them again.
func (r Role) newTenant(t *testing.T) *Tenant {
	t.Helper()
	tenant := cluster.NewTenant(t)
	expectForbidden.Store(tenant.Namespace, true)
	t.Cleanup(func() { r.restore(t) })
	return tenant
}

// without a verb for some resources.
func (r Role) removeVerb(t *testing.T, verb string, resources ...string) {
	t.Helper()
	logf(t, "%s may not %s %q", r.Name, verb, resources)
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

// restore the role.
func (r Role) restore(t *testing.T) {
	t.Helper()
	logf(t, "%s is restored", r.Name)
	r.setRules(t, r.Rules)
}

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

// inEffect is an error as long as the API server allows or refuses something otherwise than by the rules: it learns of a change a moment
// later, and of one that is added to another role by its label another moment later.
func (r Role) checkInEffect(rules []rbacv1.PolicyRule) error {
	for _, of := range r.Rules {
		for _, resource := range of.Resources {
			for _, verb := range of.Verbs {
				review := &authorizationv1.SubjectAccessReview{Spec: authorizationv1.SubjectAccessReviewSpec{
					User:               r.user,
					ResourceAttributes: &authorizationv1.ResourceAttributes{Group: of.APIGroups[0], Resource: resource, Verb: verb},
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

func isAllowedBy(rules []rbacv1.PolicyRule, resource, verb string) bool {
	return slices.ContainsFunc(rules, func(r rbacv1.PolicyRule) bool {
		return slices.Contains(r.Resources, resource) && slices.Contains(r.Verbs, verb)
	})
}
