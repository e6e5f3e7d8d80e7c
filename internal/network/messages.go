package network

import "github.com/novasphere/function-wukong/internal/message"

// Refusals of networks without what their type needs.
var (
	msgNoMaster = message.New(message.Refusal, "network-master-missing",
		"name an uplink of the node that this virtual machine may take for itself (bridgeName is not used), or an existing network in nadName, "+
			"or ask the platform team for a default")
	msgNoResource = message.New(message.Refusal, "network-resource-missing",
		"name the device plugin's resource, or an existing network in nadName, or ask the platform team for a default")
)

// Refusals of a macAddress.
var (
	msgMACOfNetwork = message.New(message.Refusal, "network-mac-of-network", "network {name} has this address: give another one, or none")
	msgMACOfPod     = message.New(message.Refusal, "network-mac-of-pod-network", "the pod network has this address: give another one, or none")
)

// Advice about networks.
var (
	msgGateway = message.New(message.Advice, "network-gateway-hides-cluster",
		"the guest answers to the cluster's pods and services by this gateway, and not by the pod network: "+
			"ask the platform team to name the cluster's networks in cluster.networks of the Input, or set podNetwork to false")
	msgNoDevice = message.New(message.Advice, "network-no-device",
		"by its feature gate ExternalNetResourceInjection KubeVirt requests no device for this network, without which the virtual machine cannot start: "+
			"ask the platform team for a network-resources-injector, or to disable the gate")
	msgAnyNode = message.New(message.Advice, "network-any-node",
		"by its feature gate ExternalNetResourceInjection KubeVirt does not look for a node that has the bridge: "+
			"ask the platform team for a network-resources-injector, or to disable the gate")
	msgGone = message.New(message.Advice, "network-gone",
		"there is no NetworkAttachmentDefinition {name}, without which the virtual machine cannot start again: create it, or correct nadName")
	msgNoBridge = message.New(message.Advice, "network-no-bridge", "by NMState node {name} has no Linux bridge {name}, "+
		"so that the network ends there: have one with an uplink made on each node")
	msgNoVLAN = message.New(message.Advice, "network-no-vlan", "by NMState no port of bridge {name} on node {name} carries VLAN {number}: "+
		"give the bridge vlan_filtering, without which it keeps no VLANs apart, and its uplink the VLAN")
)

// msgStays is advice about a network that was removed, or that has a nadName now.
var msgStays = message.New(message.Advice, "network-attachment-stays",
	"network {name} is still attached by its earlier NetworkAttachmentDefinition {name}, which stays until the virtual machine restarts "+
		"(virtctl restart {name})")

// Messages of the condition NetworksConfigured when every NetworkAttachmentDefinition exists.
var (
	msgNone           = message.New(message.Report, "network-none", "no network to configure")
	msgNoneUsed       = message.New(message.Report, "network-none-and-used", "no network to configure; used as they are: {networks}")
	msgConfigured     = message.New(message.Report, "network-configured", "{number} network configured")
	msgConfiguredUsed = message.New(message.Report, "network-configured-and-used",
		"{number} network configured; used as they are: {networks}")
	msgAllConfigured     = message.New(message.Report, "network-all-configured", "{number} networks configured")
	msgAllConfiguredUsed = message.New(message.Report, "network-all-configured-and-used",
		"{number} networks configured; used as they are: {networks}")
)

// Messages about networks that wait.
var (
	msgMissing = message.New(message.Report, "network-missing",
		"network {name}: there is no NetworkAttachmentDefinition {name}: create it, or correct nadName")
	msgWaiting      = message.New(message.Report, "network-waits", "waiting for {networks}")
	msgNameInUse    = message.New(message.Report, "network-waits-for-name", "waiting for {networks} (another of its name is being deleted)")
	msgMaybeRefused = message.New(message.Report, "network-maybe-refused",
		"waiting for {networks} (it may be one that the cluster refused: the events of the Wukong say which)")
)
