package admission

import (
	"fmt"
	"net"
	"regexp"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/util/validation"
	"k8s.io/apimachinery/pkg/util/validation/field"

	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
)

const (
	maxInterface = 15
	maxVLAN      = 4094
	minMTU       = 576
	minMTU6      = 1280
	maxMTU       = 65535

	zeroMAC = "00:00:00:00:00:00"
)

var interfacePattern = regexp.MustCompile(`^[A-Za-z0-9][-A-Za-z0-9._]*$`)

func validateNetworks(w *v1alpha1.Wukong, shared []v1alpha1.Label, path *field.Path) field.ErrorList {
	networks := w.Spec.Networks
	errs := tooMany(path, len(networks), maxNetworks)

	names, macs, addresses := make([]string, len(networks)), make([]string, len(networks)), make([]string, len(networks))
	for i, n := range networks {
		names[i], macs[i], addresses[i] = string(n.Name), strings.ToLower(n.MACAddress), staticAddress(&n)
		errs = append(errs, validateNetwork(&n, path.Index(i))...)
		errs = append(errs, validateNADName(&n, w.GetNamespace(), shared, path.Index(i).Child("nadName"))...)
	}
	errs = append(errs, duplicates(names, func(i int) *field.Path { return path.Index(i).Child("name") })...)
	errs = append(errs, duplicates(macs, func(i int) *field.Path { return path.Index(i).Child("macAddress") })...)
	return append(errs, duplicates(addresses, func(i int) *field.Path { return path.Index(i).Child("ipConfig", "address") })...)
}

// validatePodNetwork checks what the networks say of the pod network against what podNetwork says of it.
func validatePodNetwork(s *v1alpha1.WukongSpec, spec *field.Path) field.ErrorList {
	var errs field.ErrorList
	path, first := spec.Child("networks"), primary(s.Networks)
	if *s.PodNetwork && first != nil {
		errs = append(errs, field.Forbidden(spec.Child("podNetwork"), fmt.Sprintf("the primary network %s takes the place of the pod network: remove podNetwork: true, or primary", v1alpha1.Shown(string(first.Name)))))
	}
	primaries := 0
	for i, n := range s.Networks {
		if n.Primary {
			primaries++
		}
		if n.Primary && primaries > 1 {
			errs = append(errs, invalid(path.Index(i).Child("primary"), true, "only one network can be primary"))
		}
		if n.StandsForPod() && !*s.PodNetwork && first == nil {
			errs = append(errs, invalid(path.Index(i).Child("name"), string(n.Name), "is the pod network where nothing else is said of it, and podNetwork: false leaves that out: remove one of both, or give bridgeName for a bridge"))
		}
	}
	return errs
}

func validateNetwork(n *v1alpha1.Network, path *field.Path) field.ErrorList {
	errs := validateLabel(n.Name, path.Child("name"))
	errs = append(errs, validateInterface(n.BridgeName, path.Child("bridgeName"))...)
	errs = append(errs, validateInterface(n.Master, path.Child("master"))...)
	errs = append(errs, validateResourceName(n.ResourceName, path.Child("resourceName"))...)
	errs = append(errs, validateMAC(n.MACAddress, path.Child("macAddress"))...)
	errs = append(errs, validateUplink(n, path)...)
	errs = append(errs, validateIPConfig(n, path.Child("ipConfig"))...)
	errs = append(errs, validateIgnored(n.PhysicalInterface, path.Child("physicalInterface"))...)
	errs = append(errs, validateIgnored(n.NodeIP, path.Child("nodeIP"))...)

	if v := n.VLANID; v != nil && (*v < 1 || *v > maxVLAN) {
		errs = append(errs, invalid(path.Child("vlanId"), *v, fmt.Sprintf("must be between 1 and %d", maxVLAN)))
	}
	if m := n.MTU; m != nil && (*m < minMTU || *m > maxMTU) {
		errs = append(errs, invalid(path.Child("mtu"), *m, fmt.Sprintf("must be between %d and %d", minMTU, maxMTU)))
	}
	if m, c := n.MTU, n.IPConfig; m != nil && *m < minMTU6 && c.Mode == v1alpha1.IPModeStatic && c.Address.IsValid() && c.Address.Addr().Is6() {
		errs = append(errs, invalid(path.Child("mtu"), *m, fmt.Sprintf("IPv6 needs %d at least", minMTU6)))
	}
	return errs
}

