// Command manifests prints, as a YAML stream, what KubeVirt's operator creates besides its Deployments: the CRDs, the RBAC, the
// webhook configurations and the priority class, but not the admission policies, which are about the nodes of virt-handler. They are Go functions of
// the operator, and published nowhere else.
package main

import (
	"fmt"
	"os"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	kubevirtv1 "kubevirt.io/api/core/v1"
	"kubevirt.io/kubevirt/pkg/virt-operator/resource/generate/components"
	"kubevirt.io/kubevirt/pkg/virt-operator/resource/generate/install"
	"kubevirt.io/kubevirt/pkg/virt-operator/util"
	"sigs.k8s.io/yaml"
)

const namespace = "kubevirt"

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "manifests:", err)
		os.Exit(1)
	}
}

func run() error {
	config := util.GetTargetConfigFromKV(&kubevirtv1.KubeVirt{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: "kubevirt"}})
	strategy, err := install.GenerateCurrentInstallStrategy(config, "", namespace)
	if err != nil {
		return err
	}
	// The operator's own CRD and the priority class come with the manifest of the operator.
	own, err := components.NewKubeVirtCrd()
	if err != nil {
		return err
	}

	objects := []any{
		own,
		components.NewKubeVirtPriorityClassCR(),
		components.NewVirtAPIMutatingWebhookConfiguration(namespace),
		components.NewVirtAPIValidatingWebhookConfiguration(namespace),
	}
	objects = appendAll(objects, strategy.CRDs())
	objects = appendAll(objects, strategy.ServiceAccounts())
	objects = appendAll(objects, strategy.ClusterRoles())
	objects = appendAll(objects, strategy.ClusterRoleBindings())
	objects = appendAll(objects, strategy.Roles())
	objects = appendAll(objects, strategy.RoleBindings())
	for _, o := range objects {
		b, err := yaml.Marshal(o)
		if err != nil {
			return err
		}
		if _, err := fmt.Printf("---\n%s", b); err != nil {
			return err
		}
	}
	return nil
}

func appendAll[T any](all []any, some []T) []any {
	for _, o := range some {
		all = append(all, o)
	}
	return all
}
