package check

import "github.com/novasphere/function-wukong/internal/message"

// What two Wukongs do to each other.
var (
	msgTwice = message.New(message.Finding, "check-twice", "Wukong {wukong} is there twice, and the cluster has one of that name: remove one of them, or give it another name")

	msgAddress = message.New(message.Finding, "check-address-twice",
		"{wukong} has the address {value} on {value}, too: give one of them another address")
	msgAddressOfGateway = message.New(message.Finding, "check-address-of-gateway",
		"{wukong} takes this address for its gateway on {value}: give the guest another one, unless it is that router")
	msgMAC = message.New(message.Finding, "check-mac-address-twice",
		"{wukong} has the MAC address {value} on {value}, too: give one of them another macAddress, or none")
	msgMTU = message.New(message.Finding, "check-mtu-differs",
		"the MTU is {number}, and {number} for {wukong} on {value}, so that frames between them are lost: give both the same")
	msgPrefix = message.New(message.Finding, "check-prefix-differs",
		"the network is {value}, and {value} for {wukong} on {value}, so that they look for each other in different places: give both the same prefix length")
	msgGateway = message.New(message.Finding, "check-gateway-differs",
		"the gateway of {value} is {value}, and {value} for {wukong} on {value}: give both the same, unless the network has two routers")
	msgBridgeType = message.New(message.Finding, "check-bridge-type-differs",
		"bridge {name} is of type {type}, and of type {type} for {wukong}, and no node has both: correct the type or bridgeName of one of them")
	msgAttachment = message.New(message.Finding, "check-network-of-another",
		"the NetworkAttachmentDefinition is that of a network of {wukong}, with which it goes: describe the network here as it is described there, instead of nadName")

	msgUplinkOfOwn = message.New(message.Finding, "check-uplink-twice-in-one",
		"network {name} takes the uplink {value}, too, and no uplink can be taken twice: name another one, or use a network of type bridge")
	msgUplink = message.New(message.Finding, "check-uplink-twice",
		"{wukong} takes the uplink {value}, too, and on one node only one of them can start: give both the same antiAffinityGroup, or other nodes in nodeSelector")
	msgUplinkOnNode = message.New(message.Finding, "check-uplink-twice-on-node",
		"{wukong} takes the uplink {value} of the same node, too, so that only one of them can run: name another uplink or another node")

	msgClaim = message.New(message.Finding, "check-claim-twice",
		"{wukong} attaches the claim {name}, too, and two guests destroy each other's data on it: give one of them another claim")
	msgClaimOfDisk = message.New(message.Finding, "check-claim-of-disk",
		"the claim is disk {disk} of {wukong}, and two guests destroy each other's data on it: name another claim, or retain that disk and remove it there first")
	msgClaimNotShareable = message.New(message.Finding, "check-claim-not-shareable",
		"{wukong} attaches the claim {name}, too, and not both say that it is shareable: give both shareable: true where their guests are made to share it, "+
			"or one of them another claim")
	msgUUID = message.New(message.Finding, "check-uuid-twice",
		"{wukong} has the firmware UUID {uid}, too, and guests are told apart by it: remove uuid from the one that is new")

	msgAntiAffinity = message.New(message.Finding, "check-anti-affinity-group",
		"the {number} virtual machines of group {name} run on different nodes, but the number of nodes for them is {number}: add nodes, or split the group")
)

