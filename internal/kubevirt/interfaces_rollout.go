package kubevirt

import (
	"slices"
	"strings"

	kubevirtv1 "kubevirt.io/api/core/v1"

	"github.com/novasphere/function-wukong/internal/feature"
)

// Paths in the spec of a VirtualMachine.
const (
	pathNetworks   = pathTemplate + ".networks"
	pathInterfaces = pathDevices + ".interfaces"

	// pathState ends the path of an interface's state.
	pathState = "].state"
)

// rolloutInterface is IsRestartRequired in pkg/network/vmliveupdate, Sync in pkg/network/controllers and the evaluator in pkg/network/migration.
// KubeVirt adds interfaces alone, and only those of a bridge or of SR-IOV. It adds that of a network that replaces the pod network, too, but
// does not migrate for it.
func rolloutInterface(c change) verdict {
	isAdded := c.node.from == nil && (c.path == pathInterfaces+"["+c.item+"]" || c.path == pathNetworks+"["+c.item+"]")
	if !isAdded || interfaceOf(domainOf(c.from).Devices.Interfaces, c.item) != nil {
		return inTemplate
	}
	n, i := networkOf(c.to, c.item), interfaceOf(domainOf(c.to).Devices.Interfaces, c.item)
	switch {
	case i != nil && i.State == kubevirtv1.InterfaceStateAbsent:
		// KubeVirt takes it out of the template.
		return live
	case n != nil && n.Pod != nil:
		return inTemplate
	case n == nil || i == nil || i.Bridge == nil && i.SRIOV == nil || n.Multus == nil || n.Multus.Default:
		return unasked
	default:
		return c.migration()
	}
}

// rolloutState is for the state of an interface (applyDynamicIfaceRequestOnVMI in pkg/network/controllers, shouldMigrateOnIfaceUnplug in
// pkg/network/migration). The guest loses one that becomes absent at once. Its pod has it until KubeVirt has migrated the instance, where it can.
// One that is absent at the instance stays so until the pod has lost it, and is then added anew.
func rolloutState(c change) verdict {
	if c.node.to == string(kubevirtv1.InterfaceStateAbsent) && !c.instance.migratable {
		return live
	}
	return c.migration()
}

// Unplugs reports whether the difference takes an interface from the guest while it runs.
func (d Difference) Unplugs() bool {
	return strings.HasSuffix(d.Path, pathState) && d.To == string(kubevirtv1.InterfaceStateAbsent)
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

// interfaceOf returns the interface with a name. Nil where there is none.
func interfaceOf(interfaces []kubevirtv1.Interface, name string) *kubevirtv1.Interface {
	if i := slices.IndexFunc(interfaces, func(i kubevirtv1.Interface) bool { return i.Name == name }); i >= 0 {
		return &interfaces[i]
	}
	return nil
}
