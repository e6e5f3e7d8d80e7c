package kubevirt

import (
	"slices"

	kubevirtv1 "kubevirt.io/api/core/v1"

	"github.com/novasphere/function-wukong/internal/feature"
)

// Paths in the spec of a VirtualMachine.
const (
	pathNetworks   = pathTemplate + ".networks"
	pathInterfaces = pathDevices + ".interfaces"
)

// rolloutInterface is IsRestartRequired in pkg/network/vmliveupdate, Sync in pkg/network/controllers and the evaluator in pkg/network/migration.
// KubeVirt adds interfaces alone, and only those of a bridge or of SR-IOV. It adds that of a network that replaces the pod network, too, but
// does not migrate for it.
func rolloutInterface(c change) verdict {
	isAdded := c.node.from == nil && (c.path == pathInterfaces+"["+c.item+"]" || c.path == pathNetworks+"["+c.item+"]")
	if !isAdded || interfaceOf(c.from, c.item) != nil {
		return inTemplate
	}
	n, i := networkOf(c.to, c.item), interfaceOf(c.to, c.item)
	switch {
	case n != nil && n.Pod != nil:
		return inTemplate
	case n == nil || i == nil || i.Bridge == nil && i.SRIOV == nil || n.Multus == nil || n.Multus.Default:
		return unasked
	default:
		return c.migration()
	}
}

// rolloutAttachment is for the NetworkAttachmentDefinition that an interface is attached to. KubeVirt does not migrate for one that replaces the pod
// network.
func rolloutAttachment(c change) verdict {
	from, to := networkOf(c.from, c.item), networkOf(c.to, c.item)
	switch {
	case from == nil || from.Multus == nil || to == nil || to.Multus == nil, !isEnabled(c.cluster, feature.LiveUpdateNADRef, true):
		return inTemplate
	case from.Multus.Default:
		return unasked
	default:
		return c.migration()
	}
}

// networkOf returns the network of a VirtualMachine with a name. Nil where there is none.
func networkOf(vm *kubevirtv1.VirtualMachine, name string) *kubevirtv1.Network {
	if vm.Spec.Template == nil {
		return nil
	}
	networks := vm.Spec.Template.Spec.Networks
	if i := slices.IndexFunc(networks, func(n kubevirtv1.Network) bool { return n.Name == name }); i >= 0 {
		return &networks[i]
	}
	return nil
}

// interfaceOf returns the interface of a VirtualMachine with a name. Nil where there is none.
func interfaceOf(vm *kubevirtv1.VirtualMachine, name string) *kubevirtv1.Interface {
	interfaces := domainOf(vm).Devices.Interfaces
	if i := slices.IndexFunc(interfaces, func(i kubevirtv1.Interface) bool { return i.Name == name }); i >= 0 {
		return &interfaces[i]
	}
	return nil
}