// Why a drain does not move a guest, beside what package kubevirt knows.
var (
	msgDrainDisk = message.New(message.Finding, "drain-disk",
		"KubeVirt does not migrate a virtual machine whose disk {disk} has {value}, as no two nodes can attach it: have it on a disk with ReadWriteMany")
	msgDrainClaimUnknown = message.New(message.Finding, "drain-claim-unknown",
		"KubeVirt migrates the virtual machine if the claim {name} has ReadWriteMany: give the claim, as kubectl get pvc -o yaml prints it")
	msgDrainProfileUnknown = message.New(message.Finding, "drain-profile-unknown",
		"KubeVirt migrates the virtual machine if StorageProfile {class} prefers ReadWriteMany: give it, as kubectl get storageprofiles -o yaml prints it, or name accessModes")
	msgDrainClassUnknown = message.New(message.Finding, "drain-class-unknown",
		"KubeVirt migrates the virtual machine if the default StorageClass has ReadWriteMany: give it and its StorageProfile, as kubectl get storageclasses,storageprofiles -o yaml "+
			"prints them, or name accessModes")
	msgDrainOneNode   = message.New(message.Finding, "drain-one-node", "no other node than {name} can run the virtual machine: let nodeSelector and tolerations allow another one")
	msgDrainNoNode    = message.New(message.Finding, "drain-no-node", "no node can run the virtual machine: correct nodeSelector or tolerations")
	msgDrainOneNodeOf = message.New(message.Finding, "drain-one-node-of-architecture",
		"no other node than {name} can run the virtual machine, as no other has the architecture {value}: add one that has")
	msgDrainNoNodeOf = message.New(message.Finding, "drain-no-node-of-architecture",
		"no node can run the virtual machine, as none has the architecture {value}: correct architecture, or add a node that has it")
	msgDrainGroup = message.New(message.Finding, "drain-group-fills-nodes",
		"group {name} has a virtual machine on each of the {number} nodes that can run them, so that no node is left: add a node, or a group of its own for some of them")
)

// What exceeds a cluster, and what is not known of it.
var (
	msgQuotaExceeded = message.New(message.Finding, "check-quota-exceeded",
		"the virtual machines of namespace {namespace} take {value}, {value} more than the quota: raise it, or give them less")
	msgQuotaMigration = message.New(message.Finding, "check-quota-migration",
		"the virtual machines leave {value}, and a live migration takes {value} for pods on a second node: raise the quota")
	msgQuotaState = message.New(message.Finding, "check-quota-state",
		"the disks leave {value}, and a live migration takes {value} for a second claim with the state of TPM and EFI, until it is done: raise the quota")
	msgQuotaAttachment = message.New(message.Finding, "check-quota-attachment",
		"the virtual machines leave {value}, and KubeVirt takes {value} for another pod whenever it attaches or detaches a disk of one that runs: raise the quota")
	msgQuotaImport = message.New(message.Finding, "check-quota-import",
		"the disks leave {value}, and an import takes {value} for a second claim of its disk's size, until it is done: raise the quota")
	msgNodesExceeded = message.New(message.Finding, "check-nodes-exceeded",
		"the virtual machines take {value}, {value} more than all nodes together have: add nodes, or give them less")
	msgNoNodeFits = message.New(message.Finding, "check-no-node-fits",
		"the pod requests {value}, and no node that can run it has as much: ask for less, or add such a node")
	msgNoArchitecture = message.New(message.Finding, "check-no-node-of-architecture",
		"no node that could run the virtual machine has the architecture {value}: correct architecture, or add such a node")
	msgNoOffer = message.New(message.Finding, "check-no-node-offers",
		"none of the nodes that could run the virtual machine offers {value}: correct the field, or add such a node")
	msgNoStateClass = message.New(message.Finding, "check-state-without-class",
		"KubeVirt keeps the state of TPM and EFI in a claim of the default StorageClass, and none of those that are given is that: let the platform team "+
			"mark one as the default, or name vmStateStorageClass in the KubeVirt object and in the Input")
	msgProfileSilent = message.New(message.Finding, "check-profile-without-modes",
		"StorageProfile {class} has no access modes for the disk, without which CDI makes no claim: name accessModes, or let the platform team complete the profile")
	msgUnknownInstancetype = message.New(message.Report, "check-instancetype-unknown",
		"{kind} {name} is not given, so that CPU and memory of the virtual machines with it are not known: give it, as kubectl get prints it with -o yaml")
	msgUnknownPreference = message.New(message.Report, "check-preference-unknown",
		"{kind} {name} is not given, so that what it chooses is not counted, such as a TPM: give it, as kubectl get prints it with -o yaml")
)