// validateUplink checks what a new NetworkAttachmentDefinition of the network's type cannot do without.
func validateUplink(n *v1alpha1.Network, path *field.Path) field.ErrorList {
	switch n.Type {
	case v1alpha1.NetworkTypeBridge, v1alpha1.NetworkTypeOVS:
		return nil
	case v1alpha1.NetworkTypeMacvlan:
		if n.Master == "" && n.NADName == "" {
			return field.ErrorList{field.Required(path.Child("master"), "name an uplink of the node that this virtual machine may take for itself (bridgeName is not used), or an existing network in nadName, or ask the platform team for a default")}
		}
		if n.VLANID != nil && len(n.Master) <= maxInterface && len(fmt.Sprintf("%s.%d", n.Master, *n.VLANID)) > maxInterface {
			return field.ErrorList{invalid(path.Child("master"), string(n.Master), fmt.Sprintf("master and vlanId name the interface %s.%d, which may have at most %d characters", n.Master, *n.VLANID, maxInterface))}
		}
		return nil
	case v1alpha1.NetworkTypeSRIOV:
		if n.ResourceName == "" && n.NADName == "" {
			return field.ErrorList{field.Required(path.Child("resourceName"), "name the device plugin's resource, or an existing network in nadName, or ask the platform team for a default")}
		}
		return nil
	default:
		return validateEnum(string(n.Type), path.Child("type"), string(v1alpha1.NetworkTypeBridge), string(v1alpha1.NetworkTypeMacvlan), string(v1alpha1.NetworkTypeSRIOV), string(v1alpha1.NetworkTypeOVS))
	}
}

// validateNADName refuses networks of other namespaces, unless the platform team shares them.
func validateNADName(n *v1alpha1.Network, own string, shared []v1alpha1.Label, path *field.Path) field.ErrorList {
	if n.NADName == "" {
		return nil
	}
	namespace, name, qualified := strings.Cut(n.NADName, "/")
	if !qualified {
		return requireObjectName(n.NADName, path)
	}
	errs := validateLabel(namespace, path)
	errs = append(errs, requireObjectName(name, path)...)
	if len(errs) > 0 {
		return errs[:1]
	}
	if namespace == own || slices.Contains(shared, v1alpha1.Label(namespace)) {
		return nil
	}
	return field.ErrorList{field.Forbidden(path, fmt.Sprintf("the networks of namespace %q are not shared with this one: use a network of namespace %q, or ask the platform team to share it", namespace, own))}
}

func validateInterface(v v1alpha1.InterfaceName, path *field.Path) field.ErrorList {
	return validatePattern(string(v), path, interfacePattern, maxInterface, "must be the name of a network interface: letters, digits, '-', '_' and '.'")
}

func validateResourceName(v string, path *field.Path) field.ErrorList {
	if v == "" {
		return nil
	}
	return first(path, v, validation.IsQualifiedName(v))
}

func validateMAC(v string, path *field.Path) field.ErrorList {
	if v == "" {
		return nil
	}
	mac, err := net.ParseMAC(v)
	if err != nil || len(mac) != 6 || strings.Count(v, ":") != 5 {
		return field.ErrorList{invalid(path, v, "must be a MAC address, such as 02:00:5e:10:00:01")}
	}
	if v == zeroMAC {
		return field.ErrorList{invalid(path, v, "must not be all zeros, which is no interface's address")}
	}
	if mac[0]&1 == 1 {
		return field.ErrorList{invalid(path, v, "must be the address of one interface, not of a group: the second digit must be even")}
	}
	return nil
}

func validateIPConfig(n *v1alpha1.Network, path *field.Path) field.ErrorList {
	c := n.IPConfig
	errs := validateEnum(string(c.Mode), path.Child("mode"), string(v1alpha1.IPModeStatic), string(v1alpha1.IPModeDHCP))
	errs = append(errs, validateAddr(c.Gateway.Addr, path.Child("gateway"))...)
	errs = append(errs, validateServers(c.DNSServers, path.Child("dnsServers"))...)

	if !c.Address.IsValid() {
		if c.Mode == v1alpha1.IPModeStatic {
			errs = append(errs, field.Required(path.Child("address"), "mode static needs an address with a prefix length, such as 192.168.10.5/24"))
		}
		return errs
	}
	if a := validateAddr(c.Address.Addr(), path.Child("address")); len(a) > 0 {
		return append(errs, a...)
	}
	if c.Mode != v1alpha1.IPModeStatic {
		return errs
	}
	errs = append(errs, validateHost(c.Address.Prefix, path.Child("address"))...)
	errs = append(errs, validateGateway(c.Address.Prefix, c.Gateway.Addr, path.Child("gateway"))...)
	return errs
}

func validateServers(servers []v1alpha1.Addr, path *field.Path) field.ErrorList {
	errs := tooMany(path, len(servers), maxServers)
	for i, s := range servers {
		if !s.IsValid() {
			errs = append(errs, field.Required(path.Index(i), "give an IP address, or remove the entry"))
			continue
		}
		errs = append(errs, validateAddr(s.Addr, path.Index(i))...)
	}
	return errs
}
