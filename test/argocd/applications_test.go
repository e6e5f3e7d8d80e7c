package argocd

import (
	"cmp"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"testing"

	"github.com/argoproj/argo-cd/v3/pkg/apis/application/v1alpha1"
	"github.com/argoproj/argo-cd/v3/util/glob"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"sigs.k8s.io/yaml"
)

const (
	platform = "examples/argocd/platform"
	server   = "https://kubernetes.default.svc"
)

// manifests returns the objects of a folder of this repository, as Argo CD reads it: without subfolders, and from the included files alone.
func manifests(t *testing.T, dir string, d *v1alpha1.ApplicationSourceDirectory) []*unstructured.Unstructured {
	t.Helper()
	var out []*unstructured.Unstructured
	entries, err := os.ReadDir(filepath.Join(root, dir))
	if err != nil {
		t.Errorf("an Application has a source that does not exist: %v", err)
	}
	for _, e := range entries {
		if e.Type() == fs.ModeDir || !slices.Contains([]string{".yaml", ".yml", ".json"}, filepath.Ext(e.Name())) {
			continue
		}
		if d != nil && (d.Include != "" && !glob.Match(d.Include, e.Name()) || d.Exclude != "" && glob.Match(d.Exclude, e.Name())) {
			continue
		}
		out = append(out, documents(t, dir, e.Name())...)
	}
	if len(out) == 0 {
		t.Errorf("%s has no manifests for %+v", dir, d)
	}
	return out
}

// decodeStrictly returns the objects of a kind. An unknown field is an error.
func decodeStrictly[T any](t *testing.T, kind string, objects []*unstructured.Unstructured) []*T {
	t.Helper()
	var out []*T
	for _, o := range objects {
		if o.GetKind() != kind {
			continue
		}
		b, err := yaml.Marshal(o.Object)
		if err != nil {
			t.Fatal(err)
		}
		v := new(T)
		if err := yaml.UnmarshalStrict(b, v); err != nil {
			t.Errorf("%s %s: %v", kind, o.GetName(), err)
		}
		out = append(out, v)
	}
	return out
}

// isPermitted reports whether a project permits an object of a kind in a namespace; empty for a cluster-scoped object.
func isPermitted(t *testing.T, p *v1alpha1.AppProject, kind schema.GroupKind, namespace string) bool {
	t.Helper()
	ok, err := p.IsResourcePermitted(kind, "a", namespace, &v1alpha1.Cluster{Server: server}, func(string) ([]*v1alpha1.Cluster, error) { return nil, nil })
	if err != nil {
		t.Fatal(err)
	}
	return ok
}

// TestApplications shows that Argo CD decodes every Application and project, and that each project permits what its Applications apply.
func TestApplications(t *testing.T) {
	objects := append(documents(t, "examples/argocd/root.yaml"), manifests(t, platform, nil)...)
	projects := map[string]*v1alpha1.AppProject{}
	for _, p := range decodeStrictly[v1alpha1.AppProject](t, "AppProject", objects) {
		if err := p.ValidateProject(); err != nil {
			t.Errorf("project %s: %v", p.Name, err)
		}
		projects[p.Name] = p
	}
	apps := decodeStrictly[v1alpha1.Application](t, "Application", objects)
	if len(apps)+len(projects) != len(objects) {
		t.Errorf("want Applications and projects alone, got %d of %d objects", len(apps)+len(projects), len(objects))
	}
	for _, app := range apps {
		p := projects[app.Spec.Project]
		if p == nil {
			t.Errorf("%s: there is no project %s", app.Name, app.Spec.Project)
			continue
		}
		if !p.IsSourcePermitted(app.Spec.GetSource()) {
			t.Errorf("%s: its project does not permit its source", app.Name)
		}
		for _, o := range manifests(t, app.Spec.Source.Path, app.Spec.Source.Directory) {
			checkManifest(t, app, p, o)
		}
	}
}

