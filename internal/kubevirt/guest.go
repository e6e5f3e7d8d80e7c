package kubevirt

import (
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

// guestAgent is in the infoSource of an interface that the guest's agent reports.
const guestAgent = "guest-agent"

// GuestAdvice returns advice where an installed guest differs from the spec: in its SSH keys, and in static addresses that its agent reports.
// Each begins with the path of a field. There is no advice on addresses without an agent, or while the guest has none.
func GuestAdvice(w *v1alpha1.Wukong, nics []network.NIC, rs observed.Resources) []string {
	spec := field.NewPath("spec")
	var out []string
	if secret, known := observedKeySecret(rs); known && secret != string(w.Spec.SSHKeySecret) {
		out = append(out, at(spec.Child("sshKeySecret"), msgGuestKeys.With()))
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
		desired := nic.Addresses[0].Addr()
		reported := guestAddresses(vmi.Interfaces, nic, desired)
		if len(reported) == 0 || slices.Contains(reported, desired.String()) {
			continue
		}
		path := spec.Child("networks").Index(i).Child("ipConfig", "address")
		out = append(out, at(path, msgGuestAddress.With(report.List(reported), desired)))
	}
	return out
}

// guestAddresses returns the addresses that the guest's agent reports of a network interface, of the family of the desired one. It leaves out
// link-local addresses, which an interface gives itself, unless one is desired.
func guestAddresses(interfaces []kubevirtv1.VirtualMachineInstanceNetworkInterface, nic network.NIC, desired netip.Addr) []string {
	var out []string
	for _, i := range interfaces {
		if i.Name != nic.Name || !strings.Contains(i.InfoSource, guestAgent) {
			continue
		}
		for _, ip := range i.IPs {
			if a, err := netip.ParseAddr(ip); err == nil && a.Is4() == desired.Is4() && (!a.IsLinkLocalUnicast() || a == desired) {
				out = append(out, a.String())
			}
		}
	}
	return out
}

// observedKeySecret returns the name of the Secret with the observed virtual machine's SSH keys. Known is false where there is no virtual
// machine, or where it cannot be read.
func observedKeySecret(rs observed.Resources) (name string, known bool) {
	spec := fields.In(rs[plan.KeyVM].Object, "spec", "template", "spec")
	for _, v := range spec.GetFields()["accessCredentials"].GetListValue().GetValues() {
		if keys := fields.In(v.GetStructValue(), "sshPublicKey"); keys != nil {
			return fields.In(keys, "source", "secret").GetFields()["secretName"].GetStringValue(), true
		}
	}
	return "", spec != nil
}
