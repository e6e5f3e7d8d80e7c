package admission

import (
	"slices"

	"k8s.io/apimachinery/pkg/util/validation/field"

	"github.com/novasphere/function-wukong/input/v1beta1"
)

const maxClusterNetworks = 32

// validateCluster checks what the platform team says of the cluster.
func validateCluster(in *v1beta1.Input, path *field.Path) field.ErrorList {
	families := path.Child("podNetwork", "ipFamilies")
	var errs field.ErrorList
	has := in.Cluster.PodNetwork.IPFamilies
	texts := make([]string, len(has))
	for i, f := range has {
		texts[i] = string(f)
		errs = append(errs, validateEnum(string(f), families.Index(i), string(v1beta1.IPv4), string(v1beta1.IPv6))...)
	}
	errs = append(errs, duplicates(texts, families.Index)...)
	if !slices.Contains(has, v1beta1.IPv4) && len(in.Defaults.DNSServers) == 0 {
		errs = append(errs, field.Required(field.NewPath("defaults", "dnsServers"),
			"without IPv4 in cluster.podNetwork.ipFamilies nothing else tells guests their name servers"))
	}

	networks := path.Child("networks")
	errs = append(errs, tooMany(networks, len(in.Cluster.Networks), maxClusterNetworks)...)
	for i, n := range in.Cluster.Networks {
		if !n.IsValid() || n.Bits() == 0 || n.Prefix != n.Masked() || n.Addr().Is4In6() {
			errs = append(errs, invalid(networks.Index(i), n.String(), "must be a network, such as 10.96.0.0/12, and not everything"))
		}
	}
	return errs
}
