//go:build e2e

package e2e

import (
	"context"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	authorizationv1 "k8s.io/api/authorization/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	kubevirtv1 "kubevirt.io/api/core/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/yaml"

	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
)

// What a Wukong with a network and both kinds of disks is made of, as the API calls it.
const (
	virtualMachines         = "virtualmachines"
	virtualMachineInstances = "virtualmachineinstances"
	attachments             = "network-attachment-definitions"
	dataVolumes             = "datavolumes"
	volumeClaims            = "persistentvolumeclaims"
)

// everyKind of object comes of a Wukong with these.
func everyKind(w *v1alpha1.Wukong) {
	together(with(imported("system"), empty("data")), onNetwork(""))(w)
}

// TestRightsOfTheProvider takes from the provider one verb after the other of its role in examples/production. Each object that takes it
// says so, the Wukong too, and all goes on once it is given back. In the end each permission of the role has been used, also to list and to
// watch, without which nothing fails, but what changes is seen late.
//
// The role is the same for all, so that this test runs beside no other.
func TestRightsOfTheProvider(t *testing.T) {
	needsProvider(t, "there is no provider to take permissions from")
	role := roleIn(t, "examples/production/provider-rbac.yaml", providerUser)
	tenant := role.depriving(t)
	managed := []string{dataVolumes, virtualMachines, attachments, volumeClaims}

	role.without(t, "create", managed...)
	claim := tenant.Apply(t, "minimal", everyKind)
	claim.eventuallyMayNot(t, "create", managed...)
	claim.eventuallySaysCannot(t, "create")

	role.without(t, "patch", managed...)
	claim.eventuallyMayNot(t, "patch", managed...)
	claim.eventuallySaysCannot(t, "patch")

	role.without(t, "patch", virtualMachineInstances)
	claim.eventuallyMayNot(t, "patch", virtualMachineInstances)
	role.restore(t)
	claim.nudge(t)
	claim.EventuallyRuns(t)

	all := append([]string{virtualMachineInstances}, managed...)
	role.without(t, "get", all...)
	claim.eventuallyMayNot(t, "get", all...)
	claim.eventuallySaysCannot(t, "get")
	role.restore(t)
	claim.nudge(t)
	claim.EventuallyRuns(t)

	claim.Edit(t, disk("system", sized("3Gi")))
	claim.eventuallyHolds(t, "system", "3Gi")

	role.without(t, "delete", managed...)
	claim.DeleteAtOnce(t)
	claim.eventuallyMayNot(t, "delete", managed...)
	role.restore(t)
	claim.nudge(t)
	// What was refused again and again is tried again within a minute.
	eventually(t, claim.String()+" is gone", func() error {
		if _, err := claim.see(t); !apierrors.IsNotFound(err) {
			claim.nudge(t)
			return fmt.Errorf("it is still there: %v", err) //nolint:errorlint // There may be none.
		}
		return nil
	})
	tenant.EventuallyHas(t)

	if unused := cluster.unused(t, role.ClusterRole, role.user); len(unused) > 0 {
		t.Errorf("the role has permissions that nothing takes: %q", unused)
	}
}

// TestRightsOfCrossplane takes from Crossplane, without a provider, one verb after the other of its role in examples/native. Its Wukong names
// one object after the other that takes the verb, as each is given back, and in the end each permission of the role has been used.
func TestRightsOfCrossplane(t *testing.T) {
	if *target != targetNative {
		t.Skip("with a provider Crossplane needs no permission of its own")
	}
	role := roleIn(t, "examples/native/rbac.yaml", crossplaneUser)
	tenant := role.depriving(t)
	managed := []string{dataVolumes, virtualMachines, attachments, volumeClaims}

	role.without(t, "create", managed...)
	claim := tenant.Apply(t, "minimal", everyKind)
	claim.eventuallyNamesEach(t, role, "create", managed...)
	claim.EventuallyRuns(t)

	role.without(t, "patch", managed...)
	claim.eventuallyNamesEach(t, role, "patch", managed...)
	claim.Eventually(t, "is synced again", func(s Sight) bool { return s.True("Synced") })

	// What leaves the Wukong loses Crossplane's labels, by an update, and is deleted.
	left := []string{dataVolumes, attachments, volumeClaims}
	claim.Edit(t, runBy(kubevirtv1.RunStrategyHalted))
	claim.EventuallyStopped(t)
	role.without(t, "update", left...)
	claim.Edit(t, func(w *v1alpha1.Wukong) { w.Spec.Disks, w.Spec.Networks = []v1alpha1.Disk{empty("other")}, nil })
	claim.eventuallyNamesEach(t, role, "update", left...)
	claim.Eventually(t, "is synced again", func(s Sight) bool { return s.True("Synced") })

	claim.Edit(t, everyKind)
	// Ready alone may be of before the edit.
	claim.Eventually(t, "has everything again", func(s Sight) bool { return s.True("Ready") && len(s.Status.Volumes) > 1 })
	role.without(t, "delete", left...)
	claim.Edit(t, func(w *v1alpha1.Wukong) { w.Spec.Disks, w.Spec.Networks = []v1alpha1.Disk{empty("other")}, nil })
	claim.eventuallyNamesEach(t, role, "delete", left...)
	claim.Eventually(t, "is synced again", func(s Sight) bool { return s.True("Synced") })
	claim.Delete(t)
	tenant.EventuallyHas(t)

	if unused := cluster.unused(t, role.ClusterRole, role.user); len(unused) > 0 {
		t.Errorf("the role has permissions that nothing takes: %q", unused)
	}
}

