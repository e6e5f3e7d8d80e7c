// Package network plans and reports the networks of a Wukong.
//
// Plan returns the NetworkAttachmentDefinitions to create, and the interfaces of the virtual machine with their addresses and routes. Report
// returns whether the NetworkAttachmentDefinitions exist. What differs by the type of a network is in a file of that type.
package network

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
	"github.com/novasphere/function-wukong/input/v1beta1"
	"github.com/novasphere/function-wukong/internal/identity"
	"github.com/novasphere/function-wukong/internal/names"
	"github.com/novasphere/function-wukong/internal/observed"
	"github.com/novasphere/function-wukong/internal/plan"
)

// interfacePrefix begins the guest's name of an interface. Linux and systemd refuse some names of networks as names of interfaces: "default",
// "all" and numbers.
const interfacePrefix = "nic-"

// A Binding is how KubeVirt connects the guest's interface to the pod's
// (https://kubevirt.io/user-guide/network/interfaces_and_networks/).
type Binding string

// The bindings.
const (
	BindingMasquerade Binding = "masquerade"
	BindingBridge     Binding = "bridge"
	BindingSRIOV      Binding = "sriov"
)

// A NIC is a network interface of the virtual machine.
type NIC struct {
	// Name of the network in the virtual machine.
	Name string

	// Interface is the guest's name of the interface.
	Interface string

	// MAC address, in lower case.
	MAC string

	// MTU in bytes; nil for the uplink's.
	MTU *int32

	// Binding to the pod's interface.
	Binding Binding

	// NAD is the NetworkAttachmentDefinition, as NAME or NAMESPACE/NAME; empty for the pod network.
	NAD string

	// ReplacesPodNetwork makes the network Multus' default network of the pod, instead of the cluster's pod network.
	ReplacesPodNetwork bool

	// DHCP reports whether the guest requests an IPv4 address.
	DHCP bool

	// DHCPMetric is the metric of the routes that the guest receives by DHCP. A lower metric has precedence.
	DHCPMetric int

	// Version identifies the content of the NetworkAttachmentDefinition; empty where the Wukong does not manage it.
	Version string

	// Addresses that the guest gives to the interface, with their prefix lengths.
	Addresses []netip.Prefix

	// Routes through the interface, without those received by DHCP.
	Routes []Route

	// DNSServers are the addresses of name servers.
	DNSServers []v1alpha1.Addr
}

// Plan returns the NetworkAttachmentDefinitions of a Wukong with its defaults, and its interfaces in the guest's order. It returns a field
// error where two interfaces have one MAC address.
func Plan(w *v1alpha1.Wukong, id identity.Identity, in *v1beta1.Input, rs observed.Resources) ([]plan.Resource, []NIC, error) {
	var resources []plan.Resource
	var nics []NIC

	if *w.Spec.PodNetwork {
		nics = append(nics, podNIC(id, in))
	}
	for _, n := range attached(&w.Spec) {
		t, known := TypeOf(n.Type)
		if !known {
			return nil, nil, fmt.Errorf("network %q has the unknown type %q", n.Name, n.Type)
		}
		nic := newNIC(w, id, n, t)
		if n.NADName == "" {
			nad, err := attachment(w, n, t)
			if err != nil {
				return nil, nil, err
			}
			nic.Version = version(nad, rs.Last(key(n)))
			resources = append(resources, plan.Resource{Key: key(n), Object: nad, Guarded: true})
		}
		nics = append(nics, nic)
	}
	setMetrics(nics)
	return resources, nics, checkMACs(w, nics)
}

// attached returns the networks of the virtual machine beside the pod network, the primary one first.
func attached(s *v1alpha1.WukongSpec) []*v1alpha1.Network {
	var out []*v1alpha1.Network
	for i := range s.Networks {
		n := &s.Networks[i]
		switch {
		case n.IsPodNetwork():
		case n.Primary:
			out = slices.Insert(out, 0, n)
		default:
			out = append(out, n)
		}
	}
	return out
}

// newNIC returns the interface of a network.
func newNIC(w *v1alpha1.Wukong, id identity.Identity, n *v1alpha1.Network, t Type) NIC {
	out := NIC{
		Name:       string(n.Name),
		Interface:  names.Interface(interfacePrefix, string(n.Name)),
		MAC:        strings.ToLower(n.MACAddress),
		MTU:        n.MTU,
		Binding:    t.Binding,
		NAD:        n.NADName,
		DNSServers: n.IPConfig.DNSServers,
	}
	if out.MAC == "" {
		out.MAC = id.MACAddress(string(n.Name))
	}
	if out.NAD == "" {
		out.NAD = attachmentName(w, n)
	}
	// A pod must get an address from its default network. Only an existing NetworkAttachmentDefinition may have an IPAM.
	out.ReplacesPodNetwork = n.Primary && n.NADName != "" && t.Binding == BindingBridge
	if out.ReplacesPodNetwork {
		out.Version = versionOf(out.NAD)
		if !strings.Contains(out.NAD, "/") {
			// Multus looks for a default network in its own namespace, unless the name has one.
			out.NAD = w.GetNamespace() + "/" + out.NAD
		}
	}
	if n.IPConfig.Mode == v1alpha1.IPModeDHCP {
		out.DHCP = true
		return out
	}
	out.Addresses = []netip.Prefix{n.IPConfig.Address.Prefix}
	if n.IPConfig.Gateway.IsValid() {
		out.Routes = []Route{defaultRoute(n.IPConfig.Gateway.Addr)}
	}
	return out
}
