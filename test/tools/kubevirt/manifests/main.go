// Command manifests prints, as a YAML stream, what KubeVirt's operator creates besides its Deployments: the CRDs, the RBAC, the
// webhook configurations and the priority class. They are Go functions of the operator, and published nowhere else.
package main

import (
	"fmt"
	"os"

	extv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"kubevirt.io/kubevirt/pkg/virt-operator/resource/generate/components"
	"kubevirt.io/kubevirt/pkg/virt-operator/resource/generate/rbac"
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
	for _, crd := range []func() (*extv1.CustomResourceDefinition, error){
		components.NewKubeVirtCrd,
		components.NewVirtualMachineInstanceCrd, components.NewPresetCrd, components.NewReplicaSetCrd,
		components.NewVirtualMachineCrd, components.NewVirtualMachineInstanceMigrationCrd,
		components.NewVirtualMachineSnapshotCrd, components.NewVirtualMachineSnapshotContentCrd,
		components.NewVirtualMachineRestoreCrd, components.NewVirtualMachineInstancetypeCrd,
		components.NewVirtualMachineClusterInstancetypeCrd, components.NewVirtualMachinePoolCrd,
		components.NewMigrationPolicyCrd, components.NewVirtualMachinePreferenceCrd,
		components.NewVirtualMachineClusterPreferenceCrd, components.NewVirtualMachineExportCrd,
		components.NewVirtualMachineCloneCrd, components.NewVirtualMachineBackupCrd,
		components.NewVirtualMachineBackupTrackerCrd,
	} {
		o, err := crd()
		if err != nil {
			return err
		}
		if err := write(o); err != nil {
			return err
		}
	}

	objects := []any{
		components.NewKubeVirtPriorityClassCR(),
		components.NewVirtAPIMutatingWebhookConfiguration(namespace),
		components.NewVirtAPIValidatingWebhookConfiguration(namespace),
	}
	roles := rbac.GetAllCluster()
	roles = append(roles, rbac.GetAllApiServer(namespace)...)
	roles = append(roles, rbac.GetAllController(namespace, true)...)
	roles = append(roles, rbac.GetAllHandler(namespace)...)
	for _, o := range roles {
		objects = append(objects, o)
	}
	for _, o := range objects {
		if err := write(o); err != nil {
			return err
		}
	}
	return nil
}

func write(o any) error {
	b, err := yaml.Marshal(o)
	if err != nil {
		return err
	}
	_, err = fmt.Printf("---\n%s", b)
	return err
}
