package plane

import (
	"context"
	"strings"

	"k8s.io/apimachinery/pkg/types"

	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
)

// The service accounts of Crossplane and of provider-kubernetes, in Crossplane's namespace. Both may do what they may do in
// production, and nothing more: so each test shows that this suffices.
const (
	crossplaneAccount = "crossplane"
	providerAccount   = "provider-kubernetes"
)

// aggregateToCrossplane is the label of what is added to the ClusterRole of Crossplane.
const aggregateToCrossplane = "rbac.crossplane.io/aggregate-to-crossplane"

// grantCrossplane what it has by its Helm chart, by its RBAC manager for our API, and by our examples.
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
		if err := p.create(ctx, objects...); err != nil {
			return err
		}
	}
	if err := p.create(ctx, compositeRole()); err != nil {
		return err
	}
	if p.Target == targetNative {
		if err := p.createFile(ctx, "examples/native/rbac.yaml"); err != nil {
			return err
		}
	}
	if p.Crossplane != "1.20" {
		if err := p.createFile(ctx, "examples/operations/rbac.yaml"); err != nil {
			return err
		}
	}
	return p.await(ctx, "the permissions of Crossplane are aggregated", func() (bool, error) {
		role := object("rbac.authorization.k8s.io/v1", "ClusterRole", "", crossplaneAccount, nil)
		err := p.client.Get(ctx, types.NamespacedName{Name: role.GetName()}, role)
		rules, _ := role.Object["rules"].([]any)
		return len(rules) > 0, err
	})
}

// grantProvider what it has by Crossplane's RBAC manager, and by our examples. Crossplane may use its kinds.
func (p *Plane) grantProvider(ctx context.Context, crds []*unstructuredObject) error {
	edit, system := providerRoles(crds)
	if err := p.create(ctx, edit, system, object("rbac.authorization.k8s.io/v1", "ClusterRoleBinding", "", system.GetName(), map[string]any{
		"roleRef":  map[string]any{"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": system.GetName()},
		"subjects": []any{map[string]any{"kind": "ServiceAccount", "namespace": crossplaneNamespace, "name": providerAccount}},
	})); err != nil {
		return err
	}
	return p.createFile(ctx, "examples/production/provider-rbac.yaml")
}

// compositeRole lets Crossplane use our API, as its RBAC manager does when it sees the definition. That manager itself cannot run here: it
// and provider-kubernetes take the same port, and neither can be told otherwise. It is granted beforehand, and for every target.
func compositeRole() *unstructuredObject {
	var all, finalizers []any
	for _, plural := range []string{"wukongs", "xwukongs"} {
		all, finalizers = append(all, plural, plural+"/status"), append(finalizers, plural+"/finalizers")
	}
	return clusterRole("crossplane:composite:"+v1alpha1.Group+":aggregate-to-crossplane", true,
		policyRule([]any{v1alpha1.Group}, all, "*"),
		policyRule([]any{v1alpha1.Group}, finalizers, "update"),
	)
}

// providerRoles are what the RBAC manager makes of the CRDs of a provider: what Crossplane may do with its kinds, and what it may do itself.
func providerRoles(crds []*unstructuredObject) (edit, system *unstructuredObject) {
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

func clusterRole(name string, ofCrossplane bool, rules ...any) *unstructuredObject {
	role := object("rbac.authorization.k8s.io/v1", "ClusterRole", "", name, map[string]any{"rules": rules})
	if ofCrossplane {
		role.SetLabels(map[string]string{aggregateToCrossplane: "true"})
	}
	return role
}

func policyRule(groups, resources []any, verbs ...any) any {
	return map[string]any{"apiGroups": groups, "resources": resources, "verbs": verbs}
}

// account is the user that a service account of Crossplane's namespace is.
func serviceAccountUser(name string) string {
	return "system:serviceaccount:" + crossplaneNamespace + ":" + name
}
