package plane

import (
	"context"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"

	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
)

// The service accounts of Crossplane and of provider-kubernetes, in Crossplane's namespace. Both have only the permissions that they have in
// production, so that each end-to-end test shows that these suffice.
const (
	crossplaneAccount = "crossplane"
	providerAccount   = "provider-kubernetes"
)

// aggregateToCrossplane is the label of ClusterRoles that are aggregated to the one of Crossplane.
const aggregateToCrossplane = "rbac.crossplane.io/aggregate-to-crossplane"

// grantCrossplane creates the roles of Crossplane: those of its Helm chart, of its RBAC manager for Wukongs, and of the examples.
func (p *Plane) grantCrossplane(ctx context.Context) error {
	chart, err := p.chart(ctx)
	if err != nil {
		return err
	}
	for _, file := range []string{"clusterrole.yaml", "clusterrolebinding.yaml"} {
		objects, err := chart.render(file)
		if err != nil {
			return err
		}
		if err := p.apply(ctx, objects...); err != nil {
			return err
		}
	}
	if err := p.apply(ctx, compositeRole()); err != nil {
		return err
	}
	if p.Target == targetNative {
		if err := p.applyFile(ctx, "examples/native/rbac.yaml"); err != nil {
			return err
		}
	}
	// Without Operations, too, Crossplane lists the snapshots of Wukongs.
	if err := p.applyFile(ctx, "examples/operations/rbac.yaml"); err != nil {
		return err
	}
	return p.await(ctx, "the ClusterRole of Crossplane is aggregated", func(ctx context.Context) (bool, error) {
		role := object("rbac.authorization.k8s.io/v1", "ClusterRole", "", crossplaneAccount, nil)
		err := p.client.Get(ctx, types.NamespacedName{Name: role.GetName()}, role)
		rules, _ := role.Object["rules"].([]any)
		return len(rules) > 0, err
	})
}

// grantProvider creates the roles of the provider: those of Crossplane's RBAC manager for its CRDs, and the one of examples/production.
func (p *Plane) grantProvider(ctx context.Context, crds []*unstructured.Unstructured) error {
	edit, system := providerRoles(crds)
	if err := p.apply(ctx, edit, system, object("rbac.authorization.k8s.io/v1", "ClusterRoleBinding", "", system.GetName(), map[string]any{
		"roleRef":  map[string]any{"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": system.GetName()},
		"subjects": []any{map[string]any{"kind": "ServiceAccount", "namespace": crossplaneNamespace, "name": providerAccount}},
	})); err != nil {
		return err
	}
	return p.applyFile(ctx, "examples/production/provider-rbac.yaml")
}

// compositeRole returns the role that Crossplane's RBAC manager creates for the CompositeResourceDefinitions of all targets. The manager
// itself cannot run beside provider-kubernetes 1.2: both use the same port, which cannot be configured.
func compositeRole() *unstructured.Unstructured {
	var all, finalizers []any
	for _, plural := range []string{"wukongs", "xwukongs"} {
		all, finalizers = append(all, plural, plural+"/status"), append(finalizers, plural+"/finalizers")
	}
	return clusterRole("crossplane:composite:"+v1alpha1.Group+":aggregate-to-crossplane", true,
		policyRule([]any{v1alpha1.Group}, all, "*"),
		policyRule([]any{v1alpha1.Group}, finalizers, "update"),
	)
}

// providerRoles returns the roles that Crossplane's RBAC manager creates for the CRDs of a provider: edit is aggregated to Crossplane's role,
// and system is the provider's own.
func providerRoles(crds []*unstructured.Unstructured) (edit, system *unstructured.Unstructured) {
	var groups []any
	resources := map[string][]any{}
	for _, crd := range crds {
		plural, group, _ := strings.Cut(crd.GetName(), ".")
		if resources[group] == nil {
			groups = append(groups, group)
		}
		resources[group] = append(resources[group], plural, plural+"/status")
	}
	var all, own []any
	for _, group := range groups {
		name, _ := group.(string)
		all = append(all, policyRule([]any{group}, resources[name], "*"))
		own = append(own, policyRule([]any{group}, resources[name], "get", "list", "watch", "update", "patch", "create"))
	}
	own = append(own,
		policyRule(groups, []any{"*/finalizers"}, "update"),
		policyRule([]any{"", "coordination.k8s.io"}, []any{"secrets", "configmaps", "events", "leases"}, "*"),
		policyRule([]any{"apiextensions.k8s.io"}, []any{"customresourcedefinitions"}, "get", "list", "watch"),
	)
	return clusterRole("crossplane:provider:provider-kubernetes:aggregate-to-edit", true, all...),
		clusterRole("crossplane:provider:provider-kubernetes:system", false, own...)
}

// clusterRole returns a ClusterRole, aggregated to the one of Crossplane if so wanted.
func clusterRole(name string, aggregated bool, rules ...any) *unstructured.Unstructured {
	role := object("rbac.authorization.k8s.io/v1", "ClusterRole", "", name, map[string]any{"rules": rules})
	if aggregated {
		role.SetLabels(map[string]string{aggregateToCrossplane: "true"})
	}
	return role
}

// policyRule returns a rule of a role.
func policyRule(groups, resources []any, verbs ...any) any {
	return map[string]any{"apiGroups": groups, "resources": resources, "verbs": verbs}
}

// serviceAccountUser returns the username of a service account in Crossplane's namespace.
func serviceAccountUser(name string) string {
	return "system:serviceaccount:" + crossplaneNamespace + ":" + name
}
