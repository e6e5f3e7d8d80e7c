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
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// TestProductionManifests has the API server judge every manifest of examples/production as if it were applied, with no field that it does
// not know.
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
				t.Skip("values for Helm, and no manifest: TestChart in the package plane is about them")
			case e.Name() == "provider-config.yaml" && *target == targetNative:
				t.Skip("there is no provider")
			}
			for _, o := range productionObjects(t, e.Name()) {
				if e.Name() == "tenant-quota.yaml" {
					o.SetNamespace(tenant.Namespace)
				}
				if err := strict.Patch(t.Context(), o, client.Apply, client.DryRunAll, client.ForceOwnership, client.FieldOwner("kubectl")); err != nil { //nolint:staticcheck // As kubectl applies a file.
					t.Errorf("%s %s: %v", o.GetKind(), o.GetName(), err)
				}
			}
		})
	}
}

// TestProductionPods makes the Deployments that Crossplane would make of the DeploymentRuntimeConfigs. The API server takes them, and their
// pods in a namespace that asks for the strictest of Kubernetes' security standards; and the policies are for these pods.
func TestProductionPods(t *testing.T) {
	t.Parallel()
	tenant := cluster.NewTenant(t)
	ns := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: tenant.Namespace}}
	if err := cluster.Patch(t.Context(), ns, client.RawPatch("application/merge-patch+json", []byte(`{"metadata":{"labels":{"pod-security.kubernetes.io/enforce":"restricted"}}}`))); err != nil {
		t.Fatal(err)
	}
	for file, of := range map[string]struct {
		kind  string
		ports map[string]int32
	}{
		"function.yaml": {kind: "Function", ports: map[string]int32{"metrics": 8080, "grpc": 9443}},
		"provider.yaml": {kind: "Provider", ports: map[string]int32{"metrics": 8080, "webhook": 9443}},
	} {
		t.Run(file, func(t *testing.T) {
			objects := productionObjects(t, file)
			pkg, config := findKind(t, objects, of.kind), findKind(t, objects, "DeploymentRuntimeConfig")
			if name, _, _ := unstructured.NestedString(pkg.Object, "spec", "runtimeConfigRef", "name"); name != config.GetName() {
				t.Errorf("the package names the runtime %q, want %q", name, config.GetName())
			}
			d := deployment(t, pkg, config, of.ports)
			d.Namespace = tenant.Namespace
			if err := cluster.Create(t.Context(), d, client.DryRunAll); err != nil {
				t.Fatal(err)
			}
			pod := &corev1.Pod{ObjectMeta: d.Spec.Template.ObjectMeta, Spec: d.Spec.Template.Spec}
			pod.Namespace, pod.Name = tenant.Namespace, "pod"
			// Crossplane makes the service account, and there is none of this name here.
			pod.Spec.ServiceAccountName, pod.Spec.DeprecatedServiceAccount = "", ""
			if err := cluster.Create(t.Context(), pod, client.DryRunAll); err != nil {
				t.Error(err)
			}
			if root := pod.Spec.Containers[0].SecurityContext.ReadOnlyRootFilesystem; root == nil || !*root {
				t.Error("want a root filesystem that cannot be written to")
			}

			selects := map[string]*metav1.LabelSelector{}
			for _, o := range append(objects, productionObjects(t, "network-policies.yaml")...) {
				switch o.GetKind() {
				case "PodDisruptionBudget":
					budget := &policyv1.PodDisruptionBudget{}
					decodeStrict(t, o.Object, budget)
					selects["PodDisruptionBudget"] = budget.Spec.Selector
				case "NetworkPolicy":
					policy := &networkingv1.NetworkPolicy{}
					decodeStrict(t, o.Object, policy)
					if policy.Name == config.GetName() {
						selects["NetworkPolicy"] = &policy.Spec.PodSelector
					}
				}
			}
			for _, c := range d.Spec.Template.Spec.TopologySpreadConstraints {
				selects["spread over "+c.TopologyKey] = c.LabelSelector
			}
			if selects["NetworkPolicy"] == nil {
				t.Errorf("there is no NetworkPolicy %s", config.GetName())
			}
			for what, s := range selects {
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

// deployment is what Crossplane makes of a package and its DeploymentRuntimeConfig.
func deployment(t *testing.T, pkg, config *unstructured.Unstructured, ports map[string]int32) *appsv1.Deployment {
	t.Helper()
	template, _, _ := unstructured.NestedMap(config.Object, "spec", "deploymentTemplate")
	d := &appsv1.Deployment{}
	decodeStrict(t, template, d)
	account, _, _ := unstructured.NestedString(config.Object, "spec", "serviceAccountTemplate", "metadata", "name")

	d.Name = pkg.GetName() + "-0123456789ab"
	of := map[string]string{"pkg.crossplane.io/revision": d.Name, "pkg.crossplane.io/" + strings.ToLower(pkg.GetKind()): pkg.GetName()}
	d.Spec.Selector = &metav1.LabelSelector{MatchLabels: of}
	d.Spec.Template.Labels = of
	d.Spec.Template.Spec.ServiceAccountName = account
	c := &d.Spec.Template.Spec.Containers[0]
	if c.Name != "package-runtime" {
		t.Fatalf("Crossplane would add a container to %q", c.Name)
	}
	c.Image = "example.org/image"
	for _, name := range slices.Sorted(maps.Keys(ports)) {
		c.Ports = append(c.Ports, corev1.ContainerPort{Name: name, ContainerPort: ports[name]})
	}
	d.Spec.Template.Spec.Volumes = append(d.Spec.Template.Spec.Volumes, corev1.Volume{Name: "tls-server-certs", VolumeSource: corev1.VolumeSource{Secret: &corev1.SecretVolumeSource{SecretName: "tls"}}})
	c.VolumeMounts = append(c.VolumeMounts, corev1.VolumeMount{Name: "tls-server-certs", ReadOnly: true, MountPath: "/tls/server"})
	return d
}
