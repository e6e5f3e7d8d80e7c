package network

import (
	"slices"

	"k8s.io/apimachinery/pkg/util/validation/field"

	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
)

// checkMACs refuses two interfaces with one address: the guest finds each by its address. It is not among the rules of admission, as only
// a plan knows the addresses that the spec does not give.
func checkMACs(w *v1alpha1.Wukong, nics []NIC) error {
	for i, nic := range nics {
		j := slices.IndexFunc(nics[:i], func(n NIC) bool { return n.MAC == nic.MAC })
		if j < 0 {
			continue
		}
		// The interface to blame is the one whose address the spec gives.
		blamed, other := nic, nics[j]
		if at := IndexOf(w, other); at >= 0 && w.Spec.Networks[at].MACAddress != "" {
			blamed, other = other, nic
		}
		holder := "network " + other.Name
		if other.NAD == "" {
			holder = "the pod network"
		}
		path := field.NewPath("spec", "networks").Index(IndexOf(w, blamed)).Child("macAddress")
		return field.Invalid(path, blamed.MAC, holder+" has this address: give another one, or none")
	}
	return nil
}

// IndexOf returns the index of an interface's network in the spec; -1 for the pod network.
func IndexOf(w *v1alpha1.Wukong, nic NIC) int {
	return slices.IndexFunc(w.Spec.Networks, func(n v1alpha1.Network) bool { return string(n.Name) == nic.Name })
}
