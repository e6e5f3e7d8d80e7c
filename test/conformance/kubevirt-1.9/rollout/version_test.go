package rollout

import (
	"kubevirt.io/client-go/kubevirt"

	"kubevirt.io/kubevirt/pkg/network/controllers"
	"kubevirt.io/kubevirt/pkg/network/migration"
	virtconfig "kubevirt.io/kubevirt/pkg/virt-config"
)

// newNetworks returns KubeVirt's own controller of networks.
func newNetworks(client kubevirt.Interface, _ *virtconfig.ClusterConfig) *controllers.VMController {
	return controllers.NewVMController(client)
}

// newEvaluator returns what decides in KubeVirt whether a change of networks takes a migration.
func newEvaluator(*virtconfig.ClusterConfig) migration.Evaluator { return migration.NewEvaluator() }

// attachesElsewhere reports whether this version attaches an interface to another NetworkAttachmentDefinition while the guest runs.
const attachesElsewhere = true

// plugsVolumes reports whether this version attaches hotpluggable volumes while the guest runs.
const plugsVolumes = true
