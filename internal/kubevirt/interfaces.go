package kubevirt

import (
	"slices"

	"k8s.io/utils/ptr"
	kubevirtv1 "kubevirt.io/api/core/v1"

	"github.com/novasphere/function-wukong/internal/network"
	"github.com/novasphere/function-wukong/internal/plan"
)

// interfaces are the networks and the network interfaces.
//
// KubeVirt requires a restart where an existing interface or network changes or goes, and where the pod network is added (IsRestartRequired in
// pkg/network/vmliveupdate/restart.go). It adds another interface by migration, and from 1.9 (feature gate LiveUpdateNADRef) also attaches an
// existing one to another NetworkAttachmentDefinition by migration, but not that in place of the pod network. One of a bridge goes live, too, where
// the template says that it is absent (see leaving). What
// changes inside a NetworkAttachmentDefinition reaches the guest with its next pod: after a restart, or a migration that something else starts.
// cloud-init configures addresses once (see seed).
var interfaces = concern{
	apply: applyInterfaces,
	parts: []part{
		{path: pathInterfaces, field: "networks", rollout: unordered},
		{path: pathInterfaces + "[]", field: "networks[]", rollout: rolloutInterface},
		{path: pathInterfaces + "[].bridge", field: "networks[].type"},
		{path: pathInterfaces + "[].sriov", field: "networks[].type"},
		{path: pathInterfaces + "[].macAddress", field: "networks[].macAddress"},
		{path: pathInterfaces + "[].state", field: "networks[]", rollout: rolloutState},
		{path: pathInterfaces + "[" + network.PodName + "]", field: "podNetwork", rollout: rolloutInterface},
		{path: pathNetworks, field: "networks", rollout: unordered},
		{path: pathNetworks + "[]", field: "networks[]", rollout: rolloutInterface},
		{path: pathNetworks + "[].multus.networkName", field: "networks[].nadName", rollout: rolloutAttachment},
		{path: pathNetworks + "[].multus.default", field: "networks[].primary"},
		{path: pathNetworks + "[" + network.PodName + "]", field: "podNetwork", rollout: rolloutInterface},
		{path: pathDevices + ".autoattachPodInterface", field: "podNetwork"},
	},
	changes: map[string]plan.Effect{
		"podNetwork":                     plan.EffectRestart,
		"networks[].name":                plan.EffectMigration,
		"networks[].type":                plan.EffectRestart,
		"networks[].primary":             plan.EffectRestart,
		"networks[].nadName":             plan.EffectMigration,
		"networks[].vlanId":              plan.EffectRestart,
		"networks[].bridgeName":          plan.EffectRestart,
		"networks[].master":              plan.EffectRestart,
		"networks[].resourceName":        plan.EffectRestart,
		"networks[].macAddress":          plan.EffectRestart,
		"networks[].macSpoofCheck":       plan.EffectRestart,
		"networks[].mtu":                 plan.EffectRestart,
		"networks[].ipConfig.mode":       plan.EffectFirstBoot,
		"networks[].ipConfig.address":    plan.EffectFirstBoot,
		"networks[].ipConfig.gateway":    plan.EffectFirstBoot,
		"networks[].ipConfig.dnsServers": plan.EffectFirstBoot,
		"networks[].physicalInterface":   plan.EffectNone,
		"networks[].nodeIP":              plan.EffectNone,
	},
}

// applyInterfaces adds a network and an interface for each network interface of the Wukong, and those that leave where the observed
// VirtualMachine has them.
func applyInterfaces(vm *kubevirtv1.VirtualMachine, p params) {
	spec := &vm.Spec.Template.Spec
	for _, nic := range p.devices.NICs {
		spec.Networks = append(spec.Networks, kubevirtv1.Network{Name: nic.Name, NetworkSource: networkSource(nic)})
		spec.Domain.Devices.Interfaces = append(spec.Domain.Devices.Interfaces, kubevirtv1.Interface{
			Name: nic.Name, MacAddress: nic.MAC, InterfaceBindingMethod: bindingMethod(nic),
		})
	}
	for _, l := range leaving(p.devices.NICs, p.observed) {
		interfaces := &spec.Domain.Devices.Interfaces
		spec.Networks = slices.Insert(spec.Networks, min(l.index, len(spec.Networks)), l.network)
		*interfaces = slices.Insert(*interfaces, min(l.index, len(*interfaces)), l.device)
	}
	if !*p.wukong.Spec.PodNetwork {
		// KubeVirt attaches the pod network to a virtual machine without any interface.
		spec.Domain.Devices.AutoattachPodInterface = ptr.To(false)
	}
}

func networkSource(nic network.NIC) kubevirtv1.NetworkSource {
	if nic.NAD == "" {
		return kubevirtv1.NetworkSource{Pod: &kubevirtv1.PodNetwork{}}
	}
	return kubevirtv1.NetworkSource{Multus: &kubevirtv1.MultusNetwork{NetworkName: nic.NAD, Default: nic.ReplacesPodNetwork}}
}

func bindingMethod(nic network.NIC) kubevirtv1.InterfaceBindingMethod {
	switch nic.Binding {
	case network.BindingMasquerade:
		return kubevirtv1.InterfaceBindingMethod{Masquerade: &kubevirtv1.InterfaceMasquerade{}}
	case network.BindingBridge:
		return kubevirtv1.InterfaceBindingMethod{Bridge: &kubevirtv1.InterfaceBridge{}}
	case network.BindingSRIOV:
		return kubevirtv1.InterfaceBindingMethod{SRIOV: &kubevirtv1.InterfaceSRIOV{}}
	default:
		return kubevirtv1.InterfaceBindingMethod{}
	}
}
