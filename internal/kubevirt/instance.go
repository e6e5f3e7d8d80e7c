package kubevirt

import (
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	kubevirtv1 "kubevirt.io/api/core/v1"

	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
	"github.com/novasphere/function-wukong/internal/network"
	"github.com/novasphere/function-wukong/internal/observed"
	"github.com/novasphere/function-wukong/internal/plan"
)

// maxAddresses is the number of addresses in the status of a network. A guest may report any number of them.
const maxAddresses = 16

// Observers returns the resources that observe the virtual machine's instance. There are none while KubeVirt says that no instance exists: the
// state of the last one would stay.
func Observers(w *v1alpha1.Wukong, rs observed.Resources) []plan.Resource {
	vm, ok := observed.Status[kubevirtv1.VirtualMachineStatus](rs, plan.KeyVM)
	if !ok || !vm.Created {
		return nil
	}
	return []plan.Resource{{
		Key: plan.KeyVMI,
		Object: &metav1.PartialObjectMetadata{
			TypeMeta:   metav1.TypeMeta{APIVersion: kubevirtv1.GroupVersion.String(), Kind: kubevirtv1.VirtualMachineInstanceGroupVersionKind.Kind},
			ObjectMeta: metav1.ObjectMeta{Namespace: w.GetNamespace(), Name: w.GetName()},
		},
		Management: plan.Observe,
	}}
}

// Exists reports whether the virtual machine exists and belongs to the Wukong.
func Exists(rs observed.Resources) bool { return rs.Exists(plan.KeyVM) }

// Node returns the name of the node of the virtual machine's instance. Empty where there is no instance.
func Node(rs observed.Resources) string {
	vmi, ok := instance(rs)
	if !ok {
		return ""
	}
	return vmi.NodeName
}

// IsFinal reports whether an instance in a phase has ended. KubeVirt may keep its object, with the node and the addresses that it had.
func IsFinal(phase kubevirtv1.VirtualMachineInstancePhase) bool {
	vmi := kubevirtv1.VirtualMachineInstance{Status: kubevirtv1.VirtualMachineInstanceStatus{Phase: phase}}
	return vmi.IsFinal()
}

// instance returns the status of the virtual machine's instance. It returns false where no instance exists, or where it has ended.
func instance(rs observed.Resources) (*kubevirtv1.VirtualMachineInstanceStatus, bool) {
	vm, ok := observed.Status[kubevirtv1.VirtualMachineStatus](rs, plan.KeyVM)
	if !ok || !vm.Created {
		return nil, false
	}
	vmi, ok := observed.Status[kubevirtv1.VirtualMachineInstanceStatus](rs, plan.KeyVMI)
	if !ok || IsFinal(vmi.Phase) {
		return nil, false
	}
	return vmi, true
}

// wholeInstance returns the virtual machine's instance, which may have ended. It returns nil and false where it is not known, or no more than its status.
func wholeInstance(rs observed.Resources) (*kubevirtv1.VirtualMachineInstance, bool) {
	vmi, ok := observed.Get[kubevirtv1.VirtualMachineInstance](rs, plan.KeyVMI)
	if !ok || vmi.Spec.Domain.Devices.Disks == nil {
		return nil, false
	}
	return vmi, true
}

// migratedAt returns when the instance's current pod took over from that on another node. Zero where it did not.
func migratedAt(vmi *kubevirtv1.VirtualMachineInstanceStatus) time.Time {
	m := vmi.MigrationState
	if m == nil || !m.Completed || m.Failed || m.StartTimestamp == nil {
		return time.Time{}
	}
	return m.StartTimestamp.Time
}

// interfaceStatuses returns the status of each desired network interface, with what the instance reports of it.
func interfaceStatuses(nics []network.NIC, reported []kubevirtv1.VirtualMachineInstanceNetworkInterface) []v1alpha1.NetworkStatus {
	out := make([]v1alpha1.NetworkStatus, len(nics))
	for i, nic := range nics {
		out[i] = v1alpha1.NetworkStatus{Name: nic.Name, MACAddress: nic.MAC, NADName: nic.NAD}
		for _, r := range reported {
			if r.Name != nic.Name {
				continue
			}
			out[i].Interface, out[i].IPAddress, out[i].IPAddresses = r.InterfaceName, r.IP, r.IPs[:min(len(r.IPs), maxAddresses)]
			if r.MAC != "" {
				out[i].MACAddress = r.MAC
			}
		}
	}
	return out
}
