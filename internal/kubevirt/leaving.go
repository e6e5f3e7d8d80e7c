package kubevirt

import (
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/util/validation/field"
	kubevirtv1 "kubevirt.io/api/core/v1"

	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
	"github.com/novasphere/function-wukong/internal/network"
	"github.com/novasphere/function-wukong/internal/observed"
	"github.com/novasphere/function-wukong/internal/plan"
)

// A network that the spec no longer has leaves a virtual machine that runs as KubeVirt unplugs interfaces: the template keeps network and interface,
// with the state absent, until the instance has lost them. The guest loses the interface at once, and the pod by the next migration or restart
// (syncVMIInterfaces and clearDetachedIfacesFromVM in pkg/network/controllers/vm.go). KubeVirt takes an absent interface out of the template, too,
// once the instance has lost it, so that both sides do the same.
//
// KubeVirt admits the state absent for a bridge alone, and not on the pod's own network (validateInterfaceStateValue in pkg/network/admitter). Other
// interfaces leave the template at once, for which KubeVirt requires a restart.

// A leavingInterface is an interface of the observed VirtualMachine that leaves it.
type leavingInterface struct {
	// index among the observed interfaces.
	index int

	network kubevirtv1.Network

	// device is the interface as it was observed, but absent.
	device kubevirtv1.Interface
}

// leaving returns the interfaces of the observed VirtualMachine that are none of these, and that its instance may still have, in their order.
func leaving(nics []network.NIC, rs observed.Resources) []leavingInterface {
	vm, ok := observed.Get[kubevirtv1.VirtualMachine](rs, plan.KeyVM)
	if !ok || vm.Spec.Template == nil || !vm.Status.Created {
		return nil
	}
	vmi, known := wholeInstance(rs)
	if known && vmi.IsFinal() {
		return nil
	}
	var out []leavingInterface
	for i, device := range vm.Spec.Template.Spec.Domain.Devices.Interfaces {
		n := networkOf(vm, device.Name)
		isUnpluggable := device.Bridge != nil && n != nil && n.Multus != nil && !n.Multus.Default
		// The guest knows interfaces by their MAC addresses: one that has the address of another one, as that of a renamed network, goes at once.
		if !isUnpluggable || slices.ContainsFunc(nics, func(nic network.NIC) bool {
			return nic.Name == device.Name || strings.EqualFold(nic.MAC, device.MacAddress)
		}) {
			continue
		}
		// KubeVirt may have plugged in the interface since the instance was observed. So the virtual machine says absent first, and the next
		// request looks again.
		isTold := device.State == kubevirtv1.InterfaceStateAbsent
		if isTold && known && !hasInterface(vmi, device.Name) {
			continue
		}
		device.State = kubevirtv1.InterfaceStateAbsent
		out = append(out, leavingInterface{index: i, network: *n, device: device})
	}
	return out
}

// hasInterface reports whether an instance has an interface, in its spec or in its status. The guest or the pod may have one that the spec has not.
func hasInterface(vmi *kubevirtv1.VirtualMachineInstance, name string) bool {
	return interfaceOf(vmi.Spec.Domain.Devices.Interfaces, name) != nil ||
		slices.ContainsFunc(vmi.Status.Interfaces, func(i kubevirtv1.VirtualMachineInstanceNetworkInterface) bool { return i.Name == name })
}

// Leaving returns the names of the networks that leave a virtual machine with the desired interfaces while it runs.
func Leaving(nics []network.NIC, rs observed.Resources) []string {
	var out []string
	for _, l := range leaving(nics, rs) {
		out = append(out, l.device.Name)
	}
	return out
}

// NetworkAdvice returns advice about the networks that leave a virtual machine with the desired interfaces, and about those that come back before
// they have left. Each begins with the path of a field.
func NetworkAdvice(w *v1alpha1.Wukong, nics []network.NIC, rs observed.Resources) []string {
	path := field.NewPath("spec", "networks")
	var out []string
	for _, name := range Leaving(nics, rs) {
		out = append(out, at(path, msgNetworkLeaves.With(name, w.GetName())))
	}
	vmi, known := wholeInstance(rs)
	if _, runs := instance(rs); !known || !runs {
		return out
	}
	for _, nic := range nics {
		i, d := network.IndexOf(w, nic), interfaceOf(vmi.Spec.Domain.Devices.Interfaces, nic.Name)
		if i >= 0 && d != nil && d.State == kubevirtv1.InterfaceStateAbsent {
			out = append(out, at(path.Index(i).Child("name"), msgNetworkReturns.With(w.GetName())))
		}
	}
	return out
}

// Attachments are the NetworkAttachmentDefinitions that an existing virtual machine refers to.
type Attachments struct {
	// Template and Instance have them as NAMESPACE/NAME: those of the VirtualMachine's template, and those of its instance.
	Template, Instance []string

	// IsUnknown reports that an instance exists, and that it is not known what it refers to.
	IsUnknown bool
}

// AttachmentsOf returns the NetworkAttachmentDefinitions that the existing virtual machine of a Wukong refers to.
func AttachmentsOf(w *v1alpha1.Wukong, rs observed.Resources) Attachments {
	var out Attachments
	vm, ok := observed.Last[kubevirtv1.VirtualMachine](rs, plan.KeyVM)
	if !ok {
		return out
	}
	if vm.Spec.Template != nil {
		out.Template = attachments(w, vm.Spec.Template.Spec.Networks)
	}
	if !vm.Status.Created || !rs.Exists(plan.KeyVM) {
		return out
	}
	vmi, known := wholeInstance(rs)
	switch {
	case !known:
		out.IsUnknown = true
	case !vmi.IsFinal():
		out.Instance = attachments(w, vmi.Spec.Networks)
	}
	return out
}

// IsUsed reports whether the instance may refer to a NetworkAttachmentDefinition, given as NAMESPACE/NAME.
func (a Attachments) IsUsed(nad string) bool { return a.IsUnknown || slices.Contains(a.Instance, nad) }

// IsReferred reports whether the template or the instance may refer to a NetworkAttachmentDefinition, given as NAMESPACE/NAME.
func (a Attachments) IsReferred(nad string) bool {
	return a.IsUsed(nad) || slices.Contains(a.Template, nad)
}

// attachments returns the NetworkAttachmentDefinitions of networks as NAMESPACE/NAME.
func attachments(w *v1alpha1.Wukong, networks []kubevirtv1.Network) []string {
	var out []string
	for _, n := range networks {
		if n.Multus != nil {
			out = append(out, network.NIC{NAD: n.Multus.NetworkName}.Attachment(w))
		}
	}
	return out
}
