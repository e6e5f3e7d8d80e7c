//go:build e2e

package e2e

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	policyv1 "k8s.io/api/policy/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// TestProductionManifests applies every manifest of examples/production as a dry run with strict field validation.
func TestProductionManifests(t *testing.T) {
	t.Parallel()
	tenant := cluster.NewTenant(t)
	strict := client.WithFieldValidation(tenant.Cluster, metav1.FieldValidationStrict)
	entries, err := os.ReadDir(filepath.Join(repository, "examples", "production"))
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		t.Run(e.Name(), func(t *testing.T) {
			switch {
			case e.Name() == "crossplane-values.yaml":
				t.Skip("values for Helm, which TestChart in package plane checks")
			case e.IsDir():
				t.Skip("a kustomization, which TestProductionSettings applies")
			case e.Name() == "provider-config.yaml" && *target == targetNative:
				t.Skip("there is no provider")
			}
			for _, o := range productionObjects(t, e.Name()) {
				if e.Name() == "tenant-quota.yaml" || o.GetNamespace() == "team-a" {
					o.SetNamespace(tenant.Namespace)
				}
				if err := serverSideApply(t, strict, o, client.DryRunAll); err != nil {
					t.Errorf("%s %s: %v", o.GetKind(), o.GetName(), err)
				}
			}
		})
	}
}

// TestProductionSettings applies the kustomization with settings of the platform team, as a dry run. It has the API of the packages, and the
// Composition that the API enforces.
func TestProductionSettings(t *testing.T) {
	t.Parallel()
	if *target == targetClaim {
		t.Skip("its API is that of namespaced Wukongs")
	}
	out := cluster.NewTenant(t).Kubectl(t, "apply", "--server-side", "--force-conflicts", "--dry-run=server", "-k",
		filepath.Join(repository, "examples", "production", "settings"))
	for _, want := range []string{"compositeresourcedefinition.apiextensions.crossplane.io/wukongs.vm.novasphere.dev", "composition.apiextensions.crossplane.io/wukong"} {
		if !strings.Contains(out, want+" serverside-applied") {
			t.Errorf("want %s to be applied, got %s", want, out)
		}
	}
}

// TestProductionPods creates, as a dry run, the Deployments that Crossplane would create from the DeploymentRuntimeConfigs, and their pods in a
// namespace that enforces the restricted Pod Security Standard. The selectors of the policies match these pods.
func TestProductionPods(t *testing.T) {
	t.Parallel()
	tenant := cluster.NewTenant(t)
	ns := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: tenant.Namespace}}
	enforce := client.RawPatch(types.MergePatchType, []byte(`{"metadata":{"labels":{"pod-security.kubernetes.io/enforce":"restricted"}}}`))
	if err := cluster.Patch(t.Context(), ns, enforce); err != nil {
		t.Fatal(err)
	}
	for file, c := range map[string]struct {
		kind  string
		ports map[string]int32
	}{
		"function.yaml": {kind: "Function", ports: map[string]int32{"metrics": 8080, "grpc": 9443}},
		"provider.yaml": {kind: "Provider", ports: map[string]int32{"metrics": 8080, "webhook": 9443}},
	} {
		t.Run(file, func(t *testing.T) {
			objects := productionObjects(t, file)
			pkg, config := findKind(t, objects, c.kind), findKind(t, objects, "DeploymentRuntimeConfig")
			if name, _, _ := unstructured.NestedString(pkg.Object, "spec", "runtimeConfigRef", "name"); name != config.GetName() {
				t.Errorf("the package names the runtime %q, want %q", name, config.GetName())
			}
			d := deployment(t, pkg, config, c.ports)
			d.Namespace = tenant.Namespace
			if err := cluster.Create(t.Context(), d, client.DryRunAll); err != nil {
				t.Fatal(err)
			}
			pod := &corev1.Pod{ObjectMeta: d.Spec.Template.ObjectMeta, Spec: d.Spec.Template.Spec}
			pod.Namespace, pod.Name = tenant.Namespace, "pod"
			// Crossplane would create the service account, which does not exist here.
			pod.Spec.ServiceAccountName, pod.Spec.DeprecatedServiceAccount = "", ""
			if err := cluster.Create(t.Context(), pod, client.DryRunAll); err != nil {
				t.Error(err)
			}
			if root := pod.Spec.Containers[0].SecurityContext.ReadOnlyRootFilesystem; root == nil || !*root {
				t.Error("want a root filesystem that cannot be written to")
			}

			selectors := map[string]*metav1.LabelSelector{}
			for _, o := range append(objects, productionObjects(t, "network-policies.yaml")...) {
				switch o.GetKind() {
				case "PodDisruptionBudget":
					budget := &policyv1.PodDisruptionBudget{}
					decodeStrict(t, o.Object, budget)
					selectors["PodDisruptionBudget"] = budget.Spec.Selector
				case "NetworkPolicy":
					policy := &networkingv1.NetworkPolicy{}
					decodeStrict(t, o.Object, policy)
					if policy.Name == config.GetName() {
						selectors["NetworkPolicy"] = &policy.Spec.PodSelector
					}
				}
			}
			for _, constraint := range d.Spec.Template.Spec.TopologySpreadConstraints {
				selectors["spread over "+constraint.TopologyKey] = constraint.LabelSelector
			}
			if selectors["NetworkPolicy"] == nil {
				t.Errorf("there is no NetworkPolicy %s", config.GetName())
			}
			for what, s := range selectors {
				selector, err := metav1.LabelSelectorAsSelector(s)
				if err != nil {
					t.Fatal(err)
				}
				if !selector.Matches(labels.Set(pod.Labels)) {
					t.Errorf("%s: selects no pod of the package: %s, not %v", what, selector, pod.Labels)
				}
			}
		})
	}
}

// deployment returns the Deployment that Crossplane creates from a package and its DeploymentRuntimeConfig.
func deployment(t *testing.T, pkg, config *unstructured.Unstructured, ports map[string]int32) *appsv1.Deployment {
	t.Helper()
	template, _, _ := unstructured.NestedMap(config.Object, "spec", "deploymentTemplate")
	d := &appsv1.Deployment{}
	decodeStrict(t, template, d)
	account, _, _ := unstructured.NestedString(config.Object, "spec", "serviceAccountTemplate", "metadata", "name")

	d.Name = pkg.GetName() + "-0123456789ab"
	labels := map[string]string{"pkg.crossplane.io/revision": d.Name, "pkg.crossplane.io/" + strings.ToLower(pkg.GetKind()): pkg.GetName()}
	d.Spec.Selector = &metav1.LabelSelector{MatchLabels: labels}
	d.Spec.Template.Labels = labels
	d.Spec.Template.Spec.ServiceAccountName = account
	c := &d.Spec.Template.Spec.Containers[0]
	if c.Name != "package-runtime" {
		t.Fatalf("Crossplane would add a container to %q", c.Name)
	}
	c.Image = "example.org/image"
	for _, name := range slices.Sorted(maps.Keys(ports)) {
		c.Ports = append(c.Ports, corev1.ContainerPort{Name: name, ContainerPort: ports[name]})
	}
	d.Spec.Template.Spec.Volumes = append(d.Spec.Template.Spec.Volumes, corev1.Volume{
		Name: "tls-server-certs", VolumeSource: corev1.VolumeSource{Secret: &corev1.SecretVolumeSource{SecretName: "tls"}},
	})
	c.VolumeMounts = append(c.VolumeMounts, corev1.VolumeMount{Name: "tls-server-certs", ReadOnly: true, MountPath: "/tls/server"})
	return d
}