// eventuallyNamesEach waits until the claim has said of each resource that a verb is missing. Each gets it back once it was named.
func (c *Claim) eventuallyNamesEach(t *testing.T, role Role, verb string, resources ...string) {
	t.Helper()
	for missing := slices.Clone(resources); len(missing) > 0; role.without(t, verb, missing...) {
		nudged := time.Time{}
		c.Eventually(t, fmt.Sprintf("says of one of %q that Crossplane cannot %s it", missing, verb), func(s Sight) bool {
			if time.Since(nudged) > 2*time.Second {
				nudged = time.Now()
				c.Edit(t, touched)
			}
			synced := s.Condition("Synced")
			if synced == nil {
				return false
			}
			m := cannot.FindStringSubmatch(synced.Message)
			if m == nil || m[1] != verb || !slices.Contains(missing, m[2]) {
				return false
			}
			missing = slices.DeleteFunc(missing, func(r string) bool { return r == m[2] })
			return true
		})
	}
	// Crossplane would try again by itself, within a minute.
	c.Edit(t, touched)
}

// touched has Crossplane look at the Wukong.
func touched(w *v1alpha1.Wukong) {
	w.Annotations = map[string]string{"touched-at": time.Now().String()}
}

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
func (r Role) depriving(t *testing.T) *Tenant {
	t.Helper()
	tenant := cluster.NewTenant(t)
	deprived.Store(tenant.Namespace, true)
	t.Cleanup(func() { r.restore(t) })
	return tenant
}

// without a verb for some resources.
func (r Role) without(t *testing.T, verb string, resources ...string) {
	t.Helper()
	say(t, "%s may not %s %q", r.Name, verb, resources)
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
	r.set(t, rules)
}

// restore the role.
func (r Role) restore(t *testing.T) {
	t.Helper()
	say(t, "%s is restored", r.Name)
	r.set(t, r.Rules)
}

func (r Role) set(t *testing.T, rules []rbacv1.PolicyRule) {
	t.Helper()
	changed := r.DeepCopy()
	if err := cluster.Get(context.Background(), client.ObjectKeyFromObject(r.ClusterRole), changed); err != nil {
		t.Fatal(err)
	}
	changed.Rules = rules
	if err := cluster.Update(context.Background(), changed); err != nil {
		t.Fatal(err)
	}
	eventually(t, r.Name+" is in effect", func() error { return r.inEffect(rules) })
}

// inEffect is an error as long as the API server allows or refuses something otherwise than by the rules: it learns of a change a moment
// later, and of one that is added to another role by its label another moment later.
func (r Role) inEffect(rules []rbacv1.PolicyRule) error {
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
				if want := allows(rules, resource, verb); review.Status.Allowed != want {
					return fmt.Errorf("may %s %s: %t, want %t", verb, resource, review.Status.Allowed, want)
				}
			}
		}
	}
	return nil
}

func allows(rules []rbacv1.PolicyRule, resource, verb string) bool {
	return slices.ContainsFunc(rules, func(r rbacv1.PolicyRule) bool {
		return slices.Contains(r.Resources, resource) && slices.Contains(r.Verbs, verb)
	})
}

var cannot = regexp.MustCompile(`cannot (\w+) resource "([^"]+)"`)

// eventuallyMayNot waits until the Objects of the claim say that just these resources are refused, for want of a verb. They are touched, so
// that the provider looks at once.
func (c *Claim) eventuallyMayNot(t *testing.T, verb string, resources ...string) {
	t.Helper()
	slices.Sort(resources)
	nudged := time.Time{}
	eventually(t, fmt.Sprintf("the Objects of %s say that the provider cannot %s %q", c, verb, resources), func() error {
		if time.Since(nudged) > 2*time.Second {
			nudged = time.Now()
			c.nudge(t)
		}
		said := map[string]bool{}
		for _, o := range c.list(t, objectGVK()) {
			for _, m := range cannot.FindAllStringSubmatch(message(o, "Synced"), -1) {
				if m[1] == verb {
					said[m[2]] = true
				}
			}
		}
		if diff := cmp.Diff(resources, slices.Sorted(maps.Keys(said))); diff != "" {
			return fmt.Errorf("-want, +got:\n%s", diff)
		}
		return nil
	})
}

// eventuallySaysCannot waits until the claim says that a verb is missing.
func (c *Claim) eventuallySaysCannot(t *testing.T, verb string) {
	t.Helper()
	c.Eventually(t, "says that it cannot "+verb, func(s Sight) bool {
		return s.Status.Phase == v1alpha1.PhaseError && strings.Contains(s.Status.Message, "cannot "+verb+" resource")
	})
}

// nudge has the provider look at each Object of the claim.
func (c *Claim) nudge(t *testing.T) {
	t.Helper()
	for _, o := range c.list(t, objectGVK()) {
		patch := client.MergeFrom(o.DeepCopy())
		annotations := maps.Clone(o.GetAnnotations())
		annotations["nudged-at"] = time.Now().String()
		o.SetAnnotations(annotations)
		if err := c.Patch(t.Context(), &o, patch); client.IgnoreNotFound(err) != nil {
			t.Error(err)
		}
	}
}

// message of a condition of an object; empty if there is none.
func message(o unstructured.Unstructured, kind string) string {
	conditions, _, _ := unstructured.NestedSlice(o.Object, "status", "conditions")
	for _, c := range conditions {
		if c, _ := c.(map[string]any); c["type"] == kind {
			m, _ := c["message"].(string)
			return m
		}
	}
	return ""
}
