package v1alpha1

// A NetworkType is the CNI plugin that connects a network interface.
//
// +kubebuilder:validation:Enum="";bridge;macvlan;sriov;ovs
type NetworkType string

// The types of network.
const (
	// NetworkTypeBridge is a Linux bridge on the node.
	NetworkTypeBridge NetworkType = "bridge"

	// NetworkTypeMacvlan takes an uplink of the node for this one virtual machine.
	NetworkTypeMacvlan NetworkType = "macvlan"

	// NetworkTypeSRIOV passes a virtual function of a network card to the guest.
	NetworkTypeSRIOV NetworkType = "sriov"

	// NetworkTypeOVS is an Open vSwitch bridge on the node.
	NetworkTypeOVS NetworkType = "ovs"
)

// An IPMode says how the guest gets its address.
//
// +kubebuilder:validation:Enum=static;dhcp
type IPMode string

// The modes of addressing.
const (
	IPModeStatic IPMode = "static"
	IPModeDHCP   IPMode = "dhcp"
)

// A Network is a network interface of the virtual machine.
type Network struct {
	// Name of the network, unique within the Wukong. The name default alone is the pod network: see podNetwork. A network is added while the
	// virtual machine runs, and one that is removed leaves so, too, but for the type sriov and the primary network, which take a restart.
	Name Label `json:"name"`

	// Type of the network. Default: bridge.
	// +optional
	Type NetworkType `json:"type,omitempty"`

	// Primary makes this network the guest's first, in place of the pod network. A network of nadName becomes the pod's own
	// network, too (Multus' default network): its NetworkAttachmentDefinition must then give pods addresses (ipam), without which
	// container runtimes start no pod. One of type sriov, and one without nadName, is attached beside the pod's own network.
	// +optional
	Primary bool `json:"primary,omitempty"`

	// NADName is an existing NetworkAttachmentDefinition to use, so that none is created: NAME in the same namespace, or
	// NAMESPACE/NAME where the platform team shares that namespace's networks. Before KubeVirt 1.9 a change takes effect at the next restart.
	// +optional
	// +kubebuilder:validation:MaxLength=317
	// +kubebuilder:validation:Pattern=`^(([a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?/)?[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*)?$`
	// +wukong:message="must be NAME or NAMESPACE/NAME of a NetworkAttachmentDefinition"
	NADName string `json:"nadName,omitempty"`

	// VLANID tags the network's frames, 1 to 4094.
	// +optional
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=4094
	VLANID *int32 `json:"vlanId,omitempty"`

	// BridgeName is the bridge on the node, for the types bridge and ovs. Default: br-NAME, shortened to 15 characters.
	// +optional
	BridgeName InterfaceName `json:"bridgeName,omitempty"`

	// Master is the node's uplink, for the type macvlan. The virtual machine takes it for itself: never name the
	// interface that the node needs. Default: the one that the network has, else the platform team's choice.
	// +optional
	Master InterfaceName `json:"master,omitempty"`

	// ResourceName is the device plugin's resource, for the type sriov, for example openshift.io/fast. Default: the one that the
	// network has, else the platform team's choice.
	// +optional
	ResourceName QualifiedName `json:"resourceName,omitempty"`

	// MACAddress of the interface. Default: the one that the interface has; for a new one a locally administered address that
	// follows from the namespace, the Wukong's name, the network's name and the platform's salt.
	// +optional
	// +kubebuilder:validation:MaxLength=17
	// +kubebuilder:validation:Pattern=`^([0-9a-fA-F][02468aceACE](:[0-9a-fA-F]{2}){5})?$`
	// +wukong:message="must be the MAC address of one interface, such as 02:00:5e:10:00:01, whose second digit is even"
	MACAddress string `json:"macAddress,omitempty"`

	// MACSpoofCheck drops what the guest sends with another source MAC address than its interface's, for the types bridge and sriov. It does not look at
	// IP addresses. Give false for a virtual MAC address, such as keepalived's with use_vmac, and for a guest that bridges others, such as nested virtual
	// machines: such a guest can pass for any other host on the network. For type bridge the nodes need nftables' nft.
	// Default: what the network has, which is no check for one that an earlier version made; for a new one the platform team's choice, else
	// true.
	// +optional
	MACSpoofCheck *bool `json:"macSpoofCheck,omitempty"`

	// MTU of the network, in bytes. Default: that of the uplink.
	// +optional
	// +kubebuilder:validation:Minimum=576
	// +kubebuilder:validation:Maximum=65535
	MTU *int32 `json:"mtu,omitempty"`

	// IPConfig says how the guest gets its address. Default: by DHCP.
	// +optional
	IPConfig *IPConfig `json:"ipConfig,omitempty"`

	// PhysicalInterface has no effect: a Wukong does not configure nodes, and its bridge must exist on them. It is accepted for
	// manifests of the earlier operator.
	// +optional
	// +kubebuilder:validation:MaxLength=253
	PhysicalInterface string `json:"physicalInterface,omitempty"`

	// NodeIP has no effect, as physicalInterface has none.
	// +optional
	// +kubebuilder:validation:MaxLength=253
	NodeIP string `json:"nodeIP,omitempty"`
}

// podNetworkName is the name of the pod network in manifests that list it among the networks.
const podNetworkName = "default"

// IsPodNetwork reports whether the network is the pod network, as manifests of the earlier operator list it: its name is default, and it has
// no field that only another network has.
func (n *Network) IsPodNetwork() bool {
	if n.Name != podNetworkName || (n.Type != "" && n.Type != NetworkTypeBridge) {
		return false
	}
	if c := n.IPConfig; c != nil && (c.Mode != IPModeDHCP || len(c.DNSServers) > 0) {
		return false
	}
	return n.NADName == "" && n.VLANID == nil && n.BridgeName == "" && n.Master == "" && n.ResourceName == "" && n.MACAddress == "" &&
		n.MACSpoofCheck == nil && n.MTU == nil && n.PhysicalInterface == "" && n.NodeIP == ""
}

// ReplacesPodNetwork reports whether the network is the guest's first, in place of the pod network.
func (n *Network) ReplacesPodNetwork() bool { return n.Primary && !n.IsPodNetwork() }

// An InterfaceName is the name of a Linux network interface: at most 15 characters (IFNAMSIZ), of those that CNI plugins
// and annotations take, or empty for none.
//
// +kubebuilder:validation:MaxLength=15
// +kubebuilder:validation:Pattern=`^([A-Za-z0-9][-A-Za-z0-9._]*)?$`
// +wukong:message="must be the name of a network interface: letters, digits, '-', '_' and '.'"
type InterfaceName string

// An IPConfig says how the guest gets its address.
type IPConfig struct {
	// Mode is static or dhcp.
	Mode IPMode `json:"mode"`

	// Address with its prefix length, for example 192.168.10.5/24. Required with mode static, and without effect with
	// mode dhcp.
	// +optional
	Address Prefix `json:"address,omitzero"`

	// Gateway is the next hop of the default route, inside the network of address (or link-local, for IPv6). The first
	// network with a gateway wins.
	// +optional
	Gateway Addr `json:"gateway,omitzero"`

	// DNSServers are the addresses of name servers.
	// +optional
	// +kubebuilder:validation:MaxItems=8
	DNSServers []Addr `json:"dnsServers,omitempty"`
}
