package network

import (
	"slices"

	"k8s.io/apimachinery/pkg/util/validation/field"

	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
)

// checkMACs refuses two interfaces with one MAC address, because the guest finds its interfaces by it. Package admission cannot check this:
// it does not know the addresses that the spec leaves out.
func checkMACs(w *v1alpha1.Wukong, nics []NIC) error {
	for i, nic := range nics {
		j := slices.IndexFunc(nics[:i], func(n NIC) bool { return n.MAC == nic.MAC })
		if j < 0 {
			continue
		}
		// The error is about the interface whose address is in the spec.
		duplicate, other := nic, nics[j]
		if at := IndexOf(w, other); at >= 0 && w.Spec.Networks[at].MACAddress != "" {
			duplicate, other = other, nic
		}
		text := msgMACOfNetwork.With(other.Name)
		if other.NAD == "" {
			text = msgMACOfPod.String()
		}
		path := field.NewPath("spec", "networks").Index(IndexOf(w, duplicate)).Child("macAddress")
		return field.Invalid(path, duplicate.MAC, text)
	}
	return nil
}

// IndexOf returns the index of an interface's network in the spec; -1 for the pod network.
func IndexOf(w *v1alpha1.Wukong, nic NIC) int {
	return slices.IndexFunc(w.Spec.Networks, func(n v1alpha1.Network) bool { return string(n.Name) == nic.Name })
}