// checkManifest fails the test if an Application may not apply a manifest, or if Argo CD might delete a package that virtual machines depend on.
func checkManifest(t *testing.T, app *v1alpha1.Application, p *v1alpha1.AppProject, o *unstructured.Unstructured) {
	t.Helper()
	namespace := o.GetNamespace()
	if namespace == "" && !isClusterScoped(o) {
		namespace = app.Spec.Destination.Namespace
	}
	if !isPermitted(t, p, o.GroupVersionKind().GroupKind(), namespace) {
		t.Errorf("%s: project %s does not permit %s %s/%s", app.Name, p.Name, o.GetKind(), namespace, o.GetName())
	}
	if o.GroupVersionKind().Group != "pkg.crossplane.io" || o.GetKind() == "DeploymentRuntimeConfig" {
		return
	}
	for _, option := range []string{"Prune=false", "Delete=false"} {
		if !app.Spec.SyncPolicy.SyncOptions.HasOption(option) {
			t.Errorf("%s has a %s: want the option %s, got %q", app.Name, o.GetKind(), option, app.Spec.SyncPolicy.SyncOptions)
		}
	}
	if len(app.Finalizers) > 0 {
		t.Errorf("%s has a %s and a finalizer, which deletes that with the Application", app.Name, o.GetKind())
	}
}

// isClusterScoped reports whether a manifest without a namespace needs none.
func isClusterScoped(o *unstructured.Unstructured) bool {
	return slices.Contains([]string{
		"ClusterRole", "ClusterRoleBinding", "ClusterProviderConfig", "Namespace", "DeploymentRuntimeConfig", "Provider", "Function", "Configuration",
		"ValidatingAdmissionPolicy", "ValidatingAdmissionPolicyBinding",
	}, o.GetKind())
}

// TestWaves shows that the sync waves apply everything after what it depends on.
func TestWaves(t *testing.T) {
	wave := map[string]int{}
	for _, o := range manifests(t, platform, nil) {
		n, err := strconv.Atoi(o.GetAnnotations()["argocd.argoproj.io/sync-wave"])
		if err != nil {
			t.Errorf("%s %s: %v", o.GetKind(), o.GetName(), err)
		}
		wave[o.GetKind()+" "+o.GetName()] = n
	}
	for _, order := range [][]string{
		{"Application wukong-provider", "Application wukong-provider-config", "Application wukong-configuration", "Application team-a"},
		{"Application wukong-function", "Application wukong-configuration"},
		{"AppProject team-a", "Application team-a"},
	} {
		if !slices.IsSortedFunc(order, func(a, b string) int { return cmp.Or(cmp.Compare(wave[a], wave[b]), 1) }) {
			t.Errorf("want the waves in this order: %q, got %v", order, wave)
		}
	}
}

// TestTenants shows what the project of a tenant permits and denies.
func TestTenants(t *testing.T) {
	p := decodeStrictly[v1alpha1.AppProject](t, "AppProject", documents(t, platform, "team-a.yaml"))[0]
	for _, c := range []struct {
		kind      schema.GroupKind
		namespace string
		want      bool
	}{
		{schema.GroupKind{Group: "vm.novasphere.dev", Kind: "Wukong"}, "team-a", true},
		{schema.GroupKind{Group: "vm.novasphere.dev", Kind: "Wukong"}, "team-b", false},
		{schema.GroupKind{Group: "vm.novasphere.dev", Kind: "Wukong"}, "crossplane-system", false},
		{schema.GroupKind{Group: "vm.novasphere.dev", Kind: "XWukong"}, "", false},
		{schema.GroupKind{Group: "kubernetes.m.crossplane.io", Kind: "Object"}, "team-a", false},
		{schema.GroupKind{Group: "kubernetes.crossplane.io", Kind: "Object"}, "", false},
		{schema.GroupKind{Group: "kubevirt.io", Kind: "VirtualMachine"}, "team-a", false},
		{schema.GroupKind{Group: "rbac.authorization.k8s.io", Kind: "RoleBinding"}, "team-a", false},
		{schema.GroupKind{Group: "rbac.authorization.k8s.io", Kind: "ClusterRole"}, "", false},
		{schema.GroupKind{Group: "pkg.crossplane.io", Kind: "Configuration"}, "", false},
		{schema.GroupKind{Kind: "Namespace"}, "", false},
		{schema.GroupKind{Kind: "Secret"}, "team-a", false},
	} {
		if got := isPermitted(t, p, c.kind, c.namespace); got != c.want {
			t.Errorf("%s in %q: want %t, got %t", c.kind, c.namespace, c.want, got)
		}
	}
	app := decodeStrictly[v1alpha1.Application](t, "Application", documents(t, platform, "team-a.yaml"))[0]
	for _, option := range []string{"Prune=confirm", "Delete=confirm"} {
		if !app.Spec.SyncPolicy.SyncOptions.HasOption(option) {
			t.Errorf("want the option %s, got %q", option, app.Spec.SyncPolicy.SyncOptions)
		}
	}
}
