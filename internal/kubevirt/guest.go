package kubevirt

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/util/validation/field"
	kubevirtv1 "kubevirt.io/api/core/v1"

	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
	"github.com/novasphere/function-wukong/internal/fields"
	"github.com/novasphere/function-wukong/internal/network"
	"github.com/novasphere/function-wukong/internal/observed"
	"github.com/novasphere/function-wukong/internal/plan"
	"github.com/novasphere/function-wukong/internal/report"
)

// guestAgent is the source of what a guest itself says of its interfaces, among others.
const guestAgent = "guest-agent"

// Exists reports whether the virtual machine of a Wukong exists, and is not somebody else's.
func Exists(rs observed.Resources) bool { return rs.Exists(plan.KeyVM) }

// Node returns the node that the instance of a virtual machine runs on; empty while there is none.
func Node(rs observed.Resources) string {
	vmi, ok := instance(rs)
	if !ok {
		return ""
	}
	return vmi.NodeName
}

// instance returns what is said of the instance of a virtual machine, while there is one.
func instance(rs observed.Resources) (*kubevirtv1.VirtualMachineInstanceStatus, bool) {
	vm, ok := observed.Status[kubevirtv1.VirtualMachineStatus](rs, plan.KeyVM)
	if !ok || !vm.Created {
		return nil, false
	}
	vmi, ok := observed.Status[kubevirtv1.VirtualMachineInstanceStatus](rs, keyVMI)
	if !ok || IsOver(vmi.Phase) {
		return nil, false
	}
	return vmi, true
}

// GuestAdvice returns where a guest is known not to be what the spec says, because it read that before it changed: its SSH keys, and static
// addresses that its agent tells differently. A guest without an agent, and one that has no address yet, tells nothing.
func GuestAdvice(w *v1alpha1.Wukong, nics []network.NIC, rs observed.Resources) []string {
	spec := field.NewPath("spec")
	var out []string
	if name, known := observedKeys(rs); known && name != string(w.Spec.SSHKeySecret) {
		out = append(out, fmt.Sprintf("%s: a guest that has booted keeps the SSH keys that it has: change them there, too", spec.Child("sshKeySecret")))
	}

	vmi, ok := instance(rs)
	if !ok {
		return out
	}
	for _, nic := range nics {
		i := network.IndexOf(w, nic)
		if i < 0 || len(nic.Addresses) == 0 {
			continue
		}
		want := nic.Addresses[0].Addr()
		has := guestAddresses(vmi.Interfaces, nic, want)
		if len(has) == 0 || slices.Contains(has, want.String()) {
			continue
		}
		path := spec.Child("networks").Index(i).Child("ipConfig", "address")
		out = append(out, fmt.Sprintf("%s: the guest says that it has %s there, and not %s: change it in the guest, or here", path, report.List(has), want))
	}
	return out
}

// guestAddresses returns the addresses of the family of one that a guest itself tells of an interface, without those that interfaces give
// themselves.
func guestAddresses(told []kubevirtv1.VirtualMachineInstanceNetworkInterface, nic network.NIC, of netip.Addr) []string {
	var out []string
	for _, s := range told {
		if s.Name != nic.Name || !strings.Contains(s.InfoSource, guestAgent) {
			continue
		}
		for _, ip := range s.IPs {
			if a, err := netip.ParseAddr(ip); err == nil && a.Is4() == of.Is4() && (!a.IsLinkLocalUnicast() || a == of) {
				out = append(out, a.String())
			}
		}
	}
	return out
}

// observedKeys returns the name of the Secret whose SSH keys the virtual machine that exists has, and whether that is known.
func observedKeys(rs observed.Resources) (name string, known bool) {
	spec := fields.In(rs[plan.KeyVM].Object, "spec", "template", "spec")
	for _, v := range spec.GetFields()["accessCredentials"].GetListValue().GetValues() {
		if keys := fields.In(v.GetStructValue(), "sshPublicKey"); keys != nil {
			return fields.In(keys, "source", "secret").GetFields()["secretName"].GetStringValue(), true
		}
	}
	return "", spec != nil
}
