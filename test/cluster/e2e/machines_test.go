//go:build e2e

package e2e

import (
	"fmt"
	"strings"
	"testing"

	authenticationv1 "k8s.io/api/authentication/v1"
	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/client-go/tools/clientcmd"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"
	kubevirtv1 "kubevirt.io/api/core/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
)

// TestOtherCluster lets a Wukong live whose ProviderConfig reaches another cluster than Crossplane's: it is created, runs, is edited, stopped,
// started, restarted and deleted there. The provider has the rights of production in that cluster. Operations that need to see the virtual
// machine are refused.
//
// All tenants share the Composition, so that this test runs in parallel with others only once it is restored.
func TestOtherCluster(t *testing.T) {
	needsProvider(t, "without a provider Crossplane reaches no cluster but its own")
	machines := startMachines(t)
	cluster.connectProvider(t, machines, "machines")
	tenant := cluster.NewTenant(t)
	there := &Tenant{Cluster: machines, Namespace: tenant.Namespace}
	if err := machines.Create(t.Context(), &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: there.Namespace}}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { cluster.setProviderConfig(t, "default") })
	cluster.setProviderConfig(t, "machines")

	// No webhook of CDI completes claims there.
	wukong := tenant.Apply(t, "minimal", withDisks(emptyDisk("system", withAccessModes(corev1.ReadWriteOnce), withVolumeMode(corev1.PersistentVolumeFilesystem))))
	wukong.EventuallyRuns(t)
	remote := wukong.as(there)
	vm := remote.VM(t)
	if here := tenant.listNames(t, kubevirtv1.SchemeGroupVersion.WithKind("VirtualMachine")); len(here) > 0 {
		t.Errorf("want no virtual machine in the cluster of Crossplane, got %q", here)
	}

	wukong.Edit(t, combine(withCPUs(3), editDisk("system", withSize("3Gi"))))
	claim := client.ObjectKey{Namespace: there.Namespace, Name: wukong.Observe(t).Volume("system").PVCName}
	eventually(t, "the virtual machine and its disk are changed in the other cluster", func() error {
		pvc := &corev1.PersistentVolumeClaim{}
		if err := machines.Get(t.Context(), claim, pvc); err != nil {
			return err
		}
		size := pvc.Spec.Resources.Requests[corev1.ResourceStorage]
		if cores := remote.VM(t).Spec.Template.Spec.Domain.CPU.Sockets; size.String() != "3Gi" || cores != 3 {
			return fmt.Errorf("its size is %s, with %d CPUs", size.String(), cores)
		}
		return nil
	})

	if !cluster.set(t).HasClaimsAlone() {
		wukong.Operate(t, "stop")
		wukong.EventuallyStopped(t)
		wukong.Operate(t, "start")
		wukong.EventuallyRuns(t)
		for _, example := range []string{"restart", "snapshot"} {
			op := wukong.operation(t, example)
			eventually(t, "the Operation "+example+" reports that it reaches no other cluster", func() error {
				if c, err := wukong.operationCondition(t, op, "Synced"); err != nil || c == nil || !strings.Contains(c.Message, "Operations reach no other") {
					return fmt.Errorf("%v, %w", c, err)
				}
				return nil
			})
		}
	}
	first := remote.VMI(t).UID
	wukong.Edit(t, func(w *v1alpha1.Wukong) { w.Annotations = map[string]string{v1alpha1.AnnotationRestart: string(first)} })
	remote.EventuallyReplaced(t, first)
	wukong.EventuallyRuns(t)
	if after := remote.VM(t); after.UID != vm.UID {
		t.Errorf("want the virtual machine %s, got %s", vm.UID, after.UID)
	}

	cluster.setProviderConfig(t, "default")
	t.Parallel()
	wukong.Delete(t)
	tenant.EventuallyHasOnly(t)
	for _, gvk := range kinds() {
		if gvk == objectGVK() || gvk.Kind == "Pod" {
			continue
		}
		if left := there.listNames(t, gvk); len(left) > 0 {
			t.Errorf("want nothing to stay in the other cluster, got %s %q", gvk.Kind, left)
		}
	}
}

// connectProvider creates a ProviderConfig by which the provider acts in another cluster, as a service account with the rights of production.
func (c *Cluster) connectProvider(t *testing.T, machines *Cluster, name string) {
	t.Helper()
	const namespace, account = "crossplane-system", "provider-kubernetes"
	secrets := &rbacv1.ClusterRole{
		ObjectMeta: metav1.ObjectMeta{Name: "secrets-of-wukongs"},
		Rules:      []rbacv1.PolicyRule{{APIGroups: []string{""}, Resources: []string{"secrets"}, Verbs: []string{"get", "list", "watch", "create", "patch", "delete"}}},
	}
	serviceAccount := &corev1.ServiceAccount{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: account}}
	objects := []client.Object{
		&corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: namespace}},
		serviceAccount,
		secrets,
		&rbacv1.ClusterRoleBinding{
			ObjectMeta: metav1.ObjectMeta{Name: secrets.Name},
			RoleRef:    rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "ClusterRole", Name: secrets.Name},
			Subjects:   []rbacv1.Subject{{Kind: rbacv1.ServiceAccountKind, Namespace: namespace, Name: account}},
		},
	}
	for _, o := range productionObjects(t, "provider-rbac.yaml") {
		objects = append(objects, o)
	}
	for _, o := range objects {
		if err := machines.Create(t.Context(), o); err != nil {
			t.Fatal(err)
		}
	}
	token := &authenticationv1.TokenRequest{}
	if err := machines.SubResource("token").Create(t.Context(), serviceAccount, token); err != nil {
		t.Fatal(err)
	}
	access := clientcmdapi.NewConfig()
	access.Clusters[name] = &clientcmdapi.Cluster{Server: machines.config.Host, CertificateAuthorityData: machines.config.CAData}
	access.AuthInfos[name] = &clientcmdapi.AuthInfo{Token: token.Status.Token}
	access.Contexts[name] = &clientcmdapi.Context{Cluster: name, AuthInfo: name}
	access.CurrentContext = name
	kubeconfig, err := clientcmd.Write(*access)
	if err != nil {
		t.Fatal(err)
	}

	secret := &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: name}, Data: map[string][]byte{"kubeconfig": kubeconfig}}
	config := &unstructured.Unstructured{Object: map[string]any{"spec": map[string]any{"credentials": map[string]any{
		"source":    "Secret",
		"secretRef": map[string]any{"namespace": namespace, "name": name, "key": "kubeconfig"},
	}}}}
	config.SetGroupVersionKind(providerConfigGVK())
	config.SetName(name)
	for _, o := range []client.Object{secret, config} {
		if err := c.Create(t.Context(), o); err != nil {
			t.Fatal(err)
		}
	}
}
