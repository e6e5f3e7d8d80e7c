// Package network turns the networks of a Wukong into NetworkAttachmentDefinitions and the network interfaces that the
// virtual machine attaches.
package network

import (
	"net/netip"
	"slices"
	"strings"

	nadv1 "github.com/k8snetworkplumbingwg/network-attachment-definition-client/pkg/apis/k8s.cni.cncf.io/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/novasphere/function-wukong/fn/api/v1alpha1"
	"github.com/novasphere/function-wukong/input/v1beta1"
	"github.com/novasphere/function-wukong/internal/identity"
	"github.com/novasphere/function-wukong/internal/names"
	"github.com/novasphere/function-wukong/internal/observed"
	"github.com/novasphere/function-wukong/internal/plan"
)

const (
	// podName is the pod network's name in the virtual machine. No network can be called so, because a DNS label has no
	// underscore.
	podName = "pod_network"

	// podInterface is the guest's name of the interface on the pod network. Those of other networks start with
	// interfacePrefix.
	podInterface = "pod"

	// interfacePrefix makes a name that Linux takes for an interface of any network's name: "default", "all" and numbers alone
	// are names that it, or systemd, does not take.
	interfacePrefix = "nic-"

	// AnnotationResource names the device plugin's resource that a pod of this network needs (Multus).
	AnnotationResource = "k8s.v1.cni.cncf.io/resourceName"

	// annotationMaster holds the uplink of a macvlan network, of which the plugin's configuration may name a VLAN.
	annotationMaster = v1alpha1.Group + "/master"
)

// keyPrefix is what the key of a composed resource of a network has before the network's name.
const keyPrefix = "nad-"

// kind of what attaches a pod to a network.
const kind = "NetworkAttachmentDefinition"

// A Binding is how KubeVirt connects the guest's interface to the pod's.
type Binding string

// The bindings.
const (
	BindingMasquerade Binding = "masquerade"
	BindingBridge     Binding = "bridge"
	BindingSRIOV      Binding = "sriov"
)

// A NIC is a network interface that the virtual machine attaches.
type NIC struct {
	// Name of its network in the virtual machine.
	Name string

	// Interface is its name in the guest.
	Interface string

	// MAC address, in lower case.
	MAC string

	// MTU in bytes; nil for that of the uplink.
	MTU *int32

	// Binding to the pod's interface.
	Binding Binding

	// NAD is the NetworkAttachmentDefinition, as NAME or NAMESPACE/NAME. Empty for the pod network.
	NAD string

	// OfPod makes the network the pod's own, in place of the cluster's pod network.
	OfPod bool

	// DHCP says that the guest asks for an IPv4 address, and DHCPMetric is how far behind other routes it puts those that it is told.
	DHCP       bool
	DHCPMetric int
	// Version tells what the NetworkAttachmentDefinition says from what it said before; empty where somebody else made it.
	Version string
	// Addresses that the guest gives to the interface, with the length of their networks' prefixes.
	Addresses []netip.Prefix
	// Routes by the interface, beside those that DHCP tells.
	Routes []Route
	// DNSServers are the addresses of name servers.
	DNSServers []v1alpha1.Addr
}

// Plan the networks of a complete Wukong with its identity: the NetworkAttachmentDefinitions to create and the interfaces to attach, in
// the order in which the guest sees them. The Input says what the cluster is like. Errors name the field.
func Plan(w *v1alpha1.Wukong, id identity.Identity, in *v1beta1.Input, rs observed.Resources) ([]plan.Resource, []NIC, error) {
	var resources []plan.Resource
	var nics []NIC

	if *w.Spec.PodNetwork {
		nics = append(nics, podNIC(id, in))
	}
	for _, n := range attached(&w.Spec) {
		if n.NADName != "" {
			nics = append(nics, nic(w, id, n, n.NADName))
			continue
		}
		nad, err := attachment(w, n, names.Object(w, names.Network, string(n.Name)))
		if err != nil {
			return nil, nil, err
		}
		nic := nic(w, id, n, nad.Name)
		nic.Version = version(nad, rs.Last(key(n)))
		resources, nics = append(resources, plan.Resource{Key: key(n), Object: nad, Guarded: true}), append(nics, nic)
	}
	setMetrics(nics)
	return resources, nics, checkMACs(w, nics)
}

// attached returns the networks that the virtual machine attaches beside the pod network, the primary one first.
func attached(s *v1alpha1.WukongSpec) []*v1alpha1.Network {
	var out []*v1alpha1.Network
	for i := range s.Networks {
		n := &s.Networks[i]
		switch {
		case n.StandsForPod():
		case n.Primary:
			out = slices.Insert(out, 0, n)
		default:
			out = append(out, n)
		}
	}
	return out
}

func nic(w *v1alpha1.Wukong, id identity.Identity, n *v1alpha1.Network, nad string) NIC {
	mac := strings.ToLower(n.MACAddress)
	if mac == "" {
		mac = id.MACAddress(string(n.Name))
	}
	binding := BindingBridge
	if n.Type == v1alpha1.NetworkTypeSRIOV {
		binding = BindingSRIOV
	}
	// A NetworkAttachmentDefinition of ours gives no addresses, and a container runtime starts no pod that has none.
	ofPod := n.Primary && n.NADName != "" && binding == BindingBridge
	if ofPod && !strings.Contains(nad, "/") {
		// Multus looks for the pod's own network in its own namespace, unless told otherwise.
		nad = w.GetNamespace() + "/" + nad
	}
	out := NIC{
		Name:       string(n.Name),
		Interface:  names.Interface(interfacePrefix, string(n.Name)),
		MAC:        mac,
		MTU:        n.MTU,
		Binding:    binding,
		NAD:        nad,
		OfPod:      ofPod,
		DNSServers: n.IPConfig.DNSServers,
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

// key of the composed resource of a network's NetworkAttachmentDefinition.
func key(n *v1alpha1.Network) string { return keyPrefix + string(n.Name) }

// attachment is the NetworkAttachmentDefinition of a network.
func attachment(w *v1alpha1.Wukong, n *v1alpha1.Network, name string) (*nadv1.NetworkAttachmentDefinition, error) {
	config, err := cniConfig(n, name)
	if err != nil {
		return nil, err
	}
	meta := names.Meta(w, name)
	if r := deviceResource(n); r != "" {
		meta.Annotations = map[string]string{AnnotationResource: r}
	}
	if n.Type == v1alpha1.NetworkTypeMacvlan {
		meta.Annotations = map[string]string{annotationMaster: string(n.Master)}
	}
	return &nadv1.NetworkAttachmentDefinition{
		TypeMeta:   metav1.TypeMeta{APIVersion: nadv1.SchemeGroupVersion.String(), Kind: kind},
		ObjectMeta: meta,
		Spec:       nadv1.NetworkAttachmentDefinitionSpec{Config: config},
	}, nil
}
